package verdict

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/phase"
)

// holdFlaws are those of one phase and its hold.
func (t *trial) holdFlaws(h phase.Hold) []flaw {
	flaws := t.gapFlaws(h)
	if h.Users == 0 {
		return flaws
	}
	if _, asked := h.Load.Errors(); !asked && !(t.without("pages") && h.Load.Lines > 0) {
		return append(flaws, voids("nothing is known of what the users did: see the generator's log in the run file"))
	}
	if h.Full { // else the trial has a flaw for that, and users leave a dying target
		flaws = append(flaws, t.crowdFlaws(h)...)
	}
	return slices.Concat(flaws, t.lackFlaws(h), serviceFlaws(h))
}

func voids(format string, args ...any) flaw {
	return flaw{weight: voidsPass, text: fmt.Sprintf(format, args...)}
}

// byGenerator says that the harness is to blame for f, not the target.
func byGenerator(f flaw) flaw {
	f.generator = true
	return f
}

// ofService says that f is how the target served its users.
func ofService(f flaw) flaw {
	f.service = true
	return f
}

// gapFlaws are times without samples: in the hold they void its figures, in
// the warm-up they void what is said of the largest U.
func (t *trial) gapFlaws(h phase.Hold) []flaw {
	const remedy = ": run again on a quieter machine"
	why := ""
	if h.Whole.GapWhy != "" {
		why = " (" + h.Whole.GapWhy + ")"
	}
	switch hold, whole := h.Memory.GapSeconds, h.Whole.GapSeconds; {
	case !t.hasPeak: // every hold would be one gap, which the trial's own flaw says
	case hold > mostGaps*h.Seconds():
		f := voids("%.0f %% of the hold without samples%s"+remedy, 100*hold/h.Seconds(), why)
		f.sampler = true
		return []flaw{f}
	case whole > mostGaps*(h.WarmupSeconds+h.Seconds()):
		f := voids("%.1f s of the phase without samples%s, where a peak may hide"+remedy, whole, why)
		f.warmup, f.sampler = true, true
		return []flaw{f}
	}
	return nil
}

// crowdFlaws say that the users were not those that the hold is named after.
func (t *trial) crowdFlaws(h phase.Hold) []flaw {
	var flaws []flaw
	if h.HeardSeconds < leastHeard*h.Seconds() {
		flaws = append(flaws, byGenerator(voids("the users were heard of for %.0f s of %.0f s: give the generator more CPU", h.HeardSeconds, h.Seconds())))
	}
	switch planned := h.Users * h.Visits; {
	case planned > 0 && h.Visited != planned:
		flaws = append(flaws, voids("%d of %d visits came to their end: see the generator's log in the run file", h.Visited, planned))
	case planned == 0 && h.LeastUsers < h.Users:
		flaws = append(flaws, voids("only %d of them were there at times: see the generator's log in the run file", h.LeastUsers))
	}
	if h.Users < 2 || t.run.Header.NoSockets || t.without("sockets") || mix(t.run.Header) != "" {
		return flaws // nobody to draw with, no way to, or no wish
	}
	if _, due := h.Load.Delivery(); !due {
		flaws = append(flaws, voids("no stroke was due, nobody drew together: see the generator's log in the run file"))
	}
	if h.Load.Lag.Count() == 0 {
		flaws = append(flaws, byGenerator(voids("nothing is known of how late the users sent: see the generator's log in the run file")))
	}
	return flaws
}

// serviceFlaws are errors, lateness and lost strokes.
func serviceFlaws(h phase.Hold) []flaw {
	var flaws []flaw
	if errors, _ := h.Load.Errors(); errors >= mostErrors {
		flaws = append(flaws, ofService(voids("%.1f %% unexpected errors%s: see the target's log in the run file", 100*errors, counted(h.Load.Troubles))))
	}
	if n := h.Load.Troubles["held_back"]; n > 0 {
		flaws = append(flaws, ofService(voids("the users held back %d calls, as the target asked for that, hung, or answered nothing but errors: it had less load than planned, or later", n)))
	}
	healthy := h.Load.StalledReceivers == 0
	if lag, ok := h.Load.Lag.Quantile(0.99); ok && lag > mostLag {
		healthy = false
		late := byGenerator(voids("users sent late, p99 %.0f ms: give the generator more CPU", 1000*lag))
		if h.Visits > 0 { // so many visits they were, at whatever pace
			late.weight = finding
		}
		flaws = append(flaws, late)
	}
	if h.Load.Dropped > 0 {
		healthy = false
		flaws = append(flaws, byGenerator(brokenOff(h)))
	}
	ratio, ok := h.Load.Delivery()
	why := counted(h.Load.Draws.LostBy)
	switch {
	case !ok || ratio >= goodDelivery:
	case ratio < leastDelivery:
		flaws = append(flaws, ofService(voids("only %.1f %% of the strokes arrived%s: give target and generator more CPU, or fewer users", 100*ratio, why)))
	case !healthy:
		flaws = append(flaws, voids("%.1f %% of the strokes arrived%s, and the generator was not healthy: give it more CPU", 100*ratio, why))
	default:
		flaws = append(flaws, flaw{weight: finding,
			text: fmt.Sprintf("the server dropped %.1f %% of the strokes%s; the generator was on time and reading", 100*(1-ratio), why)})
	}
	return flaws
}

// brokenOff says of users who left early whether they had to: a target that
// refuses their tokens is no slow generator, and no lost service either.
func brokenOff(h phase.Hold) flaw {
	if refused := h.Load.Troubles["unauthorized"]; refused > 0 {
		return voids("%d users gave up, as the target refused their tokens or passwords (%d times): are secret and accounts those of the target?",
			h.Load.Dropped, refused)
	}
	return voids("%d of the generator's iterations failed: see its log in the run file", h.Load.Dropped)
}

// counted lists counts by name, as " (late 3, closed 1)", the largest first;
// empty for none.
func counted(counts map[string]int) string {
	if len(counts) == 0 {
		return ""
	}
	return " (" + Counts(counts) + ")"
}

// Counts lists counts by name, as "late 3, closed 1", the largest first.
func Counts(counts map[string]int) string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %d", name, counts[name])
	}
	return strings.Join(names, ", ")
}
