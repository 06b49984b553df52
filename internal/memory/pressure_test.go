package memory

import (
	"path/filepath"
	"testing"
)

func TestParsePressure(t *testing.T) {
	t.Parallel()
	const total = " avg60=0.50 avg300=0.10 total=123456\n"
	tests := map[string]struct {
		want *Pressure
		err  string
	}{
		"some avg10=12.50" + total + "full avg10=0.25" + total:    {want: &Pressure{Some: 0.125, Full: 0.0025}},
		"full avg10=0.00" + total + "some avg10=100.00" + total:   {want: &Pressure{Some: 1}},
		"some avg10=0.00" + total:                                 {err: `no line begins with "full avg10="`},
		"some avg10=NaN" + total + "full avg10=0.00" + total:      {err: `line "some avg10=NaN avg60=0.50 avg300=0.10 total=123456": want a percentage after "some avg10="`},
		"some avg10=101" + total:                                  {err: `line "some avg10=101 avg60=0.50 avg300=0.10 total=123456": want a percentage after "some avg10="`},
		"some avg10=-1 avg60=0 avg300=0 total=0\nfull avg10=0.00": {err: `line "some avg10=-1 avg60=0 avg300=0 total=0": want a percentage after "some avg10="`},
	}
	for in, tt := range tests {
		got, err := parsePressure([]byte(in))
		if errorText(err) != tt.err || (got == nil) != (tt.want == nil) || got != nil && *got != *tt.want {
			t.Errorf("parsePressure(%q) = %v, %v; want %v, %q", in, got, err, tt.want, tt.err)
		}
	}
}

// The pressure of a v1 cgroup is told by the v2 cgroup of the same path.
func TestPressureBesideV1(t *testing.T) {
	t.Parallel()
	sys := system{root: t.TempDir()}
	sys.proc = filepath.Join(sys.root, "proc")
	write(t, filepath.Join(sys.proc, "self"), "mountinfo",
		"35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n")
	for dir, want := range map[string]string{
		"/sys/fs/cgroup/memory/docker/ab": "/sys/fs/cgroup/unified/docker/ab",
		"/sys/fs/cgroup/memory":           "",
		"/elsewhere":                      "",
	} {
		if want != "" {
			want = filepath.Join(sys.root, want)
		}
		if got := sys.pressureDir(filepath.Join(sys.root, dir)); got != want {
			t.Errorf("pressureDir(%q) = %q; want %q", dir, got, want)
		}
	}
}
