package proxy

import (
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/go-kit/kit/endpoint"

	"holon/modules/gateway/internal/routes"
	"holon/transport/balance"
)

// Service is the instances that serve a route, with what is known of each. It is safe for concurrent use.
type Service struct {
	name      string
	transport http.RoundTripper
	versions  []*version
	// upstreams are by instance ID.
	upstreams map[string]*url.URL
	budget    balance.Budget

	retried, ejected atomic.Uint64
}

// version is the instances of one version and its share of the requests.
type version struct {
	name   string
	weight int
	set    *balance.Set
}

// newService returns the service of a route.
func newService(r *routes.Compiled, transport http.RoundTripper, told func(service string, in balance.Instance, e Ejection)) *Service {
	s := &Service{name: r.Name, transport: transport, upstreams: make(map[string]*url.URL)}
	texts := make(map[string][]string)
	for i, u := range r.Chosen() {
		id := strconv.Itoa(i) + "~" + u.Version
		s.upstreams[id] = u.At
		texts[u.Version] = append(texts[u.Version], balance.Instance{ID: id, Addr: u.At.Host}.String())
	}
	for _, w := range r.Shares() {
		set := balance.NewSet(balance.Params{Factory: noEndpoint, Ejected: func(in balance.Instance, e Ejection) {
			s.ejected.Add(1)
			told(s.name, in, e)
		}})
		set.Update(texts[w.Version]) // they were made just now, and can be read
		s.versions = append(s.versions, &version{w.Version, w.Weight, set})
	}
	return s
}

// noEndpoint is for a set that only chooses.
func noEndpoint(string) (endpoint.Endpoint, io.Closer, error) { return nil, nil, nil }

// pick chooses an instance: a version by its share, then the less busy of two. Where a version has none left, the others
// are asked.
func (s *Service) pick(repeatable bool, tried []*balance.Entry) *balance.Entry {
	var sum int
	for _, v := range s.versions {
		sum += v.weight
	}
	if sum == 0 {
		return nil
	}
	at := rand.IntN(sum)
	first := 0
	for i, v := range s.versions {
		if at -= v.weight; at < 0 {
			first = i
			break
		}
	}
	for i := range s.versions {
		v := s.versions[(first+i)%len(s.versions)]
		if v.weight == 0 {
			continue
		}
		if e := v.set.Pick(repeatable, tried); e != nil {
			return e
		}
	}
	return nil
}

// at is where an instance is.
func (s *Service) at(e *balance.Entry) *url.URL { return s.upstreams[e.Instance().ID] }

// direct puts an upstream before a request's path.
func direct(req *http.Request, at *url.URL) *http.Request {
	out, to := *req, *req.URL
	to.Scheme, to.Host = at.Scheme, at.Host
	if at.Path != "" {
		path := strings.TrimSuffix(at.EscapedPath(), "/") + to.EscapedPath()
		to.Path, to.RawPath = at.Path+to.Path, path
	}
	out.URL = &to
	return &out
}
