package verdict

import (
	"math"
	"slices"

	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
)

// Level is what a constant number of users cost, over all trials of a series.
type Level struct {
	Variant    string `json:"variant"`
	Data       string `json:"data"`
	LimitBytes int64  `json:"limit_bytes,omitempty"`
	// CPUs is the target's share of the processor; absent: unthrottled.
	CPUs float64 `json:"cpus,omitempty"`
	// HabitsOff are what the users were made not to do.
	HabitsOff []string `json:"habits_off,omitempty"`
	Users     int      `json:"users"`
	// N is the number of trials with samples in the hold.
	N             int      `json:"n"`
	Unreclaimable *Figures `json:"unreclaimable_bytes,omitempty"`
	// Collected is of collected trials: U after a full garbage collection with
	// the users still there, and never part of Unreclaimable.
	Collected  *Spread  `json:"collected_bytes,omitempty"`
	WorkingSet *Figures `json:"working_set_bytes,omitempty"`
	Usage      *Figures `json:"usage_bytes,omitempty"`
	// ListRequests is the sum over the trials.
	ListRequests  *int     `json:"list_requests,omitempty"`
	DeliveryRatio *float64 `json:"delivery_ratio,omitempty"`
	FanoutP99     *float64 `json:"fanout_p99_seconds,omitempty"`
	ErrorRatio    *float64 `json:"error_ratio,omitempty"`
	// Troubles counts what was wrong with answers, handshakes and frames, by class.
	// Absent: nothing was.
	Troubles map[string]int `json:"troubles,omitempty"`
	// LostStrokes counts the deliveries that failed, by reason. Absent: none failed.
	LostStrokes map[string]int `json:"lost_strokes,omitempty"`
	// Steady says that no trial's hold had a trend.
	Steady bool `json:"steady"`

	// SendLagP99 is by how many seconds the users sent late; absent without users.
	SendLagP99 *float64 `json:"-"`
	// Series is the place of its series in the verdict.
	Series int `json:"-"`

	mix string
}

// Figures digest one figure of a hold, in bytes.
type Figures struct {
	// Median is the mean over the trials of their medians.
	Median int64 `json:"median"`
	// CI95 is the t interval of that mean; absent for one trial.
	CI95 *[2]int64 `json:"ci95,omitempty"`
	// P95 is the mean over the trials, Max the largest sample of all.
	P95 int64 `json:"p95"`
	Max int64 `json:"max"`
}

// Spread digests one figure a trial, in bytes: their number, mean and largest.
type Spread struct {
	N    int       `json:"n"`
	Mean int64     `json:"mean"`
	CI95 *[2]int64 `json:"ci95,omitempty"` // of the mean; absent for one trial
	Max  int64     `json:"max"`
}

// levels returns a level for each number of users that was held.
func (s series) levels() []Level {
	if k := s.key(); k.kind != run.Natural || k.fault != "" {
		return nil // what was collected stands in Level.Collected, what was injured nowhere
	}
	var levels []Level
	for _, n := range s.crowds() {
		levels = append(levels, s.level(n))
	}
	return levels
}

// crowds are the numbers of users that were held, ascending.
func (s series) crowds() []int {
	var users []int
	for _, t := range s.trials {
		for _, h := range rising(t.holds) {
			if !slices.Contains(users, h.Users) {
				users = append(users, h.Users)
			}
		}
	}
	slices.Sort(users)
	return users
}

// addCollected puts the figures of the collected series beside the natural
// levels of the same set-up, or on their own where there are none.
func addCollected(levels []Level, all []series) []Level {
	for _, s := range all {
		if s.key().kind != run.Collected {
			continue
		}
		for _, users := range s.crowds() {
			spread := s.collectedAt(users)
			if spread == nil {
				continue
			}
			l := s.bare(users)
			i := slices.IndexFunc(levels, func(m Level) bool { return m.Collected == nil && m.sameSetUp(l) })
			if i < 0 {
				levels, i = append(levels, l), len(levels)
			}
			levels[i].Collected = spread
		}
	}
	return levels
}

func (l Level) sameSetUp(m Level) bool {
	return l.Variant == m.Variant && l.Data == m.Data && l.LimitBytes == m.LimitBytes && l.CPUs == m.CPUs &&
		l.Users == m.Users && l.mix == m.mix && slices.Equal(l.HabitsOff, m.HabitsOff)
}

// collectedAt digests the collected figures of so many users; nil without one.
func (s series) collectedAt(users int) *Spread {
	var us []float64
	for _, t := range s.trials {
		if h, ok := t.hold(users); ok {
			if u, known := h.Collected.Get(); known {
				us = append(us, float64(u))
			}
		}
	}
	summary, err := stats.Summarise(us)
	if err != nil {
		return nil
	}
	spread := &Spread{N: summary.N, Mean: whole(summary.Mean), Max: whole(slices.Max(us))}
	if ci, err := summary.MeanInterval(0.95); err == nil {
		spread.CI95 = &[2]int64{whole(ci.Low), whole(ci.High)}
	}
	return spread
}

// bare is a level of which nothing is known yet.
func (s series) bare(users int) Level {
	k := s.key()
	return Level{
		Variant: k.variant, Data: k.data, LimitBytes: k.limit, CPUs: k.cpus, HabitsOff: s.header().HabitsOff,
		Users: users, Series: s.index, mix: k.mix,
	}
}

func (s series) level(users int) Level {
	var holds []phase.Hold
	for _, t := range s.trials {
		if h, ok := t.hold(users); ok && len(h.Memory.Unreclaimable) > 0 {
			holds = append(holds, h)
		}
	}
	l := s.bare(users)
	l.N, l.Steady = len(holds), len(holds) > 0
	l.Unreclaimable = figures(holds, unreclaimable)
	l.WorkingSet = figures(holds, func(h phase.Hold) []float64 { return h.Memory.WorkingSet })
	l.Usage = figures(holds, func(h phase.Hold) []float64 { return h.Memory.Usage })
	var sum phase.Load
	for _, h := range holds {
		l.Steady = l.Steady && h.Steady
		sum = sum.Plus(h.Load)
	}
	if sum.Lines > 0 {
		l.ListRequests = &sum.ListRequests
	}
	l.DeliveryRatio = ratio(sum.Delivery())
	l.Troubles, l.LostStrokes = sum.Troubles, sum.Draws.LostBy
	l.ErrorRatio = ratio(sum.Errors())
	l.FanoutP99 = ratio(sum.Fanout.Quantile(0.99))
	l.SendLagP99 = ratio(sum.Lag.Quantile(0.99))
	return l
}

func unreclaimable(h phase.Hold) []float64 { return h.Memory.Unreclaimable }

// figures digests of(h) over the holds; nil where a hold does not know it.
func figures(holds []phase.Hold, of func(phase.Hold) []float64) *Figures {
	medians, ok := each(holds, of, 0.5)
	if !ok {
		return nil
	}
	p95s, _ := each(holds, of, 0.95)
	maxima, _ := each(holds, of, 1)
	level, err := stats.Summarise(medians)
	if err != nil {
		return nil
	}
	high, err := stats.Summarise(p95s)
	if err != nil {
		return nil
	}
	f := &Figures{Median: whole(level.Mean), P95: whole(high.Mean), Max: whole(slices.Max(maxima))}
	if ci, err := level.MeanInterval(0.95); err == nil {
		f.CI95 = &[2]int64{whole(ci.Low), whole(ci.High)}
	}
	return f
}

// each returns one quantile a hold; false unless every hold has it.
func each(holds []phase.Hold, of func(phase.Hold) []float64, q float64) ([]float64, bool) {
	var out []float64
	for _, h := range holds {
		v, err := stats.Quantile(of(h), q)
		if err != nil {
			return nil, false
		}
		out = append(out, v)
	}
	return out, len(out) > 0
}

func whole(v float64) int64 { return int64(math.Round(v)) }

// ratio returns v, or nil when it is not known.
func ratio(v float64, ok bool) *float64 {
	if !ok {
		return nil
	}
	v = round6(v)
	return &v
}
