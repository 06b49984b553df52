package memory

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// ProcessStat is what identifies a process and its place in the tree. A pid
// alone is used again; a pid and a start time are not.
type ProcessStat struct {
	PID    int
	Parent int
	// Start is in clock ticks since the machine booted.
	Start uint64
	// CPU is the processor time it took, and that of its children that have ended.
	CPU time.Duration
}

// ReadProcess reads PID/stat below root, which is where procfs is mounted.
// The error is an fs.ErrNotExist where there is no such process.
func ReadProcess(root string, pid int) (ProcessStat, error) {
	path := filepath.Join(root, strconv.Itoa(pid), "stat")
	data, err := os.ReadFile(path)
	if err != nil {
		return ProcessStat{}, fmt.Errorf("reading a process: %w", err)
	}
	s, err := parseStat(data)
	if err != nil {
		return ProcessStat{}, fmt.Errorf("parsing %s: %w", path, err)
	}
	return s, nil
}

// parseStat reads one line of proc(5) stat:
//
//	PID (NAME) STATE PARENT ... UTIME STIME CUTIME CSTIME ... START ...
//
// UTIME is field 14, START field 22. NAME may hold blanks and parentheses, so the fields are
// counted from the last one.
func parseStat(line []byte) (ProcessStat, error) {
	name := bytes.IndexByte(line, '(')
	rest := bytes.LastIndexByte(line, ')')
	if name < 1 || rest < name {
		return ProcessStat{}, fmt.Errorf("line %q: want PID (NAME) STATE", line)
	}
	fields := bytes.Fields(line[rest+1:]) // from field 3 on
	if len(fields) < 20 {
		return ProcessStat{}, fmt.Errorf("line %q: want 22 fields", line)
	}
	pid, err1 := strconv.Atoi(string(bytes.TrimSpace(line[:name])))
	parent, err2 := strconv.Atoi(string(fields[1]))
	start, err3 := strconv.ParseUint(string(fields[19]), 10, 64)
	cpu, err4 := sumOf(fields[11:15])
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
		return ProcessStat{}, fmt.Errorf("line %q: fields 1, 4, 14 to 17 and 22 must be numbers", line)
	}
	return ProcessStat{PID: pid, Parent: parent, Start: start, CPU: time.Duration(cpu) * tick}, nil
}

func sumOf(fields [][]byte) (sum int64, err error) {
	for _, f := range fields {
		n, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}
