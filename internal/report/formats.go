package report

import (
	"io"

	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// Format is one way of writing a verdict. A new one is a file and a row below.
type Format struct {
	Name  string
	File  string // what it is called when it is saved
	Kept  bool   // whether judging a run leaves it in the run's folder
	Write func(io.Writer, *verdict.Verdict, []*run.Run) error
}

// alongside are the formats that the page offers to save.
var alongside = []Format{
	{"json", "verdict.json", true, of(JSON)},
	{"md", "summary.md", true, of(Markdown)},
	{"junit", "junit.xml", true, of(JUnit)},
	{"csv", "levels.csv", false, of(CSV)},
}

// Formats are all but the terminal's table, which depends on the terminal.
var Formats = append([]Format{{"html", "report.html", true, HTML}}, alongside...)

// of is a format that needs no more than the verdict.
func of(write func(io.Writer, *verdict.Verdict) error) func(io.Writer, *verdict.Verdict, []*run.Run) error {
	return func(w io.Writer, v *verdict.Verdict, _ []*run.Run) error { return write(w, v) }
}
