package runtest

import "github.com/pixeltales/pixelload/internal/run"

// Arm is one side of a comparison in a campaign.
type Arm struct {
	Variant   string
	Off       []string // habits
	Levels    Levels
	Collected bool
}

// noise is by how many MiB the rounds of a campaign differ, in all arms alike;
// jitter is what each further arm differs by beside.
var (
	noise  = []float64{0, 12, -9, 5, -14, 8}
	jitter = []float64{0.4, -0.6, 0.9, -0.2, 0.3, -0.8}
)

// Campaign returns one healthy trial of each arm a round, without a budget. What
// a collected trial had collected is its level.
func Campaign(rounds int, arms ...Arm) []*run.Run {
	var runs []*run.Run
	for round := range rounds {
		for i, a := range arms {
			levels := Levels{}
			for users, mib := range a.Levels {
				levels[users] = mib + noise[round%len(noise)] + float64(i)*jitter[round%len(jitter)]
			}
			r := Healthy(len(runs)+1, rounds*len(arms), levels)
			r.Header.Variant, r.Header.HabitsOff = a.Variant, a.Off
			r.Header.Campaign, r.Header.Round, r.Header.BudgetBytes = "test", round+1, 0
			if a.Collected {
				Collect(r, levels)
			}
			runs = append(runs, r)
		}
	}
	return runs
}
