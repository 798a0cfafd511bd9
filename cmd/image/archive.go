package main

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// writeImage writes one archive that is two things at once, as `docker save` does: index.json makes it an OCI layout,
// and manifest.json makes it what `docker load` has always read. Both point to the same blobs.
func (r *release) writeImage(w io.Writer) error {
	tag, err := name.NewTag("holon:" + r.version)
	if err != nil {
		return err
	}
	image, err := r.image()
	if err != nil {
		return err
	}
	files, err := archive(image, tag)
	if err != nil {
		return err
	}
	tw := tar.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := r.put(tw, name, 0o644, files[name]); err != nil {
			return err
		}
	}
	return tw.Close()
}

// archive returns the files of the archive by name.
func archive(image v1.Image, tag name.Tag) (map[string][]byte, error) {
	files := map[string][]byte{"oci-layout": []byte(`{"imageLayoutVersion":"1.0.0"}`)}
	manifest, err := image.RawManifest()
	if err != nil {
		return nil, err
	}
	put(files, manifest)
	config, err := image.RawConfigFile()
	if err != nil {
		return nil, err
	}
	entry := tarball.Descriptor{Config: put(files, config), RepoTags: []string{"holon:" + tag.TagStr()}}
	layers, err := image.Layers()
	if err != nil {
		return nil, err
	}
	for _, layer := range layers {
		compressed, err := layer.Compressed()
		if err != nil {
			return nil, err
		}
		blob, err := io.ReadAll(compressed)
		if err != nil {
			return nil, err
		}
		entry.Layers = append(entry.Layers, put(files, blob))
	}
	if files["manifest.json"], err = json.Marshal(tarball.Manifest{entry}); err != nil {
		return nil, err
	}
	files["index.json"], err = index(image, tag)
	return files, err
}

// put adds a blob under the name of its digest and returns that name.
func put(files map[string][]byte, blob []byte) string {
	sum := sha256.Sum256(blob)
	name := fmt.Sprintf("blobs/sha256/%x", sum)
	files[name] = blob
	return name
}

func index(image v1.Image, tag name.Tag) ([]byte, error) {
	d, err := partial.Descriptor(image)
	if err != nil {
		return nil, err
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	d.ArtifactType = "" // it is an image and no other artifact
	d.Platform = file.Platform()
	d.Annotations = map[string]string{
		"io.containerd.image.name":          "docker.io/library/holon:" + tag.TagStr(), // what "holon" is short for
		"org.opencontainers.image.ref.name": tag.TagStr(),
	}
	return json.Marshal(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{*d}})
}
