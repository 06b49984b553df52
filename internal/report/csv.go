package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/pixeltales/pixelload/internal/verdict"
)

// columns of the CSV. Units are in the names; an empty cell was not measured.
var columns = []string{
	"row", "id", "text", "line", "variant", "habits_off", "versus", "data", "users", "n",
	"claimed_low_bytes", "claimed_high_bytes", "claimed_event", "claimed_users", "claimed_percent",
	"measured_bytes", "ci95_low_bytes", "ci95_high_bytes", "p95_bytes", "max_bytes", "collected_bytes",
	"natural_bytes", "natural_ci95_low_bytes", "natural_ci95_high_bytes", "oom_killed_trials",
	"memory_fits_users", "memory_fails_users", "service_kept_users", "service_lost_users",
	"limit_bytes", "cpus", "list_requests", "delivery_ratio", "fanout_p99_seconds", "error_ratio", "steady",
	"outcome", "indication", "speaks_for", "reasons",
}

// cells are those of a row by their column's name.
type cells map[string]string

// CSV writes v as a row a level, then a row a claim and data profile.
func CSV(w io.Writer, v *verdict.Verdict) error {
	out := csv.NewWriter(w)
	rows := []cells{{}}
	for _, name := range columns {
		rows[0][name] = name
	}
	for _, l := range v.Levels {
		rows = append(rows, levelCells(v, l))
	}
	for _, c := range v.Claims {
		for _, data := range sortedKeys(c.ByData) {
			rows = append(rows, claimCells(c, data))
		}
	}
	for _, row := range rows {
		var line []string
		for _, name := range columns {
			line = append(line, neutral(row[name]))
		}
		if err := out.Write(line); err != nil {
			return fmt.Errorf("writing CSV: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("writing CSV: %w", err)
	}
	return nil
}

// neutral keeps a spreadsheet from running a cell as a formula; some take the
// wide signs of East Asian keyboards as well.
func neutral(cell string) string {
	cell = clean(cell)
	if strings.IndexAny(strings.TrimLeft(cell, " "), "=+-@＝＋－＠") == 0 {
		return "'" + cell
	}
	return cell
}

func levelCells(v *verdict.Verdict, l verdict.Level) cells {
	c := cells{
		"row": "level", "text": verdict.Crowd(l.Users), "variant": l.Variant, "habits_off": strings.Join(l.HabitsOff, " "), "data": l.Data, "users": fmt.Sprint(l.Users), "n": fmt.Sprint(l.N),
		"list_requests": optional(l.ListRequests), "delivery_ratio": optional(l.DeliveryRatio),
		"fanout_p99_seconds": optional(l.FanoutP99), "error_ratio": optional(l.ErrorRatio),
		"steady": strconv.FormatBool(l.Steady), "speaks_for": v.Target.Kind,
	}
	if l.LimitBytes > 0 {
		c["limit_bytes"] = fmt.Sprint(l.LimitBytes)
	}
	if u := l.Unreclaimable; u != nil {
		c["measured_bytes"], c["p95_bytes"], c["max_bytes"] = fmt.Sprint(u.Median), fmt.Sprint(u.P95), fmt.Sprint(u.Max)
		c.interval("", u.CI95)
	}
	if l.Collected != nil {
		c["collected_bytes"] = fmt.Sprint(l.Collected.Mean)
	}
	if l.CPUs > 0 {
		c["cpus"] = fmt.Sprint(l.CPUs)
	}
	return c
}

func claimCells(claim verdict.Claim, data string) cells {
	word := claim.ByData[data]
	c := cells{
		"row": "claim", "id": claim.ID, "text": claim.Text, "line": fmt.Sprint(claim.Source.Line), "data": data, "users": crowdList(claim.Of.Users),
		"variant": claim.Of.Arm.Variant, "habits_off": strings.Join(claim.Of.Arm.Off, " "), "versus": claim.Of.Versus.String(),
		"claimed_event": claim.Claimed.Event, "claimed_users": crowdList(claim.Claimed.Users), "claimed_percent": crowdList(claim.Claimed.Percent), "outcome": word.Outcome, "indication": word.Indication,
		"speaks_for": claim.SpeaksFor, "reasons": strings.Join(word.Reasons, "; "),
	}
	if claim.Claimed.LowBytes > 0 {
		c["claimed_low_bytes"] = fmt.Sprint(claim.Claimed.LowBytes)
	}
	if claim.Claimed.HighBytes > 0 {
		c["claimed_high_bytes"] = fmt.Sprint(claim.Claimed.HighBytes)
	}
	if m := word.Measured; m != nil {
		c["n"], c["measured_bytes"], c["oom_killed_trials"] = fmt.Sprint(m.N), optional(m.Bytes), optional(m.Kills)
		c.interval("", m.CI95)
		if m.Natural != nil {
			c["natural_bytes"] = optional(m.Natural.Bytes)
			c.interval("natural_", m.Natural.CI95)
		}
		if m.Memory != nil {
			c["memory_fits_users"], c["memory_fails_users"] = optional(m.Memory.Holds), optional(m.Memory.Fails)
			c["service_kept_users"], c["service_lost_users"] = optional(m.Service.Holds), optional(m.Service.Fails)
		}
	}
	return c
}

func (c cells) interval(of string, ci *[2]int64) {
	if ci != nil {
		c[of+"ci95_low_bytes"], c[of+"ci95_high_bytes"] = fmt.Sprint(ci[0]), fmt.Sprint(ci[1])
	}
}

// crowdList prints 3 and 10 users as "3 10": one cell, no separator of CSV.
func crowdList[T int | float64](users []T) string { return strings.Trim(fmt.Sprint(users), "[]") }

// optional prints what may not have been measured.
func optional[T any](v *T) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(*v)
}
