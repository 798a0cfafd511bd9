package proxy

import (
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/go-kit/kit/endpoint"

	"holon/modules/gateway/internal/routes"
	"holon/transport/balance"
)

// Service is the instances that serve a route, with what is known of each. It is safe for concurrent use.
type Service struct {
	name      string
	transport http.RoundTripper
	told      func(service string, in balance.Instance, e Ejection)
	budget    balance.Budget

	// adapted is there for a module that is a handler.
	adapted *adapted

	retried, ejected atomic.Uint64

	// group counts the instances of all versions: each may stand for another.
	group    balance.Group
	updating sync.Mutex // held while the members change
	members  atomic.Pointer[members]
	// changed is closed, and made anew, with each change of them.
	changed atomic.Pointer[chan struct{}]
}

// members are the instances of one moment.
type members struct {
	versions []*version
	// at is where instances are, by their ID.
	at map[string]*url.URL
	// here says that the handler of this process is one that the route chooses.
	here bool
	// why says why there is none, where the reason is not that there is none at all.
	why string
}

// version is the instances of one version and its share of the requests.
type version struct {
	name   string
	weight int
	set    *balance.Set
}

// hereID is the handler of this process among the targets.
const hereID = "here"

// newService returns the service of a route without instances.
func newService(name string, transport http.RoundTripper, told func(service string, in balance.Instance, e Ejection)) *Service {
	s := &Service{name: name, transport: transport, told: told}
	s.members.Store(&members{})
	changed := make(chan struct{})
	s.changed.Store(&changed)
	return s
}

// changing is closed when there may be more to choose from. Ask before pick, to miss nothing.
func (s *Service) changing() <-chan struct{} { return *s.changed.Load() }

// update exchanges the instances for those of the targets that the route chooses. What is known of one stays as long as it is
// among them.
func (s *Service) update(r *routes.Compiled, all []routes.Target) {
	s.updating.Lock()
	defer s.updating.Unlock()
	before, next := s.members.Load(), &members{at: make(map[string]*url.URL)}
	if s.adapted != nil {
		own := routes.Target{ID: hereID, Version: s.adapted.version}
		with, _ := r.Choose(append(slices.Clone(all), own))
		next.here = slices.Contains(with, own)
		all = slices.DeleteFunc(with, func(t routes.Target) bool { return t.ID == hereID })
	}
	chosen, shares := r.Choose(all)
	switch {
	case len(chosen) > 0 || next.here:
	case s.adapted != nil && r.Version != "":
		next.why = "module " + r.Service + " runs nowhere in version " + r.Version
	case s.adapted != nil:
		next.why = "module " + r.Service + " runs nowhere"
	case len(all) > 0:
		next.why = "none of its instances is of version " + r.Version
	}
	texts := make(map[string][]string)
	for _, t := range chosen {
		next.at[t.ID] = t.At
		texts[t.Version] = append(texts[t.Version], balance.Instance{ID: t.ID, Addr: t.At.Host, Draining: t.Last}.String())
	}
	for _, share := range shares {
		set := before.set(share.Version)
		if set == nil {
			set = s.newSet()
		}
		set.Update(texts[share.Version]) // they were made just now, and can be read
		next.versions = append(next.versions, &version{share.Version, share.Weight, set})
	}
	for _, v := range before.versions {
		if next.set(v.name) == nil {
			v.set.Update(nil)
		}
	}
	s.members.Store(next)
	changed := make(chan struct{})
	close(*s.changed.Swap(&changed))
}

func (m *members) set(name string) *balance.Set {
	for _, v := range m.versions {
		if v.name == name {
			return v.set
		}
	}
	return nil
}

func (s *Service) newSet() *balance.Set {
	return balance.NewSet(balance.Params{Factory: noEndpoint, Group: &s.group, Ejected: func(in balance.Instance, e Ejection) {
		s.ejected.Add(1)
		s.told(s.name, in, e)
	}})
}

// noEndpoint is for a set that only chooses.
func noEndpoint(string) (endpoint.Endpoint, io.Closer, error) { return nil, nil, nil }

// pick chooses an instance: a version by its share, then the less busy of two. Where a version has none left, the others
// are asked, and ejected instances at the very last. It is nil for none.
func (s *Service) pick(repeatable bool, tried []*balance.Entry) (*balance.Entry, *url.URL) {
	m := s.members.Load()
	var sum int
	for _, v := range m.versions {
		sum += v.weight
	}
	if sum == 0 {
		return nil, nil
	}
	at := rand.IntN(sum)
	first := 0
	for i, v := range m.versions {
		if at -= v.weight; at < 0 {
			first = i
			break
		}
	}
	for _, pick := range []func(*balance.Set, bool, []*balance.Entry) *balance.Entry{(*balance.Set).PickWell, (*balance.Set).Pick} {
		for i := range m.versions {
			v := m.versions[(first+i)%len(m.versions)]
			if v.weight == 0 {
				continue
			}
			if e := pick(v.set, repeatable, tried); e != nil && m.at[e.Instance().ID] != nil { // else it has gone this moment
				return e, m.at[e.Instance().ID]
			} else if e != nil {
				e.Done(balance.Unknown)
			}
		}
	}
	return nil, nil
}

// toward puts an upstream before a request's path.
func toward(req *http.Request, at *url.URL) *http.Request {
	out, to := *req, *req.URL
	to.Scheme, to.Host = at.Scheme, at.Host
	if at.Path != "" {
		path := strings.TrimSuffix(at.EscapedPath(), "/") + to.EscapedPath()
		to.Path, to.RawPath = at.Path+to.Path, path
	}
	out.URL = &to
	return &out
}
