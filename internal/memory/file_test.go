package memory

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseFigure(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want Figure
		err  string
	}{
		{in: "0\n", want: Known(0)},
		{in: "18446744073709551615\n", want: Known(1<<64 - 1)},
		{in: "max\n"},
		{in: "", err: `"" is not a number`},
		{in: "-1\n", err: `"-1" is not a number`},
		{in: "18446744073709551616\n", err: `"18446744073709551616" is not a number`},
	}
	for _, tt := range tests {
		got, err := parseFigure([]byte(tt.in))
		if got != tt.want || errorText(err) != tt.err {
			t.Errorf("parseFigure(%q) = %v, %q; want %v, %q", tt.in, got, errorText(err), tt.want, tt.err)
		}
	}
}

func TestParseKeyed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     Figure
		err      string
	}{
		{name: "among others", in: "cache 1\nwanted 5\nwanted_more 7\n", want: Known(5)},
		{name: "last line without its end", in: "cache 1\nwanted 5", want: Known(5)},
		{name: "missing is unknown", in: "cache 1\n"},
		{name: "an unknown key may say anything", in: "new -1\nnewer 123456789012345678901\nwanted 5\n", want: Known(5)},
		{name: "negative", in: "wanted -5\n", err: `line "wanted -5": want a key and a number`},
		{name: "no value", in: "wanted\n", err: `line "wanted": want a key and a number`},
		{name: "21 digits", in: "wanted 123456789012345678901\n", err: `line "wanted 123456789012345678901": want a key and a number`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got Figure
			err := parseKeyed([]byte(tt.in), func(key []byte) *Figure {
				if string(key) == "wanted" {
					return &got
				}
				return nil
			})
			if got != tt.want || errorText(err) != tt.err {
				t.Errorf("parseKeyed(%q) = %v, %q; want %v, %q", tt.in, got, errorText(err), tt.want, tt.err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, path := range []string{
		"testdata/v1/plan/pixelload-1/memory.stat", "testdata/v2/plan/pixelload-1/memory.stat",
		"testdata/v1/plan/pixelload-1/memory.oom_control", "testdata/v2/plan/pixelload-1/memory.events",
		"testdata/proc/120/smaps_rollup", "testdata/proc/120/stat", "testdata/proc/7/stat",
	} {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		(&stat1{}).parse(data)
		(&stat2{}).parse(data)
		parseOOMKills(data)
		parseRollup(data)
		parseStat(data)
		if p, err := parsePressure(data); err == nil && !(p.Some >= 0 && p.Some <= 1 && p.Full >= 0 && p.Full <= 1) {
			t.Errorf("parsePressure(%q) = %v", data, *p)
		}
	})
}

// A file that outgrows the buffer is read whole all the same.
func TestKernelFileGrows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := strings.Repeat("key 1\n", 3000)
	write(t, dir, "memory.stat", want)
	f, err := openKernelFile(dir, "memory.stat")
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	buf := make([]byte, 16)
	got, err := f.read(&buf)
	if err != nil || string(got) != want {
		t.Errorf("read %d bytes, %v; want %d", len(got), err, len(want))
	}
}

func TestSumAndLess(t *testing.T) {
	t.Parallel()
	if got := sum(Known(1), Known(2)); got != Known(3) {
		t.Errorf("sum(1, 2) = %v; want 3", got)
	}
	if got := sum(Known(1), Figure{}); got != (Figure{}) {
		t.Errorf("sum(1, unknown) = %v; want unknown", got)
	}
	if got := less(Known(1), Known(2)); got != Known(0) {
		t.Errorf("less(1, 2) = %v; want 0", got)
	}
	if got := less(Known(1), Figure{}); got != (Figure{}) {
		t.Errorf("less(1, unknown) = %v; want unknown", got)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
