//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/registry"
)

// registries are nodes that each run the gateway and the registry, and one that knows users, all in one data dir.
type registries struct {
	t    *testing.T
	dir  string
	user *process
	// nodes are the processes, for who starts and kills them. at is where they take requests, "" while they do not, for all.
	nodes  []*process
	at     []atomic.Pointer[string]
	key    string
	client *http.Client
	// change is made to the command of a node before it runs.
	change func(i int, c *exec.Cmd)
}

// startRegistries starts so many of them, and makes an API key that may lease any name.
func startRegistries(t *testing.T, n int) *registries {
	t.Helper()
	return startRegistriesWith(t, n, func(int, *exec.Cmd) {})
}

func startRegistriesWith(t *testing.T, n int, change func(i int, c *exec.Cmd)) *registries {
	t.Helper()
	r := &registries{t: t, dir: t.TempDir(), nodes: make([]*process, n), at: make([]atomic.Pointer[string], n), client: keepAlive(t), change: change}
	r.user = launch(t, r.dir, "--name", "user", "-m", "user", "--admin-addr", "127.0.0.1:0")
	r.user.await()
	for i := range n {
		r.start(i)
	}
	ada := &person{t: t, url: r.url(0)}
	ada.register("ada@example.com")
	r.key = leaseKey(t, r.dir)
	return r
}

// keepAlive is a client for many requests at once, for one test.
func keepAlive(t *testing.T) *http.Client {
	c := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// leaseKey is a key of ada's for leases of all names.
func leaseKey(t *testing.T, dir string) string {
	t.Helper()
	out := command(t, "apikey", "create", "--owner", "ada@example.com", "--name", "leases", "--scope", "registry:*", "--data-dir", dir)
	return regexp.MustCompile(`holon_[a-z0-9]+_[a-z0-9]+`).FindString(out)
}

// start starts a node, on ports that nobody knows before, and returns when it is ready.
func (r *registries) start(i int) {
	r.t.Helper()
	r.nodes[i] = launchWith(r.t, r.dir, func(c *exec.Cmd) { r.change(i, c) }, "--name", fmt.Sprintf("r%d", i+1), "-m", "gateway,registry",
		"--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0", "--join", r.gossip(r.user))
	r.nodes[i].await()
	r.at[i].Store(&r.nodes[i].URL)
}

// kill is kill -9.
func (r *registries) kill(i int) {
	r.at[i].Store(new(string))
	r.nodes[i].kill()
}

func (r *registries) gossip(p *process) string {
	r.t.Helper()
	var now nodeStatus
	require.NoError(r.t, target{name: p.name, admin: p.Admin}.look(r.t.Context(), "/status", &now))
	return now.Addresses["gossip"]
}

// url is where a node takes requests, "" while it does not.
func (r *registries) url(i int) string {
	if at := r.at[i].Load(); at != nil {
		return *at
	}
	return ""
}

// send asks one gateway, and returns the status of its answer, 0 for none.
func (r *registries) send(method, url, body string, into any) int {
	q, err := http.NewRequestWithContext(r.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		return 0
	}
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	q.Header.Set("Authorization", "Bearer "+r.key)
	resp, err := r.client.Do(q)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || into != nil && resp.StatusCode < 300 && json.Unmarshal(raw, into) != nil {
		return 0
	}
	return resp.StatusCode
}

// lease puts a lease through a node, and expects it to be taken.
func (r *registries) lease(i int, service, id string, ttl int) {
	r.t.Helper()
	require.Equal(r.t, 200, r.send(http.MethodPut, r.url(i)+instancePath(service, id), leaseOf(id, ttl), nil), "%s/%s", service, id)
}

// goodbye ends one through a node.
func (r *registries) goodbye(i int, service, id string) {
	r.t.Helper()
	require.Equal(r.t, 204, r.send(http.MethodDelete, r.url(i)+instancePath(service, id), "", nil), "%s/%s", service, id)
}

func instancePath(service, id string) string {
	return "/registry/services/" + service + "/instances/" + id
}

// leaseOf is what an instance says of itself; nothing listens there.
func leaseOf(id string, ttl int) string {
	return fmt.Sprintf(`{"address":"127.0.0.1:9","version":"1.2.0","ttl_seconds":%d,"metadata":{"rack":%q}}`, ttl, id)
}

// leases are all that a node lists, page by page, by service and id.
func (r *registries) leases(at string) (map[string]registry.Instance, error) {
	out := make(map[string]registry.Instance)
	for cursor, more := "", true; more; more = cursor != "" {
		var page struct {
			Services   []registry.Listing `json:"services"`
			NextCursor string             `json:"next_cursor"`
		}
		if code := r.send(http.MethodGet, at+"/registry/services?limit=200&cursor="+url.QueryEscape(cursor), "", &page); code != 200 {
			return nil, fmt.Errorf("GET /registry/services of %s: %d", at, code)
		}
		for _, s := range page.Services {
			for _, i := range s.Instances {
				if i.Kind == registry.KindLease {
					out[s.Name+"/"+i.ID] = i
				}
			}
		}
		cursor = page.NextCursor
	}
	return out, nil
}

// mustLeases are those of a node that is there.
func (r *registries) mustLeases(i int) map[string]registry.Instance {
	r.t.Helper()
	all, err := r.leases(r.url(i))
	require.NoError(r.t, err)
	return all
}
