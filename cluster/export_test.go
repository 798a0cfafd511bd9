package cluster

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// What tests see of the inside.
const (
	MetaLimit = metaLimit
	Echo      = echo
	Patience  = patience
)

type (
	Record       = record
	ModuleRecord = moduleRecord
	Entry        = entry
	HomeMessage  = homeMessage
	Claimed      = claimed
	Lines        = lines
)

var (
	DecodeRecord = decodeRecord
	DecodeHomes  = decodeHomes
	MergeHomes   = mergeHomes
	HashName     = hashName
	GossipName   = gossipName
)

func (r *Record) Encode() []byte      { return r.encode() }
func (m *HomeMessage) Encode() []byte { return m.encode() }

// Spelled makes a record out of what a test says.
func Spelled(state State, claimed bool, cluster, addr, version string, modules ...ModuleRecord) Record {
	return record{state: state, claimed: claimed, cluster: cluster, addr: addr, version: version, modules: modules}
}

// SpelledModule makes a module of a record.
func SpelledModule(name string, major uint8, state State) ModuleRecord {
	return moduleRecord{hash: hashName(name), major: major, state: state}
}

// VersionedModule gives a module a version of its own.
func VersionedModule(m ModuleRecord, version string) ModuleRecord {
	m.version = version
	return m
}

// Told makes a message about homes.
func Told(cluster, from string, homes ...Home) HomeMessage {
	m := homeMessage{cluster: cluster, from: from}
	for i, h := range homes {
		m.homes = append(m.homes, claimed{Home: h, pending: i%2 == 1})
	}
	return m
}

// Run is another run of some node, for Roster.
type Run struct {
	Node, Boot string
	Claimed    bool
	State      State
}

// Roster plays puts and drops and returns the view that comes of them.
func Roster(self Run, names []string, play func(put func(Run), drop func(Run))) *View {
	hashes := make(map[uint32]string)
	for _, n := range names {
		hashes[hashName(n)] = n
	}
	enter := func(r Run) entry {
		return entry{record: record{state: r.State, claimed: r.Claimed, addr: "h:1", modules: []moduleRecord{{hash: hashName("work")}}},
			node: r.Node, boot: r.Boot, gossip: "h:2"}
	}
	r := newRoster(enter(self), hashes)
	play(func(o Run) { r.put(gossipName(o.Node, o.Boot), enter(o)) }, func(o Run) { r.drop(gossipName(o.Node, o.Boot)) })
	return r.view()
}

// Feed is a feed alone.
type Feed struct{ f *feed }

func NewFeed() Feed                                  { return Feed{newFeed(&View{})} }
func (f Feed) Publish(v *View) bool                  { return f.f.publish(v) }
func (f Feed) Watch() (<-chan *View, func())         { return f.f.watch() }
func (f Feed) Close()                                { f.f.close() }
func (f Feed) Instancer(module string) *instancer    { return newInstancer(module, f.f) }
func ParseSeed(text string) (string, error)          { s, err := parseSeed(text); return s.String(), err }
func NewLines(log *slog.Logger) *Lines               { l := newLines(log, newMetrics()); return l }
func (l *Lines) Start()                              { l.start() }
func (l *Lines) Stop()                               { l.stop() }
func (l *Lines) Kinds() int                          { l.mu.Lock(); defer l.mu.Unlock(); return len(l.kinds) }
func (l *Lines) Warn(kind, msg string, attrs ...any) { l.warn(kind, msg, attrs...) }

// Lookup replaces name resolution. Call it before Start.
func (c *Cluster) Lookup(f func(context.Context, string) ([]string, error)) { c.lookup = f }

// Metrics returns the metrics, registered or not.
func (c *Cluster) Metrics() *Metrics { return c.p.Metrics }

// Refused is how often something was refused for a reason.
func (m *Metrics) Refused(reason string) float64 {
	r := prometheus.NewRegistry()
	r.MustRegister(m.refused)
	families, err := r.Gather()
	if err != nil {
		return -1
	}
	for _, f := range families {
		for _, c := range f.GetMetric() {
			if c.GetLabel()[0].GetValue() == reason {
				return c.GetCounter().GetValue()
			}
		}
	}
	return 0
}

// Mark runs the bookkeeping of stale nodes over views that follow each other.
func Mark(maxStale time.Duration) func(before, v *View, now time.Time) time.Duration {
	var s stale
	return func(before, v *View, now time.Time) time.Duration { return s.mark(before, v, now, maxStale) }
}

// KindsKept is how many kinds of lines the node's log tells apart by now.
func (c *Cluster) KindsKept() int { return c.lines.Kinds() }

// Hear takes a packet about homes as if gossip had brought it.
func (c *Cluster) Hear(m HomeMessage) { (&delegate{c}).NotifyMsg(m.encode()) }
