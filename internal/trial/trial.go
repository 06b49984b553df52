// Package trial runs one trial: a fresh start of the target on a fresh copy
// of its data, with one whole k6 run over it, written down in a run file.
//
// It is the only place that knows the order of events; what they mean is
// decided later, from the file alone. A target that is killed or dies is a
// result, and so is an interrupted run: the file says so. An error means that
// there was no trial.
package trial

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/pixeltales/pixelload/internal/account"
	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
)

// SampleEvery is the period of memory samples.
const SampleEvery = 100 * time.Millisecond

// settle is how long memory is read after each step of the start, so that
// the three idle figures are medians and not single samples.
const settle = time.Second

// patience is how long a target may take until it listens.
const patience = time.Minute

// thresholdsCrossed is k6's exit code when its own thresholds failed. The run
// is whole then, and judged by its file.
const thresholdsCrossed = 99

// Plan is what every trial of a run does.
type Plan struct {
	Dir    string     // the run's folder
	Header run.Header // what is known before the target started

	App     App
	Servers string   // interpreter whose packages may bring PostgreSQL and Redis, where this machine has none; "": the app's
	Running *Running // a target that runs already, in place of App; nil: none
	Variant claim.Variant
	Limit   int64 // bytes the target may use; its CPU share stands in the header

	// StopBytes ends the load when U comes to it, before the kernel would; 0: never.
	StopBytes int64

	// Enough ends the load when it is closed, since the rest would add nothing; nil:
	// never.
	Enough <-chan struct{}

	K6     string // path of the k6 binary with the extension
	Script []byte // the scenario

	// Prometheus is the remote-write receiver that k6's metrics go to as well.
	// Empty: none.
	Prometheus string

	// Config is the path of the configuration file that allows a target elsewhere.
	// Empty: none.
	Config string

	Journal *target.Entry
	Status  func(Status) // called about once a second and at each step

	dataset *target.Dataset // made by Prepare, and so is
	scratch string          // the folder of the PostgreSQL cluster; "": none
}

// Status is where a trial stands, for the one who waits.
type Status struct {
	Trial         int
	Stage         string // starting, a phase's name, stopping
	Users         int
	Unreclaimable memory.Figure
	Limit         int64
	Remaining     time.Duration // of this trial, estimated
}

// site is what one trial made for itself, and what its users know.
type site struct {
	dir      string  // scratch, removed afterwards
	accounts string  // path of the users' manifest
	secret   string  // the target's; "" where users log in
	password string  // the users'
	token    string  // a user's
	injury   *injury // what is done to its database; nil: nothing

	hook *target.Hook // of a collected trial; nil in a natural one
}

func (s site) path(name string) string { return filepath.Join(s.dir, name) }

// Path is the run file of trial n in dir.
func Path(dir string, n int) string { return filepath.Join(dir, fmt.Sprintf("trial-%02d.ndjson", n)) }

// Run does trial n of the plan, which is prepared. When ctx ends, it stops
// early and the file says so.
func (p *Plan) Run(ctx context.Context, n int) error {
	return p.furnish(ctx, func(s site, settings map[string]string) error { return p.attempt(ctx, n, s, settings) })
}

// furnish makes what a trial needs around its target, and does it; again when
// the target's port was taken meanwhile. A target that runs already needs less.
func (p *Plan) furnish(ctx context.Context, do func(site, map[string]string) error) (err error) {
	dir, err := newScratch(p.Journal)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if p.Running != nil {
		return do(site{dir: dir}, nil)
	}
	s := site{dir: dir, accounts: p.dataset.Manifest, secret: newSecret()}
	if err := p.mint(&s); err != nil {
		return err
	}
	backing, err := p.back(ctx, s)
	defer func() { err = errors.Join(err, backing.release(ctx)) }()
	if err != nil {
		return err
	}
	s.injury = backing.injury
	if p.Header.Kind == run.Collected {
		if s.hook, err = target.NewHook(dir); err != nil {
			return err
		}
		s.hook.Load(backing.settings)
	}
	for range portTries - 1 {
		if err := do(s, backing.settings); !errors.Is(err, target.ErrPortTaken) {
			return err
		}
	}
	return do(s, backing.settings)
}

// portTries is how often a port is chosen, should others take it meanwhile.
const portTries = 3

// attempt does the trial with the target on a port that is free now.
func (p *Plan) attempt(ctx context.Context, n int, s site, settings map[string]string) error {
	if p.Running != nil {
		return p.attend(ctx, n, s.dir)
	}
	spec, err := p.spec(s, settings)
	if err != nil {
		return err
	}
	proc, err := target.Start(ctx, spec)
	if err != nil {
		return err
	}
	return p.over(ctx, n, s, started(proc))
}

// over does the trial on the subject, from its first sample to its last.
func (p *Plan) over(ctx context.Context, n int, s site, subject subject) error {
	rec, err := newRecorder(p, n, subject)
	if err != nil {
		_, stopErr := subject.stop(context.Background())
		return errors.Join(err, stopErr, subject.source.Close())
	}
	end, err := p.conduct(ctx, s, subject, rec)
	if err != nil {
		return errors.Join(err, rec.abandon())
	}
	return rec.conclude(end)
}

// mint makes a token for touching the target, as its first user.
func (p *Plan) mint(s *site) error {
	manifest, err := account.ReadManifest(s.accounts)
	if err != nil {
		return err
	}
	if len(manifest.Users) == 0 {
		return fmt.Errorf("the data set's %s names no user: remove its folder, and it is made again", s.accounts)
	}
	s.password = manifest.Password
	s.token, err = account.Mint(s.secret, manifest.Users[0].ID, time.Now())
	return err
}

// spec is the target on a free port, away from the generator's cores where
// there is more than one.
func (p *Plan) spec(s site, settings map[string]string) (target.Spec, error) {
	port, err := target.FreePort()
	if err != nil {
		return target.Spec{}, err
	}
	settings["SECRET_KEY"] = s.secret
	settings["ALLOWED_HOSTS"] = "127.0.0.1"
	spec, err := p.App.Spec(s.dir, port, settings)
	if err != nil {
		return target.Spec{}, err
	}
	spec.Port, spec.LimitBytes, spec.CPUs = port, p.Limit, p.Header.CPUs
	spec.Cores, _ = share(target.Cores())
	spec.LogPath, spec.Journal = s.path("target.log"), p.Journal
	return spec, nil
}

// share splits the cores: the last is the target's, a single process that Python
// lets use one core, the others are the generator's. One core is bound to
// nobody.
func share(cores []int) (targets, generators []int) {
	if len(cores) < 2 {
		return nil, nil
	}
	last := len(cores) - 1
	return cores[last:], cores[:last]
}

func newSecret() string {
	secret := make([]byte, 24)
	rand.Read(secret) // never fails: it ends the program instead
	return hex.EncodeToString(secret)
}

// conduct leads the trial from the started target to its end, and returns how
// it ended. An error means that the target never became one.
func (p *Plan) conduct(ctx context.Context, s site, subject subject, rec *recorder) (run.End, error) {
	// The target's end ends everything that waits for the target, and so does a
	// run file that can no longer be written.
	alive, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-subject.done:
			rec.targetEnded()
		case <-rec.replaced:
			rec.targetEnded()
		case <-rec.broken:
		case <-alive.Done():
		}
		cancel()
	}()

	if err := p.start(alive, s, subject, rec); err != nil {
		if rec.ended() || ctx.Err() != nil {
			return rec.ending(ctx, run.DiedStarting, fmt.Sprintf("while starting: %v", err)), nil
		}
		return run.End{}, fmt.Errorf("the target does not answer: %w%s", err, subject.lastWords())
	}
	g, err := p.startGenerator(s, subject, rec.handle, rec.note)
	if err != nil {
		return rec.ending(ctx, run.GeneratorDied, err.Error()), nil
	}
	if err := p.Journal.AddProcess(g.cmd.Process.Pid); err != nil {
		rec.note(err)
	}
	var beside sync.WaitGroup // what is done to the target beside the users
	if s.injury != nil {
		beside.Go(func() { s.injury.inflict(alive, p, s, subject.pass.URL, rec) })
	}
	if s.hook != nil {
		beside.Go(func() { collections{s.hook, rec}.force(alive, p.Header.Phases) })
	}
	select {
	case <-g.done:
		// k6 may notice a dead target before its parent does.
		select {
		case <-alive.Done():
		case <-time.After(settle / 2):
		}
	case <-rec.full:
		halt(g)
	case <-p.Enough:
		halt(g)
	case <-alive.Done():
		halt(g)
	}
	rec.generatorEnded(g, s)
	early := alive.Err() == nil && g.code != 0 && g.code != thresholdsCrossed
	cancel()
	beside.Wait()
	switch {
	case rec.ended(), ctx.Err() != nil: // whatever else is so follows from it
	case closed(rec.full):
		return rec.ending(ctx, run.Stopped, fmt.Sprintf("U came to %d MiB, where the load was to end", p.StopBytes/memory.MiB)), nil
	case closed(p.Enough):
		return rec.ending(ctx, run.Enough), nil
	case early:
		return rec.ending(ctx, run.GeneratorDied, fmt.Sprintf("k6 ended early with code %d", g.code)), nil
	}
	return rec.ending(ctx, run.Complete), nil
}

// halt asks the generator to end, and makes it.
func halt(g *generator) {
	grace, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	g.stop(grace)
}

// start waits for the target and brings it to its idle state: listening, one
// request answered, each endpoint touched once. Its CPU share begins after
// that: a host does not throttle the imports of a start for minutes.
func (p *Plan) start(ctx context.Context, s site, subject subject, rec *recorder) error {
	proc := subject.started
	if proc == nil {
		// It listened and answered long before: those figures are not to be had.
		return p.Running.felt(func() error { return p.touch(ctx, s, subject, rec, func(string) {}) })
	}
	if rec.throttles {
		if err := proc.SetCPUs(0); err != nil {
			return err
		}
	}
	ready, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("not within %s", patience))
	defer cancel()
	if err := proc.WaitListening(ready); err != nil {
		return err
	}
	if report, ok := proc.Gate().Report(); ok && report.Why != "" {
		rec.event(run.Event{Kind: run.EventOpen, Text: report.Why})
	}
	rec.mark(run.MarkListening)
	wait(ctx, settle)
	err := p.touch(ctx, s, subject, rec, func(string) {
		rec.mark(run.MarkFirstRequest)
		wait(ctx, settle)
	})
	if err != nil {
		return err
	}
	if rec.throttles {
		return proc.SetCPUs(p.Header.CPUs)
	}
	return nil
}

// touch asks each endpoint once. first is called after the first request.
func (p *Plan) touch(ctx context.Context, s site, subject subject, rec *recorder, first func(string)) error {
	untouched, err := target.Touch(ctx, subject.pass, s.token, first)
	if err != nil {
		return err
	}
	for _, name := range untouched {
		rec.event(run.Event{Kind: run.EventUntouched, Text: name})
	}
	rec.mark(run.MarkTouched)
	wait(ctx, settle)
	return ctx.Err()
}

// wait waits; false when ctx ended before.
func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
