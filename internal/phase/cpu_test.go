package phase_test

import (
	"testing"

	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
)

func TestCPU(t *testing.T) {
	r := &run.Run{Marks: []run.Mark{
		{T: 2, Name: run.MarkListening},
		{T: 4, Name: run.MarkPhase, Phase: "idle", CPUSeconds: 1.5},
		{T: 14, Name: run.MarkPhase, Phase: "users=3", Users: 3, CPUSeconds: 1.75},
		{T: 20, Name: run.MarkCollected, Phase: "users=3", Users: 3},
		{T: 34, Name: run.MarkLoadEnd, CPUSeconds: 9.75},
	}}
	for _, tt := range []struct {
		phase        string
		cpu, seconds float64
		ok           bool
	}{{"idle", 0.25, 10, true}, {"users=3", 8, 20, true}, {"users=10", 0, 0, false}} {
		if cpu, seconds, ok := phase.CPU(r, tt.phase); cpu != tt.cpu || seconds != tt.seconds || ok != tt.ok {
			t.Errorf("CPU(%s) = %v s in %v s, %v; want %v in %v, %v", tt.phase, cpu, seconds, ok, tt.cpu, tt.seconds, tt.ok)
		}
	}
	r.Marks[2].CPUSeconds = 0 // as an older run file has it
	for _, name := range []string{"idle", "users=3"} {
		if _, _, ok := phase.CPU(r, name); ok {
			t.Errorf("CPU(%s) is known, and one end of it is not", name)
		}
	}
}
