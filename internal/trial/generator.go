package trial

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
)

// generator is k6, driving the users and reporting them line by line.
type generator struct {
	cmd  *exec.Cmd
	log  *os.File
	done chan struct{} // closed when k6 has ended and its last line was handled
	code int           // after done: its exit code, -1 when a signal ended it
}

// startGenerator starts k6 on the plan's script. Each line it reports goes to
// handle, each one that cannot be read to note.
func (p *Plan) startGenerator(site site, subject subject, handle func(run.Line), note func(error)) (*generator, error) {
	phases, err := json.Marshal(p.Header.Phases)
	if err != nil {
		return nil, fmt.Errorf("encoding phases: %w", err)
	}
	off := map[string]bool{}
	for _, habit := range p.Header.HabitsOff {
		off[habit] = false
	}
	habits, err := json.Marshal(off)
	if err != nil {
		return nil, fmt.Errorf("encoding habits: %w", err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making k6's pipe: %w", err)
	}
	defer write.Close()
	log, err := os.Create(site.path("k6.log"))
	if err != nil {
		return nil, fmt.Errorf("creating k6's log: %w", err)
	}
	outputs, env := p.remoteWrite()
	args := append([]string{"run", "--quiet", "--no-usage-report", "--no-color", "--summary-mode=disabled",
		"--address", "", "--out", "pixelload=" + handedOver()}, outputs...)
	cmd := exec.Command(p.K6, append(args, "-")...)
	cmd.Stdin = bytes.NewReader(p.Script)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{write}
	// Only what k6 needs: no proxy and no K6_ option of the caller's shell
	// may change what the users do.
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + site.dir,
		"K6_AUTO_EXTENSION_RESOLUTION=false",
		"PIXELTALES_URL=" + subject.pass.URL,
		"PIXELTALES_PHASES=" + string(phases),
		"PIXELTALES_ACCOUNTS=" + site.accounts,
		"PIXELTALES_SECRET_KEY=" + site.secret,
		"PIXELTALES_SEED=" + strconv.FormatUint(p.Header.Seed, 10),
		"PIXELTALES_PERSONA=" + p.Header.Mix,
		"PIXELTALES_HABITS=" + string(habits),
		"PIXELTALES_SKIP_LACKING=" + strconv.FormatBool(p.Header.Checkout != nil),
		"K6_BLACKLIST_IPS=" + elsewhere(subject.pass),
		configVariable + "=" + p.Config,
	}, env...)
	var generators []int
	if p.Running == nil { // else nobody knows where the target runs
		_, generators = share(target.Cores())
	}
	if err := target.StartChild(cmd, generators...); err != nil {
		log.Close()
		read.Close()
		return nil, fmt.Errorf("starting k6 (%s): %w", p.K6, err)
	}
	g := &generator{cmd: cmd, log: log, done: make(chan struct{})}
	go g.follow(read, handle, note)
	return g, nil
}

// handedOver is the path under which a child opens its first extra file. On
// Linux /dev/fd is only a link to /proc/self/fd, which a bare /dev lacks.
func handedOver() string {
	if runtime.GOOS == "linux" {
		return "/proc/self/fd/3"
	}
	return "/dev/fd/3"
}

// configVariable tells k6 which configuration file allows the target, if any: its
// users ask the target for its leave themselves.
const configVariable = "PIXELLOAD_CONFIG"

// elsewhere is what k6 must not dial, whatever a name resolves to and an answer
// redirects to: everything but the target.
func elsewhere(pass guard.Pass) string {
	var prefixes []string
	for _, p := range pass.Elsewhere() {
		prefixes = append(prefixes, p.String())
	}
	return strings.Join(prefixes, ",")
}

// follow hands on k6's lines until it closes the pipe, and takes its exit code.
func (g *generator) follow(lines io.ReadCloser, handle func(run.Line), note func(error)) {
	defer close(g.done)
	defer g.log.Close()
	defer lines.Close()
	scan := bufio.NewScanner(lines)
	scan.Buffer(nil, 4<<20)
	for scan.Scan() {
		var l run.Line
		err := json.Unmarshal(scan.Bytes(), &l)
		if err == nil && l.Mark == nil && l.Users == nil {
			err = errors.New("neither mark nor users")
		}
		if err != nil {
			note(fmt.Errorf("reading k6's line %.80q: %w", scan.Text(), err))
			continue
		}
		handle(l)
	}
	if err := scan.Err(); err != nil {
		note(fmt.Errorf("reading k6's lines: %w", err))
	}
	// A broken pipe would stop k6, so whatever it still says is read away.
	_, _ = io.Copy(io.Discard, lines)
	_ = g.cmd.Wait() // the code says it
	g.code = g.cmd.ProcessState.ExitCode()
}

// cpu is the processor time k6 used, known after done.
func (g *generator) cpu() time.Duration {
	return g.cmd.ProcessState.UserTime() + g.cmd.ProcessState.SystemTime()
}

// stop asks k6 to end, as Ctrl-C does, and kills it when ctx ends first.
func (g *generator) stop(ctx context.Context) {
	_ = g.cmd.Process.Signal(syscall.SIGINT) // it may have ended already
	select {
	case <-g.done:
	case <-ctx.Done():
		_ = g.cmd.Process.Kill()
		<-g.done
	}
}
