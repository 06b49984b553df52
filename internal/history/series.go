package history

import (
	"cmp"
	"slices"
	"time"
)

// Series are the points of one line that may be compared, in the order of time.
type Series struct {
	Line
	Unit        string      `json:"unit"`
	Fingerprint string      `json:"fingerprint"`
	What        Fingerprint `json:"what"`
	Nights      []Night     `json:"-"`
	// Changes are where the level changed. Look says what looked for them, or why
	// nothing could.
	Changes []Change `json:"changes"`
	Look    string   `json:"look"`
}

// Night is a point and the run that it is of: nightly as a rule, but whenever
// a run was.
type Night struct {
	Run   *Run  `json:"-"`
	Point Point `json:"-"`
}

// Told reports that the night has a figure that is compared with others.
func (n Night) Told() bool { return n.Run.Counts() && n.Point.Value != nil }

// In returns the series of the runs, each looked through for changes: by line,
// then by when the series began.
func In(runs []Run) ([]Series, error) {
	type key struct {
		Line
		fingerprint string
	}
	runs = slices.Clone(runs)
	slices.SortStableFunc(runs, func(a, b Run) int { return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID)) })
	at := map[key]int{}
	var all []Series
	for i := range runs {
		for _, p := range runs[i].Points {
			k := key{p.Line, runs[i].Fingerprint}
			place, known := at[k]
			if !known {
				place = len(all)
				at[k] = place
				all = append(all, Series{Line: p.Line, Fingerprint: runs[i].Fingerprint, What: runs[i].What})
			}
			s := &all[place]
			s.Unit = cmp.Or(s.Unit, p.Unit)
			s.Nights = append(s.Nights, Night{&runs[i], p})
		}
	}
	for i := range all {
		if err := all[i].look(); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(a, b Series) int {
		return cmp.Or(CompareMetrics(a.Metric, b.Metric), cmp.Compare(a.Variant, b.Variant), cmp.Compare(a.Data, b.Data),
			cmp.Compare(a.Under, b.Under))
	})
	return all, nil
}

// CompareMetrics sorts metrics by name, and puts level:3 before level:10.
func CompareMetrics(a, b string) int {
	if c := cmp.Compare(len(a), len(b)); c != 0 && trimDigits(a) == trimDigits(b) {
		return c
	}
	return cmp.Compare(a, b)
}

func trimDigits(s string) string {
	end := len(s)
	for end > 0 && s[end-1] >= '0' && s[end-1] <= '9' {
		end--
	}
	return s[:end]
}

// Since leaves out what was before the moment: nights, changes, and series that
// have no night left. A change from a night before stays with its first night.
func Since(all []Series, moment time.Time) []Series {
	var out []Series
	for _, s := range all {
		first := slices.IndexFunc(s.Nights, func(n Night) bool { return !n.Run.Started.Before(moment) })
		if first < 0 {
			continue
		}
		s.Nights = s.Nights[first:]
		changes := []Change{}
		for _, c := range s.Changes {
			if c.At -= first; c.At >= 0 {
				changes = append(changes, c)
			}
		}
		s.Changes = changes
		out = append(out, s)
	}
	return out
}
