package memory

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// psiPeriod is how often memory.pressure is read. Making its text costs the
// kernel a fifth of a whole sample; an average over ten seconds that is told
// every five misses nothing.
const psiPeriod = 5 * time.Second

// A psiFile is a memory.pressure that is kept open.
type psiFile struct {
	file *kernelFile // nil where there is none
	read time.Time
	last *Pressure
}

// openPressure opens memory.pressure in dir; nil where the kernel was built or
// started without it. Some kernels refuse to open the file then, older ones to
// read it.
func openPressure(dir, name string) (*kernelFile, error) {
	f, err := openOptional(dir, name)
	if f == nil {
		return nil, ignoreUnsupported(err)
	}
	buf := make([]byte, 256)
	if _, err := f.read(&buf); errors.Is(err, syscall.EOPNOTSUPP) {
		return nil, f.close()
	}
	return f, nil
}

func ignoreUnsupported(err error) error {
	if errors.Is(err, syscall.EOPNOTSUPP) {
		return nil
	}
	return err
}

// pressureDir returns where the pressure of the v1 memory cgroup dir is told:
// version 1 has no such file, but a machine that mounts v2 beside it tells the
// pressure of the v2 cgroup of the same path. It is empty where there is none.
func (sys system) pressureDir(dir string) string {
	mounts, err := sys.mounts()
	if err != nil {
		return ""
	}
	var below, unified string
	for _, m := range mounts {
		rest, ok := strings.CutPrefix(dir, m.point+"/")
		switch {
		case m.v1 && ok:
			below = filepath.Join(m.root, rest)
		case !m.v1 && m.root == "/":
			unified = m.point
		}
	}
	if below == "" || unified == "" {
		return ""
	}
	return filepath.Join(unified, below)
}

// pressure reads f; nil where there is none.
func (r *reader) pressure(f *psiFile, now time.Time) *Pressure {
	if f.file == nil || now.Sub(f.read) < psiPeriod {
		return f.last
	}
	f.read, f.last = now, nil
	r.parse(f.file, func(data []byte) (err error) {
		f.last, err = parsePressure(data)
		return err
	})
	return f.last
}

// parsePressure reads two lines, whose averages are percentages:
//
//	some avg10=0.00 avg60=0.00 avg300=0.00 total=0
//	full avg10=0.00 avg60=0.00 avg300=0.00 total=0
func parsePressure(data []byte) (*Pressure, error) {
	some, err := share(data, "some avg10=")
	if err != nil {
		return nil, err
	}
	full, err := share(data, "full avg10=")
	if err != nil {
		return nil, err
	}
	return &Pressure{Some: some, Full: full}, nil
}

func share(data []byte, key string) (float64, error) {
	for line := range bytes.Lines(data) {
		rest, ok := bytes.CutPrefix(line, []byte(key))
		if !ok {
			continue
		}
		number, _, _ := bytes.Cut(rest, []byte(" "))
		percent, err := strconv.ParseFloat(string(number), 64)
		if err != nil || !(percent >= 0 && percent <= 100) { // NaN is neither
			return 0, fmt.Errorf("line %q: want a percentage after %q", bytes.TrimSpace(line), key)
		}
		return percent / 100, nil
	}
	return 0, fmt.Errorf("no line begins with %q", key)
}
