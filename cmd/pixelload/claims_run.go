package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/pixeltales/pixelload/internal/campaign"
	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/config"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
	"github.com/pixeltales/pixelload/internal/trial"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// campaignOptions are the flags of a campaign: claims run, remedies run.
type campaignOptions struct {
	name   string // of the command that it is of
	app    appOptions
	data   string
	trials int
	quick  bool
	seed   uint64
	out    string
	format choice
	failOn choice
	after  afterOptions
}

func newClaimsRun() *cobra.Command {
	o := campaignOptions{
		name:   "claims",
		format: choice{"table", []string{"table", "json"}},
		failOn: choice{"", []string{"refuted"}},
	}
	c := &cobra.Command{
		Use:   "run [ID...]",
		Short: "Measure the document's claims",
		Long: `run measures every claim of the document, or those named, in rounds: each round
holds every set-up of the target once, in an order of its own. A trial is a fresh
start on a fresh copy of the data. Interrupted with Ctrl-C, it judges what there
is; the same command then goes on where it stopped.`,
		Example: `  pixelload claims run                   # all claims, six rounds of about two hours
  pixelload claims run L4 C3             # what these two need
  pixelload claims run K --trials 3      # the capacities, three rounds
  pixelload claims run --app ~/src/pixel-tales # on your own checkout, for which they then speak
  pixelload claims run --quick           # one round of short holds: indications`,
		RunE: func(cmd *cobra.Command, asked []string) error {
			if err := o.validate(cmd.Flags().Changed("trials")); err != nil {
				return badInput(err)
			}
			return runClaims(cmd.Context(), o, asked, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := c.Flags()
	o.app.flags(f)
	f.StringVar(&o.data, "data", "light", "data profile of the arms that have none of their own")
	f.IntVar(&o.trials, "trials", 6, "rounds; a larger number later adds to what there is")
	f.BoolVar(&o.quick, "quick", false, "one round with short holds: indications, no outcomes but the obvious")
	f.Uint64Var(&o.seed, "seed", 1, "seed of the data, of what the users do and of the order")
	f.StringVar(&o.out, "out", "", "folder of the campaign; one that holds its trials goes on (default: runs/ID)")
	f.Var(&o.format, "format", "result on stdout: table or json")
	f.Var(&o.failOn, "fail-on", "exit 99 when a claim is refuted")
	o.after.flags(f)
	config.Yields(f, "trials", "quick")
	config.Yields(f, "fail-on", "quick")
	return c
}

func (o *campaignOptions) validate(trialsGiven bool) error {
	switch {
	case o.trials < 1 || o.trials > 100:
		return fmt.Errorf("--trials %d: write a number from 1 to 100", o.trials)
	case o.quick && trialsGiven:
		return errors.New("--quick is one round: leave out --trials, or --quick")
	case o.quick && o.failOn.value != "":
		return errors.New("--quick decides no claim: leave out --fail-on, or --quick")
	}
	if o.quick {
		o.trials = 1
	}
	if err := o.after.validate(); err != nil {
		return err
	}
	if o.data == "" { // every arm has its own
		return nil
	}
	return target.CheckData(o.data)
}

// id names the campaign: the same flags go on with the same one.
func (o campaignOptions) id() string {
	id := fmt.Sprintf("%s-seed%d", o.name, o.seed)
	if o.data != "" {
		id = fmt.Sprintf("%s-%s-seed%d", o.name, o.data, o.seed)
	}
	if name := o.app.folder(); name != "" {
		id += "-" + name
	}
	if o.quick {
		id += "-quick"
	}
	return id
}

// runClaims does the trials that remain and judges all there are.
func runClaims(ctx context.Context, o campaignOptions, asked []string, stdout, stderr io.Writer) error {
	doc, err := claim.Load()
	if err != nil {
		return err
	}
	ids, err := campaign.IDs(doc, asked)
	if err != nil {
		return badInput(err)
	}
	arms, err := campaign.Schedule(doc)
	if err != nil {
		return err
	}
	dir, err := o.app.place(o.out, o.id())
	if err != nil {
		return badInput(err)
	}
	c := &claimsRun{
		campaignOptions: o, doc: doc, ids: ids, slots: campaign.Slots(arms, ids, o.trials, o.seed),
		what: fmt.Sprintf("%d %s", len(ids), plural(len(ids), "claim")),
		dir:  dir, progress: newProgress(stderr, 0),
	}
	err = c.measure(ctx)
	c.progress.clear()
	return end(ctx, err, c.dir, doc, o.format.value, stdout, o.after.follow(ctx, stderr))
}

// claimsRun is a campaign under way.
type claimsRun struct {
	campaignOptions
	doc      *claim.Document
	ids      []string // of the claims, or the remedies, it is to decide
	what     string   // it measures, as "34 claims"
	slots    []campaign.Slot
	dir      string
	progress *progress
	journal  *target.Entry
	cache    string
	refused  []run.Capability // variants that the app cannot be
}

// measure does the trials that the folder does not hold yet.
func (c *claimsRun) measure(ctx context.Context) (err error) {
	if err := c.leaveOut(ctx); err != nil {
		return planError(err)
	}
	p, err := c.plan(ctx, c.slots[0])
	if err != nil {
		return planError(err)
	}
	st, err := openState(c.progress.w)
	if err != nil {
		return badInput(err)
	}
	defer func() { err = errors.Join(err, st.close()) }()
	if err := c.app.makeFolder(c.dir); err != nil {
		return badInput(fmt.Errorf("making the campaign's folder (choose another with --out): %w", err))
	}
	left, err := campaign.Remaining(c.dir, c.slots, p.Header, verdict.Spoilt)
	if err != nil {
		return badInput(err)
	}
	if c.journal, err = st.journal.Begin(c.id()); err != nil {
		return badInput(err)
	}
	c.cache = st.cache()
	c.progress.step("%s, %d trials in %d %s, %d of them done, about %s; in %s: Ctrl-C judges what there is, the same command goes on",
		c.what, len(c.slots), c.trials, plural(c.trials, "round"), len(c.slots)-len(left), c.length(left), c.dir)
	c.progress.trials = len(c.slots)
	for i, s := range left {
		if ctx.Err() != nil {
			break
		}
		c.progress.step("round %d: %s; %d trials and about %s to go", s.Round, s.Arm.Name, len(left)-i, c.length(left[i:]))
		if err := c.trial(ctx, s, len(c.slots)-len(left)+i+1); err != nil {
			return errors.Join(explain(ctx, err), c.journal.Close())
		}
	}
	return c.journal.Close()
}

// leaveOut takes out the arms whose variant the app cannot be: the claims that
// need them are not measured, and the reason is kept.
func (c *claimsRun) leaveOut(ctx context.Context) error {
	app, err := c.app.find(ctx)
	if err != nil {
		return err
	}
	why := map[string]error{}
	for _, s := range c.slots {
		if v := s.Arm.Variant; why[v.Name] == nil {
			why[v.Name] = app.Check(v)
		}
	}
	c.slots = slices.DeleteFunc(c.slots, func(s campaign.Slot) bool { return why[s.Arm.Variant.Name] != nil })
	for _, name := range slices.Sorted(maps.Keys(why)) {
		if err := why[name]; err != nil {
			c.progress.step("left out: %v", err)
			c.refused = append(c.refused, run.Capability{What: "variant " + name, Why: err.Error(), Costs: "claims that need it are not measured"})
		}
	}
	if len(c.slots) == 0 {
		return errors.New("no trial is left: the app can be none of the variants that the claims need (see pixelload doctor --app DIR)")
	}
	return nil
}

// trial does one trial, the nth of all, from its data on.
func (c *claimsRun) trial(ctx context.Context, s campaign.Slot, n int) (err error) {
	p, err := c.plan(ctx, s)
	if err != nil {
		return err
	}
	p.Dir, p.Journal = c.dir, c.journal
	p.Status = func(status trial.Status) {
		status.Trial = n
		c.progress.status(status)
	}
	defer func() { err = errors.Join(err, p.Cleanup()) }()
	if err := p.Prepare(ctx, c.cache, cmp.Or(s.Arm.Data, c.data), usersNeeded(s.Arm.Users), c.progress.w); err != nil {
		return err
	}
	return p.Run(ctx, s.Number)
}

// plan is what check would do with the arm's flags, as a part of the campaign.
func (c *claimsRun) plan(ctx context.Context, s campaign.Slot) (*trial.Plan, error) {
	p, err := c.flags(s.Arm).trialPlan(ctx, c.doc)
	if err != nil {
		return nil, err
	}
	h := &p.Header
	h.ID, h.Campaign, h.Trials, h.Round, h.Claims = c.id(), c.id(), len(c.slots), s.Round, c.ids
	h.Kind, h.HabitsOff, h.Fault = s.Arm.Kind, s.Arm.Off, s.Arm.Fault
	h.BudgetBytes = 0 // the claims are the question
	if h.Checkout != nil {
		h.Checkout.Add(c.refused...)
	}
	h.NoSockets = h.NoSockets || slices.Contains(s.Arm.Off, "sockets")
	return p, nil
}

// flags are what the arm would be to check.
func (c *claimsRun) flags(arm campaign.Arm) checkOptions {
	check := checkOptions{
		app: c.app, variant: arm.Variant.Name, users: arm.Users, trials: len(c.slots),
		quick: c.quick, collected: arm.Kind == run.Collected, capped: arm.Capped,
		warmup: arm.Warmup, hold: arm.Hold, limit: bytesFlag(arm.Limit), cpus: arm.CPUs, seed: c.seed,
		data: cmp.Or(arm.Data, c.data), failOn: c.failOn,
	}
	if c.quick && arm.Fault == "" {
		check.warmup, check.hold = trial.Quick.Warmup, min(arm.Hold, trial.Quick.Hold)
	}
	return check
}

// length is how long the trials take, about.
func (c *claimsRun) length(slots []campaign.Slot) string {
	var sum time.Duration
	for _, s := range slots {
		check := c.flags(s.Arm)
		sum += trial.Length(trial.Phases(check.users, check.timing(nil))) + overhead
	}
	return left(sum)
}

// overhead is what a trial takes beside its phases: servers, data, the start.
const overhead = 12 * time.Second
