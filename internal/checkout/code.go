package checkout

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pixeltales/pixelload/internal/checkout/seeding"
)

//go:embed python/pixelload_app/*.py
var modules embed.FS

// writeCode writes our Python modules and those that seed below home, in a
// folder whose name changes with them, and returns it.
func writeCode(home string) (dir string, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing the modules around the app: %w", err)
		}
	}()
	digest, err := codeDigest()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(home, digest)
	if exists(dir) {
		return dir, touch(dir)
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return "", err
	}
	scratch, err := os.MkdirTemp(home, "writing-")
	if err != nil {
		return "", err
	}
	own, err := fs.Sub(modules, "python")
	if err == nil {
		err = errors.Join(os.CopyFS(scratch, own), seeding.Write(scratch), os.Chmod(scratch, 0o755))
	}
	if err == nil {
		err = os.Rename(scratch, dir)
	}
	if errors.Is(err, fs.ErrExist) {
		err = nil // another was faster
	}
	return dir, errors.Join(err, os.RemoveAll(scratch))
}

// codeDigest changes with our modules and with those that seed.
func codeDigest() (string, error) {
	digest, err := seeding.Digest()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	fmt.Fprintln(sum, digest)
	err = fs.WalkDir(modules, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(modules, name)
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil))[:12], err
}
