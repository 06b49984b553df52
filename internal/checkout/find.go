package checkout

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// project is where the parts of a checkout lie.
type project struct {
	name         string // of its folder, as the user wrote it
	dir          string
	backend      string // the folder of manage.py
	settings     string // module
	asgi         string // MODULE:NAME; "": the settings name it
	requirements string // path; "" where an interpreter of the user's own needs none
}

// depth is how many folders below the checkout manage.py is looked for.
const depth = 3

// find looks for the parts that the options do not name. An error says what was
// looked for, where, and the flag that sets it.
func find(o Options) (p project, err error) {
	if p.dir, err = filepath.Abs(o.Dir); err != nil {
		return p, fmt.Errorf("--app: %w", err)
	}
	p.name = filepath.Base(p.dir)
	if info, err := os.Stat(p.dir); err != nil || !info.IsDir() {
		return p, fmt.Errorf("--app %s: not a folder: write reference, or the folder of a checkout", o.Dir)
	}
	if p.dir, err = filepath.EvalSymlinks(p.dir); err != nil { // a walk does not follow links
		return p, fmt.Errorf("--app: %w", err)
	}
	if p.backend, err = backend(p.dir, o.Backend); err != nil {
		return p, err
	}
	if p.settings, err = settingsModule(p.backend); err != nil {
		return p, err
	}
	p.asgi = o.ASGI
	if o.ASGI != "" && !entryPoint.MatchString(o.ASGI) {
		return p, fmt.Errorf("--app-asgi %q: write the module and the name in it, as mysite.asgi:application", o.ASGI)
	}
	if o.Python == "" || o.Requirements != "" {
		p.requirements, err = requirements(p, o.Requirements)
	}
	return p, err
}

var entryPoint = regexp.MustCompile(`^[A-Za-z_][\w.]*:[A-Za-z_]\w*$`)

// backend finds the one folder with a manage.py.
func backend(dir, named string) (string, error) {
	if named != "" {
		named = under(dir, named)
		if !isFile(filepath.Join(named, "manage.py")) {
			return "", fmt.Errorf("--app-backend: no manage.py in %s", named)
		}
		return filepath.EvalSymlinks(named)
	}
	found := manages(dir)
	switch len(found) {
	case 0:
		return "", fmt.Errorf("--app %s: no manage.py there or up to %d folders below: name its folder with --app-backend", dir, depth)
	case 1:
		return filepath.Dir(found[0]), nil
	}
	return "", fmt.Errorf("--app %s: %d Django projects (%s): choose one with --app-backend", dir, len(found), strings.Join(relative(dir, found), ", "))
}

// manages lists the manage.py in dir and some folders below, nearest first.
func manages(dir string) []string {
	return filesBelow(dir, func(path string) bool { return filepath.Base(path) == "manage.py" })
}

// Projects lists the folders of the checkout in dir, relative to it, that hold a
// Django project, nearest first: each can be Options.Backend, and of several one
// must be.
func Projects(dir string) (folders []string) {
	there, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil
	}
	for _, manage := range relative(there, manages(there)) {
		folders = append(folders, filepath.Dir(manage))
	}
	return folders
}

// filesBelow lists the files in dir and some folders below that wanted likes,
// nearest first. Folders of others, such as node_modules, are left out.
func filesBelow(dir string, wanted func(path string) bool) (found []string) {
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // what cannot be read is not the app's
		case entry.IsDir() && path != dir && (isForeign(path) || strings.Count(path[len(dir):], string(filepath.Separator)) > depth):
			return fs.SkipDir
		case entry.Type().IsRegular() && wanted(path):
			found = append(found, path)
		}
		return nil
	})
	slices.SortStableFunc(found, func(a, b string) int {
		return strings.Count(a, string(filepath.Separator)) - strings.Count(b, string(filepath.Separator))
	})
	return found
}

// isForeign says that a folder holds no source of the app's: a tool's, an
// environment, other languages' packages, byte code.
func isForeign(dir string) bool {
	name := filepath.Base(dir)
	return strings.HasPrefix(name, ".") || name == "node_modules" || name == "__pycache__" || isFile(filepath.Join(dir, "pyvenv.cfg"))
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func relative(dir string, paths []string) (short []string) {
	for _, path := range paths {
		if rel, err := filepath.Rel(dir, path); err == nil {
			path = rel
		}
		short = append(short, path)
	}
	return short
}

// named is how a program of Django's names its settings module.
var named = regexp.MustCompile(`DJANGO_SETTINGS_MODULE["']\s*(?:,|\]\s*=)\s*["']([\w.]+)["']`)

// settingsModule reads it from manage.py; where an asgi.py beside the settings
// names another, that one is what is deployed.
func settingsModule(backend string) (string, error) {
	manage := filepath.Join(backend, "manage.py")
	module, err := moduleIn(manage)
	if err != nil {
		return "", err
	}
	if module == "" {
		module = os.Getenv("DJANGO_SETTINGS_MODULE")
	}
	for _, path := range filesBelow(backend, func(path string) bool { return filepath.Base(path) == "asgi.py" }) {
		served, err := moduleIn(path)
		if err != nil {
			return "", err
		}
		if served != "" && (module == "" || top(served) == top(module)) {
			return served, nil
		}
	}
	if module == "" {
		return "", fmt.Errorf("--app: %s names no settings module: set DJANGO_SETTINGS_MODULE to it, or choose another folder with --app-backend", manage)
	}
	return module, nil
}

func moduleIn(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("--app: looking for the settings module: %w", err)
	}
	if match := named.FindSubmatch(text); match != nil {
		return string(match[1]), nil
	}
	return "", nil
}

// top is the outermost package of a module.
func top(module string) string {
	first, _, _ := strings.Cut(module, ".")
	return first
}

// usual are the places where the requirements of a deploy are kept, best first.
var usual = []string{"requirements.txt", "requirements/production.txt", "requirements/prod.txt"}

func requirements(p project, path string) (string, error) {
	if path != "" {
		path = under(p.dir, path)
		if !isFile(path) {
			return "", fmt.Errorf("--app-requirements: no file %s: name it as it is called in the checkout, or by its whole path", path)
		}
		return path, nil
	}
	for _, dir := range []string{p.backend, p.dir} {
		for _, name := range usual {
			if path := filepath.Join(dir, name); isFile(path) {
				return path, nil
			}
		}
	}
	for _, name := range usual {
		found := filesBelow(p.dir, func(path string) bool { return strings.HasSuffix(path, "/"+name) })
		if len(found) == 1 {
			return found[0], nil
		}
	}
	return "", errors.New("--app: no requirements.txt in " + p.backend + " or " + p.dir +
		", and no requirements/production.txt: name the file with --app-requirements, or an interpreter that has the packages with --app-python")
}
