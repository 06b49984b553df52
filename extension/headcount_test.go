package extension

import (
	"sync"
	"testing"
)

func TestHeadcountTellsTheLastNumberLast(t *testing.T) {
	var h headcount
	var told float64
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() { h.change(1, func(now float64) { told = now }) })
	}
	all.Wait()
	if told != 100 {
		t.Errorf("the last number told is %v, want 100", told)
	}
}
