package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/frontier"
	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
)

// mapped is a frontier of three trials: one row holds all, one is killed by its
// third step, one is tight and confirmed.
func mapped(t testing.TB) *frontier.Map {
	t.Helper()
	grid := &run.Frontier{Plan: "free", Users: []int{1, 3, 10}, Data: []run.Row{{Name: "stories=2", MiB: 2}, {Name: "stories=8", MiB: 8}, {Name: "stories=32", MiB: 32}}}
	var runs []*run.Run
	add := func(row int, levels runtest.Levels, users ...int) *run.Run {
		levels[0] = 80
		r := runtest.Stepping(len(runs)+1, len(runs)+1, append([]int{0}, users...), levels)
		r.Header.Frontier, r.Header.BudgetBytes, r.Header.Quick = grid, 0, false
		r.Header.Data.Name, r.Header.Data.PublicBytes = grid.Data[row].Name, int64(grid.Data[row].MiB*1e6)
		runs = append(runs, r)
		return r
	}
	runtest.Deliver(add(1, runtest.Levels{1: 150, 3: 260, 10: 440}, 1, 3, 10), "users=10", 0.95)
	runtest.Killed(add(2, runtest.Levels{1: 300, 3: 500, 10: 500}, 1, 3, 10), 70)
	runtest.StopAt(add(2, runtest.Levels{1: 330}, 1), 70, run.Complete, run.Event{Kind: run.EventGenerator})
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	m, err := frontier.Judge(runs, doc)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestFrontier(t *testing.T) {
	m := mapped(t)
	var table, picture, page bytes.Buffer
	if err := report.Frontier(&table, m, plain); err != nil {
		t.Fatal(err)
	}
	golden(t, "frontier.txt", table.String())
	if err := report.FrontierSVG(&picture, m); err != nil {
		t.Fatal(err)
	}
	golden(t, "frontier.svg", picture.String())
	if err := report.FrontierHTML(&page, m); err != nil {
		t.Fatal(err)
	}
	golden(t, "frontier.html", page.String())
}

// The picture stands alone: it is well-formed, loads nothing and runs nothing.
func TestFrontierPictureStandsAlone(t *testing.T) {
	var b bytes.Buffer
	if err := report.FrontierSVG(&b, mapped(t)); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		element, is := token.(xml.StartElement)
		if !is {
			continue
		}
		if element.Name.Local == "script" || element.Name.Local == "image" {
			t.Errorf("it has a %s", element.Name.Local)
		}
		for _, a := range element.Attr {
			if a.Name.Local == "href" {
				t.Errorf("it refers to %s", a.Value)
			}
		}
	}
	if !strings.Contains(text, "prefers-color-scheme: dark") {
		t.Error("it is for light grounds only")
	}
}

// Text from outside is text.
func TestFrontierEscapes(t *testing.T) {
	m := mapped(t)
	m.Target.Name, m.Variant = "<script>alert(1)</script>", "be\x1b[31mfore"
	m.Reasons = []string{"</style><b>"}
	for _, f := range report.FrontierFormats {
		var b bytes.Buffer
		if err := f.Write(&b, m); err != nil {
			t.Fatal(err)
		}
		if text := b.String(); f.Name != "json" && (strings.Contains(text, "<script") || strings.Contains(text, "<b>") || strings.Contains(text, "\x1b")) {
			t.Errorf("%s lets text be more than text", f.Name)
		}
		if err := f.Write(brokenPipe{}, m); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s into a broken pipe: %v", f.Name, err)
		}
	}
}
