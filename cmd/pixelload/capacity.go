package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/pixeltales/pixelload/internal/capacity"
	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
	"github.com/pixeltales/pixelload/internal/trial"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// nearFull is the share of the limit at which a search ends the load: the next
// list answer may be what gets the target killed.
const nearFull = 0.95

// Each step of a search is short: it asks whether the users fit, not what they
// cost.
const (
	searchWarmup = 20 * time.Second
	searchHold   = 40 * time.Second
)

// capacityOptions are the flags of capacity.
type capacityOptions struct {
	check   checkOptions
	most    int
	confirm int
	share   bool
	kill    bool

	frontier bool
	mibs     mibsFlag
}

func newCapacity() *cobra.Command {
	o := capacityOptions{check: checkOptions{
		warmup: searchWarmup, hold: searchHold, capped: true,
		format: choice{"table", []string{"table", "json"}}, users: usersFlag{1, 2, 3, 5, 8, 10},
	}, mibs: mibsFlag{1, 2, 4, 8, 16, 32, 64}}
	c := &cobra.Command{
		Use:   "capacity",
		Short: "Find how many users a plan holds",
		Long: `capacity drives more and more users against the target under a plan's memory,
until it is nearly full, then looks between: fresh starts with fewer users, and at
last the answer and one user more, confirmed. Whether memory fits and whether the
service is kept are two answers.

The load is ended at 95 % of the memory, before the kernel would kill the target,
unless --to-the-kill asks for the kill. One answer that is larger than what is left
can still get it killed.

--frontier looks for users against MiB of public stories: which cells of the grid fit,
are tight, or get the target killed. Interrupted, the same command goes on.`,
		Example: `  pixelload capacity                                  # variant before, plan free, light data
  pixelload capacity --data heavy                     # with 62 MiB of public stories
  pixelload capacity --variant after --plan standard --most 60
  pixelload capacity --share                          # under the plan's CPU share too
  pixelload capacity --frontier                       # users against public stories, in 90 minutes at most
  pixelload capacity --frontier --users 3,10 --data-mib 4,16,64
  pixelload capacity --frontier --share               # where the service ends before memory does`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(o.validate(), o.validateFrontier(cmd.Flags().Changed)); err != nil {
				return badInput(err)
			}
			if o.frontier {
				return findFrontier(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			return findCapacity(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := c.Flags()
	o.check.app.flags(f)
	f.StringVar(&o.check.variant, "variant", "before", "configuration of the target, see scenarios/variants.yaml")
	f.StringVar(&o.check.plan, "plan", "free", "hosting plan whose memory is the limit, see scenarios/plans.yaml")
	f.StringVar(&o.check.data, "data", "light", "data profile: light, typical, heavy, or stories=30,drawn=10,words=1000")
	f.IntVar(&o.most, "most", 20, "the most users to try")
	f.IntVar(&o.confirm, "trials", 2, "fresh starts that must hold the answer, and that must fail at one user more; of a frontier, that must hold each of its corners")
	f.BoolVar(&o.share, "share", false, "under the plan's CPU share as well")
	f.BoolVar(&o.kill, "to-the-kill", false, "let the kernel kill the target, in place of stopping before")
	f.BoolVar(&o.frontier, "frontier", false, "users against MiB of public stories")
	f.Var(&o.check.users, "users", "of a frontier: its numbers of users, ascending")
	f.Var(&o.mibs, "data-mib", "of a frontier: its amounts of public stories, ascending")
	f.BoolVar(&o.check.quick, "quick", false, "of a frontier: short holds, for indications")
	f.Uint64Var(&o.check.seed, "seed", 1, "seed of the data and of what the users do")
	f.StringVar(&o.check.out, "out", "", "folder for the run; one that holds a part of the same frontier goes on (default: runs/ID)")
	f.Var(&o.check.format, "format", "result on stdout: table or json")
	o.check.after.flags(f)
	return c
}

func (o capacityOptions) validate() error {
	switch {
	case o.most < 1 || o.most > maxUsers:
		return fmt.Errorf("--most %d: write a number from 1 to %d", o.most, maxUsers)
	case o.confirm < 1 || o.confirm > 20:
		return fmt.Errorf("--trials %d: write a number from 1 to 20", o.confirm)
	}
	return errors.Join(target.CheckData(o.check.data), o.check.after.validate())
}

// findCapacity does the trials of a search, one after the other, and judges them.
func findCapacity(ctx context.Context, o capacityOptions, stdout, stderr io.Writer) error {
	s, err := newSearch(o, time.Now().Format("20060102-150405")+"-capacity-"+o.check.variant, stderr)
	if err != nil {
		return err
	}
	err = s.measure(ctx)
	s.progress.clear()
	return end(ctx, err, s.dir, s.doc, o.check.format.value, stdout, o.check.after.follow(ctx, stderr))
}

// search is a search for a capacity under way.
type search struct {
	capacityOptions
	doc      *claim.Document
	plan     claim.Plan
	id, dir  string
	progress *progress
	journal  *target.Entry
	cache    string
	found    []capacity.Found
}

func newSearch(o capacityOptions, id string, stderr io.Writer) (*search, error) {
	doc, err := claim.Load()
	if err != nil {
		return nil, err
	}
	plan, err := doc.Plan(o.check.plan)
	if err != nil {
		return nil, badInput(fmt.Errorf("--plan: %w", err))
	}
	return &search{capacityOptions: o, doc: doc, plan: plan, progress: newProgress(stderr, 0), id: id}, nil
}

func (s *search) measure(ctx context.Context) (err error) {
	if _, err := s.trialOf(ctx, []int{1}); err != nil {
		return planError(err)
	}
	st, err := openState(s.progress.w)
	if err != nil {
		return badInput(err)
	}
	defer func() { err = errors.Join(err, st.close()) }()
	if s.dir, err = s.check.app.makeRunDir(s.check.out, s.id); err != nil {
		return badInput(err)
	}
	if s.journal, err = st.journal.Begin(s.id); err != nil {
		return badInput(err)
	}
	s.cache = st.cache()
	search := capacity.Search{Most: s.most, Confirm: s.confirm}
	for users, more := search.Next(s.found); more && ctx.Err() == nil; users, more = search.Next(s.found) {
		steps := []int{users}
		if len(s.found) == 0 {
			steps = search.First()
		}
		if err := s.try(ctx, steps); err != nil {
			return errors.Join(explain(ctx, err), s.journal.Close())
		}
	}
	return s.journal.Close()
}

// try does one trial with the numbers of users, ascending, and notes what it
// showed. One that shows nothing ends the search: another would not either.
func (s *search) try(ctx context.Context, users []int) (err error) {
	n := len(s.found) + 1
	holds, fails := capacity.Bounds(s.found)
	s.progress.step("trial %d: %s; so far %s", n, tried(users), between(holds, fails))
	p, err := s.trialOf(ctx, users)
	if err != nil {
		return err
	}
	h := &p.Header
	h.Trials, h.Round = n, n
	p.Dir, p.Journal = s.dir, s.journal
	s.progress.trials = n
	p.Status = s.progress.status
	defer func() { err = errors.Join(err, p.Cleanup()) }()
	if err := p.Prepare(ctx, s.cache, s.check.data, usersNeeded(users), s.progress.w); err != nil {
		return err
	}
	if err := p.Run(ctx, n); err != nil || ctx.Err() != nil {
		return err
	}
	r, err := run.Read(trial.Path(s.dir, n))
	if err != nil {
		return err
	}
	f := capacity.Found{}
	if f.Holds, f.Fails = verdict.Held(r); f == (capacity.Found{}) {
		return fmt.Errorf("trial %d cannot tell whether %s fit: see the report", n, verdict.Crowd(users[0]))
	}
	s.found = append(s.found, f)
	return nil
}

// trialOf is what check would do with so many users under the plan, as a part of
// the search.
func (s *search) trialOf(ctx context.Context, users []int) (*trial.Plan, error) {
	check := s.check
	check.users, check.trials, check.limit, check.plan = users, 1, bytesFlag(s.plan.MemoryBytes), ""
	if s.share {
		check.cpus = s.plan.CPUs
	}
	p, err := check.trialPlan(ctx, s.doc)
	if err != nil {
		return nil, err
	}
	if !s.kill {
		p.StopBytes = int64(nearFull * float64(s.plan.MemoryBytes))
	}
	h := &p.Header
	h.ID, h.Campaign, h.Search, h.BudgetBytes = s.id, s.id, true, 0
	for _, c := range s.doc.Claims {
		if c.Kind == claim.Capacity && c.Arm.Variant == s.check.variant && c.Plan == s.plan.Name {
			h.Claims = append(h.Claims, c.ID)
		}
	}
	return p, nil
}

func tried(users []int) string {
	if len(users) == 1 {
		return fmt.Sprintf("a fresh start with %s", verdict.Crowd(users[0]))
	}
	return fmt.Sprintf("up to %d users in %d steps", users[len(users)-1], len(users))
}

func between(holds, fails int) string {
	switch {
	case holds == 0 && fails == 0:
		return "nothing is known"
	case fails == 0:
		return fmt.Sprintf("%d fit", holds)
	}
	return fmt.Sprintf("%d fit and %d do not", holds, fails)
}
