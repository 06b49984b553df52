package checkout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"

	"github.com/gofrs/flock"

	"github.com/pixeltales/pixelload/internal/target"
)

// whole is the file that says that an environment was made to its end.
const whole = "pixelload-whole"

// environment returns the interpreter of an environment with the packages that
// the file requires. It is made once below home and kept, under a name that
// changes with the requirements and the interpreter. progress gets what pip
// prints.
func environment(ctx context.Context, home, requirements string, progress io.Writer) (string, error) {
	base, err := exec.LookPath("python3")
	if err != nil {
		return "", fmt.Errorf("making the app's environment: no python3 in PATH: install one, or name an interpreter with --app-python: %w", err)
	}
	list, err := flatten(requirements)
	if err != nil {
		return "", err
	}
	version, err := exec.CommandContext(ctx, base, "-c", "import sys; print(sys.version, sys.base_prefix)").Output()
	if err != nil {
		return "", fmt.Errorf("making the app's environment: asking %s for its version: %w", base, err)
	}
	key := sha256.Sum256(append([]byte(list), version...))
	dir := filepath.Join(home, hex.EncodeToString(key[:6]))
	if err := os.MkdirAll(home, 0o755); err != nil {
		return "", fmt.Errorf("making the app's environment: %w", err)
	}
	// Two runs that want the same environment make it once.
	lock := flock.New(dir + ".lock")
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return "", fmt.Errorf("locking the app's environment: %w", err)
	}
	defer func() { _ = lock.Unlock() }() // it ends with the process at the latest
	python := filepath.Join(dir, "bin", "python")
	if isFile(filepath.Join(dir, whole)) {
		return python, touch(dir)
	}
	return python, makeEnvironment(ctx, base, dir, list, progress)
}

// makeEnvironment makes it where it stays: its programs know their own path.
func makeEnvironment(ctx context.Context, base, dir, list string, progress io.Writer) error {
	fmt.Fprintf(progress, "making an environment with the app's packages in %s: once\n", dir)
	file := filepath.Join(dir, "requirements.txt")
	err := os.RemoveAll(dir) // what was begun once
	if err == nil {
		err = execute(ctx, progress, "", pipEnv(), base, "-m", "venv", dir)
	}
	if err == nil {
		err = os.WriteFile(file, []byte(list), 0o600) // an index may have a password
	}
	if err == nil {
		err = execute(ctx, progress, "", pipEnv(), filepath.Join(dir, "bin", "python"), "-m", "pip", "install", "--progress-bar", "off", "--requirement", file)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, whole), nil, 0o644)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("making the app's environment: %w (an interpreter that has the packages can be named with --app-python)", err), os.RemoveAll(dir))
	}
	return nil
}

// pips are the variables that pip may need: its own, and those of proxies,
// certificates, caches and compilers.
var pips = regexp.MustCompile(`^(PIP_.*|(?i:https?_proxy|all_proxy|no_proxy)|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|` +
	`XDG_CACHE_HOME|XDG_CONFIG_HOME|SSH_AUTH_SOCK|CC|CXX|CFLAGS|CXXFLAGS|LDFLAGS)=`)

// pipEnv is the environment of pip. A package may run code of its own when it
// is built: what else the caller has, as tokens, is not for it.
func pipEnv() []string {
	env := target.Env(nil)
	for _, setting := range os.Environ() {
		if pips.MatchString(setting) {
			env = append(env, setting)
		}
	}
	return env
}
