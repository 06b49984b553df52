// Package compare says by how much the memory of one run differs from that of
// another: in each phase, with an interval, and whether it has grown beyond a
// budget. It takes two sides, each the figures of one run's trials, and gives a
// Comparison.
//
// Its opinion: figures of two machines, data profiles or kinds of trials are no
// difference but a mistake, so they are refused and not subtracted; and "no
// difference" is only said as "none larger than", with the number.
package compare

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// Side is one of the two runs: the set-up and each trial's figures.
type Side struct {
	Name    string     `json:"name"` // a run's folder, a revision, or baseline
	ID      string     `json:"id"`   // the run's
	Started time.Time  `json:"started"`
	Target  run.Target `json:"target"`
	Variant string     `json:"variant"`
	Seed    uint64     `json:"seed"`
	Tool    string     `json:"tool"` // pixelload's version
	SetUp   SetUp      `json:"set_up"`
	Trials  []Trial    `json:"trials"`
	// Lost says what of the run is missing or cannot be read.
	Lost []string `json:"lost,omitempty"`
}

// SetUp is what two sides must have in common.
type SetUp struct {
	Machine      run.Machine `json:"machine"`
	Kind         string      `json:"kind"` // natural or collected
	Data         run.Data    `json:"data"`
	LimitBytes   int64       `json:"limit_bytes,omitempty"` // absent: none was enforced
	CPUs         float64     `json:"cpus,omitempty"`        // absent: unthrottled
	Phases       []run.Phase `json:"phases"`
	Mix          string      `json:"mix"` // who the users are
	HabitsOff    []string    `json:"habits_off,omitempty"`
	MemorySource string      `json:"memory_source"`
	// Running says that the target ran before and was not started for the run.
	Running bool   `json:"running,omitempty"`
	Fault   string `json:"fault,omitempty"` // what was done to the database
}

// Trial is one trial's figures.
type Trial struct {
	Number int `json:"trial"` // from 1
	// Campaign and Round say of which pair it is; absent for none.
	Campaign string `json:"campaign,omitempty"`
	Round    int    `json:"round,omitempty"`
	Death    string `json:"death,omitempty"` // how the target ended; absent: it lived
	// Lacks are the calls that the users left out because nothing was there.
	Lacks   []string      `json:"lacks,omitempty"`
	Figures []PhaseFigure `json:"figures"` // in the order of the phases
}

// PhaseFigure is the level of one phase: the median of U over the hold, in a
// collected trial U after the collection.
type PhaseFigure struct {
	Phase string        `json:"phase"`
	Bytes memory.Figure `json:"bytes,omitzero"` // absent: not known
	// Voids say why it decides nothing.
	Voids []string `json:"voids,omitempty"`
}

// Read digests the runs of one folder. They must be of one set-up.
func Read(name string, runs []*run.Run) (Side, error) {
	all, lost := verdict.PhaseLevels(runs)
	if len(all) == 0 {
		if len(lost) > 0 {
			return Side{}, fmt.Errorf("%s: %s", name, lost[0])
		}
		return Side{}, fmt.Errorf("%s: no trial was run", name)
	}
	first := all[0].Header
	s := Side{
		Name: name, ID: first.ID, Started: first.Started, Target: first.Target, Variant: first.Variant,
		Seed: first.Seed, Tool: first.Tool, SetUp: setUp(first), Lost: lost,
	}
	for _, l := range all {
		if differ := differences(s.SetUp, setUp(l.Header)); len(differ) > 0 || l.Header.Variant != s.Variant {
			return Side{}, fmt.Errorf("%s holds trials of more than one set-up (%s): copy those of one into a folder of their own",
				name, first.Variant+" and "+l.Header.Variant)
		}
		s.Trials = append(s.Trials, trialOf(l))
	}
	return s, nil
}

func setUp(h run.Header) SetUp {
	return SetUp{
		Machine: h.Machine, Kind: h.Kind, Data: h.Data, LimitBytes: h.LimitBytes, CPUs: h.CPUs, Phases: h.Phases, Mix: h.Mix,
		HabitsOff: h.HabitsOff, MemorySource: h.MemorySource, Running: h.Running, Fault: h.Fault,
	}
}

func trialOf(l verdict.Leveled) Trial {
	h := l.Header
	t := Trial{Number: h.Trial, Campaign: h.Campaign, Round: h.Round, Death: l.Death, Lacks: l.Lacks}
	for _, p := range l.Phases {
		t.Figures = append(t.Figures, PhaseFigure{Phase: p.Name, Bytes: p.Bytes, Voids: p.Voids})
	}
	return t
}

// at is the trial's figure of the phase; one without bytes where it has none.
func (t Trial) at(phase string) PhaseFigure {
	for _, f := range t.Figures {
		if f.Phase == phase {
			return f
		}
	}
	return PhaseFigure{Phase: phase, Voids: []string{"phase " + phase + " is missing"}}
}

// label begins a reason that is about a trial of the side.
func (s Side) label(t Trial) string {
	if t.Round > 0 {
		return fmt.Sprintf("%s, round %d: ", s.Name, t.Round)
	}
	return fmt.Sprintf("%s, trial %d: ", s.Name, t.Number)
}

// text is v as it is compared and shown.
func text(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error() // a number that is none: no file can hold one
	}
	return string(data)
}
