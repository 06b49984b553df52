package frontier_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/pixeltales/pixelload/internal/calibration/calibtest"
	"github.com/pixeltales/pixelload/internal/capacity"
	"github.com/pixeltales/pixelload/internal/frontier"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
)

// The calibration program as a target whose frontier is known: so much at its
// start, more for each open socket, and garbage for each page in proportion to the
// data, of which every fourth page frees all. In MiB.
const (
	knownLimit  = 128
	knownBase   = 20
	perUser     = 4
	perDataPage = 0.5
	pagesKept   = 3
)

var knownGrid = run.Frontier{Plan: "free", Users: []int{1, 2, 4, 8, 12}, Data: rows(4, 8, 16, 32, 64)}

// Each step of a climb, and how often its memory is read and its pages are asked for.
const (
	knownWarmup = 500 * time.Millisecond
	knownHold   = 2 * time.Second
	readEvery   = 50 * time.Millisecond
	pageEvery   = 80 * time.Millisecond
)

// knownClimb is one trial of it: a fresh start in a cgroup of that limit, users
// that open sockets and ask for pages, the kernel that kills, and the run file.
type knownClimb struct {
	t       *testing.T
	target  *calibtest.Target
	file    *run.Writer
	started time.Time
	pages   int
}

func (k *knownClimb) now() float64 { return time.Since(k.started).Seconds() }

func (k *knownClimb) mark(name string, p run.Phase) {
	k.file.Write(run.Line{Mark: &run.Mark{T: k.now(), Name: name, Phase: p.Name, Users: p.Users}})
}

// alive reports whether the program still runs.
func (k *knownClimb) alive() bool {
	select {
	case <-k.target.Done():
		return false
	default:
		return true
	}
}

// step has as many users as the phase says, and returns false when they got the
// program killed.
func (k *knownClimb) step(p run.Phase, sockets *[]*websocket.Conn) bool {
	k.mark(run.MarkPhase, p)
	until := time.Now().Add(time.Duration((p.WarmupSeconds + p.HoldSeconds) * float64(time.Second)))
	for len(*sockets) < p.Users && k.alive() {
		conn, response, err := websocket.DefaultDialer.DialContext(k.t.Context(), strings.Replace(k.target.URL(), "http", "ws", 1)+"/ws", nil)
		if err != nil {
			break
		}
		response.Body.Close()
		k.t.Cleanup(func() { conn.Close() })
		*sockets = append(*sockets, conn)
	}
	said := time.Now()
	for time.Now().Before(until) && k.alive() {
		if p.Users > 0 {
			if _, err := k.target.Try(http.MethodGet, "/page"); err == nil {
				k.pages++
			}
		}
		time.Sleep(pageEvery)
		if time.Since(said) >= 5*pageEvery {
			k.report(p, &said)
		}
	}
	k.report(p, &said)
	return k.alive()
}

// report tells what the users did since the last time.
func (k *knownClimb) report(p run.Phase, said *time.Time) {
	u := run.Users{T: k.now(), Seconds: time.Since(*said).Seconds(), Phase: p.Name, Active: p.Users}
	if p.Users > 0 {
		u.Requests = []run.Requests{{Name: "stories_public", Status: 200, N: k.pages}}
	}
	k.file.Write(run.Line{Users: &u})
	k.pages, *said = 0, time.Now()
}

// climb does the trial, and reads its run file back.
func climb(t *testing.T, dir string, n int, c capacity.Climb) *run.Run {
	t.Helper()
	row := knownGrid.Data[c.Row]
	phases := []run.Phase{{Name: "idle", HoldSeconds: 0.5}}
	for _, users := range c.Users {
		phases = append(phases, run.Phase{Name: fmt.Sprintf("users=%d", users), Users: users, WarmupSeconds: knownWarmup.Seconds(), HoldSeconds: knownHold.Seconds()})
	}
	target := calibtest.Start(t, knownLimit*memory.MiB, fmt.Sprintf("anon=%d", knownBase), fmt.Sprintf("socket=%d", perUser),
		fmt.Sprintf("garbage=%g", perDataPage*row.MiB), fmt.Sprintf("every=%d", pagesKept+1))
	path := filepath.Join(dir, fmt.Sprintf("trial-%02d.ndjson", n))
	file, err := run.Create(path, run.Header{
		Version: run.Version, ID: "known", Trial: n, Trials: n, Started: time.Now(), Kind: run.Natural, Variant: "known", Frontier: &knownGrid, NoSockets: true,
		Data: run.Data{Name: row.Name, PublicBytes: int64(row.MiB * memory.MiB)}, LimitBytes: knownLimit * memory.MiB, Phases: phases,
		MemorySource: target.Source().Name(), SampleSeconds: readEvery.Seconds(),
	})
	if err != nil {
		t.Fatal(err)
	}
	k := &knownClimb{t: t, target: target, file: file, started: time.Now()}
	for _, name := range []string{run.MarkListening, run.MarkFirstRequest, run.MarkTouched} {
		k.mark(name, run.Phase{})
	}
	watching, stop := context.WithCancel(t.Context())
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		memory.Watch(watching, target.Source(), readEvery, func(s memory.Sample) {
			file.Write(run.Line{Sample: &run.Sample{T: s.Time.Sub(k.started).Seconds(), Sample: s}})
		}, func(since time.Duration, err error) {
			if k.alive() {
				file.Write(run.Line{Event: &run.Event{T: k.now(), Kind: run.EventGap, Seconds: since.Seconds(), Text: err.Error()}})
			}
		})
	}()
	var sockets []*websocket.Conn
	outcome := run.Complete
	for _, p := range phases {
		if !k.step(p, &sockets) {
			outcome = run.Killed
			break
		}
	}
	k.mark(run.MarkLoadEnd, run.Phase{})
	stop()
	<-watched
	exit := target.Stop()
	if exit.OOMKills > 0 {
		file.Write(run.Line{Event: &run.Event{T: k.now(), Kind: run.EventOOMKill, Count: int64(exit.OOMKills)}})
	}
	if outcome == run.Killed {
		file.Write(run.Line{Event: &run.Event{T: k.now(), Kind: run.EventExit, Text: exit.String()}})
	}
	file.Write(run.Line{End: &run.End{T: k.now(), Outcome: outcome}})
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := run.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The frontier of a real process under a real limit is found within one cell, by
// real kills, from run files; and to the cell where the truth is clear.
func TestKnownFrontier(t *testing.T) {
	own := mibOf(t, calibtest.Start(t, knownLimit*memory.MiB).Settled().Unreclaimable) // of the program itself
	dir := t.TempDir()
	stairs := capacity.Staircase{Users: knownGrid.Users, Rows: len(knownGrid.Data), Confirm: 1}
	var runs []*run.Run
	var seen []capacity.Seen
	for c, more := stairs.Next(nil); more; c, more = stairs.Next(seen) {
		r := climb(t, dir, len(runs)+1, c)
		runs, seen = append(runs, r), append(seen, frontier.Seen(r))
		t.Logf("%g MiB, users %v: %+v", knownGrid.Data[c.Row].MiB, c.Users, seen[len(seen)-1].Memory)
		if len(runs) > 12 {
			t.Fatalf("no end: %+v", judge(t, runs).Trials)
		}
	}
	m := judge(t, runs)
	if m.Outcome != "pass" {
		t.Fatalf("%s: %v", m.Outcome, m.Reasons)
	}
	kills := 0
	for column, users := range knownGrid.Users {
		truth, found := 0, 0
		for row, data := range knownGrid.Data {
			over := own + knownBase + perUser*float64(users) + pagesKept*perDataPage*data.MiB - knownLimit
			cell := m.Cell(row, column)
			kills += cell.Kills
			fits := slices.Contains([]string{frontier.Fits, frontier.Tight}, cell.Memory)
			if over < 0 {
				truth++
			}
			if fits {
				found++
			}
			if clear := over < -2 || over > 2; clear && fits != (over < 0) {
				t.Errorf("%d users with %g MiB: %s, and in truth it is %+.1f MiB from the limit: %v", users, data.MiB, cell.Memory, over, cell.Reasons)
			}
		}
		if found < truth-1 || found > truth+1 {
			t.Errorf("%d users fit on %d rows, in truth on %d", users, found, truth)
		}
	}
	if kills == 0 {
		t.Error("the kernel killed nothing")
	}
}

func mibOf(t *testing.T, f memory.Figure) float64 {
	t.Helper()
	v, known := f.Get()
	if !known {
		t.Fatal("U was not read")
	}
	return float64(v) / memory.MiB
}
