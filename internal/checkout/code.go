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
var app embed.FS

// writeCode writes our Python modules below home, in a folder whose name
// changes with them, and returns it.
func writeCode(home string) (string, error) {
	modules, err := modules()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, m := range modules {
		fmt.Fprintf(sum, "%s %d\n%s", m.name, len(m.text), m.text)
	}
	dir := filepath.Join(home, hex.EncodeToString(sum.Sum(nil))[:12])
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return "", fmt.Errorf("writing the modules around the app: %w", err)
	}
	scratch, err := os.MkdirTemp(home, "writing-")
	for _, m := range modules {
		path := filepath.Join(scratch, m.name)
		err = errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o755))
		if err == nil {
			err = os.WriteFile(path, m.text, 0o644)
		}
	}
	if err == nil {
		err = os.Rename(scratch, dir)
	}
	if errors.Is(err, fs.ErrExist) {
		err = nil // another was faster
	}
	if err = errors.Join(err, os.RemoveAll(scratch)); err != nil {
		return "", fmt.Errorf("writing the modules around the app: %w", err)
	}
	return dir, nil
}

type module struct {
	name string
	text []byte
}

// modules are those of the settings, the look and the server, and those that
// seed.
func modules() (all []module, err error) {
	own, err := fs.Sub(app, "python")
	if err != nil {
		return nil, err
	}
	for _, files := range []fs.FS{own, seeding.Files} {
		err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(name) != ".py" {
				return err
			}
			text, err := fs.ReadFile(files, name)
			all = append(all, module{name, text})
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}
