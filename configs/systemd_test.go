package configs_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/configs"
)

// unit is a systemd unit: what each key of each section says, line by line.
type unit map[string][]string

// readUnit reads the little of systemd's syntax that the units here use.
func readUnit(t testing.TB, file string) unit {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	u, section := unit{}, ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "["); ok {
			section = strings.TrimSuffix(name, "]")
		} else if key, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			key = section + "." + key
			u[key] = append(u[key], value)
		}
	}
	return u
}

func (u unit) one(t testing.TB, key string) string {
	t.Helper()
	require.Len(t, u[key], 1, key)
	return u[key][0]
}

func (u unit) duration(t testing.TB, key string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(strings.Replace(u.one(t, key), "min", "m", 1))
	require.NoError(t, err, key)
	return d
}

func TestServiceSaysWhatHolonUnderstands(t *testing.T) {
	service, socket := readUnit(t, "holon.service"), readUnit(t, "holon.socket")

	s := place(t)
	for _, variable := range service["Service.Environment"] {
		s.Env = append(s.Env, strings.ReplaceAll(variable, "%S", "/var/lib"))
	}
	l, err := configs.Load(s, modules())
	require.NoError(t, err)
	require.Empty(t, l.Warnings)
	kept := strings.Fields(service.one(t, "Service.StateDirectory"))
	require.Equal(t, "/var/lib/"+kept[0], l.Config.Data.Dir, "data outlives the service only in its state directory")

	require.Equal(t, "notify", service.one(t, "Service.Type"))
	require.Equal(t, "http", socket.one(t, "Socket.FileDescriptorName"))
	require.Equal(t, configs.Default().HTTP.Addr, socket.one(t, "Socket.ListenStream"), "nothing is open to others unless told")
	require.Equal(t, "holon.socket", service.one(t, "Unit.Requires"))
	require.Equal(t, "holon.socket", service.one(t, "Install.Also"))
}

// The service knows of these by number, and nothing but their source says them.
func TestServiceKnowsTheExitCodesAndTimesOfHolon(t *testing.T) {
	service := readUnit(t, "holon.service")

	var final []string
	for _, code := range constants(t, "exit.go", `exit\w+ += (\d+)`) {
		if code != "0" && code != "1" {
			final = append(final, code)
		}
	}
	require.ElementsMatch(t, final, strings.Fields(service.one(t, "Service.RestartPreventExitStatus")))

	// A start takes as long as the check of the data does; a stop has an end, and holon must come to say itself what took so
	// long.
	require.Equal(t, "infinity", service.one(t, "Service.TimeoutStartSec"))
	found := constants(t, "node.go", `stopTimeout += (\d+) \* time\.Second`)
	require.Len(t, found, 1)
	seconds, err := time.ParseDuration(found[0] + "s")
	require.NoError(t, err)
	require.Greater(t, service.duration(t, "Service.TimeoutStopSec"), seconds)
}

// constants returns what the pattern's group matches in a file of the command.
func constants(t testing.TB, file, pattern string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "cmd", "holon", file))
	require.NoError(t, err)
	var found []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
		found = append(found, match[1])
	}
	require.NotEmpty(t, found, "%s has nothing like %s", file, pattern)
	return found
}

func TestSystemdAcceptsTheUnits(t *testing.T) {
	service, socket := placedUnits(t)
	// A warning leaves the exit code 0.
	require.Empty(t, analyze(t, "verify", service, socket))
}

// The threshold is ten times what systemd counts as exposure: 1.3 here, 9.6 without any of it.
func TestServiceIsConfined(t *testing.T) {
	service, _ := placedUnits(t)
	report := analyze(t, "security", "--offline=true", "--no-pager", "--threshold=15", service)
	require.Contains(t, report, "Overall exposure level")
}

// placedUnits copies the units to where the program that they start exists.
func placedUnits(t testing.TB) (service, socket string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"holon.service", "holon.socket"} {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		put(t, dir, name, strings.Replace(string(text), "/usr/local/bin/holon", "/bin/true", 1))
	}
	return filepath.Join(dir, "holon.service"), filepath.Join(dir, "holon.socket")
}

// analyze asks systemd, which does not need to run for that.
func analyze(t testing.TB, args ...string) string {
	t.Helper()
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("systemd-analyze is not here; CI has it")
	}
	require.NoError(t, err)
	var out bytes.Buffer
	cmd := exec.CommandContext(t.Context(), tool, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Run(), "%s", &out)
	return out.String()
}
