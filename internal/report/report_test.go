package report_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

var update = flag.Bool("update", false, "write the golden files anew")

var plain = report.Options{Path: "runs/test"}

func healthy(n int, levels runtest.Levels) []*run.Run {
	var runs []*run.Run
	for i := range n {
		moved := runtest.Levels{}
		for users, mib := range levels {
			moved[users] = mib + float64(i)
		}
		runs = append(runs, runtest.Healthy(i+1, n, moved))
	}
	return runs
}

func one(change func(*run.Run)) []*run.Run {
	runs := healthy(1, runtest.Levels{0: 80, 3: 120, 10: 160})
	change(runs[0])
	return runs
}

// after is three trials of the variant that most claims are about, confirming
// two of them.
func after() []*run.Run {
	runs := healthy(3, runtest.Levels{0: 120, 3: 280, 10: 390})
	for _, r := range runs {
		r.Header.Variant = "after"
		r.Header.Target.Kind = "checkout"
	}
	return runs
}

// campaign is three rounds that decide some claims of each kind, and were to
// decide more.
func campaign() []*run.Run {
	low, high := runtest.Levels{0: 105, 3: 150, 10: 190}, runtest.Levels{0: 105, 3: 212, 10: 250}
	runs := runtest.Campaign(3,
		runtest.Arm{Variant: "before", Levels: high},
		runtest.Arm{Variant: "before", Levels: high, Collected: true},
		runtest.Arm{Variant: "postgres", Levels: low},
		runtest.Arm{Variant: "postgres", Levels: low, Collected: true},
		runtest.Arm{Variant: "redis", Levels: high, Collected: true},
		runtest.Arm{Variant: "pooled", Levels: high, Collected: true},
		runtest.Arm{Variant: "after", Levels: high})
	for _, r := range runs {
		r.Header.Claims = []string{"L1", "L3", "L10", "C1", "C2", "C3", "S1", "S3", "K1", "K6", "B1", "B5"}
	}
	return runs
}

func judged(t testing.TB, runs []*run.Run) *verdict.Verdict {
	t.Helper()
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	return verdict.Judge(runs, doc)
}

func draw(t testing.TB, v *verdict.Verdict, o report.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Table(&b, v, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// fixture is a run that ended in some way.
type fixture struct {
	name string
	runs []*run.Run
}

func fixtures() []fixture {
	return []fixture{
		{"pass-one-trial", one(func(*run.Run) {})},
		{"pass-three-trials", healthy(3, runtest.Levels{0: 250, 3: 300, 10: 390})},
		{"after-range", after()},
		{"fail-over-budget", healthy(1, runtest.Levels{0: 80, 3: 300, 10: 450})},
		{"fail-killed", one(func(r *run.Run) { runtest.Killed(r, 75) })},
		{"fail-died-starting", one(func(r *run.Run) { runtest.Killed(r, 2.2); r.End.Outcome = run.DiedStarting })},
		{"fail-died", one(func(r *run.Run) {
			runtest.StopAt(r, 75, run.Died, run.Event{Kind: run.EventExit, Text: "exit status 1"})
			r.Events = append(r.Events, run.Event{T: 75, Kind: run.EventTargetLog, Text: "Traceback\n  File x\nOSError: disk full\n"})
		})},
		{"interrupted", one(func(r *run.Run) {
			runtest.StopAt(r, 80, run.Interrupted, run.Event{Kind: run.EventInterrupted})
		})},
		{"no-samples", one(func(r *run.Run) { r.Samples = nil })},
		{"no-limit", one(func(r *run.Run) { runtest.Unlimited(r); r.Header.NoLimitWhy = "no right to make a cgroup" })},
		{"delivery-95", one(func(r *run.Run) { runtest.Deliver(r, "users=10", 0.95) })},
		{"stalled", one(func(r *run.Run) { r.Users[60].StalledReceivers = 1 })},
		{"troubles", one(func(r *run.Run) {
			runtest.Deliver(r, "users=10", 0.85)
			runtest.EachUsers(r, "users=10", func(u *run.Users) {
				u.Requests = append(u.Requests, run.Requests{Name: "words", Status: 500, N: 2, Failed: true})
				u.Troubles = map[string]int{"server_error": 2, "timeout": 1, "held_back": 1}
				u.Draws.LostBy = map[string]int{"late": u.Draws.Lost - 1, "closed": 1}
			})
		})},
		{"not-settled", one(func(r *run.Run) {
			runtest.EachUsers(r, "users=3", func(u *run.Users) { u.Requests = u.Requests[1:] })
		})},
		{"two-data", func() []*run.Run {
			runs := healthy(2, runtest.Levels{0: 80, 3: 120, 10: 160})
			runs[1].Header.Data.Name = "heavy"
			return runs
		}()},
		{"campaign", campaign()},
		{"capacity", func() []*run.Run {
			runs := runtest.Campaign(3, runtest.Arm{Variant: "before", Levels: runtest.Levels{0: 80, 3: 220, 10: 460}})
			for _, r := range runs {
				r.Header.Search, r.Header.Claims = true, []string{"K1"}
			}
			runtest.StopAt(runs[1], 75, run.Stopped, run.Event{Kind: run.EventGenerator})
			return runs
		}()},
		{"turning", turning()},
		{"no-runs", nil},
	}
}

// turning is a campaign on two databases: with more in it, what the document says
// of 3 users comes to be right.
func turning() []*run.Run {
	runs := runtest.Campaign(6, runtest.Arm{Variant: "before", Levels: runtest.Levels{0: 80, 3: 120, 10: 160}})
	for _, r := range runtest.Campaign(6, runtest.Arm{Variant: "before", Levels: runtest.Levels{0: 250, 3: 580, 10: 900}}) {
		r.Header.ID, r.Header.Data.Name, r.Header.Data.PublicBytes = "heavy", "heavy", 62<<20
		runs = append(runs, r)
	}
	for _, r := range runs {
		r.Header.LimitBytes = 4 << 30
	}
	return runs
}

func TestGolden(t *testing.T) {
	for _, tt := range fixtures() {
		t.Run(tt.name, func(t *testing.T) {
			golden(t, tt.name+".txt", draw(t, judged(t, tt.runs), plain))
		})
	}
}

// golden compares got with the file of that name, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestPlainHasNoEscapes(t *testing.T) {
	v := judged(t, one(func(*run.Run) {}))
	if text := draw(t, v, plain); strings.Contains(text, "\x1b") {
		t.Errorf("escape in plain text: %q", text)
	}
	if text := draw(t, v, report.Options{Color: true}); !strings.Contains(text, "\x1b[") {
		t.Error("no colour where it was asked for")
	}
}

func TestHostileNames(t *testing.T) {
	v := judged(t, one(func(r *run.Run) {
		r.Header.Target.Name = "\x1b[31mred\u202e\x07\xff\nline"
		r.Header.Target.Ref = "\x9b2J"
		r.End.Outcome = run.Interrupted
		r.Marks = r.Marks[:5]
		r.Marks[4].Phase = "users=\x1b]0;title\x07"
	}))
	text := draw(t, v, report.Options{Path: "runs/\x1b[2J"})
	for _, r := range text {
		if r != '\n' && (r < ' ' || (r >= 0x7f && r < 0xa0) || r == '\u202e' || r == '\ufffd') {
			t.Fatalf("%U in %q", r, text)
		}
	}
	if !strings.Contains(text, "[31mred line") {
		t.Errorf("the name's letters are gone: %s", text)
	}
}

func TestWidth(t *testing.T) {
	v := judged(t, one(func(r *run.Run) { runtest.Killed(r, 75) }))
	for _, width := range []int{60, 80, 100, 120} {
		for line := range strings.Lines(draw(t, v, report.Options{Width: width, Path: "runs/test"})) {
			if w := lipgloss.Width(strings.TrimRight(line, "\n")); w > width {
				t.Errorf("width %d: a line of %d: %q", width, w, line)
			}
		}
	}
}

func TestJSONIsDeterministic(t *testing.T) {
	v := judged(t, healthy(3, runtest.Levels{0: 80, 3: 120, 10: 160}))
	var a, b bytes.Buffer
	if err := errors.Join(report.JSON(&a, v), report.JSON(&b, v)); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() || !strings.HasPrefix(a.String(), "{\n  \"schema_version\": 1,\n") || !strings.HasSuffix(a.String(), "}\n") {
		t.Errorf("verdict.json:\n%s", a.String())
	}
	if strings.Contains(a.String(), "null") {
		t.Error("null in verdict.json: absent is absent")
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestWriteErrorsAreTold(t *testing.T) {
	v := judged(t, nil)
	if err := report.Table(brokenPipe{}, v, plain); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Table = %v", err)
	}
	if err := report.JSON(brokenPipe{}, v); !errors.Is(err, os.ErrClosed) {
		t.Errorf("JSON = %v", err)
	}
}
