package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"holon/modules/storage"
)

const digestSize = sha256.Size

// writeFile makes a file that only its owner reads, on disk when it returns; the entry in its folder is not yet.
func writeFile(path string, content []byte, heir storage.Heir) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = heir.Give(f)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// digest reads a file and writes it to w, and returns its SHA-256 and size.
func digest(ctx context.Context, path string, w io.Writer) (sum string, bytes int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = f.Close() }() // it only read
	h := sha256.New()
	bytes, err = io.CopyBuffer(io.MultiWriter(h, w), struct{ io.Reader }{patient{ctx, f}}, make([]byte, 1<<20))
	if err != nil {
		return "", 0, fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), bytes, nil
}

// patient reads until its context ends.
type patient struct {
	ctx context.Context
	r   io.Reader
}

func (p patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}

// copyFile copies a store's file to a new one, on disk when it returns, and fails when what it read is not what the
// manifest says: whatever was verified before, this is what will be used.
func copyFile(ctx context.Context, from, to string, s Store, heir storage.Heir) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	sum, bytes, err := digest(ctx, from, f)
	if err == nil && (sum != s.SHA256 || bytes != s.Bytes) {
		err = fmt.Errorf("%s changed while it was copied", from)
	}
	if err == nil {
		err = heir.Give(f)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// checkRoom fails when the disk that holds dir has no room for so many bytes and a little more: journals, manifests,
// and what the file system keeps for itself.
func checkRoom(dir string, bytes, reserve int64) error {
	free, err := storage.Free(dir)
	if err != nil {
		return err
	}
	if need := bytes + bytes/64 + 1<<20 + reserve; free < need {
		return &RoomError{Dir: dir, Need: need, Free: free}
	}
	return nil
}

// roomless says so when what failed below dir has met a full disk: few of the errors that come of it do.
func roomless(dir string, err error) error {
	if _, told := errors.AsType[*RoomError](err); told || err == nil {
		return err
	}
	if room := checkRoom(dir, 0, 0); room != nil {
		return fmt.Errorf("%w: %w", room, err)
	}
	return err
}
