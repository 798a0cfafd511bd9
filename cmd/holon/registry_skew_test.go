//go:build linux

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRegistryClockSkew has three registry nodes whose clocks are an hour apart. Leases live and end as everywhere: only what
// passes on one node counts, and what was written last is right whatever time its writer had.
//
// No process can be given a clock of its own: static binaries read the kernel's, which has one for all. So the binary is built
// anew with a file of it replaced (go build -overlay). In the long form that is Go's own time.Now, so that the whole node is
// an hour off, which compiles everything once; else it is the clock that the registry is given.
func TestRegistryClockSkew(t *testing.T) {
	if testing.Short() || raced || !long() {
		t.Skip("it builds a binary of its own, which takes a minute: HOLON_TEST_LONG=1")
	}
	t.Parallel()
	const ttl, beat = 10, 2 * time.Second
	shifts := []time.Duration{time.Hour, 0, -time.Hour}
	program := buildSkewed(t)
	r := startRegistriesWith(t, len(shifts), func(i int, c *exec.Cmd) {
		c.Path = program
		c.Env = append(c.Env, "CLOCK_SHIFT="+shifts[i].String())
	})
	for i, shift := range shifts {
		id := string('a' + rune(i))
		r.lease(i, "clock", id, 60)
		since := r.mustLeases(i)["clock/"+id].Since
		require.WithinDuration(t, time.Now().Add(shift), since, time.Minute, "r%d has the clock that it was given", i+1)
	}
	for i := range shifts { // a goodbye is right after what another clock has written, where that is known
		key, at := "clock/"+string('a'+rune(i)), (i+1)%3
		require.Eventually(t, func() bool { _, is := r.mustLeases(at)[key]; return is }, 5*time.Second, 20*time.Millisecond, "%s at r%d", key, at+1)
		r.goodbye(at, "clock", string('a'+rune(i)))
	}
	for round := range 6 { // what was written last is right
		at := round % 3
		r.lease(at, "row", "one", 60+round)
		for i := range shifts {
			require.Eventually(t, func() bool { return r.mustLeases(i)["row/one"].TTL == 60+round }, 5*time.Second, 20*time.Millisecond,
				"r%d after r%d has written", i+1, at+1)
		}
	}
	r.goodbye(0, "row", "one")

	h := startLessees(t, r, 10, ttl, beat)
	o := startObserver(t, h, 200*time.Millisecond)
	o.alike(3 * beat)
	h.quit(false, h.all[:6]...)
	h.quit(true, h.all[6:9]...)
	stopped := time.Now()
	for i := range shifts { // each learns from those with other clocks
		r.kill(i)
		r.start(i)
	}
	<-time.After(window(0, time.Minute))
	o.alike(ttl*time.Second + 5*time.Second)
	t.Logf("all list the same, those that live, %s after others were stopped", time.Since(stopped).Round(10*time.Millisecond))
	o.end()
	t.Logf("%d looks; missing for %s at the most (%s), dead and listed for %s (%s)", o.looks, o.missing, o.missingWho, o.lingering, o.lingersWho)
	require.Empty(t, o.refused, "nodes that are ready answer")
	require.LessOrEqual(t, o.missing, beat, o.missingWho)
	require.LessOrEqual(t, o.lingering, ttl*time.Second+5*time.Second, o.lingersWho)
}

// buildSkewed builds the program so that CLOCK_SHIFT sets its clock off.
func buildSkewed(t *testing.T) string {
	t.Helper()
	file, from, to := filepath.Join("..", "..", "modules", "registry", "registryfx", "module.go"), "Now: time.Now,", "Now: shift(time.Now),"
	beside := "package registryfx\n\nimport (\n\t\"os\"\n\t\"time\"\n)\n\n" +
		"func shift(now func() time.Time) func() time.Time {\n" +
		"\td, _ := time.ParseDuration(os.Getenv(\"CLOCK_SHIFT\"))\n\treturn func() time.Time { return now().Add(d) }\n}\n"
	if long() {
		file, from, to = filepath.Join(goRoot(t), "src", "time", "time.go"), "mono := runtimeNow()\n", "mono := runtimeNow()\n\tsec += shift\n"
		beside = "package time\n\nimport \"syscall\"\n\nvar shift = readShift()\n\nfunc readShift() int64 {\n" +
			"\ttext, _ := syscall.Getenv(\"CLOCK_SHIFT\")\n\td, _ := ParseDuration(text)\n\treturn int64(d / Second)\n}\n"
	}
	file, err := filepath.Abs(file)
	require.NoError(t, err)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(text), from), "%s reads the clock in another way: %q", file, from)
	dir := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		file: put("replaced.go", strings.Replace(string(text), from, to, 1)), filepath.Join(filepath.Dir(file), "shift.go"): put("shift.go", beside),
	}})
	require.NoError(t, err)
	program := filepath.Join(dir, "holon")
	out, err := exec.Command("go", "build", "-overlay", put("overlay.json", string(overlay)), "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return program
}

func goRoot(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}
