package collector

import (
	"maps"
	"slices"
	"strconv"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// claimStatuses are the values of pixelload_claim_status for what was measured.
var claimStatuses = map[string]float64{verdict.Confirmed: 1, verdict.Refuted: 0, verdict.Inconclusive: -1}

const notMeasured = -2

// document sends what the document says, where it says it in bytes.
func (b *bounded) document(doc []claim.Claim) {
	for _, c := range doc {
		at := c.Users
		if c.Listening {
			at = []int{0} // nobody is there before the first request
		}
		for _, n := range at {
			users := strconv.Itoa(n)
			if c.LowBytes > 0 {
				b.send(claimed, float64(c.LowBytes), c.ID, c.Arm.Variant, users, "low")
			}
			if c.HighBytes > 0 {
				b.send(claimed, float64(c.HighBytes), c.ID, c.Arm.Variant, users, "high")
			}
		}
	}
}

// claims sends what the runs, newest first, say of the claims. The first run
// that measured a claim counts; a claim of the document that none measured is
// not measured on any data that there are runs of.
func (b *bounded) claims(runs []*stored, doc []claim.Claim) {
	said, confirmed, data := map[[2]string]bool{}, map[[2]string]bool{}, map[string]bool{}
	for _, r := range runs {
		for _, t := range r.verdict.Trials {
			data[t.Data] = true
		}
		for _, c := range r.verdict.Claims {
			for _, on := range slices.Sorted(maps.Keys(c.ByData)) {
				key, word := [2]string{c.ID, on}, c.ByData[on]
				if !said[key] && word.Outcome != verdict.NotMeasured {
					said[key] = true
					b.claim(c.ID, on, word)
				}
				if m := word.Measured; !confirmed[key] && word.Outcome == verdict.Confirmed && m != nil && m.Bytes != nil {
					confirmed[key] = true
					b.send(claimConfirmed, float64(*m.Bytes), c.ID, on)
				}
			}
		}
	}
	for _, c := range doc {
		for _, on := range slices.Sorted(maps.Keys(data)) {
			if !said[[2]string{c.ID, on}] {
				b.send(claimStatus, notMeasured, c.ID, on)
			}
		}
	}
}

func (b *bounded) claim(id, data string, w verdict.Word) {
	if status, ok := claimStatuses[w.Outcome]; ok {
		b.send(claimStatus, status, id, data)
	}
	m := w.Measured
	if m == nil || m.Bytes == nil {
		return
	}
	b.send(claimMeasured, float64(*m.Bytes), id, data, "mean")
	if m.CI95 != nil {
		b.send(claimMeasured, float64(m.CI95[0]), id, data, "ci_low")
		b.send(claimMeasured, float64(m.CI95[1]), id, data, "ci_high")
	}
}
