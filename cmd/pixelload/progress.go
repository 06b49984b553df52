package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/trial"
)

// progress tells the one who waits: a line that is rewritten on a terminal,
// else a line at each step and every ten seconds.
type progress struct {
	w        io.Writer
	terminal bool
	trials   int
	stage    string
	said     time.Time
}

func newProgress(w io.Writer, trials int) *progress {
	return &progress{w: w, terminal: isTerminal(w), trials: trials}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// step says what is being done now.
func (p *progress) step(format string, args ...any) {
	p.clear()
	fmt.Fprintf(p.w, format+"\n", args...)
}

// status shows where a trial stands.
func (p *progress) status(s trial.Status) {
	line := fmt.Sprintf("trial %d of %d  %-9s %2d users  memory %s  %s left",
		s.Trial, p.trials, s.Stage, s.Users, ofLimit(s.Unreclaimable, s.Limit), left(s.Remaining))
	if p.terminal {
		if width := terminalWidth(p.w); width > 0 && len(line) >= width {
			line = line[:width-1] // a wrapped line could not be rewritten
		}
		fmt.Fprintf(p.w, "\r\x1b[K%s", line)
		return
	}
	if s.Stage == p.stage && time.Since(p.said) < 10*time.Second {
		return
	}
	p.stage, p.said = s.Stage, time.Now()
	fmt.Fprintln(p.w, line)
}

// clear removes the line that status left on a terminal.
func (p *progress) clear() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

func ofLimit(u memory.Figure, limit int64) string {
	v, ok := u.Get()
	if !ok {
		return "not read yet"
	}
	if limit == 0 {
		return fmt.Sprintf("%.0f MiB, no limit", float64(v)/memory.MiB)
	}
	return fmt.Sprintf("%.0f of %.0f MiB", float64(v)/memory.MiB, float64(limit)/memory.MiB)
}

func left(d time.Duration) string {
	if d >= 2*time.Hour {
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

// terminalWidth is the width of the terminal behind w; 0 when there is none.
func terminalWidth(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
