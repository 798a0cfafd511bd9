package configs_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holon/configs"
)

// What an orchestrator puts into the environment of a service called holon must not keep a node from starting.
func TestForeignVariablesAreWarnedOf(t *testing.T) {
	s := place(t)
	s.Env = append(s.Env,
		"HOLON_SERVICE_HOST=10.0.0.1", "HOLON_SERVICE_PORT_HTTP=80", "HOLON_PORT=tcp://10.0.0.1:80",
		"HOLON_PORT_8080_TCP_ADDR=10.0.0.1", "HOLON_HOME=/opt/holon", "HOLON_ENV=prod", "HOLON_=",
		"HOLON_ADMIN=127.0.0.1:7948", "HOLONS=3", "holon_name=x", "HOLON_NO_EQUALS_SIGN",
	)
	l, err := configs.Load(s, modules(), configs.Section{Key: "shop", Into: newShop()})
	require.NoError(t, err)
	require.Equal(t, configs.Default(), l.Config)
	var want []string
	for _, name := range []string{"HOLON_", "HOLON_ENV", "HOLON_HOME", "HOLON_PORT", "HOLON_PORT_8080_TCP_ADDR",
		"HOLON_SERVICE_HOST", "HOLON_SERVICE_PORT_HTTP"} {
		want = append(want, "the variable "+name+" is no setting of holon and is ignored")
	}
	require.ElementsMatch(t, want, l.Warnings)
}

func TestSuggestions(t *testing.T) {
	for word, want := range map[string]string{
		"addr": `did you mean "addr"?`, "adr": `did you mean "addr"?`, "adrd": `did you mean "addr"?`,
		"ADDR": `did you mean "addr"?`, "port": "", "": "", "a": "", "address": "", "añdr": `did you mean "addr"?`,
	} {
		t.Run(word, func(t *testing.T) {
			s := place(t)
			put(t, s.Dir, "holon.yaml", "http: {'"+word+"': ''}")
			_, err := configs.Load(s, nil)
			if word == "addr" {
				require.ErrorContains(t, err, "http.addr must be host:port")
				return
			}
			if want == "" {
				want = "valid keys: addr"
			}
			require.Equal(t, want, faults(t, err)[0].Hint)
		})
	}
}

func TestNearest(t *testing.T) {
	names := []string{"log-format", "log-level", "name", "modules"}
	for word, want := range map[string]string{
		"module": "modules", "moduels": "modules", "log_level": "log-level", "nam": "name", "game": "name",
		"home": "", "logs": "", "": "", "modular": "modules", "modulation": "",
	} {
		require.Equal(t, want, configs.Nearest(word, names), word)
	}
	require.Empty(t, configs.Nearest("a", nil))
	require.Equal(t, "ab", configs.Nearest("aa", []string{"ab", "ac"}), "of equals the first")
}
