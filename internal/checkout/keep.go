package checkout

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The folders in Options.Home.
const (
	copies       = "copies"
	environments = "environments"
	code         = "code"
)

// unused is how long something is kept that no run used.
const unused = 30 * 24 * time.Hour

// touch notes that the folder is in use.
func touch(dir string) error {
	now := time.Now()
	return os.Chtimes(dir, now, now)
}

// prune removes what was not used for long, and what a killed pixelload was
// making a day ago.
func prune(home string, now time.Time) error {
	var errs []error
	for _, kind := range []string{copies, environments, code} {
		entries, err := os.ReadDir(filepath.Join(home, kind))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		for _, entry := range entries {
			info, err := entry.Info()
			if err != nil || !entry.IsDir() {
				continue // another has removed it; a lock goes with its folder
			}
			age := now.Sub(info.ModTime())
			if age > unused || age > 24*time.Hour && strings.Contains(entry.Name(), "ing-") {
				dir := filepath.Join(home, kind, entry.Name())
				errs = append(errs, os.RemoveAll(dir), os.RemoveAll(dir+".lock"))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("removing what apps no longer use: %w", err)
	}
	return nil
}
