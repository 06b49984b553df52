package target

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pixeltales/pixelload/internal/needed"
)

// The test binary is its own target: with PIXELLOAD_TEST_ROLE it plays one of
// these parts and ends.
const role = "PIXELLOAD_TEST_ROLE"

func TestMain(m *testing.M) {
	part, argument, _ := strings.Cut(os.Getenv(role), ":")
	switch part {
	case "":
		os.Exit(m.Run())
	case "listen":
		listen(os.Getenv("PORT"))
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		listen(os.Getenv("PORT"))
	case "exit":
		code, _ := strconv.Atoi(argument)
		fmt.Println("last words, key", os.Getenv("SECRET_KEY"))
		os.Exit(code)
	case "touch":
		touchOnRequest(os.Getenv("PORT"), argument)
	case "parent":
		parentOf(argument)
	case "spin":
		for {
		}
	case "harness":
		harness(argument)
	case "unprivileged":
		unprivileged()
	}
	panic("unknown part " + part)
}

// listen accepts connections until it is ended.
func listen(port string) {
	l, err := net.Listen("tcp", net.JoinHostPort(loopback, port))
	if err != nil {
		panic(err)
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			panic(err)
		}
		conn.Close()
	}
}

// touchOnRequest touches that many MiB at the second connection, and answers
// when it has: the first one only asks whether it listens.
func touchOnRequest(port, mib string) {
	// No huge pages in the runtime's own heap: 2 MiB would come at once.
	if err := unix.Prctl(unix.PR_SET_THP_DISABLE, 1, 0, 0, 0); err != nil {
		panic(err)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(loopback, port))
	if err != nil {
		panic(err)
	}
	for n := 1; ; n++ {
		conn, err := l.Accept()
		if err != nil {
			panic(err)
		}
		if n == 2 {
			touch(mib)
			fmt.Fprint(conn, "touched")
		}
		conn.Close()
	}
}

// touch makes that many MiB of anonymous memory real, in small pages.
func touch(mib string) {
	n, _ := strconv.Atoi(mib)
	pages, err := unix.Mmap(-1, 0, n<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		panic(err)
	}
	_ = unix.Madvise(pages, unix.MADV_NOHUGEPAGE) // a kernel without huge pages refuses
	for i := 0; i < len(pages); i += os.Getpagesize() {
		pages[i] = 1
	}
}

// parentOf starts a child with another part, in a session of its own, and
// outlives it.
func parentOf(part string) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), role+"="+part)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	cmd.Wait()
	select {}
}

// harness starts a target as pixelload does, says so, and waits to be killed.
func harness(journal string) {
	entry, err := OpenJournal(journal).Begin("run")
	if err != nil {
		panic(err)
	}
	port, _ := strconv.Atoi(os.Getenv("PORT"))
	os.WriteFile(filepath.Join(journal, "scratch"), nil, 0o600)
	if err := entry.AddPath(filepath.Join(journal, "scratch")); err != nil {
		panic(err)
	}
	p, err := Start(context.Background(), Spec{
		Command: []string{os.Args[0]}, Env: []string{role + "=parent:stubborn", "PORT=" + os.Getenv("PORT")},
		Port: port, LimitBytes: 64 << 20, Journal: entry,
	})
	if err != nil {
		panic(err)
	}
	if err := p.WaitListening(context.Background()); err != nil {
		panic(err)
	}
	fmt.Println("ready", p.PID(), strings.Join(p.group.dirs(), " "))
	select {}
}

// unprivileged starts a target, prints what is known of it and stops it.
func unprivileged() {
	port, _ := strconv.Atoi(os.Getenv("PORT"))
	p, err := Start(context.Background(), Spec{
		Command: []string{os.Args[0]}, Env: []string{role + "=parent:listen", "PORT=" + os.Getenv("PORT")},
		Port: port, LimitBytes: 64 << 20,
	})
	if err == nil {
		err = p.WaitListening(context.Background())
	}
	if err != nil {
		panic(err)
	}
	sample, err := p.Source().Read()
	if err != nil {
		panic(err)
	}
	u, _ := sample.Unreclaimable.Get()
	_, enforced := p.Enforced()
	fmt.Println(p.Source().Name(), u>>10, enforced)
	fmt.Println(p.Why())
	if _, err := p.Stop(canceled()); err != nil {
		panic(err)
	}
	os.Exit(0)
}

// play is a Spec of the test binary in a part.
func play(t *testing.T, part string) Spec {
	t.Helper()
	port, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Spec{
		Command: []string{binary},
		Env:     []string{role + "=" + part, "PORT=" + strconv.Itoa(port), "GORACE=atexit_sleep_ms=0"},
		Port:    port,
		LogPath: filepath.Join(t.TempDir(), "target.log"),
	}
}

// start starts the target and stops it when the test ends; then nothing may be
// left.
func start(t *testing.T, spec Spec) *Process {
	t.Helper()
	p, err := Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := p.Stop(canceled()); err != nil {
			t.Errorf("Stop() = %v", err)
		}
		p.Source().Close()
		checkGone(t, p.PID(), p.group.dirs())
	})
	return p
}

func listening(t *testing.T, p *Process) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := p.WaitListening(ctx); err != nil {
		t.Fatalf("%v; log: %s", err, p.LogTail(20))
	}
}

func checkGone(t *testing.T, pid int, dirs []string) {
	t.Helper()
	if err := retry(2*time.Second, func() error { // init needs a moment to bury an orphan
		if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
			return fmt.Errorf("process %d is left behind (%v)", pid, err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	for _, dir := range dirs {
		if err := isGone(dir); err != nil {
			t.Error(err)
		}
	}
}

func isGone(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cgroup %s is left behind (%v)", dir, err)
	}
	return nil
}

// needCgroup skips the test, with the reason, where no memory cgroup can be
// made.
func needCgroup(t *testing.T) {
	t.Helper()
	g, err := makeGroup(self, request{name: fmt.Sprintf("pixelload-test-%d-%d", os.Getpid(), started.Add(1))})
	if err != nil {
		needed.Skip(t, "no memory cgroup can be made: %v", err)
	}
	if err := g.remove(); err != nil {
		t.Fatal(err)
	}
}
