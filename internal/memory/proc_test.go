package memory

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const kB = 1 << 10

func openProcess120(root string) (Source, error) { return OpenProcess(root, 120) }

// 120 and its child 130 count; 7, which is not of the tree, does not.
func TestProcessTree(t *testing.T) {
	t.Parallel()
	got := readOnce(t, open(t, openProcess120, "testdata/proc"))
	want := Sample{
		Epoch:         Epoch{ID: "120", Started: time.Unix(1795450000, 0).Add(311 * tick).UTC()},
		Unreclaimable: Known((25648 + 25004) * kB),
		Usage:         Known((30839 + 29598) * kB),
		Anon:          Known((25648 + 25004) * kB),
		File:          Known((5191 + 4594) * kB),
		Shmem:         Known(0), Swap: Known(0),
	}
	if diff := cmp.Diff(want, got, figures, cmpopts.IgnoreFields(Sample{}, "Time")); diff != "" {
		t.Errorf("Read() mismatch (-want +got):\n%s", diff)
	}
}

// A child that ends while the tree is read is left out; the process itself
// ending is an error.
func TestProcessEnds(t *testing.T) {
	t.Parallel()
	root := copyTree(t, "testdata/proc")
	src := open(t, openProcess120, root)
	if err := os.Remove(filepath.Join(root, "130/smaps_rollup")); err != nil {
		t.Fatal(err)
	}
	if got, want := readOnce(t, src).Unreclaimable, Known(25648*kB); got != want {
		t.Errorf("U without the child = %v; want %v", got, want)
	}
	if err := os.RemoveAll(filepath.Join(root, "120")); err != nil {
		t.Fatal(err)
	}
	if _, err := src.Read(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read() = %v; want fs.ErrNotExist", err)
	}
}

// Linux before 5.4 does not tell the kinds of pages apart: U is unknown.
func TestRollupOfOldKernel(t *testing.T) {
	t.Parallel()
	got, err := parseRollup([]byte("5000-6000 ---p 00000000 00:00 0   [rollup]\nRss: 10 kB\nPss:  8 kB\n"))
	if want := (rollup{pss: Known(8 * kB)}); got != want || err != nil {
		t.Errorf("parseRollup = %v, %v; want %v", got, err, want)
	}
}

func TestParseRollupErrors(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Pss: 8 MB\n":                      `line "Pss: 8 MB": want a number of kB`,
		"Pss: -8 kB\n":                     `line "Pss: -8 kB": want a number of kB`,
		"Pss_Anon: 18446744073709551 kB\n": `line "Pss_Anon: 18446744073709551 kB": want a number of kB`,
		"SwapPss:\n":                       `line "SwapPss:": want a number of kB`,
	} {
		if _, err := parseRollup([]byte(in)); errorText(err) != want {
			t.Errorf("parseRollup(%q) = %v; want %q", in, err, want)
		}
	}
}

func TestReadProcess(t *testing.T) {
	t.Parallel()
	got, err := ReadProcess("testdata/proc", 7) // its name holds ") S ("
	if want := (ProcessStat{PID: 7, Parent: 1, Start: 121626, CPU: 90 * time.Millisecond}); got != want || err != nil {
		t.Errorf("ReadProcess(7) = %v, %v; want %v", got, err, want)
	}
	for in, want := range map[string]string{
		"":              `line "": want PID (NAME) STATE`,
		"7 (a S 1":      `line "7 (a S 1": want PID (NAME) STATE`,
		"7 (a) S 1 2 3": `line "7 (a) S 1 2 3": want 22 fields`,
	} {
		if _, err := parseStat([]byte(in)); errorText(err) != want {
			t.Errorf("parseStat(%q) = %v; want %q", in, err, want)
		}
	}
}
