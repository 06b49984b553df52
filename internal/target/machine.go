package target

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/pixeltales/pixelload/internal/run"
)

// Fingerprint describes this machine. What cannot be known stays empty. python
// is the target's interpreter, "" for none.
func Fingerprint(python string) run.Machine { return fingerprint("/", python) }

func fingerprint(root, python string) run.Machine {
	read := func(name string) string {
		data, _ := os.ReadFile(filepath.Join(root, name))
		return strings.TrimSpace(string(data))
	}
	memory := read("proc/meminfo")
	m := run.Machine{
		OS:        runtime.GOOS,
		Kernel:    read("proc/sys/kernel/osrelease"),
		Arch:      runtime.GOARCH,
		CPUModel:  valueOf(read("proc/cpuinfo"), "model name", ":"),
		CPUs:      runtime.NumCPU(),
		MemoryMiB: mebibytes(valueOf(memory, "MemTotal", ":")),
		SwapMiB:   mebibytes(valueOf(memory, "SwapTotal", ":")),
		Cgroup:    "none",
		THP:       chosen(read("sys/kernel/mm/transparent_hugepage/enabled")),
		Libc:      output("getconf", "GNU_LIBC_VERSION"),
	}
	if name := valueOf(read("etc/os-release"), "PRETTY_NAME", "="); name != "" {
		m.OS = strings.Trim(name, `"`)
	}
	if h, err := findHierarchy(filepath.Join(root, "proc/self"), "memory"); err == nil {
		m.Cgroup = "v" + strconv.Itoa(h.version)
	}
	if python != "" {
		m.Python = strings.TrimPrefix(output(python, "--version"), "Python ")
	}
	return m
}

// valueOf finds the first line "key separator value" in text.
func valueOf(text, key, separator string) string {
	for line := range strings.Lines(text) {
		if k, v, ok := strings.Cut(line, separator); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// mebibytes reads meminfo's "123 kB".
func mebibytes(kB string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSuffix(kB, " kB"), 10, 64)
	return n >> 10
}

// chosen returns the word in brackets: "always [madvise] never".
func chosen(words string) string {
	_, rest, _ := strings.Cut(words, "[")
	word, _, _ := strings.Cut(rest, "]")
	return word
}

func output(name string, args ...string) string {
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
