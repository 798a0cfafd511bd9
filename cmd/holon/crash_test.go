package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestCrashes kills the process ten times at random while 32 clients order with keys and repeat what was not
// answered. Whatever was answered 201 is there, and nothing is there twice.
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
	for i := range people {
		people[i] = &person{t: t, url: node.URL}
		people[i].register(fmt.Sprintf("user%d@example.com", i))
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
	stored := make(map[string]bool)
	for _, p := range people {
		for _, o := range p.allOrders() {
			require.False(t, stored[o.ID])
			stored[o.ID] = true
			require.Contains(t, owners, o.ID, "every request was repeated until it was answered, so this one is double")
		}
	}
	require.Len(t, stored, total, "an order that was answered 201 is missing")
	t.Logf("%d orders answered 201 over %d kills: all there, none double", total, kills)
}

// orderUntil places orders, each repeated under its key until it is answered.
func orderUntil(stop <-chan struct{}, p *person, client int, answered *sync.Map) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		key := fmt.Sprintf("client%d-%d", client, n)
		for {
			a, err := p.try("POST", "/orders", oneBook, "Idempotency-Key", key)
			if err == nil && a.code == 201 {
				answered.Store(key, a.field(p.t, "id"))
				break
			}
			if err == nil && a.code < 500 {
				p.t.Errorf("order refused: %d %s", a.code, a.raw)
				return
			}
			select {
			case <-p.t.Context().Done():
				return
			case <-time.After(5 * time.Millisecond): // the node is down: as a client would, wait a little
			}
		}
	}
}

type storedOrder struct {
	ID string `json:"id"`
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
