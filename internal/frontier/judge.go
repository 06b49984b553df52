package frontier

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/capacity"
	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// ErrNone says that the runs are no search for a frontier.
var ErrNone = errors.New("no trial here searched for a frontier: pixelload capacity --frontier makes such runs")

// Of reports that the runs are a search for a frontier.
func Of(runs []*run.Run) bool {
	return slices.ContainsFunc(runs, func(r *run.Run) bool { return r.Header.Frontier != nil })
}

// Judge says what the runs of a search show. It is a pure function: the same
// runs, in whatever order, give the same bytes. The document may be nil: then no
// number of its is on the map.
func Judge(runs []*run.Run, doc *claim.Document) (*Map, error) {
	if !Of(runs) {
		return nil, ErrNone
	}
	unreadable := 0
	for _, r := range runs {
		if r.Unreadable != "" {
			unreadable++
		}
	}
	runs, left := sift(runs)
	if len(runs) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrNone, strings.Join(left, "; "))
	}
	h := runs[0].Header
	m := &Map{
		SchemaVersion: SchemaVersion, Reasons: left, Target: h.Target, Machine: h.Machine, Variant: h.Variant, Plan: h.Frontier.Plan,
		LimitBytes: h.LimitBytes, BudgetBytes: int64(math.Floor(BudgetShare * float64(h.LimitBytes))), CPUs: h.CPUs, Seed: h.Seed,
		Quick: slices.ContainsFunc(runs, func(r *run.Run) bool { return r.Header.Quick }), Tool: h.Tool,
		Users: h.Frontier.Users, Points: []Point{}, Trials: []Trial{},
	}
	for _, row := range h.Frontier.Data {
		m.Data = append(m.Data, Row{Name: row.Name, AskedMiB: row.MiB})
	}
	var all []sight
	for _, r := range runs {
		row := rowOf(r.Header)
		m.Trials = append(m.Trials, trialOf(r))
		if r.End != nil {
			m.Seconds += math.Round(r.End.T)
		}
		for _, s := range shows(r) {
			all = append(all, sight{row, s})
			if all[len(all)-1].fails() {
				break // nobody came further
			}
		}
	}
	m.weigh(runs)
	for row := range m.Data {
		for _, users := range m.Users {
			m.Cells = append(m.Cells, m.cell(row, users, all))
		}
	}
	if doc != nil {
		m.Points = m.points(doc)
	}
	m.decide(unreadable)
	return m, nil
}

// weigh takes what each row holds from its trials.
func (m *Map) weigh(runs []*run.Run) {
	for row := range m.Data {
		var held []int64
		for _, r := range runs {
			if bytes := r.Header.Data.PublicBytes; rowOf(r.Header) == row && bytes > 0 {
				held = append(held, bytes)
			}
		}
		slices.Sort(held)
		switch held = slices.Compact(held); {
		case len(held) == 1:
			m.Data[row].PublicBytes = &held[0]
		case len(held) > 1:
			m.Reasons = append(m.Reasons, fmt.Sprintf("trials on %s differ in how many bytes of public stories it holds: %d to %d", m.Data[row].Name, held[0], held[len(held)-1]))
		}
	}
}

// sift keeps the trials of the first one's search, and says what it leaves out.
func sift(runs []*run.Run) (kept []*run.Run, left []string) {
	left = []string{}
	runs = slices.SortedStableFunc(slices.Values(runs), func(a, b *run.Run) int {
		return cmp.Or(cmp.Compare(a.Header.Trial, b.Header.Trial), cmp.Compare(a.Path, b.Path))
	})
	for _, r := range runs {
		name := fmt.Sprintf("trial %d", r.Header.Trial)
		switch {
		case r.Unreadable != "":
			left = append(left, filepath.Base(r.Path)+": "+r.Unreadable)
		case r.Header.Frontier == nil || rowOf(r.Header) < 0:
			left = append(left, name+" is of no cell of the grid, and left out")
		case len(kept) == 0:
			kept = append(kept, r)
		default:
			if why := Differs(r.Header, kept[0].Header); why != "" {
				left = append(left, name+" was done "+why+", and is left out")
				continue
			}
			kept = append(kept, r)
		}
	}
	return kept, left
}

// Differs says what keeps a trial from being of the same map as another; "" for
// nothing.
func Differs(h, from run.Header) string {
	what, _, _ := h.Unlike(from)
	switch {
	case !reflect.DeepEqual(h.Frontier, from.Frontier):
		what = "grid"
	case h.Variant != from.Variant:
		what = "variant"
	case h.LimitBytes != from.LimitBytes:
		what = "memory"
	case h.CPUs != from.CPUs:
		what = "CPU share"
	}
	if what == "" {
		return ""
	}
	return "with another " + what
}

// rowOf is the place of a trial's data in its grid; -1 where it has none.
func rowOf(h run.Header) int {
	return slices.IndexFunc(h.Frontier.Data, func(row run.Row) bool { return row.Name == h.Data.Name })
}

// shows is what a trial shows of its users under its own limit.
func shows(r *run.Run) []verdict.Shown {
	return verdict.Shows(r, claim.Plan{MemoryBytes: r.Header.LimitBytes})
}

// Seen is what a trial tells the search.
func Seen(r *run.Run) capacity.Seen {
	seen := capacity.Seen{Row: rowOf(r.Header)}
	for _, s := range shows(r) {
		switch {
		case s.Why != "":
			seen.Untold = append(seen.Untold, s.Users)
		case s.Fits:
			seen.Memory.Holds = max(seen.Memory.Holds, s.Users)
		case seen.Memory.Fails == 0:
			seen.Memory.Fails = s.Users
		}
		switch {
		case s.Kept && seen.Service.Fails == 0:
			seen.Service.Holds = s.Users
		case s.Lost && seen.Service.Fails == 0:
			seen.Service.Fails = s.Users
		case !s.Kept && !s.Lost:
			seen.Unseen = append(seen.Unseen, s.Users)
		}
	}
	return seen
}

func trialOf(r *run.Run) Trial {
	h, seen := r.Header, Seen(r)
	t := Trial{
		ID: fmt.Sprintf("%s-%d", h.ID, h.Trial), Data: h.Data.Name, Outcome: run.Cut,
		Holds: seen.Memory.Holds, Fails: seen.Memory.Fails, Reasons: []string{},
	}
	if r.Path != "" {
		t.File = filepath.Base(r.Path)
	}
	if r.End != nil {
		t.Outcome, t.Reasons = r.End.Outcome, append(t.Reasons, r.End.Reasons...)
	}
	for _, p := range h.Phases {
		if p.Users > 0 {
			t.Users = append(t.Users, p.Users)
		}
	}
	for _, s := range shows(r) {
		if s.Why != "" && !slices.Contains(t.Reasons, s.Why) {
			t.Reasons = append(t.Reasons, s.Why)
		}
	}
	return t
}

// decide says whether every cell is told, and what the map cannot say.
func (m *Map) decide(unreadable int) {
	m.Outcome = verdict.Pass
	if unreadable > 0 {
		m.Outcome, m.ExitCode = verdict.Inconclusive, verdict.ExitInconclusive
		m.Reasons = append(m.Reasons, "what could not be read may have been a kill: the same command does it again")
	}
	unknown, short := 0, false
	for _, c := range m.Cells {
		switch ends := m.CPUs > 0; { // where the service ends is what that map is for
		case ends && c.Service == Lost:
		case c.Memory == Unknown || ends && c.Service == Unknown:
			unknown++
		}
		short = short || c.ListRequests != nil && *c.ListRequests < phase.LeastListRequests
	}
	if unknown > 0 {
		m.Outcome, m.ExitCode = verdict.Inconclusive, verdict.ExitInconclusive
		m.Reasons = append(m.Reasons, fmt.Sprintf("%d of %d cells are not told: the same command goes on where it stopped, but for cells of which two trials could not tell", unknown, len(m.Cells)))
	}
	if short {
		m.Reasons = append(m.Reasons, fmt.Sprintf("some cells fitted for fewer than %d requests of the public list: "+
			"what piles up until a collection was not seen there; leave out --quick", phase.LeastListRequests))
	}
}
