//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"holon/modules/registry"
)

// TestRegistryPartition cuts three registry nodes from each other and has each take leases and goodbyes. Healed, each knows all
// of both, and of what was written on two sides all know the same.
func TestRegistryPartition(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("short, or too slow with the race detector: real processes")
	}
	t.Parallel()
	onMachine(t, func(m *machine) {
		c := startCut(m)
		for i := range 3 {
			c.put(i, fmt.Sprintf("before-%d", i), "1.0.0")
			c.put(i, fmt.Sprintf("stays-%d", i), "1.0.0")
		}
		c.all("before the cut", "before-0", "before-1", "before-2", "stays-0", "stays-1", "stays-2")

		c.lines(false)
		began := time.Now()
		for i := range 3 {
			c.put(i, fmt.Sprintf("during-%d", i), "1.0.0")
			c.put(i, "both", fmt.Sprintf("1.0.%d", i))
			c.ask(i, 204, "DELETE", instancePath("shop", fmt.Sprintf("before-%d", i)), "")
		}
		if long() { // else it is over before anybody has given up the others
			c.alone(30 * time.Second)
			t.Logf("each has given up the others %s after the cut", time.Since(began).Round(100*time.Millisecond))
		}
		<-time.After(time.Until(began.Add(window(2*time.Second, 40*time.Second))))
		for i := range 3 {
			want := []string{"both", fmt.Sprintf("during-%d", i), "stays-0", "stays-1", "stays-2"}
			for j := range 3 {
				if j != i {
					want = append(want, fmt.Sprintf("before-%d", j))
				}
			}
			slices.Sort(want)
			if got := slices.Sorted(maps.Keys(c.shop(i))); !slices.Equal(got, want) {
				m.fail("r%d cannot know more than %v, but says %v", i, want, got)
			}
		}

		c.lines(true)
		healed := time.Now()
		c.all("after the cut", "both", "during-0", "during-1", "during-2", "stays-0", "stays-1", "stays-2")
		t.Logf("all know the same %s after it was healed", time.Since(healed).Round(100*time.Millisecond))
	})
}

// cut are three registry nodes with an address each, which can be taken away.
type cut struct {
	*machine
	folder, token string
}

func startCut(m *machine) *cut {
	c := &cut{machine: m, folder: m.t.TempDir()}
	c.lines(true)
	for i, modules := range []string{"gateway,registry,user", "gateway,registry", "gateway,registry"} {
		ip := fmt.Sprintf("10.9.0.%d:", i+1)
		c.run(fmt.Sprintf("r%d", i), c.folder, "-m", modules, "--insecure-network", "--gossip-addr", ip+"7946", "--node-addr", ip+"7947",
			"--http-addr", c.at(i), "--admin-addr", fmt.Sprintf("127.0.0.1:%d", 9000+i), "--join", "10.9.0.1")
	}
	for i := range 3 {
		c.sees(c.folder, fmt.Sprintf("r%d", i), "r0", "r1", "r2")
	}
	account := `{"name":"Ada","email":"ada@example.com","password":"correct horse"}`
	c.ask(0, 201, "POST", "/users", account)
	command(m.t, "user", "promote", "ada@example.com", "--data-dir", c.running["r0"].dir, "--node", "r0")
	var session struct {
		Token string `json:"access_token"`
	}
	c.read(c.ask(0, 201, "POST", "/sessions", `{"email":"ada@example.com","password":"correct horse"}`), &session)
	c.token = session.Token
	return c
}

func (c *cut) at(i int) string { return fmt.Sprintf("127.0.0.1:%d", 8000+i) }

// lines takes the addresses of the nodes away, or gives them back.
func (c *cut) lines(up bool) {
	for i := range byte(3) {
		if err := loopbackAddress(i+1, [4]byte{10, 9, 0, i + 1}, up); err != nil {
			c.fail("address 10.9.0.%d: %v", i+1, err)
		}
	}
}

func (c *cut) put(i int, id, version string) {
	c.ask(i, 200, "PUT", instancePath("shop", id), fmt.Sprintf(`{"address":"127.0.0.1:9","version":%q,"ttl_seconds":300}`, version))
}

// ask asks a node, again for a while if it cannot, and expects a code.
func (c *cut) ask(i, code int, method, path, body string) (raw []byte) {
	last := 0
	for over := time.Now().Add(10 * time.Second); time.Now().Before(over); {
		var err error
		if last, raw, err = onThisThread(c.at(i), method, path, c.token, body); err == nil && last == code {
			return raw
		}
		if last != 0 && last != 503 {
			break
		}
		<-time.After(20 * time.Millisecond)
	}
	c.fail("%s %s of r%d: %d %s", method, path, i, last, raw)
	return nil
}

func (c *cut) read(raw []byte, into any) {
	if err := json.Unmarshal(raw, into); err != nil {
		c.fail("%v: %s", err, raw)
	}
}

// shop are the instances that a node lists, by id.
func (c *cut) shop(i int) map[string]registry.Instance {
	var l registry.Listing
	c.read(c.ask(i, 200, "GET", "/registry/services/shop", ""), &l)
	out := make(map[string]registry.Instance)
	for _, i := range l.Instances {
		out[i.ID] = i
	}
	return out
}

// all waits until every node lists just these, and of each the same.
func (c *cut) all(when string, want ...string) {
	c.await(time.Minute, when, func() (bool, string) {
		first := c.shop(0)
		text := fmt.Sprint(first)
		same := slices.Equal(slices.Sorted(maps.Keys(first)), want)
		for i := 1; i < 3; i++ {
			other := fmt.Sprint(c.shop(i))
			same = same && other == fmt.Sprint(first)
			text += "\n" + other
		}
		return same, text
	})
}

// alone waits until every node believes itself to be so.
func (c *cut) alone(patience time.Duration) {
	c.await(patience, "alone", func() (bool, string) {
		var text strings.Builder
		for i := range 3 {
			var r registry.NodesReply
			c.read(c.ask(i, 200, "GET", "/registry/nodes", ""), &r)
			for _, n := range r.Nodes {
				if n.Name != fmt.Sprintf("r%d", i) && n.State == "ready" {
					fmt.Fprintf(&text, "r%d sees %s; ", i, n.Name)
				}
			}
		}
		return text.Len() == 0, text.String()
	})
}

func (c *cut) await(patience time.Duration, what string, reached func() (bool, string)) {
	is, text := reached()
	for over := time.Now().Add(patience); !is && time.Now().Before(over); is, text = reached() {
		<-time.After(20 * time.Millisecond)
	}
	if !is {
		c.fail("%s: %s", what, text)
	}
}
