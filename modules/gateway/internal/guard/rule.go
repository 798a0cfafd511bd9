package guard

import (
	"net/http"
	"slices"
	"strings"

	"holon/modules/gateway/internal/limit"
	"holon/modules/gateway/internal/routes"
	"holon/transport/contract"
)

// Rule limits how often each client may ask for certain routes.
type Rule struct {
	Policy limit.Policy
	// For are what it is for: module:NAME, route:ID, service:NAME, where a name may end in *, or a class: write, read,
	// anonymous. None means everything.
	For []string
	// ByAddress counts by the client's address, also where it is known who asks.
	ByAddress bool
}

// place is what a request is for.
type place struct {
	// module and route are a module's, service is a route's to somewhere outside.
	module, route, service string
	// policy is the name of a rule that the route asks for, "" for the first that is for it.
	policy string
	class  limit.Class
}

// is reports whether a rule's word means the place.
func (p *place) is(word string) bool {
	kind, pattern, named := strings.Cut(word, ":")
	if !named {
		return word == "*" || word == p.class.String()
	}
	var name string
	switch kind {
	case "module":
		name = p.module
	case "route":
		name = p.route
	case "service":
		name = p.service
	}
	prefix, open := strings.CutSuffix(pattern, "*")
	return name != "" && (name == pattern || open && strings.HasPrefix(name, prefix))
}

// rules are those of one moment, with the header of each.
type rules struct {
	all     []Rule
	headers []string
}

func newRules(all []Rule) *rules {
	r := &rules{all: all}
	for _, one := range all {
		r.headers = append(r.headers, one.Policy.Header())
	}
	return r
}

// LimitOf names the rate limits that requests of a route come under, by what kind of requests they are.
func (g *Guard) LimitOf(c *routes.Compiled) (names string) {
	all := g.rules.Load()
	var seen []string
	for _, class := range []limit.Class{limit.Write, limit.Read, limit.Anonymous} {
		if i := all.of(placeOf(c, class)); i >= 0 && !slices.Contains(seen, all.all[i].Policy.Name) {
			seen = append(seen, all.all[i].Policy.Name)
		}
	}
	return strings.Join(seen, ", ")
}

// of returns the index of the rule for a place, -1 for none.
func (r *rules) of(p *place) int {
	for i := range r.all {
		one := &r.all[i]
		if p.policy != "" {
			if one.Policy.Name == p.policy {
				return i
			}
			continue
		}
		if len(one.For) == 0 || slices.ContainsFunc(one.For, p.is) {
			return i
		}
	}
	return -1
}

// keyOf is whose requests are counted together.
func (g *Guard) keyOf(byAddress bool, who contract.Principal, r *http.Request) limit.Key {
	switch {
	case byAddress:
	case who.Key != "":
		return limit.Named("key", who.Key)
	case who.Subject != "":
		return limit.Named("user", who.Subject)
	}
	return limit.Network(g.params.Client(r))
}

// writing are the methods that change something.
var writing = []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// classOf is how important a request is that says nothing of it.
func classOf(r *http.Request, who contract.Principal) limit.Class {
	switch {
	case who.Subject == "":
		return limit.Anonymous // whatever else it says: a class is not for its client to choose
	case r.Header.Get("Idempotency-Key") != "" && slices.Contains(writing, r.Method):
		return limit.Write
	default:
		return limit.Read
	}
}

// Means reports whether a word of Rule.For says anything.
func Means(word string) bool {
	kind, name, named := strings.Cut(word, ":")
	if !named {
		return slices.Contains([]string{"*", limit.Write.String(), limit.Read.String(), limit.Anonymous.String(), limit.Critical.String()}, word)
	}
	return slices.Contains([]string{"module", "route", "service"}, kind) && name != ""
}
