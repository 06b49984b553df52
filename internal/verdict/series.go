package verdict

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pixeltales/pixelload/internal/run"
)

// Series names trials that differ in nothing but chance, for reports.
type Series struct {
	Variant, Data string
	LimitBytes    int64 // 0: none was enforced
	BudgetBytes   int64
	// Among says what sets it apart from the others; "" when it is the only one.
	Among string
	// Trials are the places of its trials in the verdict.
	Trials []int
}

// series is the trials that differ in nothing but chance.
type series struct {
	trials []*trial
	index  int // its place among all
	first  int // the place of its first trial among all
}

func (s series) report(all []series) Series {
	k := s.key()
	out := Series{Variant: k.variant, Data: k.data, LimitBytes: k.limit, BudgetBytes: k.budget, Among: s.among(all)}
	for i := range s.trials {
		out.Trials = append(out.Trials, s.first+i)
	}
	return out
}

func (s series) key() key           { return s.trials[0].key() }
func (s series) header() run.Header { return s.trials[0].run.Header }

// key is what the trials of one series have in common. Figures of two sources,
// such as a cgroup's and PSS, are never one figure.
type key struct {
	kind, variant, data string
	limit               int64
	cpus                float64
	source              string
	budget              int64
	mix                 string // "" for the default user
	off                 string // the habits switched off, "" for none
	fault               string // what was done to the database
	phases              string // as JSON
}

func (t *trial) key() key {
	h := t.run.Header
	phases, err := json.Marshal(h.Phases)
	if err != nil {
		phases = []byte(err.Error()) // a length that is no number: no file can hold one
	}
	return key{h.Kind, h.Variant, h.Data.Name, h.LimitBytes, h.CPUs, h.MemorySource, h.BudgetBytes, mix(h), strings.Join(h.HabitsOff, " and "), h.Fault, string(phases)}
}

// mix returns who the users were; "" for the default user alone, whom the
// claims are about.
func mix(h run.Header) string {
	if name, _, _ := strings.Cut(h.Mix, "="); name == "user" && !strings.Contains(h.Mix, ",") {
		return ""
	}
	return h.Mix
}

func compareKeys(a, b key) int {
	return cmp.Or(cmp.Compare(a.variant, b.variant), cmp.Compare(a.data, b.data), cmp.Compare(a.kind, b.kind),
		cmp.Compare(a.limit, b.limit), cmp.Compare(a.cpus, b.cpus), cmp.Compare(a.source, b.source),
		cmp.Compare(a.budget, b.budget), cmp.Compare(a.mix, b.mix), cmp.Compare(a.off, b.off), cmp.Compare(a.fault, b.fault), cmp.Compare(a.phases, b.phases))
}

// seriesOf groups the trials, which are sorted.
func seriesOf(trials []*trial) []series {
	var all []series
	for i, t := range trials {
		if len(all) > 0 && all[len(all)-1].key() == t.key() {
			last := &all[len(all)-1]
			last.trials = append(last.trials, t)
			continue
		}
		all = append(all, series{trials: []*trial{t}, index: len(all), first: i})
	}
	return all
}

// among names s so that no other of all has the same name; "" when it is alone.
func (s series) among(all []series) string {
	if len(all) < 2 {
		return ""
	}
	k := s.key()
	words := []string{k.variant, k.data + " data", k.kind}
	for _, mark := range []func(key) string{
		func(k key) string { return "limit " + mib(float64(k.limit)) },
		func(k key) string { return fmt.Sprintf("%g CPUs", k.cpus) },
		func(k key) string { return "memory from " + k.source },
		func(k key) string { return "budget " + mib(float64(k.budget)) },
		func(k key) string { return "users " + cmp.Or(k.mix, "user") },
		func(k key) string { return "without " + cmp.Or(k.off, "nothing") },
		func(k key) string { return "fault " + cmp.Or(k.fault, "none") },
		func(k key) string { return "phases " + k.phases },
	} {
		for _, other := range all {
			if mark(other.key()) != mark(k) {
				words = append(words, mark(k))
				break
			}
		}
	}
	return " (" + strings.Join(words, ", ") + ")"
}
