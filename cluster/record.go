package cluster

import (
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"strings"
)

const (
	formatVersion = 1
	// metaLimit is the most bytes a node's metadata may have. memberlist panics beyond 512.
	metaLimit = 400
	// maxID, maxName, maxVersion bound strings of a record, in bytes.
	maxID, maxName, maxVersion = 40, 128, 32
	flagState, flagClaimed     = 0x03, 0x80
)

// record is what a node says of itself in its metadata. doc.go has the format.
type record struct {
	state State
	// claimed means that the node has met others and made sure that nobody else alive bears its name.
	claimed                bool
	cluster, addr, version string
	modules                []moduleRecord
}

type moduleRecord struct {
	hash  uint32
	major uint8
	state State
	// version is empty for a module that has none of its own.
	version string
}

func hashName(module string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(module))
	return h.Sum32()
}

func (r *record) encode() []byte {
	b := make([]byte, 0, 64+6*len(r.modules))
	flags := byte(r.state) & flagState
	if r.claimed {
		flags |= flagClaimed
	}
	b = append(b, formatVersion, flags)
	b = appendString(b, r.cluster)
	b = appendString(b, r.addr)
	b = appendString(b, r.version)
	b = append(b, byte(len(r.modules)))
	for _, m := range r.modules {
		b = append(b, byte(m.hash>>24), byte(m.hash>>16), byte(m.hash>>8), byte(m.hash), m.major, byte(m.state))
	}
	at := len(b)
	b = append(b, 0)
	for i, m := range r.modules {
		if m.version != "" {
			b[at]++
			b = appendString(append(b, byte(i)), m.version)
		}
	}
	return b
}

// fits makes sure that metadata stays short whatever id the cluster has.
func (r *record) fits() error {
	if n := len(r.encode()) - len(r.cluster) + maxID; n >= metaLimit {
		return fmt.Errorf("metadata may come to %d bytes and must stay below %d: place fewer modules or use a shorter address", n, metaLimit)
	}
	return nil
}

func decodeRecord(meta []byte) (record, error) {
	in := reader{b: meta}
	if v := in.uint8(); in.err == nil && v != formatVersion {
		return record{}, fmt.Errorf("metadata of format %d", v)
	}
	flags := in.uint8()
	r := record{state: knownOfNode(State(flags & flagState)), claimed: flags&flagClaimed != 0}
	r.cluster, r.addr, r.version = in.string(), in.string(), in.string()
	n := int(in.uint8())
	if in.err == nil && n > 0 {
		r.modules = make([]moduleRecord, 0, min(n, len(in.b)/6))
	}
	for range n {
		m := moduleRecord{hash: in.uint32(), major: in.uint8(), state: known(State(in.uint8()))}
		if in.err != nil {
			break
		}
		r.modules = append(r.modules, m)
	}
	if len(in.b) > 0 { // else it is from before modules had versions
		for range in.uint8() {
			if i, version := int(in.uint8()), in.string(); in.err == nil && i < len(r.modules) {
				r.modules[i].version = version
			}
		}
	}
	if in.err != nil {
		return record{}, fmt.Errorf("metadata %w", in.err)
	}
	return r, r.check()
}

// check holds a record to what can be shown and put into an instance's string.
func (r *record) check() error {
	if len(r.cluster) > maxID || !plain(r.cluster) {
		return errors.New("cluster id is too long or has odd characters")
	}
	if len(r.version) > maxVersion || !plain(r.version) {
		return errors.New("version is too long or has odd characters")
	}
	for _, m := range r.modules {
		if len(m.version) > maxVersion || !plain(m.version) {
			return errors.New("a module's version is too long or has odd characters")
		}
	}
	return checkAddr(r.addr)
}

func checkAddr(addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || host == "" || port == "" || len(addr) > maxName || strings.ContainsAny(addr, "@;~") || !plain(addr) {
		return fmt.Errorf("%q is not a host:port", addr)
	}
	return nil
}

// plain reports whether s has visible ASCII characters only.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// gossipName joins a node's name and boot; splitName takes them apart and checks them.
func gossipName(node, boot string) string { return node + "~" + boot }

func splitName(name string) (node, boot string, err error) {
	node, boot, ok := strings.Cut(name, "~")
	if !ok || checkName(node) != nil || checkName(boot) != nil {
		return "", "", errors.New("gossip name is not node~boot")
	}
	return node, boot, nil
}

func checkName(s string) error {
	if s == "" || len(s) > maxName || !plain(s) || strings.ContainsAny(s, "~@;/") {
		return fmt.Errorf("name %q must have 1 to %d visible ASCII characters and none of ~@;/", s, maxName)
	}
	return nil
}
