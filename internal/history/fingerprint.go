package history

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
)

// Fingerprint is what must be equal for the figures of two runs to be compared,
// beside their Line. The target's commit is not in it: that is what is looked at.
type Fingerprint struct {
	Machine run.Machine `json:"machine"`
	Kind    string      `json:"kind"` // of the target: reference, checkout, ...
	Name    string      `json:"name"`
	Tool    string      `json:"tool"` // the release's first two numbers, as 0.1
}

func fingerprintOf(h run.Header) Fingerprint {
	return Fingerprint{Machine: h.Machine, Kind: h.Target.Kind, Name: h.Target.Name, Tool: toolSeries(h.Tool)}
}

// toolSeries is 0.1 for 0.1.3+4f2c1d9: what releases promise not to change is how
// figures are made.
func toolSeries(version string) string {
	numbers := strings.SplitN(version, ".", 3)
	if len(numbers) < 3 {
		return version
	}
	return numbers[0] + "." + numbers[1]
}

// id is a short name of the fingerprint.
func (f Fingerprint) id() (string, error) {
	data, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("naming the series: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6]), nil
}

// under says how a trial with this header measured, in words that are equal for
// trials that may be compared. What the data holds is told by its counts: its
// bytes differ a little with the seed.
func under(h run.Header) string {
	words := []string{"no limit"}
	if h.LimitBytes > 0 {
		words[0] = fmt.Sprintf("%.4g MiB", float64(h.LimitBytes)/memory.MiB)
	}
	if h.CPUs > 0 {
		words = append(words, fmt.Sprintf("%g CPUs", h.CPUs))
	}
	words = append(words, phases(h.Phases), fmt.Sprintf("%d stories, %d drawn, %d words", h.Data.PublicStories, h.Data.DrawnStories, h.Data.Words), h.MemorySource)
	for _, mark := range []struct {
		is   bool
		word string
	}{
		{h.Kind == run.Collected, "collected"},
		{h.Quick, "quick"},
		{h.Running, "not started for it"},
		{len(h.HabitsOff) > 0, "without " + strings.Join(h.HabitsOff, " and ")},
		{h.Fault != "", "fault " + h.Fault},
		{h.Mix != "" && !strings.HasPrefix(h.Mix, "user="), h.Mix},
	} {
		if mark.is {
			words = append(words, mark.word)
		}
	}
	return strings.Join(words, ", ")
}

// phases are the numbers of users, the longest hold and the longest warm-up, as
// "0-3-10 users for 60 s after 90 s", and how often users came where that was
// counted.
func phases(all []run.Phase) string {
	var users []string
	hold, warmup, visits := 0.0, 0.0, 0
	for _, p := range all {
		if len(users) == 0 || p.Users > 0 {
			users = append(users, strconv.Itoa(p.Users))
		}
		hold, warmup, visits = max(hold, p.HoldSeconds), max(warmup, p.WarmupSeconds), max(visits, p.Visits)
	}
	text := fmt.Sprintf("%s users for %.0f s", strings.Join(users, "-"), hold)
	if warmup > 0 {
		text += fmt.Sprintf(" after %.0f s", warmup)
	}
	if visits > 0 {
		text += fmt.Sprintf(", %d visits each", visits)
	}
	return text
}
