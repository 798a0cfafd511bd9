package modules

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"
	"go.uber.org/fx"

	"holon/transport/contract"
	"holon/transport/web"
)

// HTTP is code that answers HTTP requests and knows nothing of holon, on its way to being a module. Gateways send it the
// requests whose paths begin with its Prefix: directly where it runs beside them, else to a node that runs it. Package
// holon/transport/adapter says what its handler is given and what it may answer.
type HTTP struct {
	// Name is the module's, About a sentence that says what it is for.
	Name, About string
	// Version is the application's own, as semver has it, such as 1.4.2. It is told of every instance.
	Version string
	// Prefix is what the paths begin with, such as /shop/; / takes what no other module does. The handler sees it, unless
	// Strip cuts it off.
	Prefix string
	Strip  bool
	// Health is a path of the handler, as the handler sees it, that answers GET with less than 400 while it can work; "" means
	// that it always can. While it fails, the node is not ready and its instance of the module is chosen last.
	Health string
	// Access is who may ask: web.SignedIn, which is the default, or web.Public. Who has signed in, headers say (X-Holon-Subject
	// and others); of who asks a public handler nobody knows. ForwardToken leaves the client's Authorization header in the
	// request, where the gateway has used it; a public handler gets it in any case.
	Access       web.Access
	ForwardToken bool
	// Timeout is how long an answer may take, MaxBody what a request's body may have in bytes; 0 means what routes have by
	// default.
	Timeout time.Duration
	MaxBody int64
	// Streams lets bodies go on as they come, without an end in sight; Upgrades lets clients change to another protocol, such as
	// WebSocket.
	Streams, Upgrades bool
	// Needs are modules whose clients Handler takes.
	Needs []string
	// Handler is a constructor in fx's form that returns an http.Handler, and may return an error beside: func() http.Handler,
	// func(user.Service, *slog.Logger) (http.Handler, error).
	Handler any
}

// FromHTTP makes a module of a handler. What else the module has, such as Storage or Run, can be added to its Offer.
func FromHTTP(h HTTP) Module {
	major := 0
	if v, err := semver.StrictNewVersion(h.Version); err == nil {
		major = int(v.Major())
	}
	return Module{
		Name: h.Name, About: h.About, Contract: contract.Contract{Module: h.Name, Major: major}, Needs: h.Needs, HTTP: &h,
		Offer: fx.Options(
			fx.Provide(fx.Annotate(h.Handler, fx.As(new(http.Handler))), fx.Private),
			fx.Provide(fx.Annotate(func(name partName, handler http.Handler) adapted {
				return adapted{string(name), handler}
			}, fx.ResultTags(`group:"handlers"`))),
		),
	}
}

// adapted is a module's handler on its way to the adapter.
type adapted struct {
	module  string
	handler http.Handler
}

// maxMajor is the greatest major version that nodes tell each other of.
const maxMajor = 255

// check refuses what cannot be.
func (h *HTTP) check() error {
	switch {
	case h.Handler == nil:
		return fmt.Errorf("module %q has no Handler", h.Name)
	case strings.ContainsAny(h.Prefix, "{} ?#"):
		return fmt.Errorf("module %q: Prefix is a plain path, without names in braces, spaces, ? and #, not %q", h.Name, h.Prefix)
	case !strings.HasPrefix(h.Prefix, "/") || !strings.HasSuffix(h.Prefix, "/"):
		return fmt.Errorf("module %q: Prefix must begin and end with a slash, such as /%s/, not %q", h.Name, h.Name, h.Prefix)
	case h.Strip && h.Prefix == "/":
		return fmt.Errorf("module %q: there is nothing to Strip of /", h.Name)
	case h.Health != "" && !strings.HasPrefix(h.Health, "/"):
		return fmt.Errorf("module %q: Health must be a path of its handler, not %q", h.Name, h.Health)
	case h.Timeout < 0 || h.MaxBody < 0:
		return fmt.Errorf("module %q: Timeout and MaxBody cannot be less than 0", h.Name)
	}
	if err := h.checkHandler(); err != nil {
		return err
	}
	if v, err := semver.StrictNewVersion(h.Version); err != nil || v.Major() > maxMajor {
		return fmt.Errorf("module %q: Version must be like 1.4.2, not %q", h.Name, h.Version)
	}
	return nil
}

// checkHandler looks at the constructor, of which fx would speak in its own words.
func (h *HTTP) checkHandler() error {
	make := reflect.TypeOf(h.Handler)
	is := reflect.TypeFor[http.Handler]()
	switch {
	case make.Kind() != reflect.Func && make.Implements(is):
		return fmt.Errorf("module %q: Handler must be a constructor, such as func() http.Handler, and no handler: give New, not New()", h.Name)
	case make.Kind() != reflect.Func || make.NumOut() == 0 || !make.Out(0).Implements(is):
		return fmt.Errorf("module %q: Handler must be a constructor that returns an http.Handler, not a %s", h.Name, make)
	}
	return nil
}

// takes are the modules whose clients the constructor takes.
func (h *HTTP) takes(all []Module) (names []string) {
	make := reflect.TypeOf(h.Handler)
	for i := range make.NumIn() {
		for _, m := range all {
			if m.Client != nil && reflect.TypeOf(m.Client).Out(0) == make.In(i) {
				names = append(names, m.Name)
			}
		}
	}
	return names
}
