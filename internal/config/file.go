// Package config is pixelload.yaml: the values of flags that a project always
// gives, and the hosts that it allows to be loaded.
//
// A flag that was typed comes before the environment, the environment before
// the file, the file before the flag's default. The file is strict: what it
// says and no command knows is an error with its line, as nothing is worse than
// a setting that silently does nothing.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/pixeltales/pixelload/internal/guard"
)

// Name is what the file is called.
const Name = "pixelload.yaml"

// Variable names a file in the environment, in place of the one that is found.
const Variable = "PIXELLOAD_CONFIG"

// The keys of the file that are no commands.
const (
	commonKey = "common" // values for every command that has such a flag
	allowKey  = "allow"  // hosts that may be loaded
)

// File is a file that was read. The zero value is none: everything has its
// default, and nothing but this machine may be loaded.
type File struct {
	Path  string       // absolute; "" for none
	Allow []guard.Host // in their order
	name  string       // in errors
	keys  []entry      // all but allow
}

// Find returns the path of the file that counts in dir: its own, or the nearest
// one above it within the repository; "" where there is none.
func Find(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("looking for %s: %w", Name, err)
	}
	own, found := filepath.Join(dir, Name), ""
	for {
		path := filepath.Join(dir, Name)
		if found == "" && exists(path) {
			found = path
		}
		if exists(filepath.Join(dir, ".git")) {
			return found, nil
		}
		above := filepath.Dir(dir)
		if above == dir { // no repository: whose the folders above are, nobody knows
			if found != own {
				found = ""
			}
			return found, nil
		}
		dir = above
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// Load reads the file at path, or the one that counts in the working directory
// when path and $PIXELLOAD_CONFIG are empty.
func Load(path string) (*File, error) {
	if path == "" {
		path = os.Getenv(Variable)
	}
	if path == "" {
		found, err := Find(".")
		if err != nil || found == "" {
			return &File{}, err
		}
		path = found
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	f, err := Parse(near(path), data)
	if err != nil {
		return nil, err
	}
	if f.Path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	return f, nil
}

// near is the path as seen from the working directory, where that is shorter.
func near(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if relative, err := filepath.Rel(here, path); err == nil && len(relative) < len(path) {
		return relative
	}
	return path
}

// Parse reads a file's text; name stands in the errors, as name:line. What the
// commands' keys mean is up to Check.
func Parse(name string, data []byte) (*File, error) {
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, located(name, err)
	}
	f := &File{Path: name, name: name}
	if len(tree.Docs) > 1 && tree.Docs[1].Body != nil {
		return nil, fmt.Errorf("%s:%d: a second document begins: write one", name, line(tree.Docs[1].Body))
	}
	if len(tree.Docs) == 0 || tree.Docs[0].Body == nil || tree.Docs[0].Body.Type() == ast.CommentType {
		return f, nil
	}
	top, err := entries(name, tree.Docs[0].Body)
	if err != nil {
		return nil, err
	}
	for _, e := range top {
		if e.key != allowKey {
			f.keys = append(f.keys, e)
			continue
		}
		if f.Allow, err = hosts(name, e); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// located says where in the file a YAML error is, on one line.
func located(name string, err error) error {
	var at yaml.Error
	if !errors.As(err, &at) || at.GetToken() == nil {
		return fmt.Errorf("%s: %s", name, strings.Join(strings.Fields(err.Error()), " "))
	}
	return fmt.Errorf("%s:%d: %s", name, at.GetToken().Position.Line, strings.Join(strings.Fields(at.GetMessage()), " "))
}
