package isolate

import (
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/needed"
)

// program tries to reach its service, a stranger on this machine and the world,
// then answers one caller on the socket that it was given.
const program = `
import socket, sys
service, stranger, fd = map(int, sys.argv[1:])
def ask(host, port):
    try:
        with socket.create_connection((host, port), timeout=5) as s:
            return s.recv(100).decode()
    except OSError as error:
        return type(error).__name__
found = [ask("127.0.0.1", service), ask("127.0.0.1", stranger), ask("192.0.2.7", 6379), ask("redis.example", 6379), ask("192.0.2.7", 6379)]
server = socket.socket(fileno=fd)
server.listen()
caller, _ = server.accept()
caller.sendall("\n".join(found).encode())
`

func python(t *testing.T) string {
	t.Helper()
	if system := "/usr/bin/python3"; isFile(system) {
		return system // a user's own may lie where others cannot look
	}
	path, err := exec.LookPath("python3")
	if err != nil {
		needed.Skip(t, "%v", err)
	}
	return path
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// greeter answers each caller with the word, and returns its port.
func greeter(t *testing.T, word string) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, word)
			conn.Close()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// found starts the program behind a gate, as change made its command, and
// returns what it saw.
func found(t *testing.T, change func(*exec.Cmd)) (saw []string, dials []string, report Report) {
	t.Helper()
	service, stranger, port := greeter(t, "service"), greeter(t, "stranger"), freePort(t)
	dir, err := os.MkdirTemp("", "gate-") // not t.TempDir: others must get in, and a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	g, err := New(dir, python(t), []int{service})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if err := errorsOf(os.Chmod(g.socket(), 0o777), os.Chmod(g.dir, 0o777)); err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{}
	g.Load(settings, port)
	args := g.Command(port, python(t), "-c", program, strconv.Itoa(service), strconv.Itoa(stranger), "{fd}")
	cmd := exec.Command(args[0], args[1:]...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	for name, value := range settings {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	change(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	report, ok := g.Report()
	if !ok {
		t.Fatalf("no report: %s", complaint.String())
	}
	answer := ask(t, port)
	if answer == "" {
		t.Fatalf("no answer: %s", complaint.String())
	}
	all, err := g.Dials()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		dials = append(dials, strings.ReplaceAll(d.String(), strconv.Itoa(stranger), "STRANGER"))
	}
	return strings.Split(answer, "\n"), dials, report
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// ask waits until the program listens on the port of this machine.
func ask(t *testing.T, port int) string {
	t.Helper()
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	for range 2000 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			syscall.Select(0, nil, nil, nil, &syscall.Timeval{Usec: 10_000})
			continue
		}
		defer conn.Close()
		answer, _ := io.ReadAll(conn)
		return string(answer)
	}
	return ""
}

var tried = []string{"127.0.0.1:STRANGER", "192.0.2.7:6379", "redis.example:6379"}

// alone is what a program sees in a network of its own.
func alone(t *testing.T, change func(*exec.Cmd)) {
	t.Helper()
	saw, dials, report := found(t, change)
	if report.Why != "" {
		needed.Skip(t, "this machine makes no network namespace: %s", report.Why)
	}
	want := []string{"service", "ConnectionRefusedError", "OSError", "gaierror", "OSError"}
	if diff := cmp.Diff(want, saw); diff != "" {
		t.Errorf("what the program saw (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(tried, dials); diff != "" {
		t.Errorf("whom it tried to reach (-want +got):\n%s", diff)
	}
}

func TestAProgramReachesItsServicesAndNobodyElse(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: the next test does not")
	}
	alone(t, func(*exec.Cmd) {})
}

// TestWithoutRights: a user namespace does where root is not at hand.
func TestWithoutRights(t *testing.T) {
	alone(t, func(cmd *exec.Cmd) {
		if os.Geteuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
	})
}

// forbidden is a machine that lets nobody make a network: its kernel's answer
// is put in the place of the true one, which a test cannot change.
const forbidden = `
import ctypes, runpy, sys
class Kernel:
    def unshare(self, flags):
        ctypes.set_errno(1)
        return -1
ctypes.CDLL = lambda *a, **k: Kernel()
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
`

// TestWhereNoNetworkCanBeMade: the watch refuses what Python calls, and the
// report says why.
func TestWhereNoNetworkCanBeMade(t *testing.T) {
	saw, dials, report := found(t, func(cmd *exec.Cmd) {
		cmd.Args = append([]string{cmd.Args[0], "-I", "-S", "-c", forbidden}, cmd.Args[3:]...)
	})
	if report.Why != "Operation not permitted" {
		t.Errorf("Why = %q", report.Why)
	}
	if diff := cmp.Diff([]string{"service", "OSError", "OSError", "OSError", "OSError"}, saw); diff != "" {
		t.Errorf("what the program saw (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(tried, dials); diff != "" {
		t.Errorf("whom it tried to reach (-want +got):\n%s", diff)
	}
}

// byFile tries what a network of its own does not keep it from: sockets that
// are files, and lookups that a service of the machine would do for it.
const byFile = `
import os, socket, sys
outside, inside = sys.argv[1:]
def tried(what, *arguments):
    try:
        what(*arguments)
        return "went"
    except OSError as error:
        return "%s %s" % (type(error).__name__, "pixelload" in str(error))
def stream(path):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
def message(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendmsg([b"x"], [], 0, address)
print(tried(stream, inside), tried(stream, outside), tried(stream, "\0pixelload-nobody"), tried(socket.getaddrinfo, "redis.example", 6379),
    tried(socket.gethostbyname_ex, "flags.example"), tried(socket.gethostbyaddr, "192.0.2.7"), tried(socket.getaddrinfo, "127.0.0.1", 80),
    tried(message, ("127.0.0.1", 9)), sep="\n")
`

// TestSocketsThatAreFiles: a network namespace has those of the machine, such as
// a container engine's or a name service's.
func TestSocketsThatAreFiles(t *testing.T) {
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "engine.sock")
	inside := filepath.Join(dir, "own.sock")
	for _, path := range []string{inside, outside} {
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
	}
	g, err := New(dir, python(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	settings := map[string]string{}
	g.Load(settings, 1)
	cmd := exec.Command(python(t), "-c", byFile, outside, inside)
	for name, value := range settings {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := []string{"went", "FileNotFoundError True", "FileNotFoundError True", "gaierror True", "gaierror True", "gaierror True", "went", "went"}
	if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(string(out)), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	dials, err := g.Dials()
	if err != nil {
		t.Fatal(err)
	}
	tried := []Dial{{Host: outside}, {Host: "@pixelload-nobody"}, {"redis.example", "6379"}, {Host: "flags.example"}, {Host: "192.0.2.7"}, {"127.0.0.1", "9"}}
	if diff := cmp.Diff(tried, dials); diff != "" {
		t.Errorf("whom it tried to reach (-want +got):\n%s", diff)
	}
}

// TestAnotherWatchIsFoundToo: a sitecustomize of the app's own still runs.
func TestAnotherWatchIsFoundToo(t *testing.T) {
	dir := t.TempDir()
	own := filepath.Join(dir, "own")
	if err := errorsOf(os.Mkdir(own, 0o755), os.WriteFile(filepath.Join(own, "sitecustomize.py"), []byte("import sys; sys.ours = 7"), 0o644)); err != nil {
		t.Fatal(err)
	}
	g, err := New(dir, python(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	settings := map[string]string{"PYTHONPATH": own}
	g.Load(settings, 1)
	cmd := exec.Command(python(t), "-c", "import sys; print(sys.ours)")
	for name, value := range settings {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "7\n" {
		t.Errorf("%q, %v", out, err)
	}
}
