// Command image packs a holon binary into a container image and lists what the binary was built from. It needs neither
// an engine nor a registry, and equal input gives equal bytes.
//
// It is a module of its own, so that what it needs is no dependency of holon.
package main

import (
	"bytes"
	"debug/buildinfo"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"
)

// release is what goes out.
type release struct {
	binary            []byte
	info              *buildinfo.BuildInfo
	version, revision string
	// at is the one time that anything in the outputs carries.
	at time.Time
}

func main() {
	if err := run(os.Args[1:], os.Getenv("SOURCE_DATE_EPOCH")); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(args []string, epoch string) error {
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	binary := flags.String("binary", "", "the holon `file`; it also says which platform the image is for")
	version := flags.String("version", "", "what the binary calls itself; becomes the tag")
	revision := flags.String("revision", "", "the commit it was built from")
	image := flags.String("image", "", "`file` to write the image to, if any")
	sbom := flags.String("sbom", "", "`file` to write the list of modules to, if any")
	if err := flags.Parse(args); err != nil {
		return err
	}
	r, err := newRelease(*binary, *version, *revision, epoch)
	if err != nil {
		return err
	}
	if *image != "" {
		err = write(*image, r.writeImage)
	}
	if *sbom != "" {
		err = errors.Join(err, write(*sbom, r.writeSBOM))
	}
	return err
}

func newRelease(path, version, revision, epoch string) (*release, error) {
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("SOURCE_DATE_EPOCH says when the source was made, in seconds since 1970: %w", err)
	}
	r := &release{version: version, revision: revision, at: time.Unix(seconds, 0).UTC()}
	if r.binary, err = os.ReadFile(path); err != nil {
		return nil, err
	}
	if r.info, err = buildinfo.Read(bytes.NewReader(r.binary)); err != nil {
		return nil, fmt.Errorf("read what %s was built from: %w", path, err)
	}
	return r, nil
}

// setting returns what the toolchain wrote into the binary, such as GOARCH.
func (r *release) setting(name string) string {
	for _, s := range r.info.Settings {
		if s.Key == name {
			return s.Value
		}
	}
	return ""
}

func write(path string, to func(io.Writer) error) error {
	var b bytes.Buffer // whole or not at all
	if err := to(&b); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}
