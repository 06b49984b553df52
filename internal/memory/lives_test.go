package memory

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLives(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	life := func(id string, n int) Epoch { return Epoch{ID: id, Started: at.Add(time.Duration(n) * time.Minute)} }
	kills := func(e Epoch, n uint64) Sample { return Sample{Epoch: e, OOMKills: Known(n)} }
	tests := []struct {
		name string
		in   []Sample
		want []Change // of all of them
	}{
		{"the first sample is where counting begins", []Sample{kills(life("a", 0), 7)}, nil},
		{"nothing happens", []Sample{kills(life("a", 0), 7), kills(life("a", 0), 7)}, nil},
		{"kills", []Sample{kills(life("a", 0), 1), kills(life("a", 0), 2), kills(life("a", 0), 5)},
			[]Change{{OOMKilled, 1}, {OOMKilled, 3}}},
		{"restart after a kill", []Sample{kills(life("a", 0), 0), kills(life("a", 1), 1)},
			[]Change{{Restarted, 1}, {OOMKilled, 1}}},
		{"restarts that no sample saw", []Sample{
			{Epoch: life("a", 0), Restarts: Known(0)}, {Epoch: life("a", 3), Restarts: Known(3)},
		}, []Change{{Restarted, 3}}},
		{"recreated", []Sample{{Epoch: life("a", 0)}, {Epoch: life("b", 1)}}, []Change{{Recreated, 1}}},
		{"a counter that falls began anew", []Sample{kills(life("a", 0), 5), kills(life("a", 0), 2)},
			[]Change{{CounterFell, 1}, {OOMKilled, 2}}},
		{"unknown for a while", []Sample{kills(life("a", 0), 1), {Epoch: life("a", 0)}, kills(life("a", 0), 2)},
			[]Change{{OOMKilled, 1}}},
		{"known late", []Sample{{Epoch: life("a", 0)}, kills(life("a", 0), 4)}, nil},
		{"a source that cannot tell lives apart", []Sample{{}, {}, {}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var l Lives
			var got []Change
			for _, s := range tt.in {
				got = append(got, l.Next(s)...)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

// A counter that falls, or wraps, began anew: its new value is all that is
// known to have happened since, never a huge or negative difference.
func TestFault09CounterFalls(t *testing.T) {
	t.Parallel()
	var l Lives
	l.Next(Sample{OOMKills: Known(1<<64 - 1)})
	want := []Change{{CounterFell, 1}, {OOMKilled, 3}}
	if diff := cmp.Diff(want, l.Next(Sample{OOMKills: Known(3)})); diff != "" {
		t.Errorf("from 2^64-1 to 3 (-want +got):\n%s", diff)
	}
	if got := l.Next(Sample{OOMKills: Known(3)}); got != nil {
		t.Errorf("from 3 to 3: %v; want nothing", got)
	}
}
