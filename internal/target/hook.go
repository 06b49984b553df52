package target

import (
	"bufio"
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

//go:embed hook/*.py
var hookFiles embed.FS

// A Hook reaches into each Python process of a target from outside the app:
// Python runs a module of ours when it starts, which answers on a socket.
type Hook struct {
	// code holds the module, sockets what its processes listen on.
	code, sockets string
}

// hookPatience is how long a process may take to answer: a full collection of a
// gigabyte takes seconds, and counting what is in it takes longer.
const hookPatience = 30 * time.Second

// NewHook writes the hook into the existing folder dir, which the target can
// read and write. The longest path of a socket is 107 bytes on Linux, so dir
// should be short.
func NewHook(dir string) (*Hook, error) {
	h := &Hook{code: filepath.Join(dir, "hook"), sockets: filepath.Join(dir, "socks")}
	err := errors.Join(os.CopyFS(dir, hookFiles), os.Mkdir(h.sockets, 0o700))
	if err != nil {
		return nil, fmt.Errorf("writing the start-up hook: %w", err)
	}
	return h, nil
}

// Load adds to a target's settings what makes its processes run the hook. glibc
// gets one arena: malloc_trim gives back the top of the first alone, and what
// others keep differs by tens of MiB from start to start.
func (h *Hook) Load(settings map[string]string) {
	settings["PIXELLOAD_HOOK"] = h.sockets
	settings["MALLOC_ARENA_MAX"] = "1"
	settings["PYTHONPATH"] = strings.TrimSuffix(h.code+":"+settings["PYTHONPATH"], ":")
}

// Collection is what a full garbage collection found in one process.
type Collection struct {
	PID           int     `json:"-"`
	Collected     int64   `json:"collected"`     // objects
	Uncollectable int64   `json:"uncollectable"` // objects that had to stay
	Objects       int64   `json:"objects"`       // that are left and tracked
	Blocks        int64   `json:"blocks"`        // pieces of memory that Python has given out, afterwards
	Full          int     `json:"full"`          // collections of all generations since the start, before this one
	Forced        int     `json:"forced"`        // how many of them this one was
	Seconds       float64 `json:"seconds"`
}

// Collect forces a full garbage collection in each process of the target that
// has the hook, one after the other. It is an error when none has it, or one
// does not answer.
func (h *Hook) Collect(ctx context.Context) ([]Collection, error) {
	return askAll(ctx, h, "collect", func(pid int) Collection { return Collection{PID: pid} })
}

// askAll sends each process the command; empty makes the answer to decode into.
func askAll[T any](ctx context.Context, h *Hook, command string, empty func(pid int) T) (all []T, err error) {
	var errs []error
	for _, pid := range h.processes() {
		a := empty(pid)
		switch err := h.ask(ctx, pid, command, &a); {
		case errors.Is(err, syscall.ECONNREFUSED): // it has ended
		case err != nil:
			errs = append(errs, fmt.Errorf("process %d: %w", pid, err))
		default:
			all = append(all, a)
		}
	}
	errs = append(errs, h.errors()...)
	if len(all)+len(errs) == 0 {
		errs = append(errs, errors.New("no Python process of the target has loaded it"))
	}
	if err := errors.Join(errs...); err != nil {
		return all, fmt.Errorf("asking the start-up hook: %w", err)
	}
	return all, nil
}

// processes lists those that have had a socket, the oldest number first.
func (h *Hook) processes() (pids []int) {
	paths, _ := filepath.Glob(filepath.Join(h.sockets, "*.sock")) // the pattern is right
	for _, path := range paths {
		if pid, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(path), ".sock")); err == nil {
			pids = append(pids, pid)
		}
	}
	slices.SortFunc(pids, cmp.Compare)
	return pids
}

// errors are those of processes that could not listen.
func (h *Hook) errors() (errs []error) {
	paths, _ := filepath.Glob(filepath.Join(h.sockets, "*.error"))
	for _, path := range paths {
		text, _ := os.ReadFile(path)
		errs = append(errs, fmt.Errorf("process %s: %s", strings.TrimSuffix(filepath.Base(path), ".error"), text))
	}
	return errs
}

// ask sends a process one line and decodes the line that it answers.
func (h *Hook) ask(ctx context.Context, pid int, command string, answer any) error {
	dialer := net.Dialer{Timeout: hookPatience}
	conn, err := dialer.DialContext(ctx, "unix", filepath.Join(h.sockets, fmt.Sprintf("%d.sock", pid)))
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := conn.SetDeadline(time.Now().Add(hookPatience)); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(conn, command); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("no answer to %s: %w", command, err)
	}
	var failed struct{ Error string }
	if err := json.Unmarshal(line, &failed); err != nil {
		return fmt.Errorf("parsing the answer to %s: %w", command, err)
	}
	if failed.Error != "" {
		return fmt.Errorf("%s failed: %s", command, failed.Error)
	}
	return json.Unmarshal(line, answer)
}
