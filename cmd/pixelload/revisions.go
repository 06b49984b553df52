package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/renameio/v2"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/compare"
	"github.com/pixeltales/pixelload/internal/revision"
	"github.com/pixeltales/pixelload/internal/target"
	"github.com/pixeltales/pixelload/internal/trial"
)

// revisions is a comparison of two revisions under way.
type revisions struct {
	compareOptions
	doc      *claim.Document
	repo     *revision.Repository
	arms     [2]arm
	id, dir  string
	progress *progress
	journal  *target.Entry
}

// arm is one of the two revisions.
type arm struct {
	name   string // as the user wrote it
	commit revision.Commit
	plan   *trial.Plan
}

// cleanup removes what was prepared of the revision.
func (a arm) cleanup() error {
	if a.plan == nil {
		return nil
	}
	return a.plan.Cleanup()
}

func (a arm) hasTrials() bool { return a.plan != nil && holdsRun(a.plan.Dir) }

// compareRevisions measures two revisions and compares what was measured,
// whatever ended the measuring.
func compareRevisions(ctx context.Context, o compareOptions, names []string, stdout, stderr io.Writer) error {
	doc, err := claim.Load()
	if err != nil {
		return err
	}
	r := &revisions{compareOptions: o, doc: doc, progress: newProgress(stderr, 2*o.rounds)}
	r.id = fmt.Sprintf("%s-compare", time.Now().Format("20060102-150405"))
	if err := r.open(ctx, names); err != nil {
		return badInput(err)
	}
	measured := r.measure(ctx)
	r.progress.clear()
	var judged error
	if r.arms[0].hasTrials() && r.arms[1].hasTrials() {
		judged = r.conclude(stdout)
	}
	switch {
	case measured != nil:
		return measured
	case ctx.Err() != nil:
		return exitCode{code: exitInterrupted}
	}
	return judged
}

// open finds the repository and both commits.
func (r *revisions) open(ctx context.Context, names []string) (err error) {
	if r.app.app == "reference" {
		return errors.New("--app reference has no revisions: name the folder of your checkout")
	}
	if filepath.IsAbs(r.app.backend) {
		return fmt.Errorf("--app-backend %s: both revisions would run from it: name the folder as it is called in the checkout", r.app.backend)
	}
	if r.repo, err = revision.Open(ctx, r.app.app); err != nil {
		return err
	}
	for i, name := range names {
		commit, err := r.repo.Resolve(ctx, name)
		if err != nil {
			return err
		}
		r.arms[i] = arm{name: name, commit: commit}
	}
	if changed, err := r.repo.Changed(ctx); err == nil && changed {
		r.progress.step("%s has changes that are not committed: they are in neither revision", r.app.app)
	}
	return nil
}

// measure does the trials of all rounds. The work trees are removed again,
// also when pixelload is killed: the journal knows them.
func (r *revisions) measure(ctx context.Context) (err error) {
	st, err := openState(r.progress.w)
	if err != nil {
		return badInput(err)
	}
	defer func() { err = errors.Join(err, st.close()) }()
	if r.dir, err = r.app.makeRunDir(r.out, r.id); err != nil {
		return badInput(err)
	}
	if r.journal, err = st.journal.Begin(r.id); err != nil {
		return badInput(err)
	}
	defer func() { err = errors.Join(err, r.journal.Close()) }()
	trees := filepath.Join(os.TempDir(), fmt.Sprintf("pixelload-%s-%d", r.id, os.Getpid()))
	if err := errors.Join(r.journal.AddPath(trees), os.Mkdir(trees, 0o700)); err != nil { // a private repository's files
		return badInput(fmt.Errorf("making a folder for work trees: %w", err))
	}
	defer func() { err = errors.Join(err, os.RemoveAll(trees)) }()
	defer func() { err = errors.Join(err, r.arms[0].cleanup(), r.arms[1].cleanup()) }()
	if err := r.prepare(ctx, trees, st.cache()); err != nil {
		return explain(ctx, err)
	}
	return r.trials(ctx)
}

// prepare writes the files of both revisions, finds the app in each, and makes
// its data.
func (r *revisions) prepare(ctx context.Context, trees, cache string) error {
	for i := range r.arms {
		a := &r.arms[i]
		side := string("ab"[i])
		r.progress.step("preparing %s (%s %s)", a.name, a.commit.Short, a.commit.Subject)
		tree := filepath.Join(trees, side, r.repo.Name())
		if err := os.MkdirAll(tree, 0o700); err != nil {
			return fmt.Errorf("making a work tree: %w", err)
		}
		folder, err := r.repo.Export(ctx, a.commit, tree)
		if err != nil {
			return err
		}
		if a.plan, err = r.plan(ctx, a, side, folder); err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		if err := a.plan.Prepare(ctx, cache, r.data, usersNeeded(usersFlag{r.users}), r.progress.w); err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
	}
	files, err := r.repo.Requirements(ctx, r.arms[0].commit, r.arms[1].commit)
	if err == nil && len(files) > 0 && r.arms[0].plan.App.Python() == r.arms[1].plan.App.Python() {
		r.progress.step("%s differs between them, and both run in one Python environment", strings.Join(files, ", "))
	}
	return err
}

// plan is what check would do with the revision, collected, with a counted
// number of visits for its users.
func (r *revisions) plan(ctx context.Context, a *arm, side, folder string) (*trial.Plan, error) {
	app := r.app
	app.app, app.found = folder, nil
	check := checkOptions{
		app: app, variant: r.variant, users: usersFlag{0, r.users}, trials: r.rounds, collected: true, warmup: -1, hold: -1,
		limit: r.limit, persona: r.persona, data: r.data, seed: r.seed,
	}
	p, err := check.trialPlan(ctx, r.doc)
	if err != nil {
		return nil, err
	}
	p.Dir = filepath.Join(r.dir, side)
	if err := makeWritable(p.Dir); err != nil {
		return nil, fmt.Errorf("making the folder for its trials: %w", err)
	}
	p.Journal = r.journal
	h := &p.Header
	h.ID, h.Campaign, h.Phases, h.BudgetBytes = r.id+"-"+side, r.id, trial.Visits(r.users, r.visits), 0
	h.Target.Name, h.Target.Ref, h.Target.Source = r.repo.Name(), a.commit.Short, r.app.app
	h.Target.Environment = filepath.Base(filepath.Dir(filepath.Dir(p.App.Python())))
	return p, nil
}

// trials does a trial of each revision in each round.
func (r *revisions) trials(ctx context.Context) error {
	phases := r.arms[0].plan.Header.Phases
	length := time.Duration(2*r.rounds) * (trial.Length(phases) + overhead)
	r.progress.step("%d %s of both, %d visits in each trial, about %s; in %s: Ctrl-C compares what was measured until then",
		r.rounds, plural(r.rounds, "round"), r.users*r.visits, left(length), r.dir)
	n := 0
	for round := 1; round <= r.rounds; round++ {
		random := rand.New(rand.NewPCG(r.seed, uint64(round))) //nolint:gosec // a repeatable order is the point
		for _, i := range random.Perm(len(r.arms)) {
			if ctx.Err() != nil {
				return nil
			}
			n++
			if err := r.trial(ctx, r.arms[i], round, n); err != nil {
				return explain(ctx, err)
			}
		}
	}
	return nil
}

// trial does one trial, the nth of all.
func (r *revisions) trial(ctx context.Context, a arm, round, n int) error {
	r.progress.step("round %d: %s", round, a.name)
	a.plan.Header.Round = round
	a.plan.Status = func(s trial.Status) {
		s.Trial = n
		r.progress.status(s)
	}
	return a.plan.Run(ctx, round)
}

// conclude compares the run files, leaves compare.json and compare.md beside
// them, and prints the result.
func (r *revisions) conclude(stdout io.Writer) error {
	var sides [2]compare.Side
	for i, a := range r.arms {
		var err error
		if sides[i], err = sideOf(a.plan.Dir, a.name); err != nil {
			return badInput(err)
		}
	}
	c := compare.Sides(sides[0], sides[1], int64(r.growth))
	for _, format := range []string{"json", "md"} {
		var data bytes.Buffer
		var coded exitCode
		if err := showComparison(c, format, "", &data); err != nil && !errors.As(err, &coded) {
			return err
		}
		path := filepath.Join(r.dir, "compare."+format)
		if err := renameio.WriteFile(path, data.Bytes(), 0o644); err != nil {
			return fmt.Errorf("writing %s: %w", path, err)
		}
	}
	return showComparison(c, r.format.value, r.dir, stdout)
}
