package checkout

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// most is how large a copy of the app may become, in bytes: more is somebody's
// data and not a source.
const most = 1 << 30

// copySource copies the app's folder below home, under a name that changes with
// its content, and returns the copy and its digest. The app runs from there:
// whatever it writes beside its own code never comes near the checkout. What
// is not its code stays behind, among it .env files, whose values are those of
// another place.
func copySource(backend, home string) (src, digest string, err error) {
	if err := os.MkdirAll(home, 0o755); err != nil {
		return "", "", fmt.Errorf("copying the app: %w", err)
	}
	scratch, err := os.MkdirTemp(home, "copying-")
	if err != nil {
		return "", "", fmt.Errorf("copying the app: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	c := copier{from: backend, to: scratch, room: most}
	sum := sha256.New()
	c.sum = sum
	if err := filepath.WalkDir(backend, c.take); err != nil {
		return "", "", fmt.Errorf("copying the app: %w", err)
	}
	digest = hex.EncodeToString(sum.Sum(nil))[:12]
	src = filepath.Join(home, digest)
	if _, err := os.Stat(src); err == nil {
		now := time.Now()
		return src, digest, os.Chtimes(src, now, now) // in use
	}
	if err := os.Rename(scratch, src); err != nil && !errors.Is(err, fs.ErrExist) { // another may have been faster
		return "", "", fmt.Errorf("copying the app: %w", err)
	}
	return src, digest, nil
}

type copier struct {
	from, to string
	sum      io.Writer
	room     int64
}

// take copies one entry of the walk.
func (c *copier) take(path string, entry fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	name, err := filepath.Rel(c.from, path)
	if err != nil || name == "." {
		return err
	}
	target := filepath.Join(c.to, name)
	switch {
	case entry.IsDir() && isForeign(path):
		return fs.SkipDir
	case entry.IsDir():
		return os.Mkdir(target, 0o755)
	case isOthers(name):
		return nil
	}
	info, err := os.Stat(path) // what a link leads to
	if err != nil || !info.Mode().IsRegular() {
		return nil //nolint:nilerr // a link to nowhere, to a folder, a socket: not code
	}
	if c.room -= info.Size(); c.room < 0 {
		return fmt.Errorf("%s holds more than %d MiB: name the folder of its code with --app-backend", c.from, most>>20)
	}
	return c.file(path, target, name, info)
}

// isOthers says that a file is not the app's code: secrets of another place, a
// database, byte code.
func isOthers(name string) bool {
	base := filepath.Base(name)
	return base == ".env" || strings.HasPrefix(base, ".env.") || strings.HasSuffix(base, ".pyc") ||
		strings.HasSuffix(base, ".sqlite3") || strings.HasSuffix(base, ".sqlite3-journal")
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

// unused is how long a copy stays that no run used.
const unused = 30 * 24 * time.Hour

// prune removes copies that were not used for long, and those that a killed
// pixelload was making a day ago.
func prune(home string, now time.Time) error {
	entries, err := os.ReadDir(home)
	if err != nil {
		return fmt.Errorf("removing old copies of apps: %w", err)
	}
	var errs []error
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			continue // another has removed it
		}
		age := now.Sub(info.ModTime())
		if age > unused || age > 24*time.Hour && strings.HasPrefix(entry.Name(), "copying-") {
			errs = append(errs, os.RemoveAll(filepath.Join(home, entry.Name())))
		}
	}
	return errors.Join(errs...)
}
