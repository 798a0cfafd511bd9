package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// isDenied reports whether the system does not let this process write, or look, where it should.
func isDenied(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// denied says of such an error who was not allowed: whoever asks for a backup is somebody else, who may well write there.
func denied(dir string, err error) error {
	if _, told := errors.AsType[*TargetError](err); told || !isDenied(err) {
		return err
	}
	return &TargetError{Dir: dir, Reason: fmt.Sprintf("%v; the node writes it itself, as %s", err, self()), Err: err}
}

// self names the user that this process runs as.
func self() string {
	uid := strconv.Itoa(os.Geteuid())
	u, err := user.LookupId(uid)
	if err != nil {
		return "uid " + uid // an image need not know the names of its users
	}
	return fmt.Sprintf("user %s (uid %s)", u.Username, uid)
}
