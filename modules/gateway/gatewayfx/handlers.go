package gatewayfx

import (
	"fmt"
	"net/url"
	"strings"
	"sync"

	"holon/cluster"
	"holon/configs"
	"holon/modules"
	"holon/modules/gateway/internal/proxy"
	"holon/modules/gateway/internal/routes"
	"holon/transport/web"
)

// handlerRoutes are the routes of modules that are handlers, one for the prefix of each.
func handlerRoutes(all []modules.Module, l web.Limits) (own []routes.Route) {
	for _, m := range all {
		if m.HTTP == nil {
			continue
		}
		r := routes.Route{Name: m.Name, Path: m.HTTP.Prefix + "{rest...}", Service: m.Name}
		r.Defaults()
		r.Timeout, r.MaxBody = l.RequestTimeout, configs.Bytes(l.MaxBody)
		r.Streams, r.Upgrade, r.ForwardToken = m.HTTP.Streams, m.HTTP.Upgrades, m.HTTP.ForwardToken
		if m.HTTP.Access == web.Public {
			r.Auth = routes.AuthNone
		}
		if m.HTTP.Strip {
			r.Strip = m.HTTP.Prefix[:len(m.HTTP.Prefix)-1]
		}
		if m.HTTP.Timeout > 0 {
			r.Timeout = m.HTTP.Timeout
		}
		if m.HTTP.MaxBody > 0 {
			r.MaxBody = configs.Bytes(m.HTTP.MaxBody)
		}
		own = append(own, r)
	}
	return own
}

// collisions says which routes of modules lie below a handler's prefix: half of its requests would go astray in silence. A
// handler of everything has what is left.
func collisions(handlers []routes.Route, own []routes.Builtin) error {
	for _, h := range handlers {
		prefix := strings.TrimSuffix(h.Path, "{rest...}")
		for _, b := range own {
			if prefix != "/" && strings.HasPrefix(b.Path+"/", prefix) {
				return fmt.Errorf("module %s: below its Prefix %s is %s %s of module %s: give it another", h.Service, prefix, b.Method, b.Path, b.Module)
			}
		}
	}
	return nil
}

// handlerVersions are those of this binary, by module.
func handlerVersions(all []modules.Module) map[string]string {
	out := make(map[string]string)
	for _, m := range all {
		if m.HTTP != nil {
			out[m.Name] = m.HTTP.Version
		}
	}
	return out
}

// placing keeps a door's handlers on other nodes as the cluster has them.
type placing struct {
	cluster *cluster.Cluster
	door    *proxy.Door
	names   []string
	stop    func()
	group   sync.WaitGroup
}

func (p *placing) start() {
	if p.cluster == nil || len(p.names) == 0 {
		return
	}
	views, stop := p.cluster.Watch()
	p.stop = stop
	p.place(p.cluster.View())
	p.group.Go(func() {
		for v := range views {
			p.place(v)
		}
	})
}

// end is called once.
func (p *placing) end() {
	if p.stop != nil {
		p.stop()
	}
	p.group.Wait()
}

func (p *placing) place(v *cluster.View) {
	for _, name := range p.names {
		var at []routes.Target
		for _, in := range v.Instances(name) {
			if in.Node != v.Self.Name {
				at = append(at, routes.Target{ID: in.Node + "~" + in.Boot, At: &url.URL{Scheme: "http", Host: in.Addr}, Version: in.Version, Last: in.State != cluster.Ready})
			}
		}
		p.door.Place(name, at)
	}
}
