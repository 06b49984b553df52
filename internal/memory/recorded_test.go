package memory

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// The files below testdata/v2-recorded are a real kernel's, of a program whose
// memory was known (holding.json). `.ci/test-v2 -record` makes them anew.
const recorded = "testdata/v2-recorded"

func TestRecordedV2(t *testing.T) {
	t.Parallel()
	idle, loaded := ofRecorded(t, "idle"), ofRecorded(t, "loaded")
	held := heldWhen(t, "loaded")
	wantMoved(t, "U", idle.Unreclaimable, loaded.Unreclaimable, held.Anon+held.Buffers)
	wantMoved(t, "sock", idle.Sock, loaded.Sock, held.Buffers)
	wantMoved(t, "file", idle.File, loaded.File, held.Cache)
	wantMoved(t, "usage", idle.Usage, loaded.Usage, held.Anon+held.Buffers+held.Cache)
	wantMoved(t, "working set", idle.WorkingSet, loaded.WorkingSet, held.Anon+held.Buffers+held.Cache)
	if idle.OOMKills != Known(0) || loaded.OOMKills != Known(0) || idle.Limit != Known(200*MiB) {
		t.Errorf("idle: kills %v, limit %v; want none, 200 MiB", idle.OOMKills, idle.Limit)
	}
	if idle.Pressure == nil || *idle.Pressure != (Pressure{}) {
		t.Errorf("idle: pressure %v; want a known zero", idle.Pressure)
	}
}

// After a kill the peak is the limit: it does not say what was wanted.
func TestRecordedV2Kill(t *testing.T) {
	t.Parallel()
	killed := ofRecorded(t, "killed")
	if killed.OOMKills != Known(1) || killed.Peak != killed.Limit {
		t.Errorf("kills %v, peak %v, limit %v; want 1, and the peak at the limit", killed.OOMKills, killed.Peak, killed.Limit)
	}
	if held := heldWhen(t, "killed"); held.Killed != 1 {
		t.Errorf("%d children were killed; want 1", held.Killed)
	}
}

func TestRecordedV2ParentsLimit(t *testing.T) {
	t.Parallel()
	if got := ofRecorded(t, "parent/child").Limit; got != Known(96*MiB) {
		t.Errorf("limit %v; want the parent's 96 MiB", got)
	}
	if u, _ := ofRecorded(t, "parent/child").Unreclaimable.Get(); u < 30*MiB {
		t.Errorf("U is %d; want 30 MiB or more", u)
	}
}

func TestRecordedV2Pressure(t *testing.T) {
	t.Parallel()
	p := ofRecorded(t, "pressure").Pressure
	if p == nil || !(p.Some > 0 && p.Some <= 1 && p.Full <= p.Some) {
		t.Errorf("pressure %+v; want some", p)
	}
}

func ofRecorded(t *testing.T, name string) Sample {
	t.Helper()
	return readOnce(t, open(t, OpenCgroup, filepath.Join(recorded, name)))
}

// held is what of holding.json these tests look at, in bytes.
type held struct {
	Anon    int64 `json:"anon_bytes"`
	Cache   int64 `json:"cache_bytes"`
	Buffers int64 `json:"buffers_bytes"`
	Killed  int   `json:"children_killed"`
}

func heldWhen(t *testing.T, name string) (h held) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(recorded, name, "holding.json"))
	if err == nil {
		err = json.Unmarshal(data, &h)
	}
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// wantMoved checks a move within 1 MiB.
func wantMoved(t *testing.T, what string, from, to Figure, want int64) {
	t.Helper()
	got := int64(to.value) - int64(from.value)
	if !from.known || !to.known || math.Abs(float64(got-want)) > MiB {
		t.Errorf("%s moved by %d bytes; want %d within 1 MiB", what, got, want)
	}
}
