package versions_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/versions"
)

func TestChoice(t *testing.T) {
	t.Parallel()
	all := []string{"9.0.0", "10.0.0", "", "10.0.0-rc.1", "1.2.9", "1.10.0", "latest", "10.0.0"}
	for text, want := range map[string][]int{
		"": {0, 1, 2, 3, 4, 5, 6, 7}, "latest": {1, 7}, "9.0.0": {0}, "^1.2": {4, 5}, "<2": {4, 5}, "^3": nil, "10.0.0-rc.1": {3},
	} {
		c, err := versions.Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, c.Of(all), text)
	}
	for _, text := range []string{"newest", "^", "1.2.3.4", "v"} {
		_, err := versions.Parse(text)
		require.ErrorContains(t, err, "such as ^1.2", text)
	}
}

func FuzzChoice(f *testing.F) {
	for _, text := range []string{"", "latest", "^1.2", ">=1 <2 || 3.x", "1.2.0-rc.1+b"} {
		f.Add(text, "1.2.3")
	}
	f.Fuzz(func(t *testing.T, text, version string) {
		c, err := versions.Parse(text)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(c.Of([]string{version, "1.0.0"})), 2)
	})
}
