package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holon/configs"
	"holon/transport/web"
)

// callTimeout bounds a verb's request to a node.
const callTimeout = 10 * time.Second

// target is a node that a verb talks to.
type target struct {
	name, admin, token string
}

// targeting are the flags by which a verb finds its node.
type targeting struct {
	admin, node string
}

func (t *targeting) addTo(c *cobra.Command) {
	c.Flags().StringVar(&t.admin, "admin", "", "host:port of a node's admin port ("+adminVariable+", default a node of the data dir)")
	c.Flags().StringVar(&t.node, "node", "", "name of a node of the data dir, where several run")
	configs.AddFlags(c.Flags())
	for _, name := range []string{"modules", "name", "strict", "http-addr", "admin-addr", "health-addr", "log-level", "log-format"} {
		_ = c.Flags().MarkHidden(name) // they exist: AddFlags made them
	}
}

// find returns the node to talk to: the one that is named, else the only one that is alive. A looking verb takes any.
func (t *targeting) find(c *cobra.Command, e environment, looking bool) (target, error) {
	s, err := loadSettings(c, e)
	if err != nil {
		return target{}, err
	}
	admin := t.admin
	if admin == "" {
		admin = lookup(e.env, adminVariable)
	}
	nodes := aliveNodes(c.Context(), s.Config.Data.Dir)
	if admin != "" {
		for _, n := range nodes {
			if n.admin == admin {
				return n, nil
			}
		}
		return target{name: admin, admin: admin}, nil
	}
	if t.node != "" {
		nodes = slices.DeleteFunc(nodes, func(n target) bool { return n.name != t.node })
	}
	switch {
	case len(nodes) == 0 && t.node != "":
		return target{}, failed("holon run --name "+t.node, "no node %q runs in %s", t.node, s.Config.Data.Dir)
	case len(nodes) == 0:
		return target{}, failed("start one with: holon run   (or name one with --admin HOST:PORT or --data-dir DIR)",
			"no node runs in %s", s.Config.Data.Dir)
	case len(nodes) > 1 && !looking:
		names := make([]string, len(nodes))
		for i, n := range nodes {
			names[i] = n.name
		}
		return target{}, failed("choose one with --node NAME", "several nodes run in %s: %s", s.Config.Data.Dir, strings.Join(names, ", "))
	}
	return nodes[0], nil
}

func lookup(env []string, name string) string {
	for _, e := range slices.Backward(env) {
		if value, ok := strings.CutPrefix(e, name+"="); ok {
			return value
		}
	}
	return ""
}

// aliveNodes are the nodes of a data dir whose admin port answers, sorted by name.
func aliveNodes(ctx context.Context, dataDir string) []target {
	records, err := filepath.Glob(filepath.Join(dataDir, nodesDir, "*", recordFile))
	if err != nil {
		return nil
	}
	var out []target
	for _, path := range records {
		raw, err := os.ReadFile(path)
		var r record
		if err != nil || json.Unmarshal(raw, &r) != nil {
			continue // gone meanwhile, or being written
		}
		token, err := os.ReadFile(filepath.Join(filepath.Dir(path), tokenFile))
		if err != nil {
			token = nil // somebody else's node: good enough to look at
		}
		n := target{name: r.Name, admin: r.Admin, token: string(token)}
		var s nodeStatus
		if n.call(ctx, http.MethodGet, "/status", nil, &s) == nil && s.Node == r.Name {
			out = append(out, n)
		}
	}
	slices.SortFunc(out, func(x, y target) int { return strings.Compare(x.name, y.name) })
	return out
}

// call asks the node and decodes its JSON answer.
func (t target) call(ctx context.Context, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+t.admin+path, &body)
	if err != nil {
		return failed("give --admin as HOST:PORT", "%q is no address of a node: %v", t.admin, err)
	}
	if t.token != "" {
		r.Header.Set("Authorization", "Bearer "+t.token)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return failed("see which nodes run: ls DATA-DIR/nodes", "node %s does not answer: %v", t.name, errors.Unwrap(err))
	}
	defer func() { _ = resp.Body.Close() }() // it was read or it does not matter
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("read the answer of node %s: %w", t.name, err)
	}
	if resp.StatusCode >= http.StatusBadRequest && resp.Header.Get("Content-Type") == "application/problem+json" {
		var p web.Problem
		if err := json.Unmarshal(raw, &p); err != nil {
			return fmt.Errorf("read the answer of node %s: %w", t.name, err)
		}
		return failed(p.Hint, "node %s: %s", t.name, p.Detail)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return failed("", "node %s answered %s and no JSON: is %s the admin port of a node?", t.name, resp.Status, t.admin)
	}
	return nil
}
