package target

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
)

// Reference is the reference PixelTales: a folder with manage.py, serve and
// the Python environment .venv.
type Reference struct {
	dir string
	ref string
}

// ErrVariant says that an app cannot be the variant that is asked for.
var ErrVariant = errors.New("cannot be had of this app")

// FindReference returns the reference app in dir. For "" it looks in the
// folder "reference" beside the executable and in each folder from the
// executable's and from the working directory upwards.
func FindReference(dir string) (*Reference, error) {
	if dir == "" {
		var err error
		if dir, err = lookForReference(); err != nil {
			return nil, err
		}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the reference app: %w", err)
	}
	for _, name := range []string{"manage.py", "serve"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return nil, fmt.Errorf("finding the reference app: %w", err)
		}
	}
	r := &Reference{dir: dir}
	if _, err := os.Stat(r.Python()); err != nil {
		return nil, fmt.Errorf("finding the reference app's Python (run `make setup`): %w", err)
	}
	r.ref, err = digest(os.DirFS(dir))
	return r, err
}

func lookForReference() (string, error) {
	var starts []string
	if exe, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(exe))
	}
	if wd, err := os.Getwd(); err == nil {
		starts = append(starts, wd)
	}
	for _, start := range starts {
		for at := start; ; at = filepath.Dir(at) {
			dir := filepath.Join(at, "reference")
			if _, err := os.Stat(filepath.Join(dir, "manage.py")); err == nil {
				return dir, nil
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	return "", fmt.Errorf("finding the reference app: no folder reference in or above %s: run pixelload inside its repository, "+
		"or set PIXELLOAD_REFERENCE to the folder", strings.Join(starts, " and "))
}

// Dir is the app's folder.
func (r *Reference) Dir() string { return r.dir }

// Python is the interpreter that the app runs on.
func (r *Reference) Python() string { return filepath.Join(r.dir, ".venv", "bin", "python") }

// Target is what the run file says of it; Ref is a short digest of its sources.
func (r *Reference) Target() run.Target {
	return run.Target{Kind: "reference", Name: "PixelTales reference", Ref: r.ref, Source: "reference"}
}

// Command starts the app's server; PORT in its environment says where.
func (r *Reference) Command() []string { return []string{filepath.Join(r.dir, "serve")} }

// About has nothing to say: the reference app is known.
func (r *Reference) About() *run.Checkout { return nil }

// Check says that it can be every variant.
func (r *Reference) Check(claim.Variant) error { return nil }

// Spec starts the app's server with the settings.
func (r *Reference) Spec(_ string, port int, settings map[string]string) (Spec, error) {
	settings["PORT"] = strconv.Itoa(port)
	return Spec{Command: r.Command(), Dir: r.dir, Env: Env(settings)}, nil
}

// Env is the whole environment of a target: what any program needs, and the
// settings. Nothing else of the caller's reaches it: a stray PYTHONPATH or
// MALLOC_ARENA_MAX would change what is measured.
func Env(settings map[string]string) []string {
	env := []string{"LANG=C.UTF-8", "PYTHONUNBUFFERED=1"}
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	for _, name := range sortedKeys(settings) {
		env = append(env, name+"="+settings[name])
	}
	return env
}

// Compile makes Python's byte code of the app beforehand: else the first start
// would use more memory than each later one. An app in a folder that cannot be
// written is compiled at every start, so all are alike there too.
func (r *Reference) Compile(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, r.Python(), "-m", "compileall", "-q", ".", "-x", `/\.`)
	cmd.Dir, cmd.Env = r.dir, Env(nil)
	err := StartChild(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	var status *exec.ExitError
	if errors.As(err, &status) && ctx.Err() == nil {
		return nil // not all could be written
	}
	if err != nil {
		return fmt.Errorf("compiling the reference app: %w", err)
	}
	return nil
}

// Fill makes the tables of the database at url (sqlite:////PATH or
// postgres://...) and fills them; manifest gets the accounts. progress gets
// what the app prints.
func (r *Reference) Fill(ctx context.Context, url, manifest, data string, users int, seed uint64, progress io.Writer) error {
	env := Env(map[string]string{"SECRET_KEY": "only-for-seeding", "DATABASE_URL": url})
	if err := r.manage(ctx, env, progress, "migrate", "--verbosity", "0"); err != nil {
		return err
	}
	return r.manage(ctx, env, progress, "seed", "--data", data, "--users", strconv.Itoa(users),
		"--seed", strconv.FormatUint(seed, 10), "--manifest", manifest)
}

func (r *Reference) manage(ctx context.Context, env []string, progress io.Writer, args ...string) error {
	var out strings.Builder
	cmd := exec.CommandContext(ctx, r.Python(), append([]string{"manage.py"}, args...)...)
	cmd.Dir, cmd.Env = r.dir, env
	cmd.Stdout = io.MultiWriter(progress, &out)
	cmd.Stderr = cmd.Stdout
	err := StartChild(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil {
		return fmt.Errorf("running the reference app's manage.py %s: %w: %s", args[0], errors.Join(err, ctx.Err()), lastLine(out.String()))
	}
	return nil
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// digest is short for the names and contents of all files but those that are
// made by running the app.
func digest(files fs.FS) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && path != "." && (strings.HasPrefix(name, ".") || name == "__pycache__" || name == "tests"):
			return fs.SkipDir
		case !entry.Type().IsRegular() || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".sqlite3"):
			return nil
		}
		data, err := fs.ReadFile(files, path)
		fmt.Fprintf(sum, "%s %d\n", path, len(data))
		sum.Write(data)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("reading the reference app: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12], nil
}
