package collector

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pixeltales/pixelload/internal/history"
	kept "github.com/pixeltales/pixelload/internal/history/store"
)

const (
	// maxPastRuns is how many runs of the history are sent, the newest ones.
	maxPastRuns = 100
	// maxPastSeries is how many series of the history are sent.
	maxPastSeries = 20_000
)

// past is the history's exporter. Its series do not change between two runs, and
// are many: they have a path of their own, to be scraped seldom.
type past struct {
	file     string
	log      *slog.Logger
	patience time.Duration
	reading  flight[*night]
	tooMany  sync.Once

	// Of the reading alone:
	read    *night
	seen    [2]fileState // of the file and of its log when it was read
	problem string       // when it was last logged
}

var _ prometheus.Collector = (*past)(nil)

// night is the history as it was read last: its newest runs and all series.
type night struct {
	runs   []history.Run
	series []history.Series
	err    error
}

// fileState tells whether a file has changed.
type fileState struct {
	size     int64
	modified time.Time
}

func (p *past) Describe(ch chan<- *prometheus.Desc) { DescribeHistory(ch) }

// DescribeHistory sends the description of every metric of the history.
func DescribeHistory(ch chan<- *prometheus.Desc) {
	for _, m := range pastMetrics {
		ch <- m.desc
	}
}

func (p *past) Collect(ch chan<- prometheus.Metric) {
	s := scrape{ch: ch, patience: p.patience, deadline: time.Now().Add(p.patience)}
	n, ok := p.reading.do(s, p.look)
	if !ok || n.err != nil {
		s.send(pastUp, 0)
		return
	}
	s.send(pastUp, 1)
	b := &bounded{scrape: s, sent: map[string]bool{}, most: maxPastSeries}
	b.past(n)
	if b.full {
		p.tooMany.Do(func() {
			p.log.Warn("too many series of the history: those beyond the limit are left out", "history", p.file, "limit", maxPastSeries)
		})
	}
}

// look reads the history where it has changed.
func (p *past) look() *night {
	now := [2]fileState{stateOf(p.file), stateOf(p.file + "-wal")}
	if p.read != nil && p.read.err == nil && now == p.seen {
		return p.read
	}
	n := &night{}
	n.runs, n.series, n.err = p.load()
	p.read, p.seen = n, now
	switch {
	case n.err == nil:
		p.problem = ""
	case p.problem != n.err.Error():
		p.problem = n.err.Error()
		level := slog.LevelWarn
		if errors.Is(n.err, kept.ErrNone) {
			level = slog.LevelInfo
		}
		p.log.Log(context.Background(), level, "cannot read the history", "err", n.err)
	}
	return n
}

func stateOf(path string) fileState {
	info, err := os.Stat(path)
	if err != nil {
		return fileState{size: -1} // it is not there, or its folder is shut: reading it says which
	}
	return fileState{info.Size(), info.ModTime()}
}

func (p *past) load() (newest []history.Run, all []history.Series, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), p.patience)
	defer cancel()
	s, err := kept.Read(ctx, p.file)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	runs, err := s.Runs(ctx, kept.Filter{})
	if err != nil {
		return nil, nil, err
	}
	// Changes are looked for in all runs, as the command line does.
	if all, err = history.In(runs); err != nil {
		return nil, nil, err
	}
	return runs[max(0, len(runs)-maxPastRuns):], all, nil
}

// past sends what series there are and where they changed, then the figures, the
// newest runs first.
func (b *bounded) past(n *night) {
	if len(n.runs) == 0 {
		return
	}
	type point struct {
		series string
		night  history.Night
	}
	figures := map[time.Time][]point{}
	for _, s := range n.series {
		nights := slices.DeleteFunc(slices.Clone(s.Nights), func(at history.Night) bool { return at.Run.Started.Before(n.runs[0].Started) })
		if len(nights) == 0 {
			continue
		}
		name := seriesName(s)
		b.pastSeries(name, s)
		for _, at := range nights {
			figures[at.Run.Started] = append(figures[at.Run.Started], point{name, at})
		}
	}
	for _, r := range slices.Backward(n.runs) {
		b.send(pastRun, float64(r.Started.UnixMilli())/1000, r.ID, began(&r), r.Target.Ref)
		for _, at := range placesOf(r) {
			if status, ok := statuses[r.Outcome]; ok {
				b.send(pastOutcome, status, "", "verdict", at.variant, at.data, r.ID, began(&r), r.Target.Ref)
			}
		}
		for _, p := range figures[r.Started] {
			b.pastPoint(p.series, p.night)
		}
	}
}

// placesOf are the variants and data that the run has figures of.
func placesOf(r history.Run) (places []place) {
	for _, p := range r.Points {
		if at := (place{p.Variant, p.Data}); !slices.Contains(places, at) {
			places = append(places, at)
		}
	}
	return places
}

// began is when the run began, as a label that sorts.
func began(r *history.Run) string { return r.Started.UTC().Format("2006-01-02 15:04:05") }

// pastSeries sends what a series is, and its changes.
func (b *bounded) pastSeries(name string, s history.Series) {
	b.send(pastSeriesInfo, 1, name, s.Metric, s.Variant, s.Data, s.Under, s.What.Kind, s.What.Name, s.What.Tool)
	if newest := s.Nights[len(s.Nights)-1].Point; s.Unit == history.Bytes {
		for bound, v := range map[string]*float64{"low": newest.AtLeast, "high": newest.AtMost} {
			if v != nil {
				b.send(pastSays, *v, name, s.Metric, s.Variant, s.Data, bound)
			}
		}
	}
	for _, c := range s.Changes {
		n := s.Nights[c.At]
		labels := []string{name, s.Metric, s.Variant, s.Data, n.Run.ID, began(n.Run), n.Run.Target.Ref}
		b.send(pastChange, float64(n.Run.Started.UnixMilli())/1000, slices.Clone(labels)...)
		if s.Unit == history.Bytes {
			b.send(pastChangeBytes, math.Round(c.By()), slices.Clone(labels)...)
		}
	}
}

// pastFigures are the metrics of the units.
var pastFigures = map[string]*metric{
	history.Bytes: pastBytes, history.Ratio: pastRatio, history.Seconds: pastSeconds, history.Users: pastUsers,
}

// pastPoint sends a night's figure, if it is compared with others, and its verdict.
func (b *bounded) pastPoint(series string, n history.Night) {
	labels := []string{series, n.Point.Metric, n.Point.Variant, n.Point.Data, n.Run.ID, began(n.Run), n.Run.Target.Ref}
	if m := pastFigures[n.Point.Unit]; m != nil && n.Told() {
		b.send(pastTrials, float64(n.Point.N), slices.Clone(labels)...)
		for _, v := range []struct {
			stat  string
			value *float64
		}{{"value", n.Point.Value}, {"ci_low", n.Point.Low}, {"ci_high", n.Point.High}} {
			if v.value != nil {
				b.send(m, *v.value, append(slices.Clone(labels), v.stat)...)
			}
		}
	}
	status, ok := statuses[n.Point.Outcome]
	if strings.HasPrefix(n.Point.Metric, "claim:") {
		status, ok = claimStatuses[n.Point.Outcome]
	}
	if ok {
		b.send(pastOutcome, status, labels...)
	}
}

// seriesName is a short name of what makes a series.
func seriesName(s history.Series) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{s.Metric, s.Variant, s.Data, s.Under, s.Fingerprint}, "\x00")))
	return hex.EncodeToString(sum[:4])
}
