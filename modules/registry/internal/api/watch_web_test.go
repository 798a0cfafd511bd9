package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules"
	"holon/modules/gateway/gatewayfx"
	"holon/modules/modulestest"
	"holon/modules/registry"
	"holon/modules/registry/internal/api"
	"holon/modules/registry/registryfx"
	"holon/modules/user/userfx"
	"holon/transport/contract"
)

// events reads a stream of server-sent events.
type events struct {
	t  *testing.T
	in *bufio.Reader
}

// next returns an event's name, id and data.
func (e events) next() (name, id string, data map[string]any) {
	e.t.Helper()
	for {
		line, err := e.in.ReadString('\n')
		require.NoError(e.t, err)
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch field {
		case "event":
			name = value
		case "id":
			id = value
		case "data":
			require.NoError(e.t, json.Unmarshal([]byte(value), &data))
		case "":
			if name != "" {
				return name, id, data
			}
		}
	}
}

// until reads changes behind a number until one of the shop's instance, and returns its event's id. Others may come before: a
// module gets ready in its own time.
func (e events) until(instance, after string) (id string) {
	e.t.Helper()
	seq, err := strconv.Atoi(after)
	require.NoError(e.t, err)
	for {
		name, id, data := e.next()
		require.Equal(e.t, "change", name)
		modulestest.HasNames(e.t, data, "seq", "changes")
		seq++
		require.Equal(e.t, fmt.Sprint(seq), fmt.Sprint(data["seq"]))
		for _, c := range data["changes"].([]any) {
			if c := c.(map[string]any); c["service"] == "shop" {
				require.Equal(e.t, instance, c["id"])
				return id
			}
		}
	}
}

// TestWatch reads the stream over a connection, in every mode.
func TestWatch(t *testing.T) {
	t.Parallel()
	modulestest.Each(t, []modules.Module{gatewayfx.Module(), registryfx.Module(), modulestest.Fake(userfx.Module())}, func(t *testing.T, n *modulestest.Node) {
		server := httptest.NewServer(n.API)
		defer server.Close()
		open := func(last string) (events, context.CancelFunc) {
			ctx, cancel := context.WithTimeout(t.Context(), settled)
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/registry/watch", nil)
			require.NoError(t, err)
			req.Header.Set("Last-Event-ID", last)
			resp, err := server.Client().Do(req)
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, resp.StatusCode)
			require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
			require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
			return events{t, bufio.NewReader(resp.Body)}, func() { cancel(); _ = resp.Body.Close() }
		}
		s := modulestest.Client[registry.Service](n, "registry", contract.Gateway)
		put := func(id string) {
			ctx := contract.WithPrincipal(t.Context(), contract.Principal{Subject: "u", Roles: []string{contract.RoleAdmin}})
			_, err := s.Put(ctx, registry.PutRequest{Service: "shop", ID: id, Registration: registry.Registration{Address: "10.0.0.1:80"}})
			require.NoError(t, err)
		}
		put("1")
		e, leave := open("")
		name, _, data := e.next()
		require.Equal(t, "snapshot", name)
		modulestest.HasNames(t, data, "seq", "services")
		require.Contains(t, fmt.Sprint(data["services"]), "shop")
		put("2")
		id := e.until("2", fmt.Sprint(data["seq"]))
		back, leaveToo := open(id)
		put("3")
		_, seq, _ := strings.Cut(id, "-")
		back.until("3", seq) // and nothing again of what it has seen
		leave()
		leaveToo()

		n.Withdraw("registry")
		resp, err := server.Client().Get(server.URL + "/registry/watch")
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode, "%s", body)
	})
}

// TestWatchersEndWithTheServer holds that a server that stops is rid of those who watch, and nobody follows behind them.
func TestWatchersEndWithTheServer(t *testing.T) {
	s := newSource(10)
	t.Run("serving", func(t *testing.T) {
		at := serve(t, s)
		begun := make(chan struct{}, 3)
		for range 3 {
			watchOver(t, at, func() { begun <- struct{}{} }, func([]byte) {})
		}
		for range 3 {
			<-begun
		}
	}) // goleak sees who is left
}

// TestAllTargets holds that Prometheus is told of all services, of more than one call has too.
func TestAllTargets(t *testing.T) {
	t.Run("serving", func(t *testing.T) {
		at := serve(t, newSource(750))
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+at+"/registry/prometheus", nil)
		require.NoError(t, err)
		req.Close = true
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		var targets []api.Target
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&targets))
		require.Len(t, targets, 750)
	})
}
