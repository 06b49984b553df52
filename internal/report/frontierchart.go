package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/pixeltales/pixelload/internal/frontier"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/verdict"
)

//go:embed page/frontier.html
var frontierText string

var frontierTemplates = withParts(frontierText)

// mapStyle is of the map, alone or in a page; it follows the page's colours.
//
//go:embed page/map.css
var mapStyle string

// Sizes of the map, in pixels: of a cell, and of the room around the cells.
const (
	cellWidth, cellHeight   = 96, 54
	mapLeft, mapTop         = 92, 70
	mapRight, mapBottomRoom = 16, 78
	leastWidth              = 750 // for the title and the legend
)

// chart is the map as it is drawn: the most data on top.
type chart struct {
	Style         template.CSS // of one that stands alone; "" in a page
	Width, Height int
	Title, About  string
	Summary       string
	Cells         []drawnCell
	Rows, Columns []drawnLabel
	Points        []drawnLabel
	Edge          string // the path between what fits and what does not
	Legend        []drawnLabel
	XTitle        drawnLabel
	Lost          bool // the service is lost somewhere
}

type drawnCell struct {
	X, Y, W, H          int
	State               string
	Implied, Lost       bool
	Mark, Figure, Title string
}

type drawnLabel struct {
	X, Y        int
	Text, Small string
	State       string
}

// FrontierSVG writes the map as a picture of its own, for light and dark grounds.
func FrontierSVG(w io.Writer, m *frontier.Map) error {
	c := chartOf(m)
	c.Style = template.CSS(mapStyle)
	return execute(w, "alone", c)
}

func execute(w io.Writer, name string, data any) error {
	var b bytes.Buffer // in memory first: half a picture would pass for a whole one
	err := frontierTemplates.ExecuteTemplate(&b, name, data)
	if err == nil {
		_, err = b.WriteTo(w)
	}
	if err != nil {
		return fmt.Errorf("writing the frontier: %w", err)
	}
	return nil
}

func chartOf(m *frontier.Map) chart {
	c := chart{
		Width:  max(leastWidth, mapLeft+cellWidth*len(m.Users)+mapRight),
		Height: mapTop + cellHeight*len(m.Data) + mapBottomRoom,
		Title:  clean(chartTitle(m)),
		About:  clean(m.Target.Name + ", " + count(len(m.Trials), "trial", "trials")), Summary: clean(headlineOf(m)),
	}
	bottom := mapTop + cellHeight*len(m.Data)
	for i, row := range m.Data {
		y := bottom - (i+1)*cellHeight
		c.Rows = append(c.Rows, drawnLabel{X: mapLeft - 10, Y: y + cellHeight/2 + 4, Text: number(row.AskedMiB) + " MiB"})
		for j := range m.Users {
			d := drawn(m.Cell(i, j), row)
			d.X, d.Y = mapLeft+j*cellWidth, y
			c.Lost = c.Lost || d.Lost
			c.Cells = append(c.Cells, d)
		}
	}
	for j, users := range m.Users {
		c.Columns = append(c.Columns, drawnLabel{X: mapLeft + j*cellWidth + cellWidth/2, Y: bottom + 18, Text: verdict.Crowd(users)})
	}
	c.Edge = edge(m, bottom)
	c.Points = pointsOf(m, bottom)
	c.Legend = legend(c.Lost, bottom+52)
	return c
}

func chartTitle(m *frontier.Map) string {
	room := mib(m.LimitBytes)
	if m.CPUs > 0 {
		room += fmt.Sprintf(", %g CPUs", m.CPUs)
	}
	return fmt.Sprintf("%s on plan %s (%s): users against MiB of public stories", m.Variant, m.Plan, room)
}

func drawn(cell frontier.Cell, row frontier.Row) drawnCell {
	d := drawnCell{
		W: cellWidth, H: cellHeight, State: cell.Memory, Implied: cell.N == 0 && cell.Memory != frontier.Unknown,
		Lost: cell.Service == frontier.Lost && cell.Memory != frontier.Killed, Mark: string(states[cell.Memory]),
	}
	said := []string{verdict.Crowd(cell.Users), rowName(row) + " of public stories", cell.Memory}
	switch u, known := cell.Largest.Get(); {
	case cell.N == 0:
	case cell.Memory == frontier.Killed:
		d.Figure = fmt.Sprintf("%d of %d", cell.N-cell.Held, cell.N)
	case known:
		d.Figure = fmt.Sprintf("%.0f MiB", float64(u)/memory.MiB)
	}
	if cell.N > 0 {
		said = append(said, fmt.Sprintf("n = %d, %d killed by the kernel", cell.N, cell.Kills))
	} else {
		said = append(said, "implied")
	}
	if cell.Service != frontier.Unknown {
		said = append(said, "service "+cell.Service)
	}
	d.Title = clean(strings.Join(append(said, cell.Reasons...), "; "))
	return d
}

// edge is the frontier: the steps between cells that fit and cells that do not.
func edge(m *frontier.Map, bottom int) string {
	fits := func(row, column int) bool {
		memory := m.Cell(row, column).Memory
		return memory == frontier.Fits || memory == frontier.Tight
	}
	var b strings.Builder
	for i := range m.Data {
		for j := range m.Users {
			x, y := mapLeft+j*cellWidth, bottom-(i+1)*cellHeight
			if i+1 < len(m.Data) && fits(i, j) && m.Cell(i+1, j).Memory == frontier.Killed {
				fmt.Fprintf(&b, "M%d %dh%d", x, y, cellWidth)
			}
			if j+1 < len(m.Users) && fits(i, j) && m.Cell(i, j+1).Memory == frontier.Killed {
				fmt.Fprintf(&b, "M%d %dv%d", x+cellWidth, y, cellHeight)
			}
		}
	}
	return b.String()
}

// pointsOf are the document's numbers of users, each on the frontier in its
// column.
func pointsOf(m *frontier.Map, bottom int) []drawnLabel {
	var out []drawnLabel
	for _, p := range m.Points {
		for j, users := range m.Users {
			if users != p.Users {
				continue
			}
			row := 0 // rows that fit
			for i, data := range m.Data {
				if data.Name == p.FitsTo {
					row = i + 1
				}
			}
			out = append(out, drawnLabel{
				X: mapLeft + j*cellWidth + cellWidth/2, Y: bottom - row*cellHeight,
				Text: clean(strings.Join(p.Claims, ", ")), Small: clean(verdict.Crowd(p.Users) + " " + reach(m, p)),
			})
		}
	}
	return out
}

// legend is a swatch for each state, and for what lies on top of them.
func legend(lost bool, y int) []drawnLabel {
	labels := []drawnLabel{
		{Text: string(good) + " fits", State: frontier.Fits}, {Text: string(unknown) + " tight", State: frontier.Tight},
		{Text: string(bad) + " killed", State: frontier.Killed}, {Text: "pale: implied", State: "pale"},
		{Text: "document", State: "document"},
	}
	if lost {
		labels = append(labels, drawnLabel{Text: "service lost", State: "lost"})
	}
	for i := range labels {
		labels[i].X, labels[i].Y = mapLeft+i*110, y
	}
	return labels
}

// frontierPage is the map as a page.
type frontierPage struct {
	Policy             string
	Style              template.CSS
	Word, Tone         string
	Mark               mark
	Headline           string
	Title              string
	Facts              []fact
	Chart              chart
	Points, Why, Notes []string
	Trials             []frontierTrial
	Next               string
}

type frontierTrial struct{ Name, Data, Users, Showed, Outcome, Why string }

// FrontierHTML writes the map as one page that needs nothing else.
func FrontierHTML(w io.Writer, m *frontier.Map) error {
	style := styleText + mapStyle
	outcome := outcomeOfMap(m)
	p := frontierPage{
		Policy: fmt.Sprintf("default-src 'none'; style-src '%s'; base-uri 'none'; form-action 'none'", digest(style)),
		Style:  template.CSS(style), Word: outcome.word, Mark: outcome.mark, Tone: outcome.mark.Tone(),
		Headline: clean(headlineOf(m)), Title: clean(m.Target.Name), Chart: chartOf(m),
		Points: cleanAll(pointTexts(m)), Why: cleanAll(m.Reasons), Notes: cleanAll(mapNotes(m)), Next: clean(nextOfMap(m)),
		Facts: []fact{
			{"Variant", clean(m.Variant)}, {"Plan", clean(planOf(m))}, {"Trials", fmt.Sprint(len(m.Trials))},
			{"Took", minutes(m.Seconds)}, {"Seed", fmt.Sprint(m.Seed)}, {"Machine", clean(fmt.Sprintf("%s, %d CPUs", m.Machine.CPUModel, m.Machine.CPUs))},
		},
	}
	asked := map[string]string{}
	for _, row := range m.Data {
		asked[row.Name] = rowName(row)
	}
	for _, t := range m.Trials {
		p.Trials = append(p.Trials, frontierTrial{
			Name: clean(t.File), Data: asked[t.Data], Users: strings.Trim(fmt.Sprint(t.Users), "[]"), Showed: showed(t),
			Outcome: words(t.Outcome), Why: clean(strings.Join(t.Reasons, "; ")),
		})
	}
	return execute(w, "page", p)
}

func showed(t frontier.Trial) string {
	switch {
	case t.Holds == 0 && t.Fails == 0:
		return "nothing"
	case t.Fails == 0:
		return fmt.Sprintf("%d fit", t.Holds)
	case t.Holds == 0:
		return fmt.Sprintf("%d do not fit", t.Fails)
	}
	return fmt.Sprintf("%d fit, %d do not", t.Holds, t.Fails)
}
