package stranger

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A tree is the stranger's files while they are edited: texts by path.
type tree map[string]string

// read reads the reference app without what running it leaves behind, and
// without what only pixelload wants of it.
func read(reference fs.FS) (tree, error) {
	t := tree{}
	err := fs.WalkDir(reference, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && left(name):
			return fs.SkipDir
		case !entry.Type().IsRegular() || left(name):
			return nil
		}
		text, err := fs.ReadFile(reference, name)
		t[name] = string(text)
		return err
	})
	return t, err
}

// left says whether a file or folder of the reference app stays behind: its
// seeding, which a stranger would not have, its tests and what starts it.
func left(name string) bool {
	switch base := path.Base(name); base {
	case ".":
		return false
	case "tests", "seeding", "management", "__pycache__", "serve", "README.md", "pyproject.toml", "requirements-test.txt":
		return true
	default:
		return strings.HasPrefix(base, ".") && base != ".gitkeep" || strings.HasSuffix(base, ".sqlite3")
	}
}

// rename replaces a pattern in the paths and texts of all Python files. One
// that is nowhere is an error.
func (t tree) rename(pattern, to string) error {
	re, found := regexp.MustCompile(pattern), false
	for _, name := range slices.Collect(maps.Keys(t)) {
		if path.Ext(name) != ".py" {
			continue
		}
		text := t[name]
		found = found || re.MatchString(text)
		delete(t, name)
		t[re.ReplaceAllString(name, to)] = re.ReplaceAllString(text, to)
	}
	if !found {
		return fmt.Errorf("no Python file has %s any more", pattern)
	}
	return nil
}

// edit replaces the one place where a file has old.
func (t tree) edit(name, old, replacement string) error {
	text, ok := t[name]
	if !ok {
		return fmt.Errorf("%s is missing", name)
	}
	if n := strings.Count(text, old); n != 1 {
		return fmt.Errorf("%s has %q %d times, not once", name, old, n)
	}
	t[name] = strings.Replace(text, old, replacement, 1)
	return nil
}

// cut takes the lines from the one that begins with first to the one that is
// last out of a file, and returns them. With last "" it is one line.
func (t tree) cut(name, first, last string) (string, error) {
	before, rest, ok := strings.Cut("\n"+t[name], "\n"+first)
	if !ok {
		return "", fmt.Errorf("%s has no line that begins with %q", name, first)
	}
	end := last + "\n"
	if last != "" {
		end = "\n" + end
	}
	inner, after, ok := strings.Cut(rest, end)
	if !ok {
		return "", fmt.Errorf("%s has no line %q after %q", name, last, first)
	}
	t[name] = strings.TrimPrefix(before+"\n", "\n") + after
	return first + inner + end, nil
}

// move gives a file another name.
func (t tree) move(from, to string) error {
	text, ok := t[from]
	if !ok {
		return fmt.Errorf("%s is missing", from)
	}
	delete(t, from)
	t[to] = text
	return nil
}

// add adds the files of another tree. One that is there already is an error.
func (t tree) add(more tree) error {
	for name, text := range more {
		if _, taken := t[name]; taken {
			return fmt.Errorf("%s is there already", name)
		}
		t[name] = text
	}
	return nil
}

func (t tree) write(dir string) error {
	var errs []error
	for name, text := range t {
		file, mode := filepath.Join(dir, filepath.FromSlash(name)), fs.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		errs = append(errs, os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), mode))
	}
	return errors.Join(errs...)
}
