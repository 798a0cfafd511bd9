package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/transport/events"
)

// impatient parks what was refused twice.
func impatient(s *events.Settings) { s.Retry = []time.Duration{time.Millisecond} }

// TestParkedEvents is what an operator does about a subscriber that refuses: see it, see why, and have it tried again or
// give it up.
func TestParkedEvents(t *testing.T) {
	t.Parallel()
	o := openOffice(t, impatient)
	o.clerk.refuses.Store(true)
	o.order(3)
	o.parked(3)

	list := o.verb(0, "events", "ls")
	require.Contains(t, list, "backlog of node n1\n  FROM   SUBSCRIBER       OPEN  OLDEST  PARKED\n")
	require.Contains(t, list, "  order  clerk.books      0     -       3\n")
	require.Contains(t, list, "conflict: the books are closed until somebody opens them, w…\n", "on one line, and short")
	require.NotContains(t, o.verb(0, "events", "ls", "--topic", "user.created"), "backlog", "a filter asks for less")

	parked := o.verb(0, "events", "ls", "--subscriber", "clerk.books", "--state", "parked")
	lines := strings.Split(strings.TrimSpace(parked), "\n")
	require.Len(t, lines, 4)
	require.Equal(t, []string{"TIME", "EVENT", "TOPIC", "KEY", "SUBSCRIBER", "STATE", "REFUSED", "NEXT", "REASON"}, strings.Fields(lines[0]))
	fields := strings.Fields(lines[1])
	require.Equal(t, []string{"order.created", "clerk.books", "parked", "2", "-"}, []string{fields[2], fields[4], fields[5], fields[6], fields[7]})
	first := fields[1]

	shown := o.verb(0, "events", "show", first)
	require.Contains(t, shown, "event     "+first+"\ntopic     order.created  (schema 1)\nkey       "+fields[3]+"  (version 1)\n")
	require.Regexp(t, `clerk\.books +parked +2 +- +- +conflict: the books are closed until`, shown)
	require.Regexp(t, `user\.orders +delivered +0 +- +-\n`, shown)
	require.NotContains(t, shown, "\x1b", "what others wrote must not steer the terminal")
	require.Contains(t, shown, "\n  \"currency\": \"EUR\",\n", "the payload, for the token lies here")

	o.clerk.refuses.Store(false)
	require.Equal(t, "1 delivery is due at once\n", o.verb(0, "events", "retry", first))
	o.Settled(t)
	require.EqualValues(t, 1, o.clerk.heard.Load())
	require.NotContains(t, o.verb(0, "events", "ls", "--state", "parked"), first)
	require.Equal(t, "nothing to retry: no such delivery is retrying or parked\n", o.verb(0, "events", "retry", "--id", first))

	require.Equal(t, "2 deliveries are dropped\n", o.verb(0, "events", "drop", "--subscriber", "clerk.books", "--state", "parked"))
	require.Equal(t, "no such events in the logs of node n1\n", o.verb(0, "events", "ls", "--state", "parked"))
	require.JSONEq(t, `{"count":0}`, o.verb(0, "events", "retry", "--all", "-o", "json"))
	o.Settled(t)
	require.EqualValues(t, 1, o.clerk.heard.Load(), "what was dropped is not delivered")
}

// TestReplayedEvents holds that a replay reaches a subscriber that allows it, once, and changes nothing that was right.
func TestReplayedEvents(t *testing.T) {
	t.Parallel()
	o := openOffice(t, impatient)
	id, token := o.order(3)
	o.Settled(t)
	require.EqualValues(t, 3, o.clerk.heard.Load())
	me := modulestest.Request{Method: "GET", Path: "/users/" + id, Token: token}
	before := o.Do(t, me)
	require.Contains(t, string(before.Body), `"order_count":3`)

	out := o.verb(0, "events", "replay", "--subscriber", "user.orders", "--all")
	require.Regexp(t, `^3 events go again to user\.orders, as replay [0-9a-f-]{36}\n$`, out)
	o.Settled(t)
	require.Equal(t, string(before.Body), string(o.Do(t, me).Body))

	var r eventResult
	require.NoError(t, json.Unmarshal([]byte(o.verb(0, "events", "replay", "--subscriber", "clerk.books", "--since", "1h", "-o", "json")), &r))
	require.Equal(t, 3, r.Count)
	require.Len(t, r.Replay, 36)
	o.Settled(t)
	require.EqualValues(t, 6, o.clerk.heard.Load(), "the clerk books what he is told")
	require.Equal(t, "nothing to replay: the log has no such event for clerk.books\n",
		o.verb(0, "events", "replay", "--subscriber", "clerk.books", "--until", "1h"))

	require.Contains(t, o.verb(1, "events", "replay", "--subscriber", "clerk.mails", "--all"),
		"holon: node n1: subscriber clerk.mails forbids replays: what it does would happen again")
	require.Contains(t, o.verb(1, "events", "replay", "--subscriber", "user.order", "--all"),
		`there is no subscriber "user.order"; the subscribers are clerk.books, clerk.mails, order.customers, user.orders`)
}

// TestEventPages walks a list and follows what it says is the next page.
func TestEventPages(t *testing.T) {
	t.Parallel()
	o := openOffice(t, impatient)
	o.order(3)
	o.Settled(t)
	var seen []string
	for path := "/events?limit=2"; ; {
		var page eventPage
		o.get(200, "", path, &page)
		for _, i := range page.Items {
			seen = append(seen, i.Topic+" "+i.Subscriber)
		}
		if path = "/events?limit=2&before=" + page.Next; page.Next == "" {
			break
		}
	}
	require.Len(t, seen, 3*3+1, "three of each order, one of the account: %v", seen)
	require.Equal(t, "user.created order.customers", seen[9])

	out := o.verb(0, "events", "ls", "--limit", "1", "--topic", "order.created")
	_, next, found := strings.Cut(out, "there are more\n  → holon ")
	require.True(t, found, out)
	require.NotContains(t, next, "'")
	older := typed(t, 0, o.dir, strings.Fields(next)...)
	require.NotContains(t, older, strings.Fields(out)[10], "the next page begins with an older event")
	require.NotContains(t, o.verb(0, "events", "ls", "--limit", "1", "--topic", "user.created"), "more", "the last page says so by silence")
}

// TestEventToken holds that payloads and changes need the token and nothing else does.
func TestEventToken(t *testing.T) {
	t.Parallel()
	o := openOffice(t, impatient)
	o.order(1)
	o.Settled(t)
	var page eventPage
	o.get(200, "", "/events?topic=order.created", &page)
	require.Len(t, page.Items, 3)
	id := page.Items[0].ID
	for token, sees := range map[string]bool{"": false, "wrong": false, o.token: true} {
		var d eventDocument
		o.get(200, token, "/events/"+id, &d)
		require.Equal(t, sees, len(d.Data) > 0)
		require.Equal(t, sees, d.DataWithheld == "")
		require.NotEmpty(t, d.Deliveries)
		var tail eventTail
		o.get(200, token, "/events/tail?last=1", &tail)
		require.Len(t, tail.Items, 1)
		require.Equal(t, sees, len(tail.Items[0].Data) > 0)
		require.Equal(t, sees, tail.DataWithheld == "")
		code := http.StatusOK
		if !sees {
			code = http.StatusUnauthorized
		}
		admin := &person{t: t, url: "http://" + o.admin, token: token}
		for _, verb := range []string{"retry", "drop"} {
			admin.ask(code, "POST", "/events/"+verb, `{"all":true}`)
		}
		admin.ask(code, "POST", "/events/replay", `{"subscriber":"user.orders","all":true}`)
	}
	away := typed(t, 0, t.TempDir(), "events", "show", id, "--admin", o.admin)
	require.Contains(t, away, "no payload: the payload is shown for the token of the node's folder\n  → give the node's data dir")
	require.Contains(t, typed(t, 1, t.TempDir(), "events", "drop", id, "--admin", o.admin), "changing verbs need the token")
}

// TestEventRefusals holds what the admin port says of requests that mean nothing, above all that a filter which is
// misspelt is not taken for none.
func TestEventRefusals(t *testing.T) {
	t.Parallel()
	o := openOffice(t, impatient)
	admin := &person{t: t, url: "http://" + o.admin, token: o.token}
	for path, says := range map[string]string{
		"/events?sate=parked":                         `no parameter "sate"; there are before, id, key, limit, since, state, subscriber, topic, until`,
		"/events?state=parked&state=waiting":          `"state" is there 2 times`,
		"/events?state=stuck":                         "waiting, retrying, parked or delivered",
		"/events?topic=order.made":                    "the topics are order.cancelled",
		"/events?limit=0":                             "limit must be a number from 1 to 1000",
		"/events?limit=ten":                           "limit must be a number",
		"/events?since=yesterday":                     "since: ",
		"/events?until=-2h":                           "until: ",
		"/events/tail?wait=soon":                      "wait must be a duration",
		"/events/tail?last=1001":                      "last must be a number",
		"/events/tail?cursor=x":                       "not a cursor",
		"/events/tail?topic=order.made":               "the topics are order.cancelled",
		"/events/tail?subscriber=user.orders":         "no parameter",
		"/events/tail?cursor=order=0&wait=-1s":        "wait must be",
		"/events?" + url.Values{"a b": {""}}.Encode(): `no parameter "a b"`,
	} {
		require.Contains(t, admin.ask(422, "GET", path, "").field(t, "detail"), says, path)
	}
	require.Equal(t, "event_not_found", admin.ask(404, "GET", "/events/nonsense", "").field(t, "code"))
	for _, verb := range []string{"retry", "drop", "replay"} {
		path := "/events/" + verb
		for _, body := range []string{"", "{", "[]", `{"sate":"parked"}`, `{"before":"x"}`, `{"all":true} {}`, `{"all":1}`} {
			require.Equal(t, "malformed", admin.ask(400, "POST", path, body).field(t, "code"), body)
		}
		admin.ask(422, "POST", path, `{"since":"x"}`)
		admin.ask(422, "POST", path, "{}")
		admin.ask(422, "POST", path, "null")
	}
	const nobody = `{"id":"01a206c4-8c9c-70b2-9f2f-0d8a3d8f6b7e"}`
	require.Equal(t, "event_not_found", admin.ask(404, "POST", "/events/retry", nobody).field(t, "code"))
	require.Equal(t, "event_not_found", admin.ask(404, "POST", "/events/drop", nobody).field(t, "code"))
	require.Equal(t, "filter_missing", admin.ask(422, "POST", "/events/replay", `{"subscriber":"user.orders"}`).field(t, "code"))
	require.Contains(t, admin.ask(422, "POST", "/events/replay", `{"subscriber":"user.orders","state":"parked"}`).field(t, "detail"), "no state")

	o.node.ready.Store(false)
	require.Equal(t, "node_not_ready", admin.ask(503, "GET", "/events/tail?cursor=order=0&wait=25s", "").field(t, "code"))
	require.Contains(t, o.verb(1, "events", "retry", "01a206c4-8c9c-70b2-9f2f-0d8a3d8f6b7e"), "no log of this node has event")
}

// TestFollowedEvents holds that tail prints the past, then each event as it comes, and ends when it is told to.
func TestFollowedEvents(t *testing.T) {
	t.Parallel()
	o := openOffice(t, impatient)
	_, token := o.order(2)
	follow := func(args ...string) (out *lockedBuffer, stop func() int) {
		out = &lockedBuffer{}
		ctx, cancel := context.WithCancel(t.Context())
		code := make(chan int, 1)
		args = append(args, "--config", "none", "--data-dir", o.dir)
		go func() { code <- run(ctx, append([]string{"events", "tail"}, args...), environment{out: out, err: out}) }()
		return out, func() int { cancel(); return <-code }
	}
	lines := func(out *lockedBuffer, n int) []string {
		t.Helper()
		require.Eventually(t, func() bool { return strings.Count(out.String(), "\n") == n }, 10*time.Second, 5*time.Millisecond, "%s", out)
		return strings.Split(strings.TrimSpace(out.String()), "\n")
	}
	everything, stopEverything := follow()
	confirmed, stopConfirmed := follow("--topic", "order.cancelled")
	objects, stopObjects := follow("-n", "1", "-o", "json")
	past := lines(everything, 3)
	require.Equal(t, "user.created", strings.Fields(past[0])[2])
	require.Equal(t, []string{"order.created", "v1"}, []string{strings.Fields(past[2])[2], strings.Fields(past[2])[4]})
	lines(objects, 1)

	key := strings.Fields(past[2])[3]
	r := o.Do(t, modulestest.Request{Method: "POST", Path: "/orders/" + key + "/cancel", Token: token})
	require.Equal(t, http.StatusOK, r.Status, "%s", r.Body)
	require.Regexp(t, `^\S+Z  [0-9a-f-]{36}  order\.cancelled   `+key+`  v2$`, lines(everything, 4)[3])
	require.Equal(t, lines(everything, 4)[3], lines(confirmed, 1)[0])
	var a struct {
		Topic string `json:"topic"`
		Data  struct {
			Status string `json:"status"`
		} `json:"data"`
	}
	require.NoError(t, json.Unmarshal([]byte(lines(objects, 2)[1]), &a))
	require.Equal(t, "order.cancelled", a.Topic)
	require.Equal(t, "cancelled", a.Data.Status)
	require.Zero(t, stopEverything(), everything)
	require.Zero(t, stopConfirmed(), confirmed)

	o.node.ready.Store(false) // as a node that stops does first
	require.Eventually(t, func() bool { return strings.Contains(objects.String(), "the node is starting or stopping") }, 5*time.Second, 5*time.Millisecond)
	require.Equal(t, exitFailed, stopObjects())
}

// TestWaitingEvents runs the binary without a subscriber's module: what it has not heard waits, may be dropped, and is
// delivered once the module is there.
func TestWaitingEvents(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	alone := start(t, dir, "-m", "user,gateway")
	ada := &person{t: t, url: alone.URL}
	id := ada.register("ada@example.com")
	ada.ask(200, "PATCH", "/users/"+id, `{"name":"Ada"}`)
	var s nodeStatus
	require.NoError(t, target{name: "n1", admin: alone.Admin}.look(t.Context(), "/status", &s))
	require.Len(t, s.Events, 1)
	require.WithinDuration(t, time.Now(), s.Events[0].Oldest, time.Minute)
	s.Events[0].Oldest = time.Time{}
	require.Equal(t, backlogStatus{Module: "user", Subscriber: "order.customers", Open: 2}, s.Events[0])

	var l listing
	require.NoError(t, json.Unmarshal([]byte(command(t, "events", "ls", "-o", "json", "--data-dir", dir)), &l))
	require.Len(t, l.Backlog, 1)
	require.Len(t, l.Items, 2)
	for _, i := range l.Items {
		require.Equal(t, events.Waiting, i.State)
		require.Equal(t, id, i.Key)
	}
	require.Empty(t, l.Next)
	require.Equal(t, "nothing to retry: no such delivery is retrying or parked\n", command(t, "events", "retry", "--all", "--data-dir", dir))
	require.Equal(t, "1 delivery is dropped\n", command(t, "events", "drop", l.Items[0].ID, "--data-dir", dir))
	require.NoError(t, alone.cmd.Process.Signal(syscall.SIGTERM))
	require.Zero(t, alone.wait(), alone.output)

	whole := start(t, dir)
	require.Eventually(t, func() bool {
		var s nodeStatus
		require.NoError(t, target{name: "n1", admin: whole.Admin}.look(t.Context(), "/status", &s))
		for _, b := range s.Events {
			if b.Open > 0 {
				return false
			}
		}
		return true
	}, 10*time.Second, 10*time.Millisecond)
	require.Contains(t, command(t, "events", "ls", "--state", "delivered", "--topic", "user.created", "--data-dir", dir), l.Items[1].ID)
}
