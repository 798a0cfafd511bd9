package configs_test

import (
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"holon/configs"
)

func flagSet(t *testing.T, args ...string) (*pflag.FlagSet, error) {
	t.Helper()
	fs := pflag.NewFlagSet("run", pflag.ContinueOnError)
	configs.AddFlags(fs)
	return fs, fs.Parse(args)
}

func TestTypedHoldsOnlyWhatWasTyped(t *testing.T) {
	for _, row := range []struct {
		name string
		args []string
		want map[string]string
		file string
	}{
		{"nothing", nil, map[string]string{}, ""},
		{"bool alone", []string{"--strict"}, map[string]string{"strict": "true"}, ""},
		{"bool with value", []string{"--strict=0"}, map[string]string{"strict": "0"}, ""},
		{"empty value", []string{"--health-addr="}, map[string]string{"health.addr": ""}, ""},
		{"short", []string{"-m", "user,order"}, map[string]string{"modules": "user,order"}, ""},
		{"list in parts", []string{"-m", "user", "--modules=order", "-mgateway"},
			map[string]string{"modules": "user,order,gateway"}, ""},
		{"last of several", []string{"--name=a", "--name=b"}, map[string]string{"name": "b"}, ""},
		{"file", []string{"--config", "x.yaml", "--log-level", "debug"}, map[string]string{"log.level": "debug"}, "x.yaml"},
	} {
		t.Run(row.name, func(t *testing.T) {
			fs, err := flagSet(t, row.args...)
			require.NoError(t, err)
			flags, file := configs.Typed(fs)
			require.Equal(t, row.want, flags)
			require.Equal(t, row.file, file)
			_, err = configs.Load(configs.Sources{Dir: t.TempDir(), Flags: flags, File: "none"}, modules())
			require.NoError(t, err)
		})
	}
}

func TestEmptyConfigFlagIsRefused(t *testing.T) {
	_, err := flagSet(t, "--config", "")
	require.EqualError(t, err, `invalid argument "" for "--config" flag: `+
		"it is empty; name a file, or say none to read no file")
}

func TestHelpOfFlags(t *testing.T) {
	fs, err := flagSet(t)
	require.NoError(t, err)
	golden(t, "flags.txt", fs.FlagUsagesWrapped(120))
}

func TestFlagThatDoesNotExistIsAMistakeOfTheProgram(t *testing.T) {
	l, err := configs.Load(configs.Sources{File: "none", Flags: map[string]string{"shop.title": "x"}}, nil,
		configs.Section{Key: "shop", Into: newShop()})
	require.EqualError(t, err, `configs: "shop.title" has no flag`)
	require.Nil(t, l)
}
