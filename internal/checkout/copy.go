package checkout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// most is how large a copy of the app may become, in bytes: more is somebody's
// data and not a source.
const most = 1 << 30

// replica is a copy of the app's code.
type replica struct {
	src    string          // its folder
	digest string          // of the code
	files  map[string]bool // by path in src; others the app has written
}

// copySource copies the app's code below home, under a name that changes with
// its content. The app runs from there:
// whatever it writes beside its own code never comes near the checkout. What
// is not its code stays behind, among it .env files, whose values are those of
// another place. progress hears of links that could not be kept.
func copySource(ctx context.Context, backend, home string, progress io.Writer) (r replica, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("copying the app: %w", err)
		}
	}()
	names, err := sources(ctx, backend)
	if err != nil {
		return r, err
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return r, err
	}
	scratch, err := os.MkdirTemp(home, "copying-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	sum := sha256.New()
	c := copier{from: backend, to: scratch, sum: sum, room: most}
	r.files = map[string]bool{}
	for _, name := range names {
		if err := c.take(name); err != nil {
			return r, err
		}
		r.files[name] = true
	}
	if len(c.astray) > 0 {
		fmt.Fprintf(progress, "left out of the app's copy, as links to folders outside of %s: %s\n", backend, strings.Join(c.astray, ", "))
	}
	r.digest = hex.EncodeToString(sum.Sum(nil))[:12]
	r.src = filepath.Join(home, r.digest)
	if exists(r.src) {
		return r, touch(r.src)
	}
	if err := os.Rename(scratch, r.src); err != nil && !errors.Is(err, fs.ErrExist) { // another may have been faster
		return r, err
	}
	return r, nil
}

// sweep removes what the app has written beside its code, but byte code: the
// next start is to find none of it, as that of a deploy.
func (r replica) sweep() error {
	err := filepath.WalkDir(r.src, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "__pycache__":
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		name, err := filepath.Rel(r.src, path)
		if err == nil && !r.files[name] {
			err = os.Remove(path)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("removing what the app wrote beside its code: %w", err)
	}
	return nil
}

type copier struct {
	from, to string // from is no link
	sum      io.Writer
	room     int64
	astray   []string // links that lead to folders elsewhere
}

// take copies one file or link.
func (c *copier) take(name string) error {
	if isOthers(name) {
		return nil
	}
	path, target := filepath.Join(c.from, name), filepath.Join(c.to, name)
	there, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil //nolint:nilerr // a link to nowhere: not code
	}
	info, err := os.Stat(there)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	switch {
	case info.IsDir():
		return c.link(there, target, name)
	case !info.Mode().IsRegular():
		return nil // a socket, a device: not code
	}
	if c.room -= info.Size(); c.room < 0 {
		return fmt.Errorf("%s holds more than %d MiB: name the folder of its code with --app-backend", c.from, most>>20)
	}
	return c.file(path, target, name, info)
}

// link keeps a link to a folder of the app, wherever the copy lies.
func (c *copier) link(there, target, name string) error {
	if inside, err := filepath.Rel(c.from, there); err != nil || !filepath.IsLocal(inside) {
		c.astray = append(c.astray, name)
		return nil
	}
	to, err := filepath.Rel(filepath.Dir(filepath.Join(c.from, name)), there)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.sum, "%s -> %s\n", name, to)
	return os.Symlink(to, target)
}

func (c *copier) file(path, target, name string, info fs.FileInfo) error {
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600|info.Mode().Perm()&0o111)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.sum, "%s %d\n", name, info.Size())
	_, err = io.Copy(io.MultiWriter(to, c.sum), from)
	return errors.Join(err, to.Close())
}
