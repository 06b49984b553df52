package verdict_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// holding makes the trials ones on a database of so many MiB of public stories.
func holding(runs []*run.Run, id, data string, mib int64) []*run.Run {
	for _, r := range runs {
		r.Header.ID, r.Header.Data.Name, r.Header.Data.PublicBytes = id, data, mib*memory.MiB
	}
	return runs
}

// at are six trials on such a database with a level of that many MiB at 3 users.
func at(data string, mib int64, level float64) []*run.Run {
	runs := runtest.Campaign(6, runtest.Arm{Variant: "before", Levels: runtest.Levels{0: 80, 3: level, 10: level + 40}})
	for _, r := range runs {
		r.Header.LimitBytes = 4096 * memory.MiB
	}
	return holding(runs, data, data, mib)
}

// What else the two profiles differ in is said: it may be what turns the claim.
func TestTurnsAtSaysWhatElseDiffers(t *testing.T) {
	light, heavy := at("light", 6, 120), at("heavy", 62, 580)
	for _, r := range heavy {
		r.Header.Data.DrawnStories, r.Header.Data.Words = 30, 5000
	}
	for _, c := range verdict.Judge(slices.Concat(light, heavy), document(t)).Claims {
		if c.ID == "L4" && (c.TurnsAt == nil || !slices.Equal(c.TurnsAt.AlsoDiffer, []string{"drawn share", "words"})) {
			t.Errorf("L4 turns at %+v", c.TurnsAt)
		}
	}
}

func TestTurnsAt(t *testing.T) {
	const mib = memory.MiB
	for name, test := range map[string]struct {
		runs [][]*run.Run
		id   string
		want *verdict.Turn
	}{
		"one profile":          {[][]*run.Run{at("light", 6, 120)}, "L4", nil},
		"all agree":            {[][]*run.Run{at("light", 6, 120), at("heavy", 62, 140)}, "L4", nil},
		"confirmed from":       {[][]*run.Run{at("light", 6, 120), at("typical", 19, 160), at("heavy", 62, 580)}, "L4", &verdict.Turn{PublicBytes: 62 * mib, AfterBytes: 19 * mib, Outcome: "confirmed"}},
		"refuted from":         {[][]*run.Run{at("light", 6, 580), at("heavy", 62, 900)}, "L4", &verdict.Turn{PublicBytes: 62 * mib, AfterBytes: 6 * mib, Outcome: "refuted"}},
		"over it and back":     {[][]*run.Run{at("light", 6, 120), at("typical", 19, 580), at("heavy", 62, 900)}, "L4", nil},
		"the open lies within": {[][]*run.Run{at("light", 6, 120), at("typical", 19, 580)[:1], at("heavy", 62, 580)}, "L4", &verdict.Turn{PublicBytes: 62 * mib, AfterBytes: 6 * mib, Outcome: "confirmed"}},
		"same size":            {[][]*run.Run{at("light", 6, 120), at("other", 6, 580)}, "L4", nil},
		"size not known":       {[][]*run.Run{at("light", 0, 120), at("heavy", 62, 580)}, "L4", nil},
		"crash": {[][]*run.Run{at("light", 6, 120), holding(dying(runtest.Campaign(6,
			runtest.Arm{Variant: "before", Levels: runtest.Levels{0: 80, 3: 120, 10: 500}}), 0), "heavy", "heavy", 62)}, "L7",
			&verdict.Turn{PublicBytes: 62 * mib, AfterBytes: 6 * mib, Outcome: "confirmed"}},
	} {
		var all []*run.Run
		for _, runs := range test.runs {
			all = append(all, runs...)
		}
		claims := verdict.Judge(all, document(t)).Claims
		i := slices.IndexFunc(claims, func(c verdict.Claim) bool { return c.ID == test.id })
		if i < 0 {
			t.Fatalf("%s: %s is not in the verdict", name, test.id)
		}
		if diff := cmp.Diff(test.want, claims[i].TurnsAt); diff != "" {
			t.Errorf("%s: %s turns (-want +got):\n%s%+v", name, test.id, diff, claims[i].ByData)
		}
	}
}
