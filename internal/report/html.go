package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

//go:embed page/page.html
var pageText string

// The page's style and script are ours and constant: the only text that is not
// escaped, and the only one that its security policy lets a browser use.
var (
	//go:embed page/page.css
	styleText string
	//go:embed page/page.js
	scriptText string
)

// partsText are the pieces that the pages share; each page names its own title.
//
//go:embed page/parts.html
var partsText string

// withParts is a page made of its own text and the shared pieces.
func withParts(text string) *template.Template {
	return template.Must(template.Must(template.New("page").Parse(partsText)).Parse(text))
}

var pageTemplate = withParts(pageText)

// policy is the page's Content-Security-Policy: nothing is loaded, and no
// script or style runs but the two whose digests it names.
var policy = fmt.Sprintf("default-src 'none'; script-src '%s'; style-src '%s'; img-src data:; base-uri 'none'; form-action 'none'",
	digest(scriptText), digest(styleText))

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// page is all that the template shows. Text from outside is clean in it.
type page struct {
	Policy string
	Style  template.CSS
	Script template.JS

	Outcome  string // pass, fail or inconclusive: its class
	Word     string
	Mark     mark
	Headline string
	Reasons  []string
	Notes    []string
	Next     command
	Title    string
	Facts    []fact
	Gauges   []gauge

	Headers []string
	Rows    []pageRow
	// Table has the claims of a campaign, in place of Rows.
	Table []claimRow

	Growths   []growth
	Claims    []claimed
	Timelines []timeline
	Method    method

	Files   map[string]string
	Samples []timelineData
}

// command is what to do next, and what for.
type command struct{ Line, For string }

// fact is a name and its value.
type fact struct{ Name, Value string }

// pageRow is a row of the verdict table.
type pageRow struct {
	Check, Says, Measured, Delta, Used, Verdict string
	Mark                                        mark
}

// Tone is the class of a mark: an outcome is never told by colour alone.
func (m mark) Tone() string {
	return map[mark]string{good: "good", bad: "bad", unknown: "unknown"}[m]
}

// HTML writes v and the runs it was judged from as one page that needs nothing
// else: no network, no other file, and no script to be read.
func HTML(w io.Writer, v *verdict.Verdict, runs []*run.Run) error {
	p, err := pageOf(v, runs)
	if err != nil {
		return err
	}
	// Into memory first: a page cut in the middle would pass for a whole one.
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	if _, err := b.WriteTo(w); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}

func pageOf(v *verdict.Verdict, runs []*run.Run) (page, error) {
	line, reasons := headline(v)
	reasons = append(reasons, claimReasons(v, reasons, line)...)
	outcome := outcomeOf(v)
	p := page{
		Policy: policy, Style: template.CSS(styleText), Script: template.JS(scriptText),
		Outcome: outcome.mark.Tone(), Word: outcome.word, Mark: outcome.mark,
		Headline: clean(line), Reasons: cleanAll(reasons), Notes: notes(v), Next: nextCommand(v),
		Title: title(v), Facts: factsOf(v), Gauges: gauges(v),
		Headers: headers(v), Growths: growths(v), Claims: claimedOf(v), Timelines: timelines(v, runs), Method: methodOf(v),
		Files: map[string]string{},
	}
	if v.Campaign() {
		p.Table = claimTable(v)
	}
	for _, r := range rowsOf(v) {
		p.Rows = append(p.Rows, pageRow{clean(r.check), clean(r.says), clean(r.measured), r.delta, r.used, clean(r.verdict), r.mark})
	}
	for _, t := range p.Timelines {
		p.Samples = append(p.Samples, t.Data)
	}
	for _, f := range alongside {
		var b bytes.Buffer
		if err := f.Write(&b, v, runs); err != nil {
			return p, err
		}
		p.Files[f.File] = b.String()
	}
	return p, nil
}

// title names the target in the browser's tab and on top of the page.
func title(v *verdict.Verdict) string {
	if len(v.Trials) == 0 {
		return "no trial"
	}
	name := v.Target.Name
	if v.Target.Ref != "" {
		name += " @ " + v.Target.Ref
	}
	return clean(name)
}

func nextCommand(v *verdict.Verdict) command {
	line, what, _ := strings.Cut(next(v), "   ")
	if !strings.HasPrefix(line, "pixelload ") {
		return command{For: line}
	}
	return command{line, strings.TrimSpace(what)}
}

// factsOf is the heading of the table, a fact at a time.
func factsOf(v *verdict.Verdict) []fact {
	if len(v.Trials) == 0 {
		return nil
	}
	h := v.Header
	limit := "none enforced"
	if h.LimitBytes > 0 {
		limit = mib(h.LimitBytes)
	}
	if h.CPUs > 0 {
		limit += fmt.Sprintf(", %g CPUs", h.CPUs)
	}
	var data []string
	for _, name := range sortedKeys(v.Data) {
		data = append(data, fmt.Sprintf("%s, %.1f MiB public", name, float64(v.Data[name].PublicBytes)/memory.MiB))
	}
	return []fact{
		{"Variant", clean(strings.Join(variants(v), ", "))}, {"Data", clean(strings.Join(data, "; "))},
		{"Trials", fmt.Sprint(len(v.Trials))}, {"Limit", limit}, {"Memory from", clean(source(h))},
		{"Begun", h.Started.UTC().Format("2 January 2006, 15:04 UTC")}, {"Exit code", fmt.Sprint(v.ExitCode)},
	}
}

// gauge is how much of the limit the largest U takes.
type gauge struct {
	Name                  string
	Used, Budget          percentage
	HasBudget             bool
	Measured, Says, Whole string
	Tone                  string
}

const mostGauges = 4

func gauges(v *verdict.Verdict) []gauge {
	var out []gauge
	for i, b := range v.Budgets {
		if b.Measured == nil {
			continue
		}
		// A budget is of the series in its place.
		of := v.Series[i]
		whole, name := float64(of.LimitBytes), "limit "+mib(of.LimitBytes)
		if of.LimitBytes == 0 {
			whole, name = 1.1*float64(max(b.Limit, *b.Measured)), "no limit enforced"
		}
		g := gauge{
			Used: across(float64(*b.Measured), whole), Measured: mib(*b.Measured), Whole: name,
			Tone: map[string]string{verdict.Pass: "good", verdict.Fail: "bad"}[b.Outcome],
		}
		if of.Among != "" {
			g.Name = seriesName(of)
		}
		if b.Limit > 0 {
			g.HasBudget, g.Budget, g.Says = true, across(float64(b.Limit), whole), "budget "+mib(b.Limit)
		}
		out = append(out, g)
	}
	// Of a campaign's many series the fullest tell enough; the table has all.
	slices.SortStableFunc(out, func(a, b gauge) int { return cmp.Compare(b.Used, a.Used) })
	return out[:min(len(out), mostGauges)]
}
