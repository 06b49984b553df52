package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/memory"
)

// written is a run file with one line of each kind.
func written(t *testing.T) (path string, data []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "trial-1.ndjson")
	w, err := Create(path, Header{ID: "r", Trial: 1, Trials: 1, Started: time.Unix(1700000000, 0).UTC()})
	if err != nil {
		t.Fatal(err)
	}
	w.Write(Line{Mark: &Mark{T: 1, Name: MarkPhase, Phase: "users=3", Users: 3}})
	w.Write(Line{Sample: &Sample{T: 1.5, Sample: memory.Sample{Unreclaimable: memory.Known(7), Anon: memory.Known(0)}}})
	w.Write(Line{Users: &Users{
		T: 2, Seconds: 1, Phase: "users=3", Fanout: Histogram{{1000, 2}}, Troubles: map[string]int{"timeout": 1},
		Draws: Draws{Expected: 1, Lost: 1, LostBy: map[string]int{"late": 1}, Deaf: 1},
	}})
	w.Write(Line{Event: &Event{T: 3, Kind: EventOOMKill, Count: 1}})
	w.Write(Line{End: &End{T: 4, Outcome: Killed, Reasons: []string{"because"}}})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, data
}

func TestReadReturnsWhatWasWritten(t *testing.T) {
	path, _ := written(t)
	r, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Marks) != 1 || len(r.Samples) != 1 || len(r.Users) != 1 || len(r.Events) != 1 || r.End == nil || r.DroppedBytes != 0 {
		t.Fatalf("Read = %+v, want one line of each kind", r)
	}
	users := Users{
		T: 2, Seconds: 1, Phase: "users=3", Fanout: Histogram{{1000, 2}}, Troubles: map[string]int{"timeout": 1},
		Draws: Draws{Expected: 1, Lost: 1, LostBy: map[string]int{"late": 1}, Deaf: 1},
	}
	if diff := cmp.Diff(users, r.Users[0]); diff != "" {
		t.Error(diff)
	}
	if u, ok := r.Samples[0].Unreclaimable.Get(); !ok || u != 7 {
		t.Errorf("unreclaimable = %d, %v; want 7, true", u, ok)
	}
	if a, ok := r.Samples[0].Anon.Get(); !ok || a != 0 {
		t.Errorf("anon = %d, %v; want a known zero", a, ok)
	}
	if _, ok := r.Samples[0].Usage.Get(); ok {
		t.Error("usage was never written, but is known")
	}
}

// TestReadHeader: the first line is what Read has of it, whatever comes later.
func TestReadHeader(t *testing.T) {
	path, data := written(t)
	whole, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	first := bytes.IndexByte(data, '\n') + 1
	for _, row := range []struct {
		name string
		data []byte
		ok   bool
	}{
		{"whole", data, true}, {"damaged later", append(bytes.Clone(data[:first]), "kettle"...), true},
		{"cut", data[:first-1], false}, {"not the first line", data[first:], false}, {"empty", nil, false},
	} {
		if err := os.WriteFile(path, row.data, 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := ReadHeader(path)
		if (err == nil) != row.ok || row.ok && !cmp.Equal(got, whole.Header) {
			t.Errorf("%s: %+v, %v", row.name, got, err)
		}
	}
}

func TestEveryCutIsReadable(t *testing.T) {
	_, data := written(t)
	header := bytes.IndexByte(data, '\n') + 1
	for cut := header; cut < len(data); cut++ {
		r, err := parse(bytes.NewReader(data[:cut]))
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if r.End != nil {
			t.Errorf("cut at %d: the run says it is complete", cut)
		}
		whole := bytes.LastIndexByte(data[:cut], '\n') + 1
		if r.DroppedBytes != int64(cut-whole) {
			t.Errorf("cut at %d: %d bytes dropped, want %d", cut, r.DroppedBytes, cut-whole)
		}
	}
	for cut := range header {
		if _, err := parse(bytes.NewReader(data[:cut])); err == nil {
			t.Errorf("cut at %d: no error without a header", cut)
		}
	}
}

func TestFlippedBytesNeverPanicOrAddData(t *testing.T) {
	_, data := written(t)
	lines := bytes.Count(data, []byte("\n"))
	for i := range data {
		bad := bytes.Clone(data)
		bad[i] ^= 1
		r, err := parse(bytes.NewReader(bad))
		if err != nil {
			continue
		}
		if n := len(r.Marks) + len(r.Samples) + len(r.Users) + len(r.Events); n > lines {
			t.Errorf("byte %d flipped: %d lines read of %d", i, n, lines)
		}
		if r.End != nil {
			t.Errorf("byte %d flipped: the run says it is complete", i)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for name, row := range map[string]struct{ in, want string }{
		"empty":   {"", "no header"},
		"newer":   {`{"header":{"version":99,"novelty":1}}` + "\n", "newer than this pixelload's 1"},
		"foreign": {"kettle\n", "not a run file"},
		"no head": {string(seal([]byte(`{"mark":{"t":1,"name":"phase"}}`))), "out of place"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse(strings.NewReader(row.in))
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want one with %q", err, row.want)
			}
		})
	}
}

// fullDisk takes some bytes and then fails in the middle of a line.
type fullDisk struct {
	bytes.Buffer
	room int
}

func (d *fullDisk) Write(p []byte) (int, error) {
	n := min(len(p), d.room)
	d.room -= n
	d.Buffer.Write(p[:n])
	if n < len(p) {
		return n, errors.New("no space left on device")
	}
	return n, nil
}

func (d *fullDisk) Close() error { return nil }

func TestFullDiskKeepsWhatWasWritten(t *testing.T) {
	head, _ := json.Marshal(Line{Header: &Header{Version: 1}})
	disk := &fullDisk{room: len(seal(head)) + 20}
	w := &Writer{file: disk}
	w.Write(Line{Header: &Header{Version: 1}})
	for range 3 {
		w.Write(Line{Mark: &Mark{T: 1, Name: MarkListening}})
	}
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("Close = %v, want the disk's error", err)
	}
	r, err := parse(&disk.Buffer)
	if err != nil || r.DroppedBytes != 20 || r.End != nil {
		t.Errorf("Read = %+v, %v; want the header and 20 bytes dropped", r, err)
	}
}

func TestCreateNeverOverwrites(t *testing.T) {
	path, data := written(t)
	if _, err := Create(path, Header{}); !errors.Is(err, os.ErrExist) {
		t.Errorf("Create over a file = %v, want os.ErrExist", err)
	}
	again, _ := os.ReadFile(path)
	if !bytes.Equal(data, again) {
		t.Error("the file changed")
	}
}

func TestCreateLeavesNoFileWithoutHeader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trial-1.ndjson")
	if _, err := Create(path, Header{CPUs: math.NaN()}); err == nil {
		t.Fatal("a header that JSON cannot hold was written")
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
}

// A file whose writer died before the header was whole hides no other trial.
func TestReadDirKeepsUnreadableFiles(t *testing.T) {
	path, data := written(t)
	dir := filepath.Dir(path)
	for name, content := range map[string][]byte{"trial-0.ndjson": nil, "trial-2.ndjson": data[:20]} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	runs, err := ReadDir(dir)
	if err != nil || len(runs) != 3 || runs[0].Unreadable != "" {
		t.Fatalf("ReadDir = %+v, %v; want the whole run first of 3", runs, err)
	}
	for _, r := range runs[1:] {
		if r.Unreadable == "" || r.End != nil || r.Path == "" {
			t.Errorf("%s: unreadable %q, end %v", r.Path, r.Unreadable, r.End)
		}
	}
	newer := []byte(`{"header":{"version":99}}` + "\n")
	if err := os.WriteFile(filepath.Join(dir, "trial-2.ndjson"), newer, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadDir(dir); !errors.Is(err, ErrNewer) {
		t.Errorf("a newer version: %v, want ErrNewer", err)
	}
}

func TestUsersAddUp(t *testing.T) {
	var u Users
	u.Trouble("timeout", 2)
	u.Trouble("timeout", 1)
	u.Trouble("server_error", 0)
	u.Draws.Lose("late", 2)
	u.Draws.Lose("", 1) // nobody knows why
	want := Users{Troubles: map[string]int{"timeout": 3}, Draws: Draws{Lost: 3, LostBy: map[string]int{"late": 2}}}
	if diff := cmp.Diff(want, u); diff != "" {
		t.Error(diff)
	}
	all := Draws{Sent: 1, Expected: 2, Received: 3, Lost: 4, LostBy: map[string]int{"late": 4}, Deaf: 5, Duplicated: 6, OutOfOrder: 7}
	twice := Draws{Sent: 2, Expected: 4, Received: 6, Lost: 8, LostBy: map[string]int{"late": 8}, Deaf: 10, Duplicated: 12, OutOfOrder: 14}
	if diff := cmp.Diff(twice, all.Plus(all)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(all, all.Plus(Draws{})); diff != "" { // and the first sum left it as it was
		t.Error(diff)
	}
	text, err := json.Marshal(Users{})
	if err != nil || strings.Contains(string(text), "troubles") || strings.Contains(string(text), "draws") {
		t.Errorf("of users without troubles: %s, %v", text, err)
	}
}

func TestHistogramJSON(t *testing.T) {
	for in, want := range map[string]Histogram{
		"[[1000,2],[1010,1]]": {{1000, 2}, {1010, 1}}, "[[7,1]]": {{7, 1}},
		" [ [1000, 2] ,\n[1010, 1] ]": {{1000, 2}, {1010, 1}}, "[]": {}, "null": nil,
	} {
		var h Histogram
		if err := json.Unmarshal([]byte(in), &h); err != nil || !cmp.Equal(h, want) {
			t.Errorf("%s: %v, %v, want %v", in, h, err, want)
		}
	}
	for _, in := range []string{`[["1",2]]`, "[[1.5,2]]", "[1,2]", `{"a":1}`, "[[99999999999999999999,1]]"} {
		if err := json.Unmarshal([]byte(in), &Histogram{}); err == nil {
			t.Errorf("%s is a histogram", in)
		}
	}
}

func TestHistogram(t *testing.T) {
	h := Histogram{{1000, 1}, {2000, 1}}.Merge(Histogram{{1000, 1}, {500, 1}})
	if diff := cmp.Diff(Histogram{{500, 1}, {1000, 2}, {2000, 1}}, h); diff != "" {
		t.Error(diff)
	}
	for _, row := range []struct{ q, want float64 }{{0, .0005}, {.25, .0005}, {.5, .001}, {.75, .001}, {.76, .002}, {1, .002}} {
		if got, ok := h.Quantile(row.q); !ok || got != row.want {
			t.Errorf("Quantile(%v) = %v, %v; want %v", row.q, got, ok, row.want)
		}
	}
	if _, ok := (Histogram{}).Quantile(.5); ok {
		t.Error("an empty histogram has a quantile")
	}
}

func FuzzParse(f *testing.F) {
	head := seal([]byte(`{"header":{"version":1}}`))
	f.Add(append(head, seal([]byte(`{"end":{"t":1,"outcome":"complete"}}`))...))
	f.Add(append(head, seal([]byte(`{"sample":{"t":1e300,"anon_bytes":null}}`))...))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parse(bytes.NewReader(data))
		if err == nil && r.Header.Version == 0 {
			t.Error("a run without a header")
		}
	})
}
