package contract

import (
	"reflect"
	"slices"
	"strings"
)

// Caller names who asks: a module, or one of the two parts of a node that are not business.
type Caller string

const (
	// Gateway is the caller of every HTTP route.
	Gateway Caller = "gateway"
	// Node is the caller of an operator's verbs.
	Node Caller = "node"
)

// Method describes one question a module answers. Req and Resp are plain values: exported fields of plain types,
// nothing that means something only in one process.
type Method[Req, Resp any] struct {
	// Name is "<module>.<verb>" in snake_case, unique in the binary.
	Name string
	// Idempotent says that asking twice does no more than asking once, so a lost reply may be asked for again.
	Idempotent bool
	// Callers lists who may ask. Adding a name is the owner's consent.
	Callers []Caller
}

// Info returns the description without its types' names in the way.
func (m Method[Req, Resp]) Info() Info {
	return Info{
		Name: m.Name, Idempotent: m.Idempotent, Callers: slices.Clone(m.Callers),
		Req: reflect.TypeFor[Req](), Resp: reflect.TypeFor[Resp](),
	}
}

// Info is a method's description in a form that all methods share.
type Info struct {
	Name       string
	Idempotent bool
	Callers    []Caller
	Req, Resp  reflect.Type
}

// Module returns the part of the name before the dot.
func (i Info) Module() string {
	module, _, _ := strings.Cut(i.Name, ".")
	return module
}

// Allows reports whether the method's owner consented to this caller.
func (i Info) Allows(c Caller) bool { return slices.Contains(i.Callers, c) }

// Described is any Method.
type Described interface{ Info() Info }

// Contract is all that a module promises the others. Major grows only when a change is not additive; nodes route
// calls only between equal majors.
type Contract struct {
	Module  string
	Major   int
	Methods []Described
	// Topics are what the module announces.
	Topics []AnyTopic
}

// Infos returns the methods' descriptions sorted by name.
func (c Contract) Infos() []Info {
	out := make([]Info, 0, len(c.Methods))
	for _, m := range c.Methods {
		out = append(out, m.Info())
	}
	slices.SortFunc(out, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return out
}
