package checkout

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/revision"
)

// sources lists the files and links of the app's code by their paths below its
// folder, sorted. Where git knows the app they are what it tracks or would add:
// what is deployed, and neither a run's results nor what the app has written.
func sources(ctx context.Context, backend string) (names []string, err error) {
	out, err := revision.Git(ctx, backend, nil, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	listed := strings.Split(out, "\x00")
	if err != nil || !slices.Contains(listed, "manage.py") { // no git here, or the app is nothing to it
		return walked(backend)
	}
	own := owned{dir: backend, known: map[string]bool{".": true}}
	for _, name := range listed {
		info, err := os.Lstat(filepath.Join(backend, name))
		switch {
		case name == "" || err != nil || !own.holds(filepath.Dir(name)): // removed since, or others'
		case !info.IsDir():
			names = append(names, name)
		case own.holds(filepath.Clean(name)): // a repository of its own, as a submodule
			below, err := walked(filepath.Join(backend, name))
			if err != nil {
				return nil, err
			}
			for _, inner := range below {
				names = append(names, filepath.Join(name, inner))
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil // git names a file in conflict more than once
}

// owned knows which folders below dir are the app's own.
type owned struct {
	dir   string
	known map[string]bool // by path below dir
}

func (o owned) holds(name string) bool {
	if is, ok := o.known[name]; ok {
		return is
	}
	is := o.holds(filepath.Dir(name)) && !isForeign(filepath.Join(o.dir, name))
	o.known[name] = is
	return is
}

// walked lists the files and links below dir, sorted, without folders of
// others and those that tell git to ignore them, as a run's own.
func walked(dir string) (names []string, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		if entry.IsDir() {
			if isForeign(path) || isIgnored(path) {
				return fs.SkipDir
			}
			return nil
		}
		name, err := filepath.Rel(dir, path)
		names = append(names, name)
		return err
	})
	slices.Sort(names)
	return names, err
}

// isIgnored says that a folder holds nothing that git would add.
func isIgnored(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, ".gitignore"))
	return err == nil && strings.TrimSpace(string(text)) == "*"
}

// isOthers says that a file is not the app's code: secrets of another place, a
// database, byte code.
func isOthers(name string) bool {
	base := filepath.Base(name)
	return base == ".env" || strings.HasPrefix(base, ".env.") || strings.HasSuffix(base, ".pyc") ||
		strings.HasSuffix(base, ".sqlite3") || strings.HasSuffix(base, ".sqlite3-journal")
}
