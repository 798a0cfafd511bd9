package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"holon/configs"
)

// targeting are the flags by which a verb finds its node.
type targeting struct {
	admin, node string
	// running are the modules that the verb is about, where it is about some: of several nodes it is for one that runs any.
	running []string
}

// addFlags adds them alone, addTo with those that say where the data is.
func (t *targeting) addFlags(c *cobra.Command) {
	c.Flags().StringVar(&t.admin, "admin", "", "host:port of a node's admin port ("+adminVariable+", default a node of the data dir)")
	c.Flags().StringVar(&t.node, "node", "", "name of a node of the data dir, where several run")
	c.MarkFlagsMutuallyExclusive("admin", "node")
}

func (t *targeting) addTo(c *cobra.Command) {
	t.addFlags(c)
	configs.AddFlags(c.Flags())
	c.Flags().VisitAll(func(f *pflag.Flag) {
		f.Hidden = f.Hidden || !slices.Contains([]string{"admin", "node", "config", "data-dir"}, f.Name)
	})
}

// find returns the node to talk to: the one that is named, by a flag before the environment, else the only one that is
// alive. A looking verb takes any.
func (t *targeting) find(c *cobra.Command, e environment, looking bool) (target, error) {
	s, err := loadSettings(c, e)
	if _, wrong := errors.AsType[*configs.Error](err); wrong && looking && s != nil {
		// What is wrong there is not what was asked about, and a node that runs may be well: its data dir is enough.
		fmt.Fprintln(e.err, "holon: the configuration has a fault: holon config validate")
		err = nil
	}
	if err != nil {
		return target{}, err
	}
	admin := t.admin
	if admin == "" && t.node == "" {
		admin = lookup(e.env, adminVariable)
	}
	recorded, err := recordedNodes(s.Config.Data.Dir)
	if err != nil {
		return target{}, err
	}
	if admin != "" {
		return byAddress(c, strings.TrimSuffix(strings.TrimPrefix(admin, "http://"), "/"), recorded)
	}
	if t.node != "" {
		recorded = slices.DeleteFunc(recorded, func(n target) bool { return n.name != t.node })
	}
	nodes := alive(c.Context(), recorded)
	if len(nodes) > 1 && len(t.running) > 0 && t.node == "" {
		nodes = t.thoseRunning(c.Context(), nodes)
	}
	switch {
	case len(nodes) == 0 && hanging(recorded) != nil:
		return target{}, hanging(recorded)
	case len(nodes) == 0 && t.node != "":
		others, err := recordedNodes(s.Config.Data.Dir)
		if err != nil {
			return target{}, err
		}
		next := "holon run --name " + t.node
		if names := namesOf(alive(c.Context(), others)); len(names) > 0 {
			next = "one that runs: --node " + strings.Join(names, ", --node ")
		}
		return target{}, failed(next, "no node %q runs in %s", t.node, s.Config.Data.Dir)
	case len(nodes) == 0:
		return target{}, failed("start one with: holon run   (or name one with --admin HOST:PORT or --data-dir DIR)",
			"no node runs in %s", s.Config.Data.Dir)
	case len(nodes) > 1 && !looking:
		return target{}, failed("choose one with --node NAME", "several nodes run in %s: %s", s.Config.Data.Dir, strings.Join(namesOf(nodes), ", "))
	}
	return nodes[0], nil
}

// thoseRunning are the nodes that run one of the modules, all of them where none says so.
func (t *targeting) thoseRunning(ctx context.Context, nodes []target) []target {
	var out []target
	for _, n := range nodes {
		var now nodeStatus
		if n.look(ctx, "/status", &now) == nil &&
			slices.ContainsFunc(now.Modules, func(m moduleStatus) bool { return slices.Contains(t.running, m.Name) }) {
			out = append(out, n)
		}
	}
	if len(out) == 0 {
		return nodes
	}
	return out
}

func namesOf(nodes []target) []string {
	names := make([]string, len(nodes))
	for i, n := range nodes {
		names[i] = n.name
	}
	return names
}

// byAddress takes the node at an address; its name tells whether its token lies here.
func byAddress(c *cobra.Command, admin string, recorded []target) (target, error) {
	if err := configs.Address("admin", admin); err != nil {
		return target{}, usage(c, err.Error())
	}
	n := target{name: admin, admin: admin}
	var l livez
	if err := n.look(c.Context(), "/livez", &l); err != nil {
		return target{}, err
	}
	n.name = l.Node
	for _, r := range recorded {
		if r.name == l.Node {
			n.token = r.token
		}
	}
	return n, nil
}

func lookup(env []string, name string) string {
	for _, e := range env {
		if value, ok := strings.CutPrefix(e, name+"="); ok {
			return value
		}
	}
	return ""
}

// recordedNodes are the nodes that say they run in a data dir, sorted by name. Some may have been killed.
func recordedNodes(dataDir string) ([]target, error) {
	folders, err := os.ReadDir(filepath.Join(dataDir, nodesDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look for nodes: %w", err)
	}
	var out []target
	for _, f := range folders {
		path := filepath.Join(dataDir, nodesDir, f.Name())
		raw, err := os.ReadFile(filepath.Join(path, recordFile))
		var r record
		if err != nil || json.Unmarshal(raw, &r) != nil {
			continue // not started, or stopped meanwhile
		}
		token, err := os.ReadFile(filepath.Join(path, tokenFile))
		if err != nil {
			continue
		}
		out = append(out, target{name: r.Name, admin: r.Admin, token: string(token), pid: r.PID})
	}
	return out, nil
}

// aliveWithin is how long a node has to say that it lives.
const aliveWithin = 2 * time.Second

// alive are those of the nodes that answer under their own name.
func alive(ctx context.Context, nodes []target) []target {
	ctx, cancel := context.WithTimeout(ctx, aliveWithin)
	defer cancel()
	answers := make([]bool, len(nodes))
	var wg sync.WaitGroup
	for i, n := range nodes {
		wg.Go(func() {
			var l livez
			answers[i] = n.look(ctx, "/livez", &l) == nil && l.Node == n.name
		})
	}
	wg.Wait()
	var out []target
	for i, n := range nodes {
		if answers[i] {
			out = append(out, n)
		}
	}
	return out
}
