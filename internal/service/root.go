package service

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// unprivileged is whom the servers run as when pixelload is root: the user
// nobody. For everybody else it is nil: they run as the caller.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, fmt.Errorf("pixelload is root and a database must not be: %w", err)
	}
	uid, err := strconv.ParseUint(nobody.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("reading the user nobody: %w", err)
	}
	gid, err := strconv.ParseUint(nobody.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("reading the user nobody: %w", err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// startError names the remedy for a program that nobody cannot reach.
func startError(err error, c *syscall.Credential) error {
	if c == nil || !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return fmt.Errorf("%w: pixelload is root and runs it as nobody; every folder above it must let others enter (chmod o+x)", err)
}

// giveAway makes the user that PostgreSQL runs as the owner.
func giveAway(path string) error {
	c, err := unprivileged()
	if err != nil || c == nil {
		return err
	}
	return os.Chown(path, int(c.Uid), int(c.Gid))
}

// rootRemedy names the remedy for a folder that nobody cannot reach; "" when
// pixelload is not root.
func rootRemedy(dir string) string {
	if os.Geteuid() != 0 {
		return ""
	}
	return "\n(pixelload is root and runs it as nobody: every folder above " + dir + " must let others enter, as /var/tmp does)"
}
