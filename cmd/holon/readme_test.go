package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// console is a block of README.md that shows commands and what they print.
type console struct{ commands []shownCommand }

type shownCommand struct{ line, output string }

var journeyBlock = regexp.MustCompile("(?s)<!-- journey -->\n```console\n(.*?)```")

func readmeJourney(t *testing.T) []console {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	var out []console
	for _, block := range journeyBlock.FindAllStringSubmatch(string(raw), -1) {
		var c console
		for line := range strings.Lines(block[1]) {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				c.commands = append(c.commands, shownCommand{line: command})
				continue
			}
			require.NotEmpty(t, c.commands)
			c.commands[len(c.commands)-1].output += line
		}
		out = append(out, c)
	}
	return out
}

// What differs from run to run.
var varying = []struct {
	is *regexp.Regexp
	as string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "ID"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`), "TIME"},
	{regexp.MustCompile(`"trace_id":"[0-9a-f]{32}"`), `"trace_id":"TRACE"`},
	{regexp.MustCompile(`ready in [\d.]+m?s`), "ready in T"},
	{regexp.MustCompile(`holon \d\S+`), "holon V"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "HOST"},
	{regexp.MustCompile(`[0-9a-z]{8}, alone`), "CLUSTER, alone"},
}

func steady(text string) string {
	for _, v := range varying {
		text = v.is.ReplaceAllString(text, v.as)
	}
	return strings.TrimSpace(strings.ReplaceAll(text, "\r", ""))
}

// shell is one bash for the whole journey, as a person has one terminal.
type shell struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
}

const endOfOutput = "--- end of output ---"

func (s *shell) run(line string) string {
	s.t.Helper()
	_, err := io.WriteString(s.in, line+"\necho; echo '"+endOfOutput+"'\n")
	require.NoError(s.t, err)
	var out strings.Builder
	for {
		line, err := s.out.ReadString('\n')
		require.NoError(s.t, err, out.String())
		if strings.TrimSpace(line) == endOfOutput {
			return out.String()
		}
		out.WriteString(line)
	}
}

// TestReadme types the README's commands and compares what they print.
func TestReadme(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl", "sed"} {
		if _, err := exec.LookPath(tool); err != nil {
			require.Empty(t, os.Getenv("CI"), "CI needs %s", tool)
			t.Skipf("the README's commands need %s", tool)
		}
	}
	blocks := readmeJourney(t)
	require.Greater(t, len(blocks), 2, "before the kill, the kill, after it")
	dir := t.TempDir()
	node := start(t, dir, "--name", "laptop")
	addr := strings.TrimPrefix(node.URL, "http://")
	require.Eventually(t, func() bool { return strings.Contains(node.output.String(), "Ctrl-C") }, 5*time.Second, time.Millisecond)
	require.Contains(t, steady(strings.ReplaceAll(node.output.String(), dir, "./holon-data")), steady(readmeBanner(t)))

	bash := exec.CommandContext(t.Context(), "bash")
	bash.Env = append(cleanEnv(), "HOLON_DATA_DIR="+dir, "HOLON_CONFIG=none")
	bash.Dir = t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(bash.Dir, "bin"), 0o755))
	require.NoError(t, os.Symlink(binary, filepath.Join(bash.Dir, "bin", "holon")))
	in, err := bash.StdinPipe()
	require.NoError(t, err)
	out, err := bash.StdoutPipe()
	require.NoError(t, err)
	bash.Stderr = bash.Stdout
	require.NoError(t, bash.Start())
	sh := &shell{t: t, in: in, out: bufio.NewReader(out)}

	for i, block := range blocks {
		if i == 1 {
			require.Equal(t, "kill -9 $(pidof holon)\n", block.commands[0].line)
			node.kill() // pidof would find other tests' processes
			node = launch(t, dir, "--name", "laptop", "--http-addr", addr, "--admin-addr", "127.0.0.1:0")
			node.await()
			continue
		}
		for _, c := range block.commands {
			got := sh.run(strings.ReplaceAll(strings.TrimSpace(c.line), "127.0.0.1:8080", addr))
			require.Equal(t, steady(c.output), steady(got), "%s", c.line)
		}
	}
	require.NoError(t, in.Close())
	require.NoError(t, bash.Wait())
}

// readmeBanner is the block that the README says one should see, without what a test's ports and folder change.
func readmeBanner(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	_, text, found := strings.Cut(string(raw), "## What you should see\n\n```text\n")
	require.True(t, found)
	text, _, _ = strings.Cut(text, "```")
	return text
}
