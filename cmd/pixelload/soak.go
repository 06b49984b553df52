package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
	"github.com/pixeltales/pixelload/internal/trial"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// soakOptions are the flags of soak.
type soakOptions struct {
	check   checkOptions
	users   int
	minutes float64
	leak    bytesFlag // an hour
}

func newSoak() *cobra.Command {
	o := soakOptions{leak: 5 * memory.MiB, check: checkOptions{
		trials: 1, capped: true, format: choice{"table", []string{"table", "json"}},
	}}
	c := &cobra.Command{
		Use:   "soak",
		Short: "Say whether the target leaks",
		Long: `soak drives a constant number of users against one target for a long time, and
tells a leak from garbage, which comes and goes, and from what is taken once and
kept: the leak in MiB an hour, with its interval, and the hours until the limit.

It looks at the memory four times, at 40, 60, 80 and 100 % of the time, and ends
with the first look that tells whether the leak is below or above the budget: the
four together spend an alpha of 5 % to either side. How often that was wrong in
simulations stands in docs/statistics.md. Exit code 0: below the budget, 99: above
it or killed, 3: cannot tell.`,
		Example: `  pixelload soak                                     # 10 users for half an hour, variant before
  pixelload soak --collected                         # all garbage collected once a minute: finer
  pixelload soak --users 20 --minutes 120 --budget-leak 2MiB
  pixelload soak --url http://127.0.0.1:8000 --container web --accounts accounts.json
  pixelload soak --format json | jq .leak`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o := o
			if err := o.validate(cmd.Flags()); err != nil {
				return badInput(err)
			}
			if o.check.running.url != "" && !cmd.Flags().Changed("variant") {
				o.check.variant = unnamed
			}
			return soak(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := c.Flags()
	o.check.app.flags(f)
	f.StringVar(&o.check.variant, "variant", "before", "configuration of the target, see scenarios/variants.yaml")
	f.IntVar(&o.users, "users", 10, "users who are there all the time")
	f.Float64Var(&o.minutes, "minutes", 30, "how long, at most")
	f.Var(&o.leak, "budget-leak", "the leak that may be, in memory an hour")
	f.BoolVar(&o.check.collected, "collected", false, "collect all garbage of a Python target once a minute, and judge what is left")
	f.DurationVar(&o.check.warmup, "warmup", -1, "dropped at the beginning (default 90s, 30s with --collected)")
	f.Lookup("warmup").DefValue = ""
	f.Var(&o.check.limit, "limit", "memory limit, as 512MiB (default: the variant's plan)")
	f.Float64Var(&o.check.cpus, "cpus", 0, "share of processor time, as 0.5 (default: not limited)")
	f.StringVar(&o.check.plan, "plan", "", "hosting plan: sets --limit and --cpus, see scenarios/plans.yaml")
	f.StringVar(&o.check.persona, "persona", "", "who the users are, as reader=2,artist=1 (default: the user that the claims are about)")
	f.StringVar(&o.check.data, "data", "light", "data profile: light, typical, heavy, or stories=30,drawn=10,words=1000")
	f.Uint64Var(&o.check.seed, "seed", 1, "seed of the data and of what the users do")
	f.StringVar(&o.check.out, "out", "", "folder for the run (default: runs/ID)")
	f.Var(&o.check.format, "format", "result on stdout: table or json")
	o.check.running.flags(f)
	return c
}

// eachCollection is how far collections of a collected soak lie apart.
const eachCollection = time.Minute

func (o *soakOptions) validate(given *pflag.FlagSet) error {
	switch {
	case o.users < 1 || o.users > maxUsers:
		return fmt.Errorf("--users %d: write a number from 1 to %d", o.users, maxUsers)
	case !(o.minutes >= 1 && o.minutes <= 24*60): // a NaN is neither
		return fmt.Errorf("--minutes %v: write a number from 1 to 1440", o.minutes)
	case o.leak <= 0:
		return errors.New("--budget-leak: write memory above 0, as 5MiB")
	}
	o.check.users = usersFlag{0, o.users}
	o.check.hold = o.length()
	return o.check.validate(given)
}

func (o soakOptions) length() time.Duration {
	return time.Duration(o.minutes * float64(time.Minute)).Round(time.Second)
}

// soak does the trial and judges it.
func soak(ctx context.Context, o soakOptions, stdout, stderr io.Writer) error {
	doc, err := claim.Load()
	if err != nil {
		return err
	}
	plan, err := o.check.trialPlan(ctx, doc)
	if err != nil {
		return planError(err)
	}
	o.header(&plan.Header)
	progress := newProgress(stderr, 1)
	looks := lookOut(plan)
	plan.Status = func(s trial.Status) {
		progress.status(s)
		looks.status(s)
	}
	err = measure(ctx, plan, o.check, nil, progress)
	looks.wait()
	progress.clear()
	if len(filesIn(plan.Dir, "trial-*.ndjson")) == 0 {
		return err
	}
	judged := concludeSoak(plan.Dir, o.check.format.value, stdout)
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return exitCode{code: exitInterrupted}
	}
	return judged
}

// header makes a soak of what check would do.
func (o soakOptions) header(h *run.Header) {
	h.ID += "-soak"
	h.Trials, h.LeakBudget = 1, float64(o.leak)
	for i := range h.Phases { // what happens without users is not the question
		if p := &h.Phases[i]; p.Users == 0 {
			p.HoldSeconds = min(p.HoldSeconds, trial.LeastCollectedHold.Seconds())
		}
	}
	if h.Kind != run.Collected {
		return
	}
	// A collection comes near the end of each phase, so the hold is cut into many.
	var phases []run.Phase
	for _, p := range h.Phases {
		if p.Users == 0 {
			phases = append(phases, p)
			continue
		}
		for n, rest := 1, p.HoldSeconds; rest > 0; n, rest = n+1, rest-eachCollection.Seconds() {
			part := run.Phase{Name: fmt.Sprintf("minute=%d", n), Users: p.Users, HoldSeconds: min(rest, eachCollection.Seconds())}
			if n == 1 {
				part.WarmupSeconds = p.WarmupSeconds
			}
			phases = append(phases, part)
		}
	}
	h.Phases = phases
}

// lookout looks at the run file when a look is due, and ends the soak when it
// tells.
type lookout struct {
	plan   *trial.Plan
	enough chan struct{}
	under  sync.WaitGroup

	began time.Time // the first phase with users; zero: not yet
	taken int
	busy  chan struct{} // holds a token while a look is under way
}

func lookOut(plan *trial.Plan) *lookout {
	l := &lookout{plan: plan, enough: make(chan struct{}), busy: make(chan struct{}, 1)}
	plan.Enough = l.enough
	return l
}

// lateness is how much later than it is due a look is taken, so that all of its
// time has been recorded.
const lateness = 3 * time.Second

// status is called about once a second, by one goroutine at a time.
func (l *lookout) status(s trial.Status) {
	if s.Users == 0 || l.taken >= len(stats.DriftLooks)-1 { // the last one is at the end
		return
	}
	if l.began.IsZero() {
		l.began = time.Now()
	}
	var soaking, warmup time.Duration
	for _, p := range l.plan.Header.Phases {
		if p.Users > 0 {
			soaking += time.Duration(p.HoldSeconds * float64(time.Second))
			warmup += time.Duration(p.WarmupSeconds * float64(time.Second))
		}
	}
	due := warmup + time.Duration(stats.DriftLooks[l.taken].Part*float64(soaking)) + lateness
	if time.Since(l.began) < due {
		return
	}
	l.taken++
	l.under.Go(l.look)
}

func (l *lookout) look() {
	l.busy <- struct{}{}
	defer func() { <-l.busy }()
	r, err := run.Read(trial.Path(l.plan.Dir, 1))
	if err != nil || !verdict.SoakDecided(r) {
		return // the judging at the end will say what is wrong with it
	}
	select {
	case <-l.enough:
	default:
		close(l.enough)
	}
}

func (l *lookout) wait() { l.under.Wait() }

// isSoak reports that dir holds a soak and nothing else.
func isSoak(dir string) bool {
	trials := filesIn(dir, "trial-*.ndjson")
	if len(trials) != 1 {
		return false
	}
	h, err := run.ReadHeader(trials[0])
	return err == nil && h.LeakBudget > 0
}

// concludeSoak judges the trial in dir, writes soak.json beside it and prints the
// result.
func concludeSoak(dir, format string, stdout io.Writer) error {
	runs, err := run.ReadDir(dir)
	if err != nil {
		return badInput(err)
	}
	s := verdict.JudgeSoak(runs[0])
	notKept := writeReport(filepath.Join(dir, "soak.json"), func(w io.Writer) error { return report.SoakJSON(w, s) })
	if format == "json" {
		err = report.SoakJSON(stdout, s)
	} else {
		err = report.SoakTable(stdout, s, report.Options{Color: colored(stdout), Width: terminalWidth(stdout), Path: dir})
	}
	switch {
	case err != nil:
		return err
	case notKept != nil:
		return badInput(fmt.Errorf("%w: the verdict above is kept nowhere", notKept))
	case s.ExitCode != 0:
		return exitCode{code: s.ExitCode}
	}
	return nil
}
