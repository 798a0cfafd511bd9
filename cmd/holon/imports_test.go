package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules"
)

// rule says what a package never imports and why. A pattern ends in /... for everything below; X stands for one
// module's name. Direct looks at the package's own imports, Deep at everything those bring along.
type rule struct {
	of         string
	never      []string
	neverDeep  []string
	but        []string
	onlyStdlib bool
	why        string
}

var rules = []rule{
	{of: "holon/transport/contract", onlyStdlib: true, why: "every contract imports it"},
	{of: "holon/transport/status", onlyStdlib: true, why: "every contract imports it"},
	{of: "holon/modules/X", onlyStdlib: true, but: []string{"holon/transport/contract", "holon/transport/status"},
		why: "contracts are leaves: order may call user while user listens to order"},
	{of: "holon/modules/X/internal/core", never: []string{"net/http"},
		neverDeep: []string{"go.uber.org/fx", "github.com/go-kit/...", "github.com/ThreeDotsLabs/...",
			"github.com/hashicorp/...", "database/sql", "modernc.org/...", "github.com/jackc/..."},
		why: "rules are read and tested without a transport or a database"},
	{of: "holon/modules/X/internal/api", never: []string{"go.uber.org/fx", "holon/cluster", "holon/configs"},
		why: "wiring belongs to the fx package"},
	{of: "holon/modules/X/internal/store", never: []string{"go.uber.org/fx", "holon/cluster", "holon/configs"},
		why: "wiring belongs to the fx package"},
	{of: "holon/modules/X/Xfx", never: []string{"holon/cluster"}, why: "only the registry and the gateway look at the cluster"},
	{of: "holon/modules", never: []string{"holon/modules/X/...", "holon/cluster"}, why: "the kernel knows no module"},
	{of: "holon/modules/storage/...", never: []string{"holon/modules/X/...", "holon/cluster"}, why: "storage knows no module"},
	{of: "holon/transport/...", never: []string{"holon/modules/...", "holon/cluster/...", "holon/configs"},
		why: "transport carries for modules, it does not know them"},
	{of: "holon/cluster/...", never: []string{"holon/modules/...", "holon/transport/..."},
		but: []string{"holon/transport/contract", "holon/transport/status"}, why: "the cluster knows nodes, not what they run"},
	{of: "holon/configs", never: []string{"holon/modules/..."}, why: "a module declares its own settings"},
}

// exempt are the fx packages that may look at the cluster.
var exempt = []string{"holon/modules/registry/registryfx", "holon/modules/gateway/gatewayfx"}

// listed is what `go list` says of a package.
type listed struct {
	ImportPath    string
	Imports, Deps []string
	Standard      bool
}

func listPackages(t *testing.T) map[string]listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Imports,Deps,Standard", "holon/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	found := make(map[string]listed)
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return found
		} else {
			require.NoError(t, err)
		}
		found[p.ImportPath] = p
	}
}

func TestImports(t *testing.T) {
	plainOnly(t)
	t.Parallel()
	packages := listPackages(t)
	for _, r := range rules {
		for path, p := range packages {
			module, ok := match(r.of, path, "")
			if !ok || slices.Contains(exempt, path) {
				continue
			}
			for _, imported := range p.Imports {
				require.False(t, r.forbids(imported, module, packages[imported]), "%s imports %s: %s", path, imported, r.why)
			}
			for _, dep := range p.Deps {
				for _, never := range r.neverDeep {
					_, hit := match(never, dep, "")
					require.False(t, hit, "%s depends on %s: %s", path, dep, r.why)
				}
			}
		}
	}
}

// TestInternals holds what internal/ does not say: a module's own packages are no other module's business.
func TestInternals(t *testing.T) {
	t.Parallel()
	for path, p := range listPackages(t) {
		owner, inside := moduleOf(path)
		if !inside {
			continue
		}
		for _, imported := range p.Imports {
			other, isModule := moduleOf(imported)
			if isModule && other != owner {
				require.Equal(t, "holon/modules/"+other, imported, "%s reaches into module %s: only its contract is for others", path, other)
			}
		}
	}
}

// TestNeeds holds the declared needs and subscriptions against the contracts that a module really imports.
func TestNeeds(t *testing.T) {
	t.Parallel()
	packages := listPackages(t)
	for _, m := range all() {
		used := make(map[string]bool)
		for path, p := range packages {
			if owner, ok := moduleOf(path); !ok || owner != m.Name {
				continue
			}
			for _, imported := range p.Imports {
				if other, ok := moduleOf(imported); ok && other != m.Name {
					used[other] = true
				}
			}
		}
		declared := make(map[string]bool)
		for _, need := range m.Needs {
			require.True(t, used[need], "module %s declares that it needs %s and imports nothing of it", m.Name, need)
			declared[need] = true
		}
		for _, use := range m.Uses {
			require.True(t, used[use], "module %s declares that it uses %s and imports nothing of it", m.Name, use)
			declared[use] = true
		}
		for _, s := range m.Subscribers {
			for _, topic := range s.Topics {
				publisher := topic.Info().Module()
				require.True(t, used[publisher] || publisher == m.Name, "subscriber %s listens to %s and imports nothing of it", s.Name, publisher)
				declared[publisher] = true
			}
		}
		for other := range used {
			require.True(t, declared[other], "module %s imports the contract of %s, which neither its Needs nor its Uses nor its Subscribers name", m.Name, other)
		}
	}
}

// TestImportRulesBite plants faults: a rule that cannot fail is no rule.
func TestImportRulesBite(t *testing.T) {
	t.Parallel()
	core := rules[slices.IndexFunc(rules, func(r rule) bool { return strings.HasSuffix(r.of, "/core") })]
	module, ok := match(core.of, "holon/modules/user/internal/core", "")
	require.True(t, ok)
	require.True(t, core.forbids("net/http", module, listed{Standard: true}))
	contract := rules[slices.IndexFunc(rules, func(r rule) bool { return r.of == "holon/modules/X" })]
	require.True(t, contract.forbids("holon/modules/order", "user", listed{}))
	require.True(t, contract.forbids("github.com/google/uuid", "user", listed{}))
	require.False(t, contract.forbids("holon/transport/contract", "user", listed{}))
	require.False(t, contract.forbids("time", "user", listed{Standard: true}))
}

func (r rule) forbids(imported, module string, p listed) bool {
	if slices.Contains(r.but, imported) {
		return false
	}
	if r.onlyStdlib {
		return !p.Standard
	}
	return slices.ContainsFunc(r.never, func(never string) bool {
		_, hit := match(never, imported, module)
		return hit
	})
}

// match tells whether a path is what a pattern means, and the module that X stood for. In what a package never imports
// X is any module but its own.
func match(pattern, path, own string) (module string, ok bool) {
	for _, name := range modules.Names(all()) {
		if name == own {
			continue
		}
		p := strings.ReplaceAll(pattern, "X", name)
		below, tree := strings.CutSuffix(p, "/...")
		if path == p || tree && (path == below || strings.HasPrefix(path, below+"/")) {
			return name, true
		}
		if p == pattern {
			break // no X in it: once is enough
		}
	}
	return "", false
}

// moduleOf returns the module a package belongs to.
func moduleOf(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, "holon/modules/")
	if !ok {
		return "", false
	}
	name, _, _ := strings.Cut(rest, "/")
	return name, slices.Contains(modules.Names(all()), name)
}

// TestEveryContractIsWrittenDown wants a golden file of each, without which nothing notices when it loses something.
func TestEveryContractIsWrittenDown(t *testing.T) {
	t.Parallel()
	for _, m := range all() {
		if len(m.Contract.Methods)+len(m.Contract.Topics) > 0 {
			require.FileExists(t, filepath.Join("..", "..", "modules", m.Name, "testdata", "contract.golden"),
				"write modules/%s/contract_test.go as other modules have it", m.Name)
		}
	}
}
