package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pixeltales/pixelload/internal/account"
	"github.com/pixeltales/pixelload/internal/claim"
	causes "github.com/pixeltales/pixelload/internal/explain"
	"github.com/pixeltales/pixelload/internal/probe"
	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/target"
	"github.com/pixeltales/pixelload/internal/trial"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// explainTime is how long all of it may take, up to the last call.
const explainTime = 330 * time.Second

// explainOptions are the flags of explain. A zero limit was not given.
type explainOptions struct {
	check  checkOptions
	limit  bytesFlag
	format choice
}

func newExplain() *cobra.Command {
	o := explainOptions{
		check:  checkOptions{trials: 1, users: usersFlag{0, 3}, warmup: -1, hold: -1},
		format: choice{"table", []string{"table", "json"}},
	}
	c := &cobra.Command{
		Use:   "explain",
		Short: "Say what costs the memory: each call and message alone, ranked",
		Long: `explain starts the target without a limit and asks it for each call and each
message alone. Of each it reads the memory before, at its peak and after, then has
the target's garbage collected by a start-up hook and reads again: so garbage that
waits for a collection is told from what is held, from what grows with every call,
and from what is merely large while it is answered. At the end users of each
persona come for some seconds. It takes up to six minutes.

The target is an instrumented one: no verdict is made of these figures. They go to
explain.json and explain.html in the run's folder. It ends with 3 when the target
ended before all was asked, since the cause may be what was not. Where the target is not in Python
it ranks all the same, and says what it cannot tell.`,
		Example: `  pixelload explain                         # the reference app on light data
  pixelload explain --data heavy            # with 62 MiB of public stories
  pixelload explain --limit 512MiB          # ask no more when memory comes near the plan's
  pixelload explain --format json | jq '.rows[0]'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := target.CheckData(o.check.data); err != nil {
				return badInput(err)
			}
			return explainTarget(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := c.Flags()
	o.check.app.flags(f)
	f.StringVar(&o.check.variant, "variant", "before", "configuration of the target, see scenarios/variants.yaml")
	f.StringVar(&o.check.data, "data", "light", "data profile: light, typical, heavy, or stories=30,drawn=10,words=1000")
	f.Var(&o.limit, "limit", "end the calls at 95 % of it, as 512MiB (default: not limited)")
	f.Uint64Var(&o.check.seed, "seed", 1, "seed of the data and of what the users do")
	f.StringVar(&o.check.out, "out", "", "folder for the result (default: runs/ID)")
	f.Var(&o.format, "format", "result on stdout: table or json")
	return c
}

// explainTarget measures and says what was found, also when that was cut short.
func explainTarget(ctx context.Context, o explainOptions, stdout, stderr io.Writer) error {
	doc, err := claim.Load()
	if err != nil {
		return err
	}
	plan, err := o.check.trialPlan(ctx, doc)
	if err != nil {
		return planError(err)
	}
	plan.Limit, plan.Header.CPUs = 0, 0
	plan.Header.ID = time.Now().Format("20060102-150405") + "-explain-" + o.check.variant
	progress := newProgress(stderr, 1)
	evidence, dir, err := o.measure(ctx, plan, doc, time.Now().Add(explainTime), progress)
	progress.clear()
	if evidence == nil || err != nil && len(evidence.Start) == 0 {
		return err
	}
	found := causes.Judge(*evidence)
	if keepErr := keepExplained(dir, found); keepErr != nil {
		return errors.Join(err, badInput(keepErr))
	}
	write := report.Explained
	if o.format.value == "json" {
		write = report.ExplainedJSON
	}
	if err := errors.Join(err, write(stdout, found)); err != nil {
		return err
	}
	progress.step("%s", filepath.Join(dir, explainedPage))
	return explainExit(ctx, found)
}

// explainExit is the command's end after its result was shown. What ended early
// may lack the cause: its order is no answer.
func explainExit(ctx context.Context, found *causes.Document) error {
	switch {
	case ctx.Err() != nil:
		return exitCode{code: exitInterrupted}
	case len(found.Evidence.Subjects) == 0:
		return errors.New(strings.Join(append([]string{"nothing was measured"}, found.Reasons...), ": "))
	case found.Outcome != causes.Complete:
		return exitCode{code: verdict.ExitInconclusive}
	}
	return nil
}

// measure asks the target until then, in a new folder.
func (o explainOptions) measure(ctx context.Context, plan *trial.Plan, doc *claim.Document, until time.Time, progress *progress) (e *causes.Evidence, dir string, err error) {
	st, err := openState(progress.w)
	if err != nil {
		return nil, "", badInput(err)
	}
	defer func() { err = errors.Join(err, st.close()) }()
	if dir, err = o.check.app.makeRunDir(o.check.out, plan.Header.ID); err != nil {
		return nil, "", badInput(err)
	}
	if plan.Journal, err = st.journal.Begin(plan.Header.ID); err != nil {
		return nil, "", badInput(err)
	}
	defer func() { err = errors.Join(err, plan.Cleanup(), plan.Journal.Close()) }()
	progress.step("preparing data profile %s", o.check.data)
	if err := plan.Prepare(ctx, st.cache(), o.check.data, usersNeeded(o.check.users), progress.w); err != nil {
		return nil, "", explain(ctx, err)
	}
	h := plan.Header
	e = &causes.Evidence{
		Started: time.Now().UTC(), Tool: h.Tool, Target: h.Target, Machine: h.Machine, Variant: h.Variant, Data: h.Data, Seed: h.Seed,
		LimitBytes: int64(o.limit), Shares: sharesOf(doc),
	}
	err = plan.Alone(ctx, func(ctx context.Context, a *trial.Alone) error {
		manifest, err := account.ReadManifest(a.Accounts)
		if err != nil {
			return err
		}
		e.MemorySource = a.Source.Name()
		began := time.Now()
		probe.Measure(ctx, probe.Target{
			Pass: a.Pass, Source: a.Source, CPU: a.Process.CPU, Hook: a.Hook, Users: manifest.Users, Crowd: a.Crowd,
			Token:     func(u account.User) (string, error) { return account.Mint(a.Secret, u.ID, time.Now()) },
			StopBytes: int64(nearFull * float64(o.limit)),
		}, probe.Options{Time: time.Until(until), Step: progress.step}, e)
		e.Seconds = time.Since(began).Seconds()
		return nil
	})
	e.Interrupted = ctx.Err() != nil
	if err != nil {
		err = explain(ctx, err)
	}
	return e, dir, err
}

// sharesOf are the plans' shares of a processor, once each.
func sharesOf(doc *claim.Document) (shares []float64) {
	seen := map[float64]bool{}
	for _, p := range doc.Plans {
		if !seen[p.CPUs] {
			seen[p.CPUs] = true
			shares = append(shares, p.CPUs)
		}
	}
	return shares
}

// The files of explain.
const (
	explainedFile = "explain.json"
	explainedPage = "explain.html"
)

// keepExplained writes the result into the folder.
func keepExplained(dir string, d *causes.Document) error {
	for _, f := range []struct {
		name  string
		write func(io.Writer, *causes.Document) error
	}{{explainedFile, report.ExplainedJSON}, {explainedPage, report.ExplainedHTML}} {
		if err := writeTo(filepath.Join(dir, f.name), func(w io.Writer) error { return f.write(w, d) }); err != nil {
			return fmt.Errorf("writing %s: %w", f.name, err)
		}
	}
	return nil
}

func writeTo(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}
