package verdict

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
)

// Trial is one trial of the verdict.
type Trial struct {
	ID         string  `json:"id"`
	File       string  `json:"file,omitempty"`
	Kind       string  `json:"kind"`
	Variant    string  `json:"variant"`
	Data       string  `json:"data"`
	LimitBytes int64   `json:"limit_bytes,omitempty"` // absent: none was enforced
	CPUs       float64 `json:"cpus,omitempty"`        // absent: unthrottled
	Seed       uint64  `json:"seed"`
	// Campaign and Round are where it stands in one; absent outside.
	Campaign  string   `json:"campaign,omitempty"`
	Round     int      `json:"round,omitempty"`
	HabitsOff []string `json:"habits_off,omitempty"`
	Outcome   string   `json:"outcome"`
	// OOMKills is absent where no source could count them, Restarts where
	// something but pixelload may have started the target's processes anew.
	OOMKills   *int64   `json:"oom_kills,omitempty"`
	Restarts   *int     `json:"restarts,omitempty"`
	ExitStatus string   `json:"exit_status,omitempty"`
	Idle       Idle     `json:"idle"`
	Reasons    []string `json:"reasons"`

	// Unhealthy says that the generator was late, failed or stopped reading.
	Unhealthy bool `json:"-"`
	// Holds are in the order of time; none in a trial that never came so far.
	Holds []Hold `json:"-"`
	// Number is the trial's own, from 1.
	Number int `json:"-"`
	// Peak is the largest U of the whole trial; unknown without a sample.
	Peak memory.Figure `json:"-"`
}

// Idle is U when the target listens, after one request and after each endpoint
// was touched once. The last is what "idle" means.
type Idle struct {
	Listening    memory.Figure `json:"listening_bytes,omitzero"`
	FirstRequest memory.Figure `json:"first_request_bytes,omitzero"`
	Touched      memory.Figure `json:"touched_bytes,omitzero"`
}

// trial is a run and what was read from it.
type trial struct {
	run       *run.Run
	outcome   string
	holds     []phase.Hold
	peak      float64
	hasPeak   bool
	kills     int64
	hasKills  bool
	flaws     []flaw
	deathText string // how the target ended; "" when it lived
}

func newTrial(r *run.Run) *trial {
	t := &trial{run: r, outcome: run.Cut, holds: phase.Cut(r)}
	if r.End != nil && r.DroppedBytes == 0 {
		t.outcome = r.End.Outcome
	}
	t.peak, t.hasPeak = phase.Peak(r)
	t.kills, t.hasKills = phase.OOMKills(r)
	t.deathText = t.death()
	t.flaws = flawsOf(t)
	return t
}

// name begins a reason with the trial it is about, where there are several.
func (t *trial) name(of int) string {
	if of < 2 {
		return ""
	}
	if round := t.run.Header.Round; round > 0 {
		return fmt.Sprintf("round %d: ", round)
	}
	return fmt.Sprintf("trial %d: ", t.run.Header.Trial)
}

// dead reports that the target was killed or ended by itself, in whole or, by
// an OOM kill, in part.
func (t *trial) dead() bool { return t.deathText != "" }

// death says how the target ended; "" when it lived until it was stopped.
func (t *trial) death() string {
	at, ended := phase.Death(t.run)
	killed := t.outcome == run.Killed || t.kills > 0
	if !ended && !killed {
		return ""
	}
	limit := "no limit enforced"
	if t.run.Header.LimitBytes > 0 {
		limit = "limit " + mib(float64(t.run.Header.LimitBytes))
	}
	how := t.howEnded(killed)
	if t.outcome == run.DiedStarting {
		return fmt.Sprintf("died while starting: %s, %s", how, limit)
	}
	if !ended {
		at, _ = phase.FirstKill(t.run)
		return fmt.Sprintf("%d of its processes %s %s, %s; the target went on", t.kills, how, t.crowdAt(at), limit)
	}
	return fmt.Sprintf("%s %s, %s, after %d list requests", how, t.crowdAt(at), limit, phase.ListRequests(t.run))
}

// howEnded says who ended the target: the kernel, a signal, or the target.
func (t *trial) howEnded(killed bool) string {
	if killed {
		return "killed by the kernel"
	}
	i := slices.IndexFunc(t.run.Events, func(e run.Event) bool { return e.Kind == run.EventExit })
	switch {
	case i < 0 && t.outcome == run.DiedStarting:
		return "it never answered"
	case i < 0 || t.run.Events[i].Text == "":
		return "ended by itself"
	case t.run.Header.Running || strings.HasPrefix(t.run.Events[i].Text, "ended by"):
		return t.run.Events[i].Text
	}
	return "ended by itself with " + t.run.Events[i].Text
}

// crowdAt says how many users were there at that time, or in which phase it
// was when more had been there before.
func (t *trial) crowdAt(at float64) string {
	where, most := "before the first phase", -1
	for _, m := range t.run.Marks {
		switch {
		case m.Name != run.MarkPhase || m.T > at:
		case m.Users < most:
			where = "in phase " + m.Phase
		default:
			where, most = "at "+Crowd(m.Users), m.Users
		}
	}
	return where
}

// scenarioError reports that k6 ended because the scenario threw.
func (t *trial) scenarioError() bool {
	return slices.ContainsFunc(t.run.Events, func(e run.Event) bool {
		return e.Kind == run.EventGenerator && e.Count == ExitScenarioError
	})
}

// hold returns the hold of that many users: the first, and none that comes
// after more users, because memory does not come back.
func (t *trial) hold(users int) (phase.Hold, bool) {
	for _, h := range rising(t.holds) {
		if h.Users == users {
			return h, true
		}
	}
	return phase.Hold{}, false
}

// rising returns the holds with more users than any before.
func rising(holds []phase.Hold) []phase.Hold {
	var up []phase.Hold
	most := -1
	for _, h := range holds {
		if h.Users > most {
			up, most = append(up, h), h.Users
		}
	}
	return up
}

// report is the trial as the verdict shows it.
func (t *trial) report() Trial {
	h := t.run.Header
	idle := phase.Idles(t.run)
	out := Trial{
		ID: t.id(), Kind: h.Kind, Variant: h.Variant, Data: h.Data.Name,
		LimitBytes: h.LimitBytes, CPUs: h.CPUs, Seed: h.Seed, Outcome: t.outcome,
		Campaign: h.Campaign, Round: h.Round, HabitsOff: h.HabitsOff,
		Idle: Idle{idle.Listening, idle.FirstRequest, idle.Touched}, Reasons: []string{},
		Holds: t.judgedHolds(), Number: h.Trial,
	}
	if t.run.Path != "" {
		out.File = filepath.Base(t.run.Path)
	}
	if t.hasPeak {
		out.Peak = memory.Known(uint64(whole(t.peak)))
	}
	if t.hasKills {
		out.OOMKills = &t.kills
	}
	if (h.Target.Kind == "reference" || h.Checkout != nil) && !h.NoSockets {
		// One process, started once by pixelload, which sees its end. A server
		// without sockets starts its workers anew when they die.
		out.Restarts = new(int)
	}
	for _, e := range t.run.Events {
		if e.Kind == run.EventTargetSummary || (e.Kind == run.EventExit && out.ExitStatus == "") {
			out.ExitStatus = e.Text
		}
	}
	if t.dead() {
		out.Reasons = append(out.Reasons, t.deathText)
	}
	out.Reasons = append(out.Reasons, t.said()...)
	for _, f := range t.flaws {
		out.Reasons = append(out.Reasons, f.String())
		out.Unhealthy = out.Unhealthy || f.generator
	}
	out.Reasons = distinct(out.Reasons)
	return out
}

// said is what the run file itself gives as reasons for how it ended, and the
// target's last words.
func (t *trial) said() []string {
	var said []string
	if t.run.End != nil {
		said = append(said, t.run.End.Reasons...)
	}
	if words := t.lastWords(); words != "" && t.dead() {
		said = append(said, words)
	}
	return said
}

// lastWords is the last line of the target's log; "" when it left none.
func (t *trial) lastWords() string {
	for _, e := range t.run.Events {
		if e.Kind != run.EventTargetLog || strings.TrimSpace(e.Text) == "" {
			continue
		}
		text := strings.TrimSpace(e.Text)
		line := strings.TrimSpace(text[strings.LastIndex(text, "\n")+1:])
		return "its log ends with: " + shorten(line, 200)
	}
	return ""
}

// shorten cuts text after so many characters.
func shorten(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return text
}

// mib prints bytes as MiB: whole ones, because that is what a level is good to.
func mib(bytes float64) string { return fmt.Sprintf("%.0f MiB", bytes/memory.MiB) }
