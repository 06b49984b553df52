// Package historytest makes histories whose truth is known, for tests.
package historytest

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
)

// Plan says what nights there were: one check a night, from First on. From night
// Jump on, counted from 0, users cost JumpMiB more; 0 for no jump.
type Plan struct {
	Nights, Trials int
	Jump           int
	JumpMiB        float64
	// SD is by how many MiB fresh starts of one set-up differ.
	SD   float64
	Seed uint64
}

// First is when the first night's check began.
var First = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// Began is when the night's check began.
func Began(night int) time.Time { return First.AddDate(0, 0, night) }

// Ref is the commit that the night's check was of.
func Ref(night int) string { return fmt.Sprintf("%07x", 0xc0ffe0+night) }

// ID is the name of the night's run.
func ID(night int) string { return Began(night).Format("20060102-150405") + "-before" }

// Night returns the trials of a night.
func (p Plan) Night(night int) []*run.Run {
	chance := rand.New(rand.NewPCG(p.Seed, uint64(night)))
	more := 0.0
	if p.JumpMiB != 0 && night >= p.Jump {
		more = p.JumpMiB
	}
	var runs []*run.Run
	for trial := range p.Trials {
		off := p.SD * chance.NormFloat64()
		r := runtest.Healthy(trial+1, p.Trials, runtest.Levels{0: 85 + off/4, 3: 160 + off + more, 10: 210 + off + more})
		r.Header.ID, r.Header.Target.Ref = ID(night), Ref(night)
		r.Header.Started = Began(night).Add(time.Duration(trial) * 10 * time.Minute)
		runs = append(runs, r)
	}
	return runs
}

// Keep leaves all nights below dir, a folder each, and returns these.
func (p Plan) Keep(dir string) ([]string, error) {
	var folders []string
	for night := range p.Nights {
		folder := filepath.Join(dir, ID(night))
		if err := runtest.Write(folder, p.Night(night)); err != nil {
			return nil, err
		}
		folders = append(folders, folder)
	}
	return folders, nil
}
