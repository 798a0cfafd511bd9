package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestCrashes kills the process ten times at random while 32 clients order and cancel with keys and repeat what was not
// answered. Whatever was answered 201 is there, and nothing is there twice; and what user counts of the orders, which
// it knows by events alone, is what order has.
func TestCrashes(t *testing.T) {
	if testing.Short() {
		t.Skip("short: ten starts of a real process")
	}
	t.Parallel()
	const clients, kills, users = 32, 10, 4
	dir := t.TempDir()
	// One address for all lives of the node, so that clients find it again.
	node := start(t, dir)
	addr := node.URL[len("http://"):]
	people := make([]*person, users)
	ids := make([]string, users)
	for i := range people {
		people[i] = &person{t: t, url: node.URL}
		ids[i] = people[i].register(fmt.Sprintf("user%d@example.com", i))
	}
	var answered sync.Map // key -> order id
	stop := make(chan struct{})
	stopClients := sync.OnceFunc(func() { close(stop) })
	var wg sync.WaitGroup
	t.Cleanup(func() { stopClients(); wg.Wait() })
	for c := range clients {
		wg.Go(func() { orderUntil(stop, people[c%users], c, &answered) })
	}
	for range kills {
		life := time.Duration(50+rand.IntN(400)) * time.Millisecond
		<-time.After(life)
		node.kill()
		node = launch(t, dir, "--http-addr", addr, "--admin-addr", "127.0.0.1:0")
		node.await()
	}
	stopClients()
	wg.Wait()

	owners := make(map[string]string) // order id -> key
	total := 0
	answered.Range(func(key, id any) bool {
		total++
		require.NotContains(t, owners, id, "two keys, one order")
		owners[id.(string)] = key.(string)
		return true
	})
	node.settled()
	stored := make(map[string]bool)
	cancelled := 0
	for i, p := range people {
		for id, o := range p.exact(ids[i]) {
			require.False(t, stored[id])
			stored[id] = true
			require.Contains(t, owners, id, "every request was repeated until it was answered, so this one is double")
			if o.Status == "cancelled" {
				cancelled++
			}
		}
	}
	require.Len(t, stored, total, "an order that was answered 201 is missing")
	t.Logf("%d orders answered 201, %d of them cancelled, over %d kills: all there, none double, all counted once", total,
		cancelled, kills)
}

// orderUntil places orders and cancels every third, each repeated under its key until it is answered.
func orderUntil(stop <-chan struct{}, p *person, client int, answered *sync.Map) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		key := fmt.Sprintf("client%d-%d", client, n)
		id, ok := p.insist(201, "/orders", bodyOf(n), key)
		if !ok {
			return
		}
		answered.Store(key, id)
		if n%3 != 0 {
			continue
		}
		if _, ok := p.insist(200, "/orders/"+id+"/cancel", "", "cancel-"+key); !ok {
			return
		}
	}
}

// bodyOf is what a client orders the nth time.
func bodyOf(n int) string {
	if n%2 == 0 {
		return oneBook
	}
	return strings.Replace(oneBook, "EUR", "JPY", 1)
}

// insist posts until it is answered, and returns the order's id.
func (p *person) insist(code int, path, body, key string) (id string, ok bool) {
	for {
		a, err := p.try("POST", path, body, "Idempotency-Key", key)
		if err == nil && a.code == code {
			return a.field(p.t, "id"), true
		}
		if err == nil && a.code < 500 {
			p.t.Errorf("%s refused: %d %s", path, a.code, a.raw)
			return "", false
		}
		select {
		case <-p.t.Context().Done():
			return "", false
		case <-time.After(5 * time.Millisecond): // the node is down: as a client would, wait a little
		}
	}
}

type storedOrder struct {
	ID       string `json:"id"`
	Status   string `json:"status"`
	Currency string `json:"currency"`
	Total    int64  `json:"total"`
}

// exact returns the person's orders by id, and fails the test when what user counts of them is not what order has.
func (p *person) exact(user string) map[string]storedOrder {
	p.t.Helper()
	out := make(map[string]storedOrder)
	count, totals := 0, make(map[string]int64)
	for _, o := range p.allOrders() {
		require.NotContains(p.t, out, o.ID)
		out[o.ID] = o
		if o.Status != "cancelled" {
			count++
			totals[o.Currency] += o.Total
		}
	}
	var account struct {
		OrderCount  int              `json:"order_count"`
		OrderTotals map[string]int64 `json:"order_totals"`
	}
	require.NoError(p.t, json.Unmarshal(p.ask(200, "GET", "/users/"+user, "").raw, &account))
	require.Equal(p.t, count, account.OrderCount, "what user counts is not what order has")
	require.Equal(p.t, totals, account.OrderTotals)
	return out
}

// allOrders walks the pages of the person's orders.
func (p *person) allOrders() []storedOrder {
	p.t.Helper()
	var out []storedOrder
	for cursor := ""; ; {
		a := p.ask(200, "GET", "/orders?limit=200&cursor="+cursor, "")
		var page struct {
			Items      []storedOrder `json:"items"`
			NextCursor string        `json:"next_cursor"`
		}
		require.NoError(p.t, json.Unmarshal(a.raw, &page))
		out = append(out, page.Items...)
		if cursor = page.NextCursor; cursor == "" {
			return out
		}
	}
}
