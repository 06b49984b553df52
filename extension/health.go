package extension

import (
	"runtime"
	"sync"
	"time"
)

// health tells how busy the generator itself is. The zero value is ready.
type health struct {
	mu  sync.Mutex
	at  time.Time     // of the last report; zero: none yet
	cpu time.Duration // that this process had used then
}

// report emits the share of the CPUs it may use that this process has used
// since the last report, at most once a second however many report. Where the
// system does not say what it has used, nothing is emitted.
func (h *health) report(w *wire, phase string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	elapsed := now.Sub(h.at)
	if elapsed < reportInterval*9/10 {
		return
	}
	cpu, ok := cpuTime()
	if ok && !h.at.IsZero() {
		share := float64(cpu-h.cpu) / float64(elapsed) / float64(runtime.GOMAXPROCS(0))
		w.emit.push(w.metrics.generatorCPU, phase, share)
	}
	h.at, h.cpu = now, cpu
}
