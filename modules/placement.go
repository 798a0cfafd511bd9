package modules

import (
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/fx"

	"holon/transport/adapter"
	"holon/transport/contract"
	"holon/transport/events"
	"holon/transport/rpc"
)

// gateway is the module whose nodes carry every module's Surface.
const gateway = string(contract.Gateway)

// Placement says what runs on a node.
type Placement struct {
	// All are the modules of the binary, Placed the names of those this node runs.
	All    []Module
	Placed []string
	// Settings are the pointers that the Settings functions gave, filled in, by module name.
	Settings map[string]any
	// Strict makes calls inside the process behave like calls over the network.
	Strict bool
	// Delivery is how events are delivered.
	Delivery events.Settings
}

// Options turns a placement into the graph of a node: an Offer for every placed module and, with the gateway among
// them, every Surface. It expects a Node, a *slog.Logger and a prometheus.Registerer from outside.
func (p Placement) Options() (fx.Option, error) {
	if err := check(p.All); err != nil {
		return nil, err
	}
	options := []fx.Option{fx.Provide(p.newDispatcher, newAdapter, NewBoard, p.newHost), delivering(), fx.Supply(p)}
	for _, name := range p.Placed {
		m, err := find(p.All, name)
		if err != nil {
			return nil, err
		}
		offer := []fx.Option{m.Offer}
		if settings, ok := p.Settings[m.Name]; ok {
			offer = append(offer, fx.Supply(settings, fx.Private))
		}
		part, err := Part(p.All, m.Name, contract.Caller(m.Name), append(p.there(m.Uses), m.Needs...), offer...)
		if err != nil {
			return nil, err
		}
		options = append(options, part)
	}
	if slices.Contains(p.Placed, gateway) {
		surfaces, err := p.surfaces()
		if err != nil {
			return nil, err
		}
		options = append(options, surfaces...)
	}
	return fx.Options(options...), nil
}

// there are those of the names that the binary has.
func (p Placement) there(names []string) (have []string) {
	for _, name := range names {
		if slices.Contains(Names(p.All), name) {
			have = append(have, name)
		}
	}
	return have
}

// outside is what a node has of others; a node by itself has nothing.
type outside struct {
	fx.In

	Remote *rpc.Remote          `optional:"true"`
	Tracer trace.TracerProvider `optional:"true"`
}

func (p Placement) newDispatcher(log *slog.Logger, metrics prometheus.Registerer, o outside) (*rpc.Dispatcher, error) {
	return rpc.New(rpc.Params{Strict: p.Strict, Log: log, Metrics: metrics, Remote: o.Remote, Tracer: o.Tracer})
}

func newAdapter(log *slog.Logger, o outside) *adapter.Adapter {
	return adapter.New(adapter.Params{Log: log, Tracer: o.Tracer})
}

// Contracts are those of every module of the binary.
func Contracts(all []Module) []contract.Contract {
	out := make([]contract.Contract, len(all))
	for i, m := range all {
		out[i] = m.Contract
		out[i].Module = m.Name // a module without methods may leave it out
	}
	return out
}

func (p Placement) surfaces() ([]fx.Option, error) {
	var options []fx.Option
	for _, m := range p.All {
		if m.Surface == nil {
			continue
		}
		var own []string
		if m.Client != nil {
			own = []string{m.Name}
		}
		part, err := Part(p.All, m.Name+".surface", contract.Gateway, own, surface(m.Surface))
		if err != nil {
			return nil, err
		}
		options = append(options, part)
	}
	return options, nil
}

// Part is a scope of the graph in which the clients of the needed modules stand ready, bound to the caller. The
// kernel makes the modules' parts; the binary makes one for its operator's verbs.
func Part(all []Module, name string, caller contract.Caller, needs []string, options ...fx.Option) (fx.Option, error) {
	module, _, _ := strings.Cut(name, ".")
	scope := []fx.Option{
		fx.Provide(func(d *rpc.Dispatcher) rpc.Link { return d.For(caller) }, fx.Private),
		fx.Provide(func() partName { return partName(module) }, fx.Private),
		fx.Decorate(func(log *slog.Logger) *slog.Logger { return log.With("module", module) }),
	}
	for _, need := range needs {
		m, err := find(all, need)
		if err != nil {
			return nil, fmt.Errorf("part %q: %w", name, err)
		}
		if m.Client == nil {
			return nil, fmt.Errorf("part %q needs module %q, which has no client", name, need)
		}
		scope = append(scope, fx.Provide(m.Client, fx.Private))
	}
	return fx.Module(name, append(scope, options...)...), nil
}

// Names returns the modules' names, sorted.
func Names(all []Module) []string {
	names := make([]string, 0, len(all))
	for _, m := range all {
		names = append(names, m.Name)
	}
	slices.Sort(names)
	return names
}

func find(all []Module, name string) (Module, error) {
	for _, m := range all {
		if m.Name == name {
			return m, nil
		}
	}
	return Module{}, fmt.Errorf("no module %q; the modules are %s", name, strings.Join(Names(all), ", "))
}

// validName is what a module may be called: it is a word of the command line, a file's name and a label of metrics.
var validName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)

// checkHTTP looks at a module that is a handler, by itself and beside the others.
func checkHTTP(all []Module, m Module) error {
	if m.HTTP == nil {
		return nil
	}
	if err := m.HTTP.check(); err != nil {
		return err
	}
	for _, other := range m.HTTP.takes(all) {
		if !slices.Contains(m.Needs, other) && !slices.Contains(m.Uses, other) {
			return fmt.Errorf("module %q: Handler takes the client of module %s: say so in Needs", m.Name, other)
		}
	}
	for _, other := range all {
		if other.HTTP != nil && other.Name != m.Name && other.HTTP.Prefix == m.HTTP.Prefix {
			return fmt.Errorf("modules %q and %q both have the Prefix %q: give one of them another", m.Name, other.Name, m.HTTP.Prefix)
		}
	}
	return nil
}

// check refuses declarations that contradict each other.
func check(all []Module) error {
	seen := make(map[string]bool, len(all))
	for _, m := range all {
		switch {
		case m.Name == "all" || m.Name == string(contract.Node):
			return fmt.Errorf("no module may be named %q: the word is taken", m.Name)
		case seen[m.Name]:
			return fmt.Errorf("two modules are named %q", m.Name)
		case m.Contract.Module != "" && m.Contract.Module != m.Name:
			return fmt.Errorf("module %q declares the contract of %q", m.Name, m.Contract.Module)
		case m.Offer == nil:
			return fmt.Errorf("module %q offers nothing", m.Name)
		case m.Surface != nil && m.Client == nil && len(m.Contract.Methods) > 0:
			return fmt.Errorf("module %q has a Surface and no Client for it", m.Name)
		}
		if !validName.MatchString(m.Name) {
			return fmt.Errorf("a module's name has lower-case letters, digits, dashes and underscores, and begins with a letter, not %q", m.Name)
		}
		if err := checkHTTP(all, m); err != nil {
			return err
		}
		seen[m.Name] = true
		for _, method := range m.Contract.Methods {
			if owner := method.Info().Module(); owner != m.Name {
				return fmt.Errorf("module %q declares method %q of %q", m.Name, method.Info().Name, owner)
			}
		}
	}
	return checkEvents(all)
}
