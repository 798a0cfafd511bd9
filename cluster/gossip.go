package cluster

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/memberlist"
)

// settings chooses memberlist's timings. The tuned ones see a crash among 100 nodes in 4 s; beyond that they cost more than
// they bring, and the usual ones for a local network take over.
func (c *Cluster) settings() *memberlist.Config {
	m := memberlist.DefaultLANConfig()
	if !c.p.Large {
		m.ProbeInterval = 500 * time.Millisecond
		m.ProbeTimeout = 200 * time.Millisecond
		m.SuspicionMult = 3
		m.SuspicionMaxTimeoutMult = 3
		m.GossipInterval = 100 * time.Millisecond
		m.PushPullInterval = 10 * time.Second
		m.RetransmitMult = 6 // with 4, one change in ten misses one of five nodes while another is dead and not yet known to be
	}
	m.GossipToTheDeadTime = time.Minute      // so that a short partition ends by itself
	m.TCPTimeout = 3 * time.Second           // a join tries several addresses
	m.DeadNodeReclaimTime = 10 * time.Second // names carry the boot, so this hardly ever matters
	m.UDPBufferSize = 1400
	m.EnableCompression = false // records are short and do not compress
	m.Name = c.name
	m.Keyring = c.p.Keyring
	m.Logger = log.New(c.lines, "", 0)
	d := &delegate{c}
	m.Delegate, m.Events, m.Merge, m.Alive = d, d, d, d
	return m
}

// Start opens the gossip port and begins to join; it returns before that is done. It takes no context for longer than it
// runs. A port that is taken is a *BindError.
func (c *Cluster) Start(ctx context.Context) (err error) {
	if c.p.Addr == "" {
		return errors.New("start: no node address is set")
	}
	c.mu.Lock()
	again := c.stage != fresh
	c.stage = running
	c.mu.Unlock()
	if again {
		return fmt.Errorf("start: %w", ErrStopped)
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.cancel = cancel
	defer func() {
		if _, taken := errors.AsType[*BindError](err); taken { // nothing runs yet: SetBind and another try may help
			cancel()
			c.mu.Lock()
			c.stage = fresh
			c.mu.Unlock()
			return
		}
		if err != nil {
			c.mu.Lock()
			c.stage = stopping
			c.mu.Unlock()
			c.end()
			close(c.ended)
		}
	}()
	if err := c.recall(); err != nil {
		return err
	}
	conf := c.settings()
	if err := c.listen(ctx, run, conf); err != nil {
		return err
	}
	c.transport = conf.Transport
	if c.list, err = memberlist.Create(conf); err != nil {
		return fmt.Errorf("start gossip: %w", err)
	}
	c.addr = c.list.LocalNode().Address()
	c.roster.mu.Lock()
	c.roster.self.gossip = c.addr
	c.roster.mu.Unlock()
	c.publish(time.Now())
	for _, f := range [...]func(context.Context){c.publishViews, c.keepJoined, c.guardName, c.guardHomes, c.remember} {
		c.group.Go(func() { f(run) })
	}
	c.announcer.Go(func() { c.announceChanges(run) })
	c.lines.start()
	return nil
}

// listen opens the gossip port, unless a transport was given, and fills in the addresses.
func (c *Cluster) listen(ctx, run context.Context, conf *memberlist.Config) error {
	if c.p.Transport != nil {
		conf.Transport = c.p.Transport
		return nil
	}
	host, port, err := splitPort(c.p.Bind)
	if err != nil {
		return err
	}
	conf.BindAddr, conf.AdvertiseAddr = host, host
	var advertised int
	if c.p.Advertise != "" {
		if conf.AdvertiseAddr, advertised, err = c.advertised(ctx); err != nil {
			return err
		}
	}
	t, err := memberlist.NewNetTransport(&memberlist.NetTransportConfig{BindAddrs: []string{host}, BindPort: port, Logger: conf.Logger})
	if err != nil {
		return &BindError{Addr: c.p.Bind, Taken: strings.Contains(err.Error(), "address already in use"), Err: err}
	}
	conf.BindPort = t.GetAutoBindPort()
	conf.AdvertisePort = conf.BindPort
	if advertised != 0 {
		conf.AdvertisePort = advertised
	}
	conf.Transport = &transport{NetTransport: t, dialer: cancelled(run)}
	return nil
}

// advertised resolves the address for others, because gossip carries numbers only.
func (c *Cluster) advertised(ctx context.Context) (host string, port int, err error) {
	host = c.p.Advertise
	if h, p, err := splitPort(host); err == nil {
		host, port = h, p
	}
	host = strings.Trim(host, "[]")
	if net.ParseIP(host) != nil {
		return host, port, nil
	}
	ips, err := c.lookup(ctx, host)
	if err != nil {
		return "", 0, fmt.Errorf("look up %q, the address for others: %w", host, err)
	}
	return ips[0], port, nil
}

func splitPort(addr string) (host string, port int, err error) {
	host, p, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, fmt.Errorf("gossip address %q: %w", addr, err)
	}
	n, err := strconv.ParseUint(p, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("gossip address %q: the port is not a number up to 65535", addr)
	}
	return host, int(n), nil
}
