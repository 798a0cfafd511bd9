package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// backlogSeconds is for how long orders are placed before their events are handed over.
const backlogSeconds = 10

// BenchmarkEventsAcross has orders placed while the node of order drains, which hands no events over, and reports how many a
// second take effect at user once it does: within one process, and from one process to another. All is durable: an event is
// in order's synced database before, its effect in user's, and its mark in order's again.
func BenchmarkEventsAcross(b *testing.B) {
	if _, err := exec.LookPath("wrk"); err != nil {
		b.Skip("wrk is not installed: apt-get install wrk")
	}
	b.Run("one-node", func(b *testing.B) {
		whole := start(b, b.TempDir())
		measureBacklog(b, whole, whole, []*process{whole})
	})
	b.Run("two-nodes", func(b *testing.B) {
		dir := b.TempDir()
		front := start(b, dir, "--name", "front", "-m", "gateway,registry")
		gossip := gossipOf(b, front)
		user := launch(b, dir, "--name", "user", "-m", "user", "--admin-addr", "127.0.0.1:0", "--join", gossip)
		order := launch(b, dir, "--name", "order", "-m", "order", "--admin-addr", "127.0.0.1:0", "--join", gossip)
		user.await()
		order.await()
		measureBacklog(b, front, order, []*process{order, user})
	})
}

// measureBacklog places orders over the API of front and then lets their events go.
func measureBacklog(b *testing.B, front, order *process, nodes []*process) {
	ada := &person{t: b, url: front.URL}
	id := ada.register("ada@example.com")
	steer := steering(b, order)
	var reply struct{}
	require.NoError(b, steer.change(b.Context(), "/drain", drainRequest{}, &reply))
	script, err := filepath.Abs(filepath.Join("testdata", "wrk", "orders.lua"))
	require.NoError(b, err)
	wrk := exec.CommandContext(b.Context(), "wrk", "-t1", "-c64", fmt.Sprintf("-d%ds", backlogSeconds), "-s", script, front.URL)
	wrk.Env = append(os.Environ(), "TOKEN="+ada.token, "ORDER="+oneBook, "RUN=backlog")
	out, err := wrk.CombinedOutput()
	require.NoError(b, err, "%s", out)
	require.NotRegexp(b, wrkRefused, string(out))

	var events int
	require.Eventually(b, func() bool { // requests that wrk left unanswered may still be at work
		before := events
		events = openOf(b, steer)
		return events == before
	}, 10*time.Second, 200*time.Millisecond)

	before, began := cpuOfAll(b, nodes), time.Now()
	require.NoError(b, steer.change(b.Context(), "/undrain", undrainRequest{}, &reply))
	// To ask for the backlog would be to count it, again and again, which takes longer than to hand it over.
	require.Eventually(b, func() bool { return ada.orders(id) == events }, time.Minute, 10*time.Millisecond)
	took, cpu := time.Since(began), cpuOfAll(b, nodes)-before
	order.settled()
	b.ReportMetric(float64(events)/took.Seconds(), "events/s")
	b.ReportMetric(float64(events), "events")
	b.ReportMetric(float64(cpu.Microseconds())/float64(events), "cpu-µs/event")
	b.ReportMetric(0, "ns/op")
}

// steering is a node with the token that lets it be steered.
func steering(b *testing.B, p *process) target {
	b.Helper()
	recorded, err := recordedNodes(p.dir)
	require.NoError(b, err)
	for _, n := range recorded {
		if n.name == p.name {
			return n
		}
	}
	require.Fail(b, "the node is not recorded")
	return target{}
}

// orders is how many orders user knows of somebody.
func (p *person) orders(id string) int {
	p.t.Helper()
	var account struct {
		Orders int `json:"order_count"`
	}
	require.NoError(p.t, json.Unmarshal(p.ask(200, "GET", "/users/"+id, "").raw, &account))
	return account.Orders
}

// openOf is how many events a node has yet to hand over.
func openOf(b *testing.B, n target) (open int) {
	b.Helper()
	var backlog backlogList
	require.NoError(b, n.look(b.Context(), "/events/backlog", &backlog))
	for _, s := range backlog.Items {
		open += s.Open
	}
	return open
}
