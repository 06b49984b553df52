package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// listedClaim is a claim of the document as `claims list` prints it.
type listedClaim struct {
	ID      string          `json:"id"`
	Kind    string          `json:"kind"`
	Text    string          `json:"text"`
	Source  claim.Source    `json:"source"`
	Says    string          `json:"says"`
	Claimed verdict.Claimed `json:"claimed"`
	Arm     listedArm       `json:"arm"`
	Versus  *listedArm      `json:"versus,omitempty"`
	Plan    string          `json:"plan,omitempty"`
	Users   []int           `json:"users,omitempty"`
	Words   []int           `json:"words,omitempty"`
}

type listedArm struct {
	Variant   string   `json:"variant"`
	HabitsOff []string `json:"habits_off,omitempty"`
}

// ListJSON writes the claims of the document as a JSON array.
func ListJSON(w io.Writer, doc *claim.Document) error {
	list := []listedClaim{}
	for _, c := range doc.Claims {
		l := listedClaim{
			ID: c.ID, Kind: c.Kind, Text: c.Text, Source: c.Source, Says: c.Says(), Claimed: verdict.ClaimedBy(c),
			Arm: listedArm{c.Arm.Variant, c.Arm.Off}, Plan: c.Plan, Users: c.Users, Words: c.Words,
		}
		if c.Versus.Variant != "" {
			l.Versus = &listedArm{c.Versus.Variant, c.Versus.Off}
		}
		list = append(list, l)
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	if err := out.Encode(list); err != nil {
		return fmt.Errorf("writing the claims: %w", err)
	}
	return nil
}

// List writes the claims of the document as a table.
func List(w io.Writer, doc *claim.Document, o Options) error {
	g := grid{lines: [][]string{{"CLAIM", "DOCUMENT SAYS", "LINE", "KIND", "MEASURED ON"}}, marked: -1, right: []int{2}}
	for _, c := range doc.Claims {
		g.lines = append(g.lines, []string{clean(c.ID + " " + c.Text), clean(c.Says()), fmt.Sprint(c.Source.Line), c.Kind, clean(measuredOn(c))})
	}
	if _, err := fmt.Fprintln(w, g.draw(o)); err != nil {
		return fmt.Errorf("writing the claims: %w", err)
	}
	return nil
}

// measuredOn says which arms, plan and users a claim speaks of.
func measuredOn(c claim.Claim) string {
	said := c.Arm.String()
	if c.Versus.Variant != "" {
		said += " minus " + c.Versus.String()
	}
	if c.Plan != "" {
		said += " on " + c.Plan
	}
	switch {
	case c.Listening:
		said += ", listening"
	case len(c.Users) > 0:
		said += ", " + crowds(c.Users)
	}
	if len(c.Words) > 0 {
		said += ", at " + strings.ReplaceAll(crowdList(c.Words), " ", ", ") + " words"
	}
	return said
}
