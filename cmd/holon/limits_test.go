package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/configs"
	"holon/transport/web"
)

// TestLimitsOfTheReadme holds that the README's table is what a node with default settings says of itself, and that every
// metric it names is there.
func TestLimitsOfTheReadme(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	_, table, found := strings.Cut(string(raw), "<!-- limits -->\n")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n\n")
	s, err := loadFrom(configs.Sources{File: "none"})
	require.NoError(t, err)
	rows := []string{"| limit | default | beyond it | counted by |", "|---|---|---|---|"}
	limits := limitsOf(web.DefaultLimits(), s)
	for _, l := range limits {
		now := l.Now
		if l.Name == "user.hashes" {
			require.Equal(t, fmt.Sprint(runtime.GOMAXPROCS(0)), now)
			now = "one for each core"
		}
		name := "`" + l.Setting + "`"
		if l.Setting == "" {
			name = l.Name
		}
		rows = append(rows, fmt.Sprintf("| %s | %s | %s | `%s` |", name, now, l.Refusal, l.Metric))
	}
	require.Equal(t, strings.Join(rows, "\n"), table, "copy the rows into the README")

	node := start(t, t.TempDir())
	(&person{t: t, url: node.URL}).register("ada@example.com")
	metrics := string((&person{t: t, url: "http://" + node.Admin}).ask(200, "GET", "/metrics", "").raw)
	for _, l := range limits {
		name, label, _ := strings.Cut(l.Metric, "{")
		require.Contains(t, metrics, "\n"+name+"{", l.Name)
		if name == "holon_http_refused_total" {
			require.Contains(t, metrics, "\n"+name+"{"+label, l.Name)
		}
	}
}
