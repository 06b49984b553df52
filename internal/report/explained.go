package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/pixeltales/pixelload/internal/explain"
	"github.com/pixeltales/pixelload/internal/memory"
)

// ExplainedJSON writes d as explain.json: indented, the same bytes for the same
// document.
func ExplainedJSON(w io.Writer, d *explain.Document) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(d); err != nil {
		return fmt.Errorf("writing the explanation: %w", err)
	}
	return nil
}

// The table shows the rows that cost something, and what was found of the first
// few at length.
const (
	explainedRows    = 12
	explainedAtLarge = 3
	explainedCPU     = 8
)

// explainedNote says what the figures are.
const explainedNote = `MiB: the largest rise of U above what it was before, in a row of calls; of a growth what 100 calls would add, computed.
[ ] is the 95 % t interval over the bursts of one process: fresh starts may differ by more.
Users have just come, and load more pages than later. SEEN is calls of default users in seconds of one; few of them tell little.
`

var (
	personasHead = []string{"USERS (1 reading each)", "SECONDS", "MiB ADDED", "GARBAGE", "HELD", "CPU A USER", "USERS AT (computed)"}
	usersHead    = []string{"CPU BY CALL", "A CALL", "SEEN", "USERS THAT USE UP (computed)"}
)

// Explained writes d as a table.
func Explained(w io.Writer, d *explain.Document) error {
	var b strings.Builder
	e := d.Evidence
	fmt.Fprintf(&b, "%s   variant %s   %s data (%d public stories, %.1f MiB)\n", explainedTitle(d), clean(e.Variant), clean(e.Data.Name), e.Data.PublicStories, inMiB(e.Data.PublicBytes))
	fmt.Fprintf(&b, "each call and message alone   instrumented: no verdict   memory from %s   largest U %s\n", clean(e.MemorySource), mib(e.LargestBytes))
	fmt.Fprintf(&b, "before any: %s\n\n", explainedStart(e.Start))
	aligned(&b, "#\tWHAT\tKIND\tMiB\tOF LARGEST\tGARBAGE A CALL\tHELD A CALL\tCPU A CALL", explainedTable(d))
	if n := len(d.Rows) - len(costly(d)); n > 0 {
		fmt.Fprintf(&b, "and %s that cost less, all in explain.json\n", count(n, "other", "others"))
	}
	for _, r := range costly(d)[:min(explainedAtLarge, len(costly(d)))] {
		fmt.Fprintf(&b, "\n%d  %s: %s\n", r.Rank, clean(r.What), words(r.Kind))
		for _, line := range atLength(d, r) {
			fmt.Fprintf(&b, "   %-8s %s\n", line.Name, line.Value)
		}
	}
	if len(d.Personas) > 0 {
		b.WriteString("\n")
		aligned(&b, strings.Join(personasHead, "\t"), explainedPersonas(d))
	}
	if rows := explainedUsers(d); len(rows) > 0 {
		b.WriteString("\n")
		aligned(&b, strings.Join(usersHead, "\t"), rows)
	}
	b.WriteString("\n")
	for _, line := range said(append(slices.Clone(d.Reasons), d.CannotTell...)) {
		fmt.Fprintf(&b, "Cannot tell  %s\n", line)
	}
	b.WriteString(explainedNote)
	_, err := io.WriteString(w, b.String())
	return err
}

func aligned(b *strings.Builder, head string, rows [][]string) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, head)
	for _, r := range rows {
		fmt.Fprintln(t, strings.Join(r, "\t"))
	}
	_ = t.Flush() // into memory
}

func inMiB(bytes int64) float64 { return float64(bytes) / memory.MiB }

func explainedTitle(d *explain.Document) string {
	name := d.Evidence.Target.Name
	if ref := d.Evidence.Target.Ref; ref != "" {
		name += " @ " + ref
	}
	return clean(name)
}

func explainedStart(steps []explain.Step) string {
	var parts []string
	for _, s := range steps {
		parts = append(parts, fmt.Sprintf("%s %.1f MiB", clean(s.Name), inMiB(s.Bytes)))
	}
	return strings.Join(parts, ", ")
}

// costly are the rows that are shown.
func costly(d *explain.Document) []explain.Row {
	rows := d.Rows
	if i := slices.IndexFunc(rows, func(r explain.Row) bool { return r.Kind == explain.Small }); i >= 0 {
		rows = rows[:i]
	}
	return rows[:min(explainedRows, len(rows))]
}

func explainedTable(d *explain.Document) (rows [][]string) {
	for _, r := range costly(d) {
		rows = append(rows, []string{
			fmt.Sprint(r.Rank), cut(clean(r.What), 52), words(r.Kind), fmt.Sprintf("%.0f", inMiB(r.Bytes)), shareOf(r),
			estimate(r.Garbage, memory.MiB, "MiB"), estimate(r.Held, memory.MiB, "MiB"), estimate(r.CPU, 1e-3, "ms"),
		})
	}
	return rows
}

// shareOf is the row's part of the largest rise; a growth has none.
func shareOf(r explain.Row) string {
	if r.Share == nil {
		return "computed"
	}
	return fmt.Sprintf("%.0f %%", 100**r.Share)
}

// estimate prints a mean with its interval in a unit; nothing where there is none.
func estimate(e *explain.Estimate, unit float64, name string) string {
	if e == nil {
		return ""
	}
	tenths := func(v float64) float64 { return math.Round(10*v/unit)/10 + 0 } // no minus before nothing
	return fmt.Sprintf("%.1f [%.1f, %.1f] %s", tenths(e.Mean), tenths(e.CI95[0]), tenths(e.CI95[1]), name)
}

func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}

// atLength is what was found of a row, a line each.
func atLength(d *explain.Document, r explain.Row) []fact {
	var facts []fact
	if r.Evidence != "" {
		facts = append(facts, fact{"evidence", clean(r.Evidence)})
	}
	if r.Parts != nil {
		facts = append(facts, fact{"highest", r.Parts.String()})
	}
	if r.LeftPerMiB != nil {
		facts = append(facts, fact{"leaves", fmt.Sprintf("for each MiB of its answer %s", estimate(r.LeftPerMiB, memory.MiB, "MiB"))})
	}
	if len(r.Also) > 0 {
		facts = append(facts, fact{"also", clean(strings.Join(r.Also, ", "))})
	}
	facts = append(facts, anatomy(d, r)...)
	return append(facts, fact{"remedy", r.Remedy})
}

func anatomy(d *explain.Document, r explain.Row) (facts []fact) {
	i := slices.IndexFunc(d.Evidence.Subjects, func(s explain.Subject) bool { return s.What == r.What })
	if i < 0 || d.Evidence.Subjects[i].Anatomy == nil {
		return nil
	}
	a := d.Evidence.Subjects[i].Anatomy
	if text := kindsOf(a.Garbage); text != "" {
		facts = append(facts, fact{"garbage", fmt.Sprintf("after %d calls: %s", a.Calls, text)})
	}
	for _, l := range a.Loops {
		facts = append(facts, fact{"loop", clean(strings.Join(l, " → "))})
	}
	if text := kindsOf(a.Grown); text != "" {
		facts = append(facts, fact{"grown", text})
	}
	if text := kindsOf(a.Lines); text != "" {
		facts = append(facts, fact{"lines", text})
	}
	return append(facts, fact{"open", fmt.Sprintf("%s, %s to the database (%d after a collection), %d queued",
		count(a.Threads, "thread", "threads"), count(a.Connections, "connection", "connections"), a.ConnectionsCollected, a.Queued)})
}

// kindsOf names the largest few.
func kindsOf(kinds []explain.Kind) string {
	var parts []string
	for _, k := range kinds[:min(4, len(kinds))] {
		parts = append(parts, fmt.Sprintf("%s (%d, %.1f MiB)", clean(k.Name), k.Count, inMiB(k.Bytes)))
	}
	return strings.Join(parts, ", ")
}

func explainedPersonas(d *explain.Document) (rows [][]string) {
	part := func(bytes *int64) string {
		if bytes == nil {
			return ""
		}
		return fmt.Sprintf("%.0f", inMiB(*bytes))
	}
	for _, p := range d.Personas {
		cpu := ""
		if p.CPU != nil {
			cpu = fmt.Sprintf("%.1f %%", 100**p.CPU)
		}
		rows = append(rows, []string{
			fmt.Sprintf("%d %s", p.Users, clean(p.Name)), fmt.Sprintf("%.0f", p.Seconds), fmt.Sprintf("%.0f", inMiB(p.RiseBytes)),
			part(p.GarbageBytes), part(p.HeldBytes), cpu, servedBy(p.UsersAt),
		})
	}
	return rows
}

// servedBy says how many users use up each share; without an interval only about.
func servedBy(all []explain.UsersAt) string {
	var parts []string
	for _, u := range all {
		text := aboutUsers(u.Users)
		if u.CI95 != nil {
			text = fmt.Sprintf("%s [%s, %s]", users(u.Users), users(u.CI95[0]), users(u.CI95[1]))
		}
		parts = append(parts, fmt.Sprintf("%g CPU: %s", u.CPUs, text))
	}
	return strings.Join(parts, ", ")
}

// users prints how many, as far as it is good to know.
func users(n float64) string {
	if n >= 10 {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("%.1f", n)
}

// aboutUsers is n, above zero, to one digit: all that one reading tells.
func aboutUsers(n float64) string {
	tens := math.Floor(math.Log10(n))
	unit := math.Pow(10, tens)
	return fmt.Sprintf("about %.*f", int(max(0, -tens)), math.Round(n/unit)*unit)
}

// explainedUsers are the calls that take the most processor time of a user.
func explainedUsers(d *explain.Document) (rows [][]string) {
	var known []explain.Row
	for _, r := range d.Rows {
		if len(r.Users) > 0 {
			known = append(known, r)
		}
	}
	slices.SortStableFunc(known, func(a, b explain.Row) int {
		if a.Users[0].Users < b.Users[0].Users {
			return -1
		}
		return 1
	})
	for _, r := range known[:min(explainedCPU, len(known))] {
		rows = append(rows, []string{cut(clean(r.What), 52), estimate(r.CPU, 1e-3, "ms"), fmt.Sprintf("%d in %.0f s", r.Asked, r.AskedSeconds), servedBy(r.Users)})
	}
	return rows
}
