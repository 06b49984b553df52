package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// rowsOf returns the table's rows, from the target's start to the generator.
func rowsOf(v *verdict.Verdict) []row {
	if len(v.Trials) == 0 {
		return nil
	}
	rows := idleRows(v)
	for _, l := range v.Levels {
		rows = append(rows, levelRow(v, l))
	}
	rows = append(rows, claimRows(v)...)
	for _, b := range v.Budgets {
		rows = append(rows, budgetRow(v, b))
	}
	for _, g := range v.Growth {
		rows = append(rows, growthRow(g))
	}
	rows = append(rows, killRow(v))
	rows = append(rows, deliveryRows(v)...)
	return append(rows, listRow(v)...)
}

// idleRows are the three figures that are called idle.
func idleRows(v *verdict.Verdict) []row {
	var rows []row
	for _, idle := range []struct {
		name string
		of   func(verdict.Idle) memory.Figure
	}{
		{"idle, listening", func(i verdict.Idle) memory.Figure { return i.Listening }},
		{"idle, one request", func(i verdict.Idle) memory.Figure { return i.FirstRequest }},
		{"idle, all touched", func(i verdict.Idle) memory.Figure { return i.Touched }},
	} {
		if r, ok := idleRow(v, idle.name, idle.of); ok {
			rows = append(rows, r)
		}
	}
	return rows
}

// idleRow gives the mean over the trials and, of several, their spread.
func idleRow(v *verdict.Verdict, name string, of func(verdict.Idle) memory.Figure) (row, bool) {
	var seen []int64
	var sum int64
	for _, t := range v.Trials {
		if u, ok := of(t.Idle).Get(); ok {
			seen = append(seen, int64(u))
			sum += int64(u)
		}
	}
	if len(seen) == 0 {
		return row{}, false
	}
	mean := sum / int64(len(seen))
	r := row{check: name, measured: fmt.Sprintf("%.1f MiB", float64(mean)/memory.MiB), used: percent(mean, v.Header.LimitBytes)}
	if len(seen) > 1 {
		spread := float64(slices.Max(seen)-slices.Min(seen)) / memory.MiB
		r.measured += fmt.Sprintf(", spread %.1f", spread)
	}
	return r, true
}

// levelRow is a number of users, held against the claim about it.
func levelRow(v *verdict.Verdict, l verdict.Level) row {
	r := row{check: verdict.Crowd(l.Users) + several(v, l.Variant, l.Data)}
	if l.Unreclaimable != nil {
		r.measured = mib(l.Unreclaimable.Median) + interval(l.Unreclaimable.CI95)
		r.used = percent(l.Unreclaimable.Median, l.LimitBytes)
	}
	for _, c := range v.Claims {
		word, ok := c.ByData[l.Data]
		if !ok || !onLevel(c) || c.Of.Arm.Variant != l.Variant || len(l.HabitsOff) > 0 || !slices.Contains(c.Of.Users, l.Users) {
			continue
		}
		r.check += " (" + c.ID + ")"
		r.says = c.Of.Says()
		r.mark, r.verdict = claimSaid(c, word)
		switch {
		case c.Of.Kind == claim.Crash && word.Measured != nil && word.Measured.Kills != nil:
			r.measured += fmt.Sprintf(", %d of %d killed", *word.Measured.Kills, word.Measured.N)
		case c.Of.Kind == claim.Level && l.Unreclaimable != nil:
			r.delta = delta(l.Unreclaimable.Median, (c.Of.LowBytes+c.Of.HighBytes)/2)
		}
		break
	}
	return r
}

// onLevel reports that a claim is about the level of one row, and stands in it.
func onLevel(c verdict.Claim) bool { return c.Of.Kind == claim.Level || c.Of.Kind == claim.Crash }

// claimRows are the claims that no level's row has: those on several numbers
// of users or on none, and those whose users were never held.
func claimRows(v *verdict.Verdict) []row {
	var rows []row
	for _, c := range v.Claims {
		for _, data := range sortedKeys(c.ByData) {
			if onLevel(c) && held(v, c, data) {
				continue
			}
			word := c.ByData[data]
			name := c.Text
			if onLevel(c) || c.Of.Kind == claim.Below {
				name = crowds(c.Of.Users)
			}
			r := row{check: name + several(v, c.Of.Arm.Variant, data) + " (" + c.ID + ")", says: c.Of.Says(), measured: measuredOf(word.Measured)}
			r.mark, r.verdict = claimSaid(c, word)
			rows = append(rows, r)
		}
	}
	return rows
}

func held(v *verdict.Verdict, c verdict.Claim, data string) bool {
	return slices.ContainsFunc(v.Levels, func(l verdict.Level) bool {
		return l.Variant == c.Of.Arm.Variant && l.Data == data && slices.Contains(c.Of.Users, l.Users)
	})
}

// claimSaid is the last cell of a claim: its outcome, or what one trial hints at.
func claimSaid(c verdict.Claim, w verdict.Word) (mark, string) {
	said, m := words(w.Outcome), unknown
	switch w.Outcome {
	case verdict.Confirmed:
		m = good
	case verdict.Refuted:
		m = bad
	default:
		switch {
		case c.Of.Kind == claim.Crash && w.Indication == verdict.Near:
			said = "as claimed or near"
		case c.Of.Kind == claim.Crash && w.Indication == verdict.FarBelow:
			said = "far from a crash"
		case w.Indication != "":
			said = w.Indication
		}
	}
	return m, said
}

// budgetRow is the largest U of all trials, held against the budget.
func budgetRow(v *verdict.Verdict, b verdict.Budget) row {
	r := row{check: "largest U" + several(v, b.Variant, b.Data), mark: unknown, verdict: "cannot tell"}
	if b.Limit > 0 {
		r.says = "budget " + mib(b.Limit)
	}
	if b.Measured != nil {
		r.measured = mib(*b.Measured)
		r.delta = delta(*b.Measured, b.Limit)
		r.used = percent(*b.Measured, v.Header.LimitBytes)
	}
	switch b.Outcome {
	case verdict.Pass:
		r.mark, r.verdict = good, "within the budget"
	case verdict.Fail:
		r.mark, r.verdict = bad, "over the budget"
		if b.Measured == nil || *b.Measured < b.Limit {
			r.verdict = "died"
		}
	}
	if slices.Contains(b.Reasons, verdict.OneTrial) {
		r.verdict += ", " + verdict.OneTrial
	}
	return r
}

// killRow counts kills, and restarts where all trials know them. A kill that
// was counted shows, whatever other trials could not count.
func killRow(v *verdict.Verdict) row {
	r := row{check: "OOM kills", mark: good, verdict: "none"}
	var kills int64
	restarts, counted, known := 0, 0, 0
	for _, t := range v.Trials {
		if t.Restarts != nil {
			restarts, known = restarts+*t.Restarts, known+1
		}
		if t.OOMKills != nil {
			kills, counted = kills+*t.OOMKills, counted+1
			continue
		}
		r.mark, r.verdict = unknown, "cannot be counted: no sample"
		if t.LimitBytes == 0 {
			r.verdict = "cannot be counted: no limit enforced"
		}
	}
	switch all := len(v.Trials); {
	case counted == all && known == all:
		r.check, r.measured = "OOM kills, restarts", fmt.Sprintf("%d, %d", kills, restarts)
	case counted == all:
		r.measured = fmt.Sprint(kills)
	case counted > 0:
		r.measured = fmt.Sprintf("%d in %d of %d trials", kills, counted, all)
	}
	if kills > 0 {
		r.mark, r.verdict = bad, "killed by the kernel"
	}
	return r
}

// several names what a row is about where the verdict has more than one series.
func several(v *verdict.Verdict, variant, data string) string {
	for _, t := range v.Trials {
		if t.Variant != v.Trials[0].Variant || t.Data != v.Trials[0].Data {
			return fmt.Sprintf(", %s, %s", variant, data)
		}
	}
	return ""
}

func crowds(users []int) string {
	if len(users) == 1 {
		return verdict.Crowd(users[0])
	}
	names := make([]string, len(users))
	for i, n := range users {
		names[i] = fmt.Sprint(n)
	}
	return strings.Join(names, " and ") + " users"
}
