package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pixeltales/pixelload/internal/campaign"
	"github.com/pixeltales/pixelload/internal/capacity"
	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/frontier"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/persona"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/trial"
)

// What the data of a row is made of: hand-drawn stories take nearly all of it,
// and there are as many others as light data has. Bytes as the seeding stores them;
// what a row does hold stands in its trials.
const (
	drawnBytes   = 639_400
	writtenBytes = 5_960
	leastStories = 30
)

// climbRest is how long a climb rests: nobody is there, and nothing is read.
const climbRest = 5 * time.Second

// mibsFlag is ascending amounts of public stories.
type mibsFlag []float64

func (m *mibsFlag) Set(s string) error {
	var mibs []float64
	for field := range strings.SplitSeq(s, ",") {
		v, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
		if err != nil || !(v >= 0.5 && v <= 1024) { // a NaN is neither
			return errors.New("write ascending MiB from 0.5 to 1024, as 1,4,16")
		}
		mibs = append(mibs, v)
	}
	rows := rowsOf(mibs)
	for i := 1; i < len(mibs); i++ {
		if mibs[i] <= mibs[i-1] || rows[i].Name == rows[i-1].Name {
			return fmt.Errorf("write ascending MiB, further apart than a hand-drawn story (0.6): not %g after %g", mibs[i], mibs[i-1])
		}
	}
	*m = mibs
	return nil
}

func (m *mibsFlag) String() string {
	var fields []string
	for _, v := range *m {
		fields = append(fields, strconv.FormatFloat(v, 'g', -1, 64))
	}
	return strings.Join(fields, ",")
}

func (*mibsFlag) Type() string { return "MiB" }

// rowsOf are the data profiles that hold about so many MiB of public stories each.
func rowsOf(mibs []float64) (rows []run.Row) {
	for _, mib := range mibs {
		drawn := int(math.Round((mib*memory.MiB - leastStories*writtenBytes) / (drawnBytes - writtenBytes)))
		if drawn > leastStories {
			drawn = int(math.Round(mib * memory.MiB / drawnBytes))
		}
		drawn = max(0, drawn)
		rows = append(rows, run.Row{Name: fmt.Sprintf("stories=%d,drawn=%d,words=1000", max(leastStories, drawn), drawn), MiB: mib})
	}
	return rows
}

// grid is what the flags ask for.
func (o capacityOptions) grid(plan claim.Plan) run.Frontier {
	return run.Frontier{Plan: plan.Name, Users: o.check.users, Data: rowsOf(o.mibs)}
}

// frontierID names the search: the same flags go on with the same one.
func (o capacityOptions) frontierID() string {
	id := fmt.Sprintf("frontier-%s-%s-seed%d", o.check.variant, o.check.plan, o.check.seed)
	if o.share {
		id += "-share"
	}
	if o.check.quick {
		id += "-quick"
	}
	return id
}

// findFrontier does the trials that the folder does not hold yet, and judges all
// there are.
func findFrontier(ctx context.Context, o capacityOptions, stdout, stderr io.Writer) error {
	of, err := newSearch(o, o.frontierID(), stderr)
	if err != nil {
		return err
	}
	if of.dir, err = o.check.app.place(o.check.out, of.id); err != nil {
		return badInput(err)
	}
	f := &frontierSearch{search: *of, grid: o.grid(of.plan)}
	f.stairs = capacity.Staircase{Users: f.grid.Users, Rows: len(f.grid.Data), Confirm: o.confirm, Service: o.share}
	err = f.measure(ctx)
	f.progress.clear()
	judged := f.dir
	if !f.begun {
		judged = "" // it may be another run's
	}
	return end(ctx, err, judged, f.doc, o.check.format.value, stdout, o.check.after.follow(ctx, stderr))
}

// frontierSearch is a search for a frontier under way.
type frontierSearch struct {
	search
	grid   run.Frontier
	stairs capacity.Staircase
	seen   []capacity.Seen
	last   int  // the largest number of a run file
	begun  bool // the folder is of this search
}

func (f *frontierSearch) measure(ctx context.Context) (err error) {
	like, err := f.climb(ctx, capacity.Climb{Users: f.grid.Users[:1]})
	if err != nil {
		return planError(err)
	}
	st, err := openState(f.progress.w)
	if err != nil {
		return badInput(err)
	}
	defer func() { err = errors.Join(err, st.close()) }()
	if err := f.check.app.makeFolder(f.dir); err != nil {
		return badInput(fmt.Errorf("making the search's folder (choose another with --out): %w", err))
	}
	if err := f.resume(like); err != nil {
		return badInput(err)
	}
	f.begun = true
	if f.journal, err = st.journal.Begin(f.id); err != nil {
		return badInput(err)
	}
	f.cache = st.cache()
	f.progress.step("%s of variant %s on plan %s: %d numbers of users against %d amounts of public stories; %d trials done; in %s: Ctrl-C judges what there is, the same command goes on",
		"frontier", f.check.variant, f.plan.Name, len(f.grid.Users), len(f.grid.Data), len(f.seen), f.dir)
	if err := f.walk(ctx); err != nil {
		return errors.Join(explain(ctx, err), f.journal.Close())
	}
	return f.journal.Close()
}

// walk does one trial after the other. Cells of which two cannot tell are set aside;
// when so many in a row tell nothing, it is not the cells.
func (f *frontierSearch) walk(ctx context.Context) error {
	barren := 0
	for climb, more := f.stairs.Next(f.seen); more && ctx.Err() == nil; climb, more = f.stairs.Next(f.seen) {
		if err := f.try(ctx, climb); err != nil || ctx.Err() != nil {
			return err
		}
		if barren++; f.stairs.Learned(f.seen) {
			barren = 0
		}
		if barren == mostBarren {
			return fmt.Errorf("%d trials in a row can tell nothing: see the report", barren)
		}
	}
	return nil
}

// mostBarren is two cells that two trials each cannot tell of.
const mostBarren = 4

// resume takes over what the folder holds of the same search. What was interrupted
// is put aside.
func (f *frontierSearch) resume(like *trial.Plan) error {
	h := like.Header
	h.LimitBytes = like.Limit
	for _, path := range filesIn(f.dir, "trial-*.ndjson") {
		r, err := run.Read(path)
		if err != nil || r.End == nil || r.End.Outcome == run.Interrupted || r.End.Outcome == run.GeneratorDied {
			if err := campaign.PutAside(path); err != nil {
				return err
			}
			continue
		}
		if r.Header.Frontier == nil {
			return fmt.Errorf("%s holds another run already (%s): choose another folder with --out", f.dir, filepath.Base(path))
		}
		if why := frontier.Differs(r.Header, h); why != "" {
			return fmt.Errorf("trial %d in %s was done %s: choose another folder with --out", r.Header.Trial, f.dir, why)
		}
		f.seen, f.last = append(f.seen, frontier.Seen(r)), max(f.last, r.Header.Trial)
	}
	return nil
}

// try does one trial, and notes what it showed.
func (f *frontierSearch) try(ctx context.Context, climb capacity.Climb) (err error) {
	n := f.last + 1
	row := f.grid.Data[climb.Row]
	trials, length := f.stairs.Left(f.seen, f.cost)
	f.progress.step("trial %d: %g MiB of public stories, users %s, about %s; at most %d %s and %s to go",
		n, row.MiB, (*usersFlag)(&climb.Users).String(), left(f.cost(climb.Users)), trials, plural(trials, "trial"), left(length))
	p, err := f.climb(ctx, climb)
	if err != nil {
		return err
	}
	h := &p.Header
	h.Trials, h.Round = n, n
	p.Dir, p.Journal = f.dir, f.journal
	f.progress.trials = len(f.seen) + trials
	p.Status = f.progress.status
	defer func() { err = errors.Join(err, p.Cleanup()) }()
	if err := p.Prepare(ctx, f.cache, row.Name, usersNeeded(f.grid.Users), f.progress.w); err != nil {
		return err
	}
	if err := p.Run(ctx, n); err != nil || ctx.Err() != nil {
		return err
	}
	r, err := run.Read(trial.Path(f.dir, n))
	if err != nil {
		return err
	}
	f.seen, f.last = append(f.seen, frontier.Seen(r)), n
	return nil
}

// climb is the trial of a row.
func (f *frontierSearch) climb(ctx context.Context, c capacity.Climb) (*trial.Plan, error) {
	p, err := f.trialOf(ctx, c.Users)
	if err != nil {
		return nil, err
	}
	h := &p.Header
	h.Search, h.Frontier, h.Phases = false, &f.grid, f.phases(c.Users)
	return p, nil
}

// phases are long enough for the list requests that show whole teeth of the
// memory, unless it is to be quick.
func (f *frontierSearch) phases(users []int) []run.Phase {
	timing := trial.Timing{Warmup: searchWarmup, Hold: searchHold, Rest: climbRest, ListsAMinute: float64(persona.ListRequestsAMinute)}
	if f.check.quick {
		timing.Warmup, timing.Hold, timing.Capped = quickClimb, quickClimb, true
	}
	return trial.Phases(users, timing)
}

// cost is how long a trial with these users takes, about; of none, its start and
// its end alone.
func (f *frontierSearch) cost(users []int) time.Duration {
	if len(users) == 0 {
		return overhead + trial.Length(f.phases(f.grid.Users[:1])[1:])
	}
	return overhead + trial.Length(f.phases(users))
}

// validateFrontier finds flags that mean nothing with, or without, a frontier.
func (o capacityOptions) validateFrontier(changed func(string) bool) error {
	with, without := []string{"data", "most"}, []string{"users", "data-mib", "quick"}
	switch {
	case o.frontier && slices.ContainsFunc(with, changed):
		return errors.New("--frontier is a grid of its own: leave out --data and --most, choose with --data-mib and --users")
	case !o.frontier && slices.ContainsFunc(without, changed):
		return errors.New("--users, --data-mib and --quick are for --frontier: leave them out, or add it")
	case o.frontier && o.check.users[0] == 0:
		return errors.New("--users: a frontier is of users from 1 on")
	}
	return nil
}

// quickClimb is how long a quick climb warms up, and how long it holds.
const quickClimb = 15 * time.Second
