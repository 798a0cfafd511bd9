package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/url"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// writeSBOM lists, as CycloneDX, what the linker put into the binary; go.mod names more than that. It says nothing of
// who needs whom, for the binary does not know.
func (r *release) writeSBOM(w io.Writer) error {
	sum := sha256.Sum256(r.binary)
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{
		Timestamp: r.at.Format(time.RFC3339),
		Component: &cdx.Component{
			BOMRef: "holon", Type: cdx.ComponentTypeApplication, Name: "holon", Version: r.version,
			Licenses: &cdx.Licenses{{License: &cdx.License{ID: licence}}},
			Hashes:   &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum[:])}},
			Properties: &[]cdx.Property{
				{Name: "commit", Value: r.revision},
				{Name: "platform", Value: r.setting("GOOS") + "/" + r.setting("GOARCH")},
			},
		},
	}
	// Scanners look for the standard library under this name.
	parts := []cdx.Component{library("stdlib", strings.TrimPrefix(r.info.GoVersion, "go"))}
	for _, m := range r.info.Deps { // the linker sorted them
		if m.Replace != nil {
			m = m.Replace
		}
		c := library(m.Path, m.Version)
		// A property, because the hashes of CycloneDX are those of a file, which a line of go.sum is not.
		c.Properties = &[]cdx.Property{{Name: "go.sum", Value: m.Sum}}
		parts = append(parts, c)
	}
	bom.Components = &parts
	// Not the newest version: scanners take a year or two to read one.
	return cdx.NewBOMEncoder(w, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cdx.SpecVersion1_6)
}

func library(path, version string) cdx.Component {
	purl := "pkg:golang/" + path + "@" + url.QueryEscape(version) // v2.0.0+incompatible
	return cdx.Component{BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: purl}
}
