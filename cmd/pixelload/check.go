package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/compare"
	"github.com/pixeltales/pixelload/internal/config"
	"github.com/pixeltales/pixelload/internal/persona"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
	"github.com/pixeltales/pixelload/internal/trial"
	"github.com/pixeltales/pixelload/scenarios"
)

// checkOptions are the flags of check. A zero limit, cpus, budget, plan or out,
// and a warmup or hold below zero, were not given.
type checkOptions struct {
	app     appOptions
	variant string
	users   usersFlag
	trials  int
	quick   bool
	warmup  time.Duration
	hold    time.Duration
	limit   bytesFlag
	cpus    float64
	plan    string
	budget  bytesFlag
	persona string
	data    string
	seed    uint64
	out     string
	claims  string
	format  choice
	failOn  choice

	baseline baselineOptions

	collected  bool
	capped     bool // of a campaign's arms: no hold is lengthened for list requests
	prometheus string
	running    runningOptions
	after      afterOptions
}

func newCheck() *cobra.Command {
	o := checkOptions{
		users:  usersFlag{0, 3, 10},
		format: choice{"table", []string{"table", "json"}},
		failOn: choice{"", []string{"refuted"}},
	}
	c := &cobra.Command{
		Use:   "check",
		Short: "Drive users against one target and judge its memory",
		Long: `check starts the target fresh in its own memory cgroup, drives users against
it step by step, samples its memory ten times a second, and judges: does it stay
within its budget, and were the document's numbers right?

With --url the target runs already; one on another machine is refused unless
pixelload.yaml allows the host and the host confirms it. It is neither started,
limited nor stopped: its own limit is read, and --variant only names it. There
is one trial, over all that the target's past left in its memory. The stories
that the users made are deleted afterwards; their sessions, likes, comments and
messages stay.`,
		Example: `  pixelload check --quick                        # one short trial, a gate before a deploy
  pixelload check                                # three trials: levels with intervals
  pixelload check --users 0,5,20 --plan standard # another plan, other numbers of users
  pixelload check --data heavy                   # what 62 MiB of public stories do
  pixelload check --quick --app ~/src/pixel-tales # your own checkout, see docs/checkout.md
  pixelload check --persona reader=2,artist=1    # other users than the claims' own
  pixelload check --url http://127.0.0.1:8000 --container web --accounts accounts.json # one that runs already
  pixelload check --prometheus http://127.0.0.1:9090/api/v1/write # watch it in Grafana
  pixelload check --notify 'notify-send --icon=info pixelload' # tell somebody, docs/nightly.md
  pixelload check --baseline                      # has it grown since the run that baseline set named?
  pixelload check --variant postgres --format json | jq .outcome`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.validate(cmd.Flags()); err != nil {
				return badInput(err)
			}
			if o.running.url != "" && !cmd.Flags().Changed("variant") {
				o.variant = unnamed
			}
			return check(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := c.Flags()
	o.app.flags(f)
	f.StringVar(&o.variant, "variant", "before", "configuration of the target, see scenarios/variants.yaml")
	f.Var(&o.users, "users", "numbers of users to hold, ascending; 0 is idle")
	f.IntVar(&o.trials, "trials", 3, "fresh starts of the target")
	f.BoolVar(&o.quick, "quick", false, "one trial with short holds: a gate, not a measurement")
	f.BoolVar(&o.collected, "collected", false, "collect all garbage of a Python target near the end of each hold: differences between variants, no levels")
	f.DurationVar(&o.warmup, "warmup", -1, "dropped at the beginning of each step (default 90s, 30s with --collected, 15s with --quick)")
	f.DurationVar(&o.hold, "hold", -1, "least length of each step's hold (default 60s, 30s with --quick)")
	f.Lookup("warmup").DefValue, f.Lookup("hold").DefValue = "", ""
	f.Var(&o.limit, "limit", "memory limit, as 512MiB (default: the variant's plan)")
	f.Float64Var(&o.cpus, "cpus", 0, "share of processor time, as 0.5 (default: not limited)")
	f.StringVar(&o.plan, "plan", "", "hosting plan: sets --limit and --cpus, see scenarios/plans.yaml")
	f.Var(&o.budget, "budget", "memory that may be used (default: 85 % of the limit)")
	f.StringVar(&o.persona, "persona", "", "who the users are, as reader=2,artist=1 (default: the user that the claims are about)")
	f.StringVar(&o.data, "data", "light", "data profile: light, typical, heavy, or stories=30,drawn=10,words=1000")
	f.Uint64Var(&o.seed, "seed", 1, "seed of the data and of what the users do")
	f.StringVar(&o.out, "out", "", "folder for the run (default: runs/ID)")
	f.StringVar(&o.claims, "claims", "", "file of claims to judge (default: the built-in document)")
	f.Var(&o.format, "format", "result on stdout: table or json")
	o.baseline.flags(f)
	f.Var(&o.failOn, "fail-on", "exit 99 also when a claim is refuted")
	o.running.flags(f)
	o.after.flags(f)
	config.Yields(f, "trials", "quick", "url")
	config.Yields(f, "fail-on", "quick")
	config.Yields(f, "collected", "quick")
	f.StringVar(&o.prometheus, "prometheus", "", "remote-write receiver for k6's metrics, on this machine or in a private network")
	return c
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return badInput(fmt.Errorf("%q is not expected: %s takes flags only (see %s --help)", args[0], cmd.Name(), cmd.CommandPath()))
}

// check does the trials and judges them.
func check(ctx context.Context, o checkOptions, stdout, stderr io.Writer) error {
	doc, err := loadClaims(o.claims)
	if err != nil {
		return badInput(err)
	}
	against, err := o.baseline.open()
	if err != nil {
		return badInput(err)
	}
	plan, err := o.trialPlan(ctx, doc)
	if err != nil {
		return planError(err)
	}
	if plan.Prometheus, err = receiver(ctx, o.prometheus); err != nil {
		return err
	}
	progress := newProgress(stderr, plan.Header.Trials)
	plan.Status = progress.status
	if against != nil {
		for _, why := range against.Run.Foreseen(plan.Header) {
			progress.step("the baseline will not tell: %s", why)
		}
	}
	err = measure(ctx, plan, o, against, progress)
	progress.clear()
	return end(ctx, err, plan.Dir, doc, o.format.value, stdout, o.after.follow(ctx, stderr))
}

// measure does the trials, into a new folder. What it leaves behind when it
// fails stays in the journal, for the next start or doctor --clean.
func measure(ctx context.Context, plan *trial.Plan, o checkOptions, against *compare.Baseline, progress *progress) (err error) {
	st, err := openState(progress.w)
	if err != nil {
		return badInput(err)
	}
	defer func() { err = errors.Join(err, st.close()) }()
	dir, err := o.app.makeRunDir(o.out, plan.Header.ID)
	if err != nil {
		return badInput(err)
	}
	plan.Dir = dir
	if err := errors.Join(keepClaims(o.claims, plan.Dir), keepBaseline(against, plan.Dir)); err != nil {
		return badInput(err)
	}
	if plan.Journal, err = st.journal.Begin(plan.Header.ID); err != nil {
		return badInput(err)
	}
	err = trials(ctx, plan, st.cache(), o, progress)
	return errors.Join(err, plan.Cleanup(), plan.Journal.Close())
}

// trials prepares the data and does one trial after the other.
func trials(ctx context.Context, plan *trial.Plan, cache string, o checkOptions, progress *progress) error {
	users := usersNeeded(o.users)
	if r := plan.Running; r != nil {
		progress.step("%s at %s runs already: no fresh start, and it goes on afterwards", r.Target.Name(), r.Pass.URL)
	} else {
		progress.step("preparing data profile %s for %d users", o.data, users)
	}
	if err := plan.Prepare(ctx, cache, o.data, users, progress.w); err != nil {
		return explain(ctx, err)
	}
	h := plan.Header
	progress.step("%d %s of variant %s, users %s, about %s; Ctrl-C judges what was measured until then",
		h.Trials, plural(h.Trials, "trial"), o.variant, o.users.String(), left(time.Duration(h.Trials)*trial.Length(h.Phases)))
	for n := 1; n <= h.Trials && ctx.Err() == nil; n++ {
		if err := plan.Run(ctx, n); err != nil {
			return explain(ctx, err)
		}
	}
	return nil
}

// usersNeeded is how many accounts the scenario needs: the target is seeded
// with a round number, so that different --users share one data set.
func usersNeeded(users usersFlag) int {
	const least = 20
	most := users[len(users)-1]
	return max(least, (most+least-1)/least*least)
}

// trialPlan turns the flags into what each trial does, and finds the parts.
func (o checkOptions) trialPlan(ctx context.Context, doc *claim.Document) (p *trial.Plan, err error) {
	p = &trial.Plan{}
	defer func() {
		if err != nil && p.Running != nil {
			p.Running.Target.Leave()
			err = errors.Join(err, p.Running.Target.Source().Close())
		}
	}()
	if runtime.GOOS != "linux" {
		return p, fmt.Errorf("check needs Linux, for its memory cgroups, and this is %s: use a virtual machine or a container; judge and report work here", runtime.GOOS)
	}
	find := o.freshPlan
	if o.running.url != "" {
		find = o.runningPlan
	}
	if err := find(ctx, doc, p); err != nil {
		return p, err
	}
	mix, err := persona.ParseMix(o.persona)
	if err != nil {
		return p, fmt.Errorf("--persona: %w", err)
	}
	if p.K6, err = findK6(ctx); err != nil {
		return p, err
	}
	if p.Script, err = scenarios.Files.ReadFile("check.js"); err != nil {
		return p, err
	}
	o.header(p, mix)
	if p.Running != nil {
		return p, p.Running.Pass.Bear(o.users[len(o.users)-1], trial.Length(p.Header.Phases))
	}
	return p, nil
}

// freshPlan fills in the plan what is started for each trial, and under which
// limits.
func (o checkOptions) freshPlan(ctx context.Context, doc *claim.Document, p *trial.Plan) error {
	var err error
	if p.Variant, err = doc.Variant(o.variant); err != nil {
		return fmt.Errorf("--variant: %w", err)
	}
	p.Header.CPUs = o.cpus
	p.Limit = p.Variant.LimitBytes
	if o.plan != "" {
		plan, err := doc.Plan(o.plan)
		if err != nil {
			return fmt.Errorf("--plan: %w", err)
		}
		p.Limit, p.Header.CPUs = plan.MemoryBytes, cmp.Or(o.cpus, plan.CPUs)
	}
	p.Limit = cmp.Or(int64(o.limit), p.Limit)
	if p.App, err = o.app.find(ctx); err != nil {
		return err
	}
	p.Servers = referencePython()
	return p.App.Check(p.Variant)
}

// validate finds what no trial could do, and what would silently do nothing.
func (o checkOptions) validate(given *pflag.FlagSet) error {
	switch {
	case o.trials < 1 || o.trials > 100:
		return fmt.Errorf("--trials %d: write a number from 1 to 100", o.trials)
	case o.quick && given.Changed("trials"):
		return errors.New("--quick is one trial: leave out --trials, or --quick")
	case o.quick && o.collected:
		return errors.New("--quick is a gate by the largest U, and --collected takes the garbage out of it: leave out one of them")
	case o.collected && o.hold >= 0 && o.hold < trial.LeastCollectedHold:
		return fmt.Errorf("--hold %v: a collection needs one of at least %v", o.hold, trial.LeastCollectedHold)
	case o.quick && o.failOn.value != "":
		return errors.New("--quick decides no claim: leave out --fail-on, or --quick")
	case math.IsNaN(o.cpus) || given.Changed("cpus") && o.cpus < 0.01:
		return fmt.Errorf("--cpus %v: write a share of at least 0.01, as 0.5", o.cpus)
	case given.Changed("warmup") && (o.warmup < 0 || o.warmup > time.Hour):
		return fmt.Errorf("--warmup %v: write a length up to an hour, as 90s", o.warmup)
	case given.Changed("hold") && (o.hold < time.Second || o.hold > 24*time.Hour):
		return fmt.Errorf("--hold %v: write a length from a second to a day, as 60s", o.hold)
	}
	if err := errors.Join(o.running.validate(given), o.after.validate(), o.baseline.validate(given)); err != nil {
		return err
	}
	return target.CheckData(o.data)
}

// header fills in what is known before the target is.
func (o checkOptions) header(p *trial.Plan, mix persona.Mix) {
	timing := o.timing(mix)
	h := &p.Header
	h.ID = time.Now().Format("20060102-150405") + "-" + o.variant
	h.Trials, h.Tool, h.Kind, h.Variant, h.Seed = o.trials, version(), run.Natural, o.variant, o.seed
	h.Mix, h.ListRequestsAMinute = mix.String(), timing.ListsAMinute
	h.Phases, h.Quick, h.FailOn = trial.Phases(o.users, timing), o.quick, o.failOn.value
	h.NoSockets = p.Variant.Server == "gunicorn"
	if o.collected {
		h.Kind = run.Collected
	}
	h.BudgetBytes = int64(cmp.Or(float64(o.budget), math.Floor(0.85*float64(p.Limit))))
	if r := p.Running; r != nil {
		h.Running, h.Target, h.Machine, h.Data = true, o.running.found(r), target.Fingerprint(""), r.Accounts.Data
	} else {
		h.Target, h.Checkout = p.App.Target(), p.App.About()
		h.Machine = target.Fingerprint(p.App.Python())
		if c := h.Checkout; c != nil {
			c.NoSockets = c.NoSockets && !h.NoSockets
			h.NoSockets = h.NoSockets || c.NoSockets
		}
	}
	if o.quick || h.Running {
		h.Trials = 1
	}
}

// timing is how long the phases are, as the way to measure needs and as asked.
func (o checkOptions) timing(mix persona.Mix) trial.Timing {
	t := trial.Natural
	switch {
	case o.quick:
		t = trial.Quick
	case o.collected:
		t = trial.Collected
	}
	if o.warmup >= 0 {
		t.Warmup = o.warmup
	}
	if o.hold >= 0 {
		t.Hold = o.hold
	}
	t.Rest = min(t.Rest, t.Hold) // nothing moves while nobody is there
	t.ListsAMinute = mix.ListRequestsAMinute(persona.Think)
	t.Capped = t.Capped || o.capped
	if o.collected {
		t.Rest = max(t.Rest, trial.LeastCollectedHold)
	}
	return t
}
