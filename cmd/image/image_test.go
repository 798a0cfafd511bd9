package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/stretchr/testify/require"
)

// packed runs the command and returns the files of its archive.
func packed(t testing.TB) (raw []byte, files map[string][]byte) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "image.tar")
	require.NoError(t, run([]string{"-binary", holon, "-version", "1.2.3", "-revision", "c0ffee", "-image", out}, epoch))
	raw, err := os.ReadFile(out)
	require.NoError(t, err)
	files = map[string][]byte{}
	var names []string
	for h, content := range entries(t, bytes.NewReader(raw)) {
		names = append(names, h.Name)
		files[h.Name] = content
		require.EqualValues(t, 1700000000, h.ModTime.Unix(), h.Name)
	}
	require.True(t, slices.IsSorted(names), names)
	return raw, files
}

// entries goes through a tar archive.
func entries(t testing.TB, from io.Reader) func(yield func(*tar.Header, []byte) bool) {
	return func(yield func(*tar.Header, []byte) bool) {
		for r := tar.NewReader(from); ; {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			require.NoError(t, err)
			content, err := io.ReadAll(r)
			require.NoError(t, err)
			if !yield(h, content) {
				return
			}
		}
	}
}

func TestEqualInputGivesEqualBytes(t *testing.T) {
	first, _ := packed(t)
	second, _ := packed(t)
	require.True(t, bytes.Equal(first, second))
}

func TestBothReadingsLeadToTheSameBlobs(t *testing.T) {
	_, files := packed(t)
	used := map[string]bool{"index.json": true, "manifest.json": true, "oci-layout": true}
	blob := func(d v1.Descriptor) []byte {
		name := "blobs/sha256/" + d.Digest.Hex
		content := files[name]
		require.Equal(t, d.Digest.Hex, fmt.Sprintf("%x", sha256.Sum256(content)))
		require.Len(t, content, int(d.Size))
		used[name] = true
		return content
	}

	index := decode[v1.IndexManifest](t, files["index.json"])
	require.Len(t, index.Manifests, 1)
	require.Equal(t, map[string]string{
		"io.containerd.image.name": "docker.io/library/holon:1.2.3", "org.opencontainers.image.ref.name": "1.2.3",
	}, index.Manifests[0].Annotations)
	require.Equal(t, "linux", index.Manifests[0].Platform.OS)
	require.Empty(t, index.Manifests[0].ArtifactType)
	manifest := decode[v1.Manifest](t, blob(index.Manifests[0]))
	blob(manifest.Config)
	require.Len(t, manifest.Layers, 1)
	blob(manifest.Layers[0])

	require.Equal(t, tarball.Manifest{{
		Config: "blobs/sha256/" + manifest.Config.Digest.Hex, RepoTags: []string{"holon:1.2.3"},
		Layers: []string{"blobs/sha256/" + manifest.Layers[0].Digest.Hex},
	}}, decode[tarball.Manifest](t, files["manifest.json"]))
	require.ElementsMatch(t, slices.Collect(maps.Keys(used)), slices.Collect(maps.Keys(files)), "nothing lies around")
}

// rootOf returns the configuration of the image and its files, unpacked as an engine would.
func rootOf(t testing.TB) (v1.ConfigFile, []byte) {
	t.Helper()
	_, files := packed(t)
	entry := decode[tarball.Manifest](t, files["manifest.json"])[0]
	r, err := gzip.NewReader(bytes.NewReader(files[entry.Layers[0]]))
	require.NoError(t, err)
	layer, err := io.ReadAll(r)
	require.NoError(t, err)
	config := decode[v1.ConfigFile](t, files[entry.Config])
	require.Equal(t, fmt.Sprintf("sha256:%x", sha256.Sum256(layer)), config.RootFS.DiffIDs[0].String())
	return config, layer
}

func TestRootHoldsTheBinaryAndAFolderOfNobody(t *testing.T) {
	config, layer := rootOf(t)
	require.Equal(t, "linux", config.OS)
	info, err := buildinfo.ReadFile(holon)
	require.NoError(t, err)
	require.Equal(t, (&release{info: info}).setting("GOARCH"), config.Architecture)

	var listing []string
	for h, content := range entries(t, bytes.NewReader(layer)) {
		listing = append(listing, fmt.Sprintf("%c %o %d:%d %s", h.Typeflag, h.Mode, h.Uid, h.Gid, h.Name))
		require.EqualValues(t, 1700000000, h.ModTime.Unix(), h.Name)
		if h.Name == "holon" {
			binary, err := os.ReadFile(holon)
			require.NoError(t, err)
			require.True(t, bytes.Equal(binary, content))
		}
	}
	require.Equal(t, []string{"5 755 65532:65532 data/", "0 755 0:0 holon"}, listing)
}

func TestDockerfileSaysTheSame(t *testing.T) {
	c := (&release{version: "${VERSION}", revision: "${REVISION}"}).config()
	check, list := c.Healthcheck, func(words []string) string {
		text, err := json.Marshal(words)
		require.NoError(t, err)
		return string(text)
	}
	want := []string{
		fmt.Sprintf("COPY --from=build --chown=%d:%d /data /data", nobody, nobody), "COPY --from=build /holon /holon",
		"USER " + c.User, "ENV " + strings.Join(c.Env, " "), "STOPSIGNAL " + c.StopSignal,
		fmt.Sprintf("HEALTHCHECK --interval=%s --timeout=%s --start-period=%s CMD %s",
			check.Interval, check.Timeout, check.StartPeriod, list(check.Test[1:])),
		"ENTRYPOINT " + list(c.Entrypoint), "CMD " + list(c.Cmd),
	}
	for path := range c.Volumes {
		want = append(want, "VOLUME "+path)
	}
	for port := range c.ExposedPorts {
		want = append(want, "EXPOSE "+port)
	}
	for name, value := range c.Labels {
		want = append(want, fmt.Sprintf("LABEL %s=%q", name, value))
	}
	text, err := os.ReadFile("../../Dockerfile")
	require.NoError(t, err)
	_, final, found := strings.Cut(string(text), "\nFROM scratch\n")
	require.True(t, found)
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(final), "\n"), func(l string) bool { return strings.HasPrefix(l, "ARG ") })
	require.ElementsMatch(t, want, lines)
}

func TestWhatCannotBePackedIsRefused(t *testing.T) {
	args := []string{"-binary", holon, "-version", "1.2.3", "-image", filepath.Join(t.TempDir(), "x")}
	require.ErrorContains(t, run(args, ""), "SOURCE_DATE_EPOCH")
	require.ErrorContains(t, run(append(args, "-version", "not a tag"), epoch), "not a tag")
	require.ErrorContains(t, run(append(args, "-binary", "go.mod"), epoch), "go.mod")
	r, err := newRelease(holon, "1.2.3", "c0ffee", epoch)
	require.NoError(t, err)
	for i, s := range r.info.Settings {
		if s.Key == "CGO_ENABLED" {
			r.info.Settings[i].Value = "1"
		}
	}
	require.ErrorContains(t, r.writeImage(io.Discard), "CGO_ENABLED=0")
}

func decode[T any](t testing.TB, text []byte) (v T) {
	t.Helper()
	require.NoError(t, json.Unmarshal(text, &v))
	return v
}
