package main

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"holon/modules/gateway/gatewayfx"
	"holon/transport/status"
)

// routeList is what GET /routes answers and `holon routes ls -o json` prints.
type routeList struct {
	Items  []gatewayfx.RouteState `json:"items"`
	Crowds []gatewayfx.Crowd      `json:"crowds"`
}

var errNoGateway = status.New(status.NotFound, "no_gateway", "this node runs no gateway, so it has no routes")

func (n *node) listRoutes(*http.Request) (any, error) {
	if n.in.Routes == nil {
		return nil, errNoGateway
	}
	return routeList{n.in.Routes.List(), n.in.Routes.Crowds()}, nil
}

// reloadVerb reads the settings anew, from where the node had them at its start, and takes over routes and rate limits.
func (n *node) reloadVerb(context.Context, []byte) (any, error) { return n.reloadRoutes() }

func (n *node) reloadRoutes() (any, error) {
	if n.in.Routes == nil {
		return nil, errNoGateway
	}
	n.reloading.Lock() // one of two is the last, and all of it
	defer n.reloading.Unlock()
	s, err := loadFrom(n.in.Settings.sources)
	if err == nil && n.in.Settings.fromFile() && !s.fromFile() {
		err = errors.New("the configuration file is gone or empty, and had settings when the node started: it may be being written just now")
	}
	if err == nil {
		var d gatewayfx.Diff
		if d, err = n.in.Routes.Reload(s.sections["gateway"].(*gatewayfx.Settings)); err == nil {
			n.in.Log.Info("routes reloaded", "added", d.Added, "removed", d.Removed, "changed", d.Changed, "same", d.Same)
			return d, nil
		}
	}
	return nil, status.New(status.Invalid, "routes_refused", "nothing was changed: %s", strings.TrimSpace(err.Error()))
}

// hangUp is what SIGHUP does.
func (n *node) hangUp() {
	if _, err := n.reloadRoutes(); err != nil {
		n.in.Log.Warn("routes not reloaded", "err", err)
	}
}
