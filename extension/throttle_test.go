package extension

import (
	"context"
	"sync"
	"testing"
	"time"
)

// TestLeaversTakeNoTurns: who stays has the next turn, however many wait before
// it and leave.
func TestLeaversTakeNoTurns(t *testing.T) {
	t.Parallel()
	l := newLimiter(5)
	for range 5 { // what is saved up
		if _, ok := l.pass(t.Context()); !ok {
			t.Fatal("no turn")
		}
	}
	leaving, leave := context.WithCancel(t.Context())
	var left sync.WaitGroup
	for range 20 {
		left.Go(func() { l.pass(leaving) })
	}
	time.Sleep(20 * time.Millisecond)
	leave()
	left.Wait()
	began := time.Now()
	if _, ok := l.pass(t.Context()); !ok || time.Since(began) > 2*time.Second {
		t.Errorf("who stayed waited %v for a turn that comes every 200 ms", time.Since(began))
	}
}
