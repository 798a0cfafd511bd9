package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/stretchr/testify/require"
)

func TestSBOMListsWhatIsLinked(t *testing.T) {
	out := filepath.Join(t.TempDir(), "holon.cdx.json")
	args := []string{"-binary", holon, "-version", "1.2.3", "-revision", "c0ffee", "-sbom", out}
	require.NoError(t, run(args, epoch))
	first, err := os.ReadFile(out)
	require.NoError(t, err)
	require.NoError(t, run(args, epoch))
	second, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Equal(t, string(first), string(second))

	var bom cdx.BOM
	require.NoError(t, cdx.NewBOMDecoder(bytes.NewReader(first), cdx.BOMFileFormatJSON).Decode(&bom))
	require.Equal(t, "2023-11-14T22:13:20Z", bom.Metadata.Timestamp)
	require.Equal(t, "1.2.3", bom.Metadata.Component.Version)
	sums, err := os.ReadFile("../../go.sum")
	require.NoError(t, err)
	names := map[string]bool{}
	for _, c := range *bom.Components {
		names[c.Name] = true
		if c.Name != "stdlib" {
			require.Contains(t, string(sums), c.Name+" "+c.Version+" "+(*c.Properties)[0].Value+"\n")
		}
	}
	require.True(t, names["stdlib"] && names["modernc.org/sqlite"])
	require.False(t, names["github.com/stretchr/testify"], "only tests link it")
}
