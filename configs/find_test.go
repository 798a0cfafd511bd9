package configs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/configs"
)

// Places are filled from the last to the first: the nearest wins.
func TestSearchTakesTheNearestFile(t *testing.T) {
	s := place(t)
	home := filepath.Join(filepath.Dir(s.Etc), "home")
	reads := func(want, name string) {
		t.Helper()
		l, err := configs.Load(s, nil)
		require.NoError(t, err)
		require.Equal(t, want, l.File)
		require.Equal(t, name, l.Config.Name)
	}
	reads("", "")
	etc := put(t, s.Etc, "holon/holon.yaml", "name: etc")
	reads(etc, "etc")
	own := put(t, home, ".config/holon/holon.yaml", "name: home")
	reads(own, "home")
	s.Env = append(s.Env, "XDG_CONFIG_HOME=relative/ignored")
	reads(own, "home")
	s.Env[len(s.Env)-1] = "XDG_CONFIG_HOME=" + filepath.Join(home, "xdg")
	reads(etc, "etc") // with XDG_CONFIG_HOME set, ~/.config is not looked at
	reads(put(t, home, "xdg/holon/holon.yaml", "name: xdg"), "xdg")
	put(t, s.Dir, "holon.yaml", "name: here")
	reads("holon.yaml", "here")
	put(t, s.Dir, "other.yaml", "name: other")
	s.Env = append(s.Env, "HOLON_CONFIG=other.yaml")
	reads("other.yaml", "other")
	s.File = put(t, s.Dir, "third.yaml", "name: third")
	reads(s.File, "third")
	s.File = "none"
	reads("", "")
	s.File = "./none"
	_, err := configs.Load(s, nil)
	require.ErrorContains(t, err, `flag --config  there is no file "./none"`)
}

func TestSearchPassesPlacesThatCannotBe(t *testing.T) {
	s := place(t)
	s.Env = []string{"HOME=/dev/null"}
	l, err := configs.Load(s, nil)
	require.NoError(t, err)
	require.Empty(t, l.File)
	s.Env = nil
	_, err = configs.Load(s, nil)
	require.NoError(t, err)
}

func TestFileThatCannotBeRead(t *testing.T) {
	s := place(t)
	require.NoError(t, os.Mkdir(filepath.Join(s.Dir, "holon.yaml"), 0o755))
	_, err := configs.Load(s, nil)
	require.EqualError(t, err, "holon: config error  holon.yaml  cannot read the file: is a directory\n"+
		"  see: holon config show --source")
}

func TestFilesThatSayNothing(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "blank": "\n \n", "comment": "# nothing\n", "byte order mark": "\uFEFF", "braces": "{}\n",
		"header": "---\n", "header and end": "---\n# x\n...\n", "two headers": "---\n---\n",
		"empty groups": "http:\nlog: ~\ndata: {}\n", "null": "null\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := place(t)
			put(t, s.Dir, "holon.yaml", text)
			l, err := configs.Load(s, nil)
			require.NoError(t, err)
			require.Equal(t, configs.Default(), l.Config)
			require.Equal(t, "holon.yaml", l.File)
		})
	}
}

func TestFileOfTheGreatestSize(t *testing.T) {
	s := place(t)
	put(t, s.Dir, "holon.yaml", "name: n1\n#"+strings.Repeat("x", configs.MaxFile-10))
	l, err := configs.Load(s, nil)
	require.NoError(t, err)
	require.Equal(t, "n1", l.Config.Name)
}
