package modules

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"holon/modules/storage"
	"holon/modules/storage/eventlog"
	"holon/transport/contract"
	"holon/transport/events"
	"holon/transport/rpc"
	"holon/transport/web"
)

// Module is what a module declares, in three parts: the Client is installed wherever some part needs the module, the
// Surface on gateway nodes, the Offer where the module is placed. Each part is a graph scope of its own, so that what
// one part keeps to itself no other can reach.
type Module struct {
	Name string
	// About says in a sentence what the module is for, without repeating its name.
	About    string
	Contract contract.Contract
	// Needs are the modules that the Offer calls.
	Needs []string
	// Uses are modules that the Offer calls where the binary has them, and does without: it takes their clients as optional.
	Uses []string
	// Subscribers are the module's interests in topics, of others and its own. Subscriptions in the Offer handles them.
	Subscribers []contract.Subscriber
	// Settings returns a pointer to a struct that holds the defaults of the module's section of the configuration.
	// The Offer receives the pointer, filled in. Nil for a module without settings.
	Settings func() any
	// Client is a constructor func(rpc.Link) of the contract's service interface. Nil for a module nobody calls.
	Client any
	// Surface is a constructor of a web.Surface from the module's own client. Nil for a module without routes.
	Surface any
	// HTTP says how gateways reach a handler that is no contract's, see FromHTTP; nil for a module without one.
	HTTP *HTTP
	// Offer holds everything else: storage, rules, handlers.
	Offer fx.Option
}

// Node is what a module may know of the process it runs in.
type Node struct {
	Name, Version string
	// Boot is the UUIDv7 of this start.
	Boot string
	// DataDir holds the modules' databases; Dir, below it, is this node's alone.
	DataDir, Dir string
	// NewStores are modules whose data may be gone from the data dir, or another's: they start with what is there.
	NewStores []string
}

// Runner is work that a module does by itself. Start returns within a second and leaves nothing behind when it fails;
// its context ends with the start. Stop returns when the work has ended.
type Runner interface {
	Start(ctx context.Context) error
	Stop()
}

// Group tags stand only in this file: two spellings of a tag are a silently empty group.

// Storage gives the part a database of its own with these goose migrations, and an *events.Outbox that announces what
// happens in it.
func Storage(migrations func() (fs.FS, error)) fx.Option {
	return fx.Options(
		announcing(),
		fx.Provide(func(name partName, n Node, log *slog.Logger, r prometheus.Registerer) (*storage.DB, error) {
			files, err := migrations()
			if err != nil {
				return nil, fmt.Errorf("find the migrations of module %s: %w", name, err)
			}
			return storage.New(storage.Params{
				Module: string(name), Dir: n.DataDir, Migrations: files, Node: n.Name, Log: log, Metrics: r,
				NewStore: slices.Contains(n.NewStores, string(name)),
			})
		}, fx.Private),
		fx.Provide(fx.Annotate(func(db *storage.DB) *storage.DB { return db }, fx.ResultTags(`group:"stores"`))),
	)
}

// Subscriptions ties the module's declared Subscribers to their handlers. The module has Storage, where it remembers
// what it has handled. The constructor returns []events.Subscription.
func Subscriptions(constructor any) fx.Option {
	return fx.Options(
		fx.Provide(constructor, newIntake, fx.Private),
		fx.Provide(fx.Annotate(func(in *events.Intake) *events.Intake { return in }, fx.ResultTags(`group:"intakes"`))),
	)
}

// announcing gives a part with a database its event log and its outbox.
func announcing() fx.Option {
	return fx.Options(
		fx.Provide(eventlog.New, newOutbox, fx.Private),
		fx.Provide(fx.Annotate(func(o *events.Outbox) *events.Outbox { return o }, fx.ResultTags(`group:"outboxes"`))),
	)
}

// Methods offers the handlers of the module's contract. The constructor returns []rpc.Handler.
func Methods(constructor any) fx.Option {
	return fx.Options(
		fx.Provide(constructor, fx.Private),
		fx.Provide(fx.Annotate(func(name partName, handlers []rpc.Handler) offered {
			return offered{module: string(name), handlers: handlers}
		}, fx.ResultTags(`group:"offers"`))),
	)
}

// Run has work started with the module; a part has one Runner at most. The constructor returns a Runner.
func Run(constructor any) fx.Option {
	return fx.Options(
		fx.Provide(constructor, fx.Private),
		fx.Provide(fx.Annotate(func(name partName, r Runner) running {
			return running{module: string(name), Runner: r}
		}, fx.ResultTags(`group:"runners"`))),
	)
}

// surface installs a constructor of a web.Surface.
func surface(constructor any) fx.Option {
	return fx.Provide(fx.Annotate(constructor, fx.ResultTags(`group:"surfaces"`)))
}

// Surfaces is how the gateway takes every surface of its node.
type Surfaces struct {
	fx.In

	All []web.Surface `group:"surfaces"`
}

// placed is how the host takes what the modules of its node offer.
type placed struct {
	fx.In

	Stores   []*storage.DB    `group:"stores"`
	Offers   []offered        `group:"offers"`
	Runners  []running        `group:"runners"`
	Outboxes []*events.Outbox `group:"outboxes"`
	Intakes  []*events.Intake `group:"intakes"`
	Handlers []adapted        `group:"handlers"`
}

// partName is the module whose part a scope is.
type partName string

// offered is a module's handlers on their way to the dispatcher.
type offered struct {
	module   string
	handlers []rpc.Handler
}

// running is a module's work on its way to the host.
type running struct {
	module string
	Runner
}
