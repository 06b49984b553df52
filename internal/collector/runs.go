package collector

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// maxSeries is how many series of runs and claims are sent: whatever a stored
// verdict holds, Prometheus gets no more. A year of honest runs is far below.
const maxSeries = 5000

// bounded sends series whose labels come from files: cleaned, each once, and
// no more than most.
type bounded struct {
	scrape
	most int
	sent map[string]bool
	full bool // there was one more
}

func (b *bounded) send(m *metric, value float64, labels ...string) {
	for i, l := range labels {
		labels[i] = clean(l)
	}
	key := m.name + "\x00" + strings.Join(labels, "\x00")
	switch {
	case b.sent[key]: // the first is the newest
	case len(b.sent) == b.most:
		b.full = true
	default:
		b.sent[key] = true
		b.scrape.send(m, value, labels...)
	}
}

// place is where a run has figures.
type place struct{ variant, data string }

// collect sends what the stored runs say. They come newest first, and of each
// variant and data profile the first one counts.
func (st *store) collect(s scrape, doc []claim.Claim) {
	runs, ok := st.reading.do(s, st.read)
	if !ok {
		st.log.Warn("the folder of runs does not answer in time", "runs", st.dir)
	}
	b := &bounded{scrape: s, most: maxSeries, sent: map[string]bool{}}
	b.document(doc)
	seen := map[place]bool{}
	for _, r := range runs {
		for _, t := range r.verdict.Trials {
			at := place{t.Variant, t.Data}
			if !seen[at] && !b.full {
				seen[at] = true
				b.run(at, r)
			}
		}
	}
	b.claims(runs, doc)
	if b.full {
		st.tooMany.Do(func() {
			st.log.Warn("too many series of runs: those beyond the limit are left out", "runs", st.dir, "limit", maxSeries)
		})
	}
}

// run sends what r has of one place.
func (b *bounded) run(at place, r *stored) {
	b.send(lastRun, float64(r.header.Started.UnixMilli())/1000, at.variant, at.data)
	target := r.header.Target
	b.send(runInfo, 1, r.header.ID, at.variant, at.data, target.Name, target.Ref, r.header.Tool)
	if limit := r.limit(at); limit > 0 {
		b.send(runLimit, float64(limit), at.variant, at.data)
	}
	b.budgets(at, r)
	for _, l := range r.levels(at) {
		b.level(l)
	}
}

// limit is the largest limit that a trial at the place was under; 0 for none.
func (s *stored) limit(at place) (largest int64) {
	for _, t := range s.verdict.Trials {
		if at == (place{t.Variant, t.Data}) {
			largest = max(largest, t.LimitBytes)
		}
	}
	return largest
}

// levels are those of the place with all the habits of its users, one for each
// number of them: where there are several it is the one under which most is seen.
func (s *stored) levels(at place) []verdict.Level {
	byUsers := map[int]verdict.Level{}
	for _, l := range s.verdict.Levels {
		if at != (place{l.Variant, l.Data}) || len(l.HabitsOff) > 0 || l.Unreclaimable == nil {
			continue
		}
		if other, ok := byUsers[l.Users]; !ok || freer(l, other) {
			byUsers[l.Users] = l
		}
	}
	var all []verdict.Level
	for _, users := range slices.Sorted(maps.Keys(byUsers)) {
		all = append(all, byUsers[users])
	}
	return all
}

// freer reports that the target of a was held back less than that of b: it had
// the processor to itself, or else the larger limit.
func freer(a, b verdict.Level) bool {
	if (a.CPUs == 0) != (b.CPUs == 0) {
		return a.CPUs == 0
	}
	return a.LimitBytes > b.LimitBytes
}

func (b *bounded) level(l verdict.Level) {
	users := strconv.Itoa(l.Users)
	if u := l.Unreclaimable; u != nil {
		b.send(levels, float64(u.Median), l.Variant, l.Data, users, "median")
		if u.CI95 != nil {
			b.send(levels, float64(u.CI95[0]), l.Variant, l.Data, users, "ci_low")
			b.send(levels, float64(u.CI95[1]), l.Variant, l.Data, users, "ci_high")
		}
		b.send(levels, float64(u.P95), l.Variant, l.Data, users, "p95")
		b.send(levels, float64(u.Max), l.Variant, l.Data, users, "max")
	}
	for _, f := range []struct {
		metric *metric
		value  *float64
	}{{levelDeliver, l.DeliveryRatio}, {levelFanout, l.FanoutP99}, {levelErrors, l.ErrorRatio}} {
		if f.value != nil {
			b.send(f.metric, *f.value, l.Variant, l.Data, users)
		}
	}
}

// statuses are the values of pixelload_verdict_status.
var statuses = map[string]float64{verdict.Pass: 1, verdict.Fail: 0, verdict.Inconclusive: -1}

// budgets sends the run's outcome and its budgets at the place. Of several
// budgets of one name the worst outcome counts, as in the verdict.
func (b *bounded) budgets(at place, r *stored) {
	if status, ok := statuses[r.verdict.Outcome]; ok {
		b.send(verdicts, status, at.variant, at.data, "all")
	}
	outcomes, largest := map[string]string{}, int64(0)
	for _, budget := range r.verdict.Budgets {
		if at != (place{budget.Variant, budget.Data}) {
			continue
		}
		name, _, _ := strings.Cut(budget.Name, " (") // without what tells it from the run's others
		largest = max(largest, budget.Limit)
		before, again := outcomes[name]
		if !again || worse(budget.Outcome, before) {
			outcomes[name] = budget.Outcome
		}
	}
	if largest > 0 {
		b.send(runBudget, float64(largest), at.variant, at.data)
	}
	for _, name := range slices.Sorted(maps.Keys(outcomes)) {
		if status, ok := statuses[outcomes[name]]; ok {
			b.send(verdicts, status, at.variant, at.data, "budget "+name)
		}
	}
}

// worse reports that outcome a outweighs b.
func worse(a, b string) bool {
	rank := []string{verdict.Fail, verdict.Inconclusive, verdict.Pass}
	return slices.Index(rank, a) < slices.Index(rank, b)
}
