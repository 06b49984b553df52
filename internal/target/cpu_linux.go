package target

import (
	"time"

	"github.com/pixeltales/pixelload/internal/memory"
)

// CPU is the processor time that the target's processes took so far, and those
// of their children that have ended; 0 when all are gone.
func (p *Process) CPU() time.Duration {
	var sum time.Duration
	for _, pid := range p.members() {
		if stat, err := memory.ReadProcess(proc, pid); err == nil { // it may end meanwhile
			sum += stat.CPU
		}
	}
	return sum
}
