package report

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/pixeltales/pixelload/internal/verdict"
)

// A comment on a pull request holds 65,536 characters; whatever a run was
// called or said, the summary stays below.
const (
	mostRows    = 80
	mostReasons = 20
	mostText    = 240
)

// Markdown writes v as summary.md: short enough for a comment, and of nothing
// but tables, lists and text.
func Markdown(w io.Writer, v *verdict.Verdict) error {
	line, reasons := headline(v)
	reasons = append(reasons, claimReasons(v, reasons, line)...)
	outcome := outcomeOf(v)
	var b strings.Builder
	fmt.Fprintf(&b, "## %s %s: %s\n\n", outcome.mark, outcome.word, escape(line))
	fmt.Fprintf(&b, "%s\n\n", about(v))
	list(&b, reasons)
	if v.Campaign() {
		claimsOf(&b, v)
	} else {
		tableOf(&b, v)
	}
	list(&b, notes(v))
	if n := nextCommand(v); n.Line != "" {
		fmt.Fprintf(&b, "Next: `%s` %s\n\n", n.Line, escape(n.For))
	} else {
		fmt.Fprintf(&b, "Next: %s\n\n", escape(n.For))
	}
	b.WriteString("`report.html` of this run has the charts, every trial and the method.\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing Markdown: %w", err)
	}
	return nil
}

// about is the heading of the terminal's table in a line.
func about(v *verdict.Verdict) string {
	said := []string{"**" + escape(title(v)) + "**"}
	for _, f := range factsOf(v) {
		said = append(said, strings.ToLower(f.Name)+" "+escape(f.Value))
	}
	return strings.Join(said, " · ")
}

func list(b *strings.Builder, texts []string) {
	for i, text := range texts {
		if i == mostReasons {
			fmt.Fprintf(b, "- and %d more, see report.html\n", len(texts)-i)
			break
		}
		fmt.Fprintf(b, "- %s\n", escape(text))
	}
	if len(texts) > 0 {
		b.WriteString("\n")
	}
}

func tableOf(b *strings.Builder, v *verdict.Verdict) {
	rows := rowsOf(v)
	if len(rows) == 0 {
		return
	}
	var titles []string
	for _, h := range headers(v) {
		titles = append(titles, strings.ToUpper(h[:1])+strings.ToLower(h[1:]))
	}
	titles[2] = strings.Replace(titles[2], "ci", "CI", 1)
	line := func(cells ...string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(titles...)
	line("---", "---", "---", "---:", "---:", "---")
	for i, r := range rows {
		if i == mostRows {
			line(fmt.Sprintf("and %d more", len(rows)-i), "", "", "", "", "")
			break
		}
		line(escape(r.check), escape(r.says), escape(r.measured), r.delta, r.used, escape(strings.TrimSpace(string(r.mark)+" "+r.verdict)))
	}
	b.WriteString("\n")
}

// claimsOf is a campaign's table; its reasons are in the page.
func claimsOf(b *strings.Builder, v *verdict.Verdict) {
	b.WriteString("| Claim | | Document says | Measured (95 % CI) | Verdict |\n| --- | --- | --- | --- | --- |\n")
	for _, r := range claimTable(v) {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", escape(r.ID), escape(r.Claim), escape(r.Says+" ("+r.Line+")"), escape(r.measured()),
			escape(strings.Join(said([]string{strings.TrimSpace(string(r.Mark) + " " + r.Said), r.Turns}), "; ")))
	}
	b.WriteString("\n")
}

// special are the characters that begin or end something in Markdown or HTML.
var special = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "|", `\|`, "*", `\*`, "_", `\_`, "~", `\~`, "[", `\[`, "]", `\]`,
	"<", "&lt;", ">", "&gt;", "&", "&amp;",
	"://", `:\//`, "www.", `www\.`, // no address becomes a link
)

// mention is what notifies somebody, or refers to another pull request.
var mention = regexp.MustCompile(`([@#])(\w)`)

// escape makes text from outside mean nothing but itself.
func escape(text string) string {
	text = clean(text)
	if runes := []rune(text); len(runes) > mostText {
		text = string(runes[:mostText]) + "..."
	}
	return mention.ReplaceAllString(special.Replace(text), "$1\u200b$2")
}
