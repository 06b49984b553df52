package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/pixeltales/pixelload/internal/account"
	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/config"
	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
	"github.com/pixeltales/pixelload/internal/trial"
)

// secretVariable holds the target's signing secret, so that no argument does.
const secretVariable = "PIXELTALES_SECRET_KEY"

// unnamed is the variant of a running target that --variant does not name: no
// claim is about it.
const unnamed = "running"

// runningOptions are the flags about a target that runs already; an empty url
// is none.
type runningOptions struct {
	url        string
	container  string
	cgroup     string
	pid        int
	accounts   string
	secretFile string
}

func (o *runningOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.url, "url", "", "a target that runs already, as http://127.0.0.1:8000: one trial, no fresh start; another machine's only as docs/safety.md says")
	f.StringVar(&o.container, "container", "", "with --url: read the memory of this container, by name or ID")
	f.StringVar(&o.cgroup, "cgroup", "", "with --url: read the memory of this cgroup, by its directory")
	f.IntVar(&o.pid, "pid", 0, "with --url: read the memory of this process and those below it")
	f.StringVar(&o.accounts, "accounts", "", "with --url: the accounts that users have there, as the seed command wrote them")
	f.StringVar(&o.secretFile, "secret-file", "", "with --url: file of mode 0600 with the target's signing secret (default: $"+secretVariable+"; without one users log in)")
	for _, name := range ofRunning {
		config.Yields(f, name, ofStarted...)
	}
	for _, name := range ofStarted {
		config.Yields(f, name, "url")
	}
	for _, name := range sources {
		config.Yields(f, name, sources...)
	}
}

var (
	// ofRunning are about a target that runs already, ofStarted about one that is
	// started, and of sources there is one.
	ofRunning = []string{"url", "container", "cgroup", "pid", "accounts", "secret-file"}
	ofStarted = []string{"app", "app-backend", "app-asgi", "app-python", "app-requirements", "data", "limit", "cpus", "plan", "collected"}
	sources   = []string{"container", "cgroup", "pid"}
)

// validate finds flags that would do nothing, or ask for what cannot be done to
// a target that others started.
func (o runningOptions) validate(given *pflag.FlagSet) error {
	if o.url == "" {
		for _, name := range ofRunning {
			if given.Changed(name) {
				return fmt.Errorf("--%s is about a target that runs already: say where it listens with --url http://127.0.0.1:PORT", name)
			}
		}
		return nil
	}
	for _, name := range ofStarted {
		if given.Changed(name) {
			return fmt.Errorf("--%s would change the target, and --url only looks at one that runs already: leave one of them out", name)
		}
	}
	named := 0
	for _, name := range sources {
		if given.Changed(name) {
			named++
		}
	}
	switch {
	case named != 1:
		return errors.New("--url: say whose memory is read, with one of --container NAME, --cgroup PATH and --pid NUMBER")
	case given.Changed("pid") && o.pid < 1:
		return fmt.Errorf("--pid %d: write the number of a process", o.pid)
	case given.Changed("trials") && given.Lookup("trials").Value.String() != "1":
		return errors.New("--url is one trial, because the target is not started afresh: leave out --trials")
	case o.accounts == "":
		return errors.New("--url: name the accounts that users have there with --accounts FILE, as `manage.py seed --manifest FILE` writes them")
	}
	return nil
}

// runningPlan fills in the plan what is known of a target that runs already.
func (o checkOptions) runningPlan(ctx context.Context, doc *claim.Document, p *trial.Plan) error {
	r := &trial.Running{Path: o.running.accounts}
	var err error
	file := config.From(ctx)
	if r.Pass, err = (guard.Guard{Allowed: file.Allow}).Admit(ctx, o.running.url); err != nil {
		return fmt.Errorf("--url: %w", err)
	}
	if o.variant != unnamed {
		if p.Variant, err = doc.Variant(o.variant); err != nil {
			return fmt.Errorf("--variant: %w", err)
		}
	}
	if r.Secret, err = secret(o.running.secretFile); err != nil {
		return err
	}
	if r.Accounts, err = accounts(o.running.accounts, o.users[len(o.users)-1]); err != nil {
		return err
	}
	if r.Pass.Remote() && !r.Secret.Set() { // the passwords go out: they are no scratch target's
		if _, err := readPrivate(o.running.accounts); err != nil {
			return fmt.Errorf("--accounts holds passwords: %w", err)
		}
	}
	r.Target, err = target.Attach(ctx, target.Attachment{Container: o.running.container, Cgroup: o.running.cgroup, PID: o.running.pid})
	if err != nil {
		return err
	}
	p.Running = r
	if !r.Pass.Remote() {
		if err := r.Target.Serves(r.Pass.URL); err != nil {
			return fmt.Errorf("--url: %w", err)
		}
	}
	limit, known := r.Target.Enforced()
	if !known && o.budget == 0 {
		return fmt.Errorf("no memory limit is known: %s: give a --budget to judge by", r.Target.Why())
	}
	p.Limit, p.Config = limit, file.Path
	if r.Pass.Remote() { // others may work there: it is not loaded until the kernel kills it
		p.StopBytes = guard.StopAt(cmp.Or(limit, int64(o.budget)))
	}
	return nil
}

// found says what the running target is.
func (o runningOptions) found(r *trial.Running) run.Target {
	if o.container != "" {
		return run.Target{Kind: "container", Name: r.Target.Name(), Ref: r.Target.Ref(), Source: r.Pass.URL}
	}
	return run.Target{Kind: "url", Name: r.Pass.URL, Source: r.Target.Name()}
}

// secret returns the target's signing secret, from the file or the environment;
// none where there is none, and users log in.
func secret(path string) (memory.Secret, error) {
	if path == "" {
		return memory.NewSecret(os.Getenv(secretVariable)), nil
	}
	text, err := readPrivate(path)
	if err != nil {
		return memory.Secret{}, fmt.Errorf("--secret-file: %w", err)
	}
	if found := memory.NewSecret(strings.TrimRight(string(text), "\r\n")); found.Set() {
		return found, nil
	}
	return memory.Secret{}, fmt.Errorf("--secret-file: %s is empty", path)
}

// readPrivate reads a file that nobody else may read.
func readPrivate(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("others may read %s (mode %s): chmod 600 it", path, info.Mode())
	}
	return io.ReadAll(f)
}

// accounts reads the accounts and finds out early that there are not enough.
func accounts(path string, users int) (*account.Manifest, error) {
	m, err := account.ReadManifest(path)
	if err != nil {
		return nil, fmt.Errorf("--accounts: %w", err)
	}
	if have, want := len(m.Users), max(1, users); have < want {
		return nil, fmt.Errorf("--accounts: %s names %d, and --users needs %d", path, have, want)
	}
	m.Data.Name = cmp.Or(m.Data.Name, "unknown")
	return m, nil
}

// planError tells a refusal of the guard from a wrong flag.
func planError(err error) error {
	if errors.Is(err, guard.ErrRefused) {
		return exitCode{exitRefused, err}
	}
	return badInput(err)
}
