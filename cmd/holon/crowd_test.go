//go:build linux

package main

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// crowd are clients of one account that order, cancel every third, and repeat under the same key what is refused for
// want of room.
type crowd struct {
	*person
	// id is the account's, first the path of its first order.
	id, first string

	stop chan struct{}
	done sync.WaitGroup
	// leave has the clients finish what they are at, and waits for them.
	leave func()

	mu sync.Mutex
	// status is each order's as it was acknowledged, by id; keys are those of the orders.
	status map[string]string
	keys   map[string]string
	// lossy crowds also take it that an answer was lost.
	lossy bool
	// codes counts the answers.
	codes map[int]int
}

// newCrowd has eight clients at work until they leave or the test ends.
func newCrowd(t *testing.T, node *process) *crowd {
	t.Helper()
	c := &crowd{
		person: &person{t: t, url: node.URL}, stop: make(chan struct{}),
		status: make(map[string]string), keys: make(map[string]string), codes: make(map[int]int),
	}
	c.id = c.register("ada@example.com")
	placed := c.ask(201, "POST", "/orders", oneBook)
	c.first = placed.header.Get("Location")
	c.acknowledge(placed.field(t, "id"), "", "created")
	for client := range 8 {
		c.done.Go(func() { c.client(client) })
	}
	c.leave = sync.OnceFunc(func() { close(c.stop); c.done.Wait() })
	t.Cleanup(c.leave)
	return c
}

// requireReads requires all that writes nothing to go on.
func (c *crowd) requireReads() {
	c.t.Helper()
	c.ask(200, "GET", "/orders", "")
	c.ask(200, "GET", c.first, "")
	c.ask(200, "GET", "/users/"+c.id, "")
	c.ask(201, "POST", "/sessions", `{"email":"ada@example.com","password":"correct horse"}`)
}

// client orders until the crowd leaves.
func (c *crowd) client(n int) {
	for i := 0; ; i++ {
		select {
		case <-c.stop:
			return
		default:
		}
		key := fmt.Sprintf("client%d-%d", n, i)
		id, ok := c.untilDone(201, "/orders", oneBook, key)
		if !ok {
			return
		}
		c.acknowledge(id, key, "created")
		if i%3 != 0 {
			continue
		}
		if _, ok := c.untilDone(200, "/orders/"+id+"/cancel", "", "cancel-"+key); !ok {
			return
		}
		c.acknowledge(id, key, "cancelled")
	}
}

// untilDone posts until the work is done, and returns the order's id. Besides, there are refusals for want of room, those of
// a node that cannot now, and connections that break.
func (c *crowd) untilDone(code int, path, body, key string) (id string, ok bool) {
	for {
		a, err := c.try("POST", path, body, "Idempotency-Key", key)
		if err == nil {
			c.mu.Lock()
			c.codes[a.code]++
			c.mu.Unlock()
			switch a.code {
			case code:
				return a.field(c.t, "id"), true
			case 507, 503:
			case 504:
				if !c.lossy {
					c.t.Errorf("%s answered %d %s", path, a.code, a.raw)
				}
			default:
				c.t.Errorf("%s answered %d %s", path, a.code, a.raw)
				return "", false
			}
		}
		select {
		case <-c.t.Context().Done():
			return "", false
		case <-time.After(5 * time.Millisecond): // as a client would, wait a little
		}
	}
}

// acknowledge notes what a client was told of an order.
func (c *crowd) acknowledge(id, key, status string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if other, twice := c.keys[id]; twice && other != key {
		c.t.Errorf("keys %s and %s have one order", other, key)
	}
	c.status[id], c.keys[id] = status, key
}

// awaitOrders waits until so many more orders are acknowledged.
func (c *crowd) awaitOrders(n int) {
	c.await(n, func() int { return len(c.status) }, "orders are not taken")
}

// awaitRefusals waits until so many more requests are refused for want of room.
func (c *crowd) awaitRefusals(n int) {
	c.await(n, func() int { return c.codes[507] }, "orders are not refused")
}

func (c *crowd) await(more int, count func() int, otherwise string) {
	c.t.Helper()
	locked := func() int {
		c.mu.Lock()
		defer c.mu.Unlock()
		return count()
	}
	before := locked()
	require.Eventually(c.t, func() bool { return locked() >= before+more }, 60*time.Second, 5*time.Millisecond, otherwise)
}

// requireExact requires every acknowledged order to be there as it was acknowledged, and no other, and what user counts,
// which it knows by events alone, to be what order has.
func (c *crowd) requireExact(node *process) {
	t := c.t
	t.Helper()
	node.settled()
	stored := c.exact(c.id)
	for order, status := range c.status {
		require.Equal(t, status, stored[order].Status, "order %s is not as it was acknowledged", order)
	}
	require.Len(t, stored, len(c.status), "every request was repeated until it was answered, so some are double")
}
