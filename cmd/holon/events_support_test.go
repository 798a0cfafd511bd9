package main

import (
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"holon/modules"
	"holon/modules/modulestest"
	"holon/modules/order"
	"holon/transport/contract"
	"holon/transport/events"
	"holon/transport/status"
)

// clerk is a module that hears of orders and refuses them as long as it is told to.
type clerk struct {
	refuses atomic.Bool
	heard   atomic.Int64
}

const refusal = "the books are closed until somebody opens them, which \x1b[31mmay\x1b[0m take a while"

// The clerk's subscribers: one that may be told again, and one that may not.
var (
	books = contract.Subscriber{Name: "clerk.books", Topics: []contract.AnyTopic{order.WasCreated}, Replayable: true}
	mails = contract.Subscriber{Name: "clerk.mails", Topics: []contract.AnyTopic{order.WasCreated}}
)

var clerkTables = fstest.MapFS{"00001_clerk.sql": {Data: []byte("-- +goose Up\nCREATE TABLE unused (id text PRIMARY KEY);\n")}}

func (c *clerk) module() modules.Module {
	book := func(context.Context, order.Order) error {
		if c.refuses.Load() {
			return status.New(status.Conflict, "", "%s", refusal)
		}
		c.heard.Add(1)
		return nil
	}
	mail := func(context.Context, order.Order) error { return nil }
	return modules.Module{
		Name: "clerk", About: "books", Contract: contract.Contract{Module: "clerk", Major: 1},
		Subscribers: []contract.Subscriber{books, mails},
		Offer: fx.Options(
			modules.Storage(func() (fs.FS, error) { return clerkTables, nil }),
			modules.Subscriptions(func() []events.Subscription {
				return []events.Subscription{
					events.Subscribe(books, events.On(order.WasCreated, book)), events.Subscribe(mails, events.On(order.WasCreated, mail)),
				}
			}),
		),
	}
}

// office is a node in this process whose admin port has its events, and a clerk on it.
type office struct {
	*modulestest.Node
	t     *testing.T
	clerk *clerk
	admin string // host:port
	dir   string // the data dir that has the token
	token string
	node  *node
}

func openOffice(t *testing.T, change func(*events.Settings)) *office {
	t.Helper()
	o := &office{t: t, clerk: &clerk{}, dir: t.TempDir()}
	o.Node = modulestest.Start(t, modulestest.Modes()[0], append(all(), o.clerk.module()), modulestest.Delivery(change))
	folder, err := claim(o.dir, "n1")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, folder.release()) })
	o.token = folder.token
	o.node = &node{in: nodeParams{
		Folder: folder, Node: modules.Node{Name: "n1"}, Log: slog.New(slog.DiscardHandler), Gatherer: o.Metrics,
	}}
	o.node.ready.Store(true)
	mux := o.node.healthHandler()
	o.node.mountEvents(mux, &eventDesk{office: o.Events(), token: folder.token, open: o.node.ready.Load, log: o.node.in.Log})
	server := httptest.NewServer(localOnly(mux))
	t.Cleanup(server.Close)
	o.admin = strings.TrimPrefix(server.URL, "http://")
	require.NoError(t, folder.announce(o.admin))
	return o
}

// order places orders of a new account and returns the account's id and its token.
func (o *office) order(n int) (id, token string) {
	o.t.Helper()
	id, token = o.SignUp(o.t, "ada@example.com")
	for range n {
		r := o.Do(o.t, modulestest.Request{Method: "POST", Path: "/orders", Token: token, Body: oneBook})
		require.Equal(o.t, http.StatusCreated, r.Status, "%s", r.Body)
	}
	return id, token
}

// parked waits until so many events of the clerk's books are parked.
func (o *office) parked(n int) {
	o.t.Helper()
	require.Eventually(o.t, func() bool {
		backlog, err := o.Events().Backlog(o.t.Context())
		require.NoError(o.t, err)
		return slices.ContainsFunc(backlog, func(b events.ModuleBacklog) bool { return b.Subscriber == books.Name && b.Parked == n })
	}, 10*time.Second, 5*time.Millisecond)
}

// verb types a command line for the office and returns what it prints.
func (o *office) verb(code int, args ...string) string {
	o.t.Helper()
	return typed(o.t, code, o.dir, args...)
}

// get asks the admin port and fills in out.
func (o *office) get(code int, token, path string, out any) {
	o.t.Helper()
	a := (&person{t: o.t, url: "http://" + o.admin, token: token}).ask(code, "GET", path, "")
	require.NoError(o.t, json.Unmarshal(a.raw, out), "%s", a.raw)
}

// typed runs a command line on a data dir, in this process, and returns what it prints.
func typed(t *testing.T, code int, dir string, args ...string) string {
	t.Helper()
	var out lockedBuffer
	args = append(args, "--config", "none", "--data-dir", dir)
	require.Equal(t, code, run(t.Context(), args, environment{out: &out, err: &out}), "%v: %s", args, &out)
	return out.String()
}
