package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// nobody is the user and group of the process: none that any host has given to someone.
const nobody = 65532

const licence = "Apache-2.0"

// config says the same as the Dockerfile; a test holds the two together.
func (r *release) config() v1.Config {
	return v1.Config{
		User:         "65532:65532",
		Env:          []string{"HOLON_DATA_DIR=/data", "HOLON_HTTP_ADDR=0.0.0.0:8080"},
		Volumes:      map[string]struct{}{"/data": {}},
		ExposedPorts: map[string]struct{}{"8080/tcp": {}},
		// Docker's own: the OCI format knows none, and engines that follow it to the letter skip this.
		Healthcheck: &v1.HealthConfig{
			Test: []string{"CMD", "/holon", "health"}, Interval: 10 * time.Second, Timeout: 3 * time.Second,
			StartPeriod: 10 * time.Second,
		},
		Entrypoint: []string{"/holon"},
		Cmd:        []string{"run"},
		StopSignal: "SIGTERM",
		Labels: map[string]string{
			"org.opencontainers.image.title":       "holon",
			"org.opencontainers.image.description": "Modular monolith in one binary, on embedded storage",
			"org.opencontainers.image.version":     r.version,
			"org.opencontainers.image.revision":    r.revision,
			"org.opencontainers.image.licenses":    licence,
		},
	}
}

func (r *release) image() (v1.Image, error) {
	if r.setting("GOOS") != "linux" || r.setting("CGO_ENABLED") != "0" {
		return nil, errors.New("the binary is not for linux with CGO_ENABLED=0: there is no libc in the image to run it with")
	}
	files, err := r.files()
	if err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(files)), nil },
		tarball.WithCompressionLevel(gzip.DefaultCompression), tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
	if err != nil {
		return nil, err
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err = mutate.Append(image, mutate.Addendum{
		Layer: layer, MediaType: types.OCILayer,
		History: v1.History{Created: v1.Time{Time: r.at}, CreatedBy: "holon/cmd/image"},
	})
	if err != nil {
		return nil, err
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture = r.setting("GOOS"), r.setting("GOARCH")
	file.Created, file.Config = v1.Time{Time: r.at}, r.config()
	return mutate.ConfigFile(image, file)
}

// files is the root file system. A new volume at /data takes over the owner that the folder has here.
func (r *release) files() ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	err := errors.Join(
		w.WriteHeader(&tar.Header{Name: "data/", Typeflag: tar.TypeDir, Mode: 0o755, Uid: nobody, Gid: nobody, ModTime: r.at}),
		r.put(w, "holon", 0o755, r.binary),
		w.Close(),
	)
	return b.Bytes(), err
}

func (r *release) put(w *tar.Writer, name string, mode int64, content []byte) error {
	h := &tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: mode, Size: int64(len(content)), ModTime: r.at}
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err := w.Write(content)
	return err
}
