package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules"
)

// groupings are all ways to put the names into groups (set partitions).
func groupings(names []string) [][][]string {
	if len(names) == 0 {
		return [][][]string{nil}
	}
	var out [][][]string
	first := names[0]
	for _, rest := range groupings(names[1:]) {
		out = append(out, append([][]string{{first}}, rest...))
		for i := range rest {
			with := slices.Clone(rest)
			with[i] = append([]string{first}, with[i]...)
			out = append(out, with)
		}
	}
	return out
}

func nameOf(groups [][]string) string {
	var parts []string
	for _, g := range groups {
		parts = append(parts, strings.Join(g, "+"))
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// own are holon's modules.
var own = []string{"gateway", "order", "registry", "user"}

// TestPlacements goes one journey in each of the 15 ways to group the four modules on nodes, and in each it is the same.
func TestPlacements(t *testing.T) {
	if testing.Short() {
		t.Skip("short: 37 nodes")
	}
	names := modules.Names(all())
	others := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(own, name) })
	all := groupings(own)
	require.Len(t, all, 15)
	for _, groups := range all { // modules that came later go where the gateway goes: all ways to group them would be too many
		at := slices.IndexFunc(groups, func(g []string) bool { return slices.Contains(g, "gateway") })
		groups[at] = append(slices.Clone(groups[at]), others...)
	}
	if raced { // the others are no other code
		all = [][][]string{all[0], all[len(all)-1]}
	}
	var mu sync.Mutex
	stories := make(map[string]story)
	began := time.Now()
	room := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for _, groups := range all {
		wg.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			t.Run(nameOf(groups), func(t *testing.T) {
				f := startFleet(t, t.TempDir(), groups)
				s := travel(t, f, "http://"+f.gateway().http)
				mu.Lock()
				defer mu.Unlock()
				stories[nameOf(groups)] = s
			})
		})
	}
	wg.Wait()
	t.Logf("%d placements in %s", len(all), time.Since(began).Round(time.Millisecond))
	requireSame(t, stories)
}

// atOnce is how many placements are under way at a time: mostly they wait, for gossip and for events.
const atOnce = 5

// monolith is the name of the placement with one node.
func monolith(stories map[string]story) string {
	for name := range stories {
		if !strings.Contains(name, " ") {
			return name
		}
	}
	return ""
}

// requireSame requires all stories to be that of the monolith.
func requireSame(t *testing.T, stories map[string]story) {
	t.Helper()
	want := stories[monolith(stories)]
	require.NotEmpty(t, want.answers)
	for name, s := range stories {
		require.Equal(t, want.events, s.events, "events of %s", name)
		require.Len(t, s.answers, len(want.answers), name)
		for i := range want.answers {
			require.Equal(t, want.answers[i], s.answers[i], "%s, answer %d", name, i)
		}
	}
}

// story is what a journey was told, but for what is another each time.
type story struct {
	answers []string
	events  map[string]int
}

// town is where a journey goes.
type town interface {
	// settled waits until no event waits.
	settled()
	announced() map[string]int
	promote(email string)
}

func (f *fleet) promote(email string) {
	f.t.Helper()
	var out lockedBuffer
	require.Equal(f.t, exitOK, run(f.t.Context(), []string{"user", "promote", email, "--node", f.members[0].name, "--config", "none", "--data-dir", f.dir},
		environment{out: &out, err: &out}), "%s", &out)
}

// travel registers, signs in, orders, cancels, pages, deletes, and errs in every way that the document knows.
func travel(t *testing.T, to town, base string) story {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}
	t.Cleanup(client.CloseIdleConnections)
	c := newCensus(t, operations(t, get(t, client, base+"/openapi.json")))
	c.h = forward{base, client}
	m := &mask{ids: make(map[string]string)}
	var s story
	c.told = func(r request, w *httptest.ResponseRecorder) {
		if r.method != "GET" && w.Code < 300 {
			to.settled()
		}
		s.answers = append(s.answers, fmt.Sprintf("%s %s %d %s", r.method, m.text(r.path), w.Code, m.body(w.Body.Bytes())))
	}
	p := c.outcomes(to.promote)
	c.repeats(p)
	c.pages(p)
	c.badRequests(p)
	c.completeBut(429, 500, 503, 504, 507, 499)
	s.events = to.announced()
	return s
}

func get(t *testing.T, client *http.Client, url string) []byte {
	t.Helper()
	resp, err := client.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return raw
}

// repeats asks twice under one key.
func (c *census) repeats(p people) {
	c.t.Helper()
	ask := func(code int, key, body string) map[string]any {
		w := c.expect(code, request{method: "POST", path: "/orders", token: p.ada, body: strings.NewReader(body), headers: []string{"Idempotency-Key", key}})
		return c.body(w.Body)
	}
	first := ask(201, "one", oneBook)
	require.Equal(c.t, first, ask(201, "one", oneBook))
	ask(422, "one", strings.Replace(oneBook, `"quantity":1`, `"quantity":2`, 1))
	w := c.expect(200, request{method: "POST", path: "/orders/" + first["id"].(string) + "/cancel", token: p.ada})
	require.Equal(c.t, "cancelled", c.body(w.Body)["status"])
}

// pages walks through lists.
func (c *census) pages(p people) {
	c.t.Helper()
	for range 5 {
		c.expect(201, request{method: "POST", path: "/orders", token: p.bob, body: strings.NewReader(oneBook)})
	}
	for _, walk := range []struct{ path, token string }{{"/orders", p.bob}, {"/users", p.admin}, {"/orders?user_id=" + p.adaID, p.admin}} {
		sep := "?"
		if strings.Contains(walk.path, "?") {
			sep = "&"
		}
		for cursor := ""; ; {
			w := c.expect(200, request{method: "GET", path: walk.path + sep + "limit=2" + cursor, token: walk.token})
			next, _ := c.body(w.Body)["next_cursor"].(string)
			if next == "" {
				break
			}
			cursor = "&cursor=" + next
		}
	}
	c.expect(200, request{method: "GET", path: "/users/" + p.bobID, token: p.bob})
}

// mask takes out what is another in every run: ids by the order in which they come, times, tokens, names of nodes.
type mask struct{ ids map[string]string }

var (
	uuids   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	cursors = regexp.MustCompile(`cursor=[^&]+`)
	stamps  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT[0-9:.]+Z$`)
)

func (m *mask) text(s string) string {
	return cursors.ReplaceAllString(uuids.ReplaceAllStringFunc(s, func(id string) string {
		if m.ids[id] == "" {
			m.ids[id] = fmt.Sprintf("id%d", len(m.ids)+1)
		}
		return m.ids[id]
	}), "cursor=…")
}

// hidden are fields of an answer that tell of a run, and modules, which in /health are those of a single node.
var hidden = []string{"access_token", "next_cursor", "trace_id", "kid", "x", "node", "modules", "address", "nodes"}

func (m *mask) body(raw []byte) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return string(raw)
	}
	out, err := json.Marshal(m.value(v))
	if err != nil {
		panic(err) // impossible: it was JSON
	}
	return string(out)
}

func (m *mask) value(v any) any {
	switch v := v.(type) {
	case string:
		if stamps.MatchString(v) {
			return "time"
		}
		if _, id, ok := strings.Cut(v, "~"); ok && uuids.MatchString(id) {
			return "instance"
		}
		return m.text(v)
	case []any:
		for i := range v {
			v[i] = m.value(v[i])
		}
	case map[string]any:
		for name := range v {
			if slices.Contains(hidden, name) && v[name] != "" {
				v[name] = "…"
			}
		}
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names) // so that ids are counted alike
		for _, name := range names {
			v[name] = m.value(v[name])
		}
	}
	return v
}
