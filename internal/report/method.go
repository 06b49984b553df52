package report

import (
	"fmt"
	"strings"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// method is how the figures came about: what a sceptic asks for first.
type method struct {
	Known   bool // false without a trial
	Phases  []phaseFacts
	Machine []fact
	Run     []fact
	Data    []fact
}

type phaseFacts struct {
	Name         string
	Warmup, Hold string
}

func methodOf(v *verdict.Verdict) method {
	if len(v.Trials) == 0 {
		return method{}
	}
	m := method{Known: true, Machine: fingerprint(v.Machine), Run: runFacts(v), Data: dataFacts(v)}
	for _, p := range v.Header.Phases {
		m.Phases = append(m.Phases, phaseFacts{phaseName(p.Name, p.Users), fmt.Sprintf("%.0f s", p.WarmupSeconds), fmt.Sprintf("%.0f s", p.HoldSeconds)})
	}
	return m
}

// fingerprint is the machine: figures of two machines are never one series.
func fingerprint(m run.Machine) []fact {
	return known([]fact{
		{"System", m.OS}, {"Kernel", strings.TrimSpace(m.Kernel + " " + m.Arch)},
		{"Processor", fmt.Sprintf("%s, %s", m.CPUModel, count(m.CPUs, "core", "cores"))},
		{"Memory", fmt.Sprintf("%d MiB, swap %d MiB", m.MemoryMiB, m.SwapMiB)},
		{"cgroup", m.Cgroup}, {"Huge pages", m.THP}, {"C library", m.Libc}, {"Python", m.Python},
	})
}

func runFacts(v *verdict.Verdict) []fact {
	h := v.Header
	return known([]fact{
		{"ID", h.ID}, {"pixelload", h.Tool}, {"Target", fmt.Sprintf("%s (%s)", title(v), h.Target.Kind)},
		{"From", h.Target.Source}, {"Users are", h.Mix}, {"Seed", fmt.Sprint(h.Seed)}, {"Kind", h.Kind}, {"Start", start(h)}, {"No limit", h.NoLimitWhy},
	})
}

// start says that the target was not started for the trial; "" when it was.
func start(h run.Header) string {
	if h.Running {
		return "not a fresh one: the target ran already"
	}
	return ""
}

func dataFacts(v *verdict.Verdict) []fact {
	var facts []fact
	for _, name := range sortedKeys(v.Data) {
		d := v.Data[name]
		if !counted(d) {
			facts = append(facts, fact{name, "not counted"})
			continue
		}
		facts = append(facts, fact{name, fmt.Sprintf("%d public stories (%d drawn), %.1f MiB; %d words; %d users, %d friends each",
			d.PublicStories, d.DrawnStories, float64(d.PublicBytes)/memory.MiB, d.Words, d.Users, d.FriendsAUser)})
	}
	return known(facts)
}

// known drops facts that are not known, and what could steer a reader.
func known(facts []fact) []fact {
	var out []fact
	for _, f := range facts {
		if f.Value != "" {
			out = append(out, fact{clean(f.Name), clean(f.Value)})
		}
	}
	return out
}

// variants are those of the trials, in their order.
func variants(v *verdict.Verdict) []string {
	var all []string
	for _, t := range v.Trials {
		if len(all) == 0 || all[len(all)-1] != t.Variant {
			all = append(all, t.Variant)
		}
	}
	return all
}
