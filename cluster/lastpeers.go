package cluster

import (
	"net"
	"path/filepath"
	"slices"
	"time"
)

const (
	peersFile = "peers.json"
	// maxPeers is how many addresses are kept: some of them will answer.
	maxPeers = 20
)

type peersOnDisk struct {
	// Peers are gossip addresses.
	Peers []string `json:"peers"`
}

// recallPeers takes the peers of the last run as lost ones, to be joined again for an hour.
func (c *Cluster) recallPeers(folder string) {
	var was peersOnDisk
	if err := readJSON(filepath.Join(folder, peersFile), &was); err != nil {
		c.log.Warn("last peers cannot be read, going on without", "err", err)
		return
	}
	was.Peers = slices.DeleteFunc(was.Peers, func(addr string) bool {
		host, _, err := net.SplitHostPort(addr)
		return err != nil || net.ParseIP(host) == nil
	})
	c.lost.add(time.Now(), was.Peers[:min(maxPeers, len(was.Peers))]...)
}

// writePeers keeps the last peers there were: once all are gone it is they who may come back.
func (r *remembering) writePeers(c *Cluster) {
	v := c.feed.view()
	var peers []string
	for _, n := range v.Nodes {
		if n.Name != v.Self.Name && len(peers) < maxPeers {
			peers = append(peers, n.Gossip)
		}
	}
	if len(peers) == 0 || slices.Equal(peers, r.peers) {
		return
	}
	if err := writeJSON(filepath.Join(c.p.Folder, peersFile), peersOnDisk{Peers: peers}); err != nil {
		c.lines.warn("write peers", "last peers not remembered", "err", err.Error())
		return
	}
	r.peers = peers
}
