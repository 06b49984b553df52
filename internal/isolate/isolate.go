// Package isolate runs a program where it reaches nobody: in a network of its
// own that has a loopback and nothing else. Its own servers, as a database, are
// led in by their ports; its users come in by a socket that was made outside,
// and stays there. What a Python program tries to reach all the same is
// written down.
//
// No packet between a user and the program takes a detour, and nothing of ours
// lives in the program's processes but the watch. Where no such network can be
// made, the watch refuses every call that Python makes; what native code, or
// a program without Python's start-up hooks, does on its own is not stopped
// then, and Report says so. A network has no say in sockets that are files: to
// those outside of its folder the watch refuses calls everywhere.
package isolate

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

var (
	//go:embed python/launcher.py
	launcher []byte
	//go:embed python/watch/sitecustomize.py
	watch []byte
)

// A Gate stands between one program and the rest of the machine.
type Gate struct {
	dir      string
	python   string
	services []int

	listener *net.UnixListener
	reports  chan Report

	mu     sync.Mutex // protects all following fields
	doors  []net.Listener
	closed bool
}

// Report is how far the isolation of a program went.
type Report struct {
	Why string // its network is still the machine's; "" when it is not
}

// New makes a gate with its files in the existing folder dir, which the program
// can read and write. python runs the launcher. services are the ports on this
// machine that the program may reach. The longest path of a socket is 107
// bytes on Linux, so dir should be short.
func New(dir, python string, services []int) (*Gate, error) {
	g := &Gate{dir: filepath.Join(dir, "gate"), python: python, services: services, reports: make(chan Report, 1)}
	files := map[string][]byte{"launcher.py": launcher, "watch/sitecustomize.py": watch}
	err := os.MkdirAll(filepath.Join(g.dir, "watch"), 0o755)
	for name, text := range files {
		err = errors.Join(err, os.WriteFile(filepath.Join(g.dir, name), text, 0o644))
	}
	if err == nil {
		g.listener, err = net.ListenUnix("unix", &net.UnixAddr{Name: g.socket(), Net: "unix"})
	}
	if err != nil {
		return nil, fmt.Errorf("making the gate of the app's network: %w", err)
	}
	go g.receive()
	return g, nil
}

func (g *Gate) socket() string { return filepath.Join(g.dir, "sock") }
func (g *Gate) dials() string  { return filepath.Join(g.dir, "dials") }

// Command is how command is started inside. With a port other than 0, the word
// {fd} in it becomes the number of a socket that is bound to the port of
// 127.0.0.1 outside, and does not listen yet.
func (g *Gate) Command(port int, command ...string) []string {
	services := "-"
	if len(g.services) > 0 {
		services = join(g.services)
	}
	return append([]string{g.python, "-I", "-S", filepath.Join(g.dir, "launcher.py"),
		g.socket(), strconv.Itoa(port), services, "--"}, command...)
}

// Load adds to a program's settings what makes its Python processes write down
// whom they try to reach. port is its own.
func (g *Gate) Load(settings map[string]string, port int) {
	settings["PIXELLOAD_DIALS"] = g.dials()
	settings["PIXELLOAD_SERVICES"] = join(append(slices.Clone(g.services), port))
	settings["PYTHONPATH"] = strings.TrimSuffix(filepath.Join(g.dir, "watch")+":"+settings["PYTHONPATH"], ":")
}

func join(ports []int) string {
	var words []string
	for _, port := range ports {
		words = append(words, strconv.Itoa(port))
	}
	return strings.Join(words, ",")
}

// patience is how long a started program may take to report.
const patience = 10 * time.Second

// Report waits for the report of the first program that was started; false
// when none came, because it did not start. A nil gate reports nothing.
func (g *Gate) Report() (Report, bool) {
	if g == nil {
		return Report{}, false
	}
	select {
	case r := <-g.reports:
		return r, true
	case <-time.After(patience):
		return Report{}, false
	}
}

// receive takes what launchers tell, until the gate is closed.
func (g *Gate) receive() {
	for {
		conn, err := g.listener.AcceptUnix()
		if err != nil {
			return
		}
		if report, err := g.admit(conn); err == nil {
			select {
			case g.reports <- report:
			default:
			}
		}
		conn.Close()
	}
}

// mostServices is how many sockets one message can carry here.
const mostServices = 16

// admit opens a door for each service of a program.
func (g *Gate) admit(conn *net.UnixConn) (Report, error) {
	line, rights := make([]byte, 1<<10), make([]byte, syscall.CmsgSpace(4*mostServices))
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return Report{}, err
	}
	n, oobn, _, _, err := conn.ReadMsgUnix(line, rights)
	if err != nil {
		return Report{}, err
	}
	var told struct {
		Why      string
		Services []int
	}
	if err := json.Unmarshal(bytes.TrimSpace(line[:n]), &told); err != nil {
		return Report{}, err
	}
	listeners, err := listenersOf(rights[:oobn])
	if err != nil || len(listeners) != len(told.Services) {
		for _, l := range listeners {
			l.Close()
		}
		return Report{}, errors.Join(err, errors.New("a service without its socket"))
	}
	for i, l := range listeners {
		g.open(l, told.Services[i])
	}
	return Report{Why: told.Why}, nil
}

// listenersOf makes listeners of the file descriptors in a control message.
func listenersOf(rights []byte) (listeners []net.Listener, err error) {
	messages, err := syscall.ParseSocketControlMessage(rights)
	if err != nil {
		return nil, err
	}
	for _, m := range messages {
		numbers, err := syscall.ParseUnixRights(&m)
		if err != nil {
			return listeners, err
		}
		for _, number := range numbers {
			file := os.NewFile(uintptr(number), "service")
			l, err := net.FileListener(file) // has a descriptor of its own
			file.Close()
			if err != nil {
				return listeners, err
			}
			listeners = append(listeners, l)
		}
	}
	return listeners, nil
}

// Close ends the gate: nothing new comes through. It may be called more than
// once, and of a nil gate.
func (g *Gate) Close() error {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil
	}
	g.closed = true
	err := g.listener.Close()
	for _, door := range g.doors {
		err = errors.Join(err, door.Close())
	}
	return err
}

// Dial is an attempt to reach somebody.
type Dial struct {
	Host string `json:"host"`
	Port string `json:"port"` // a number or a service's name; "" where only the name was looked up
}

// String is host and port, as far as they are known.
func (d Dial) String() string {
	if d.Port == "" {
		return d.Host
	}
	return net.JoinHostPort(d.Host, d.Port)
}

// Dials lists what the programs behind the gate tried to reach, each once, in
// the order of the first attempt. A nil gate knows of none.
func (g *Gate) Dials() ([]Dial, error) {
	if g == nil {
		return nil, nil
	}
	file, err := os.Open(g.dials())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading whom the app tried to reach: %w", err)
	}
	defer file.Close()
	var dials []Dial
	for scan := bufio.NewScanner(file); scan.Scan(); {
		var d Dial
		if json.Unmarshal(scan.Bytes(), &d) == nil && !slices.Contains(dials, d) { // a killed process may leave half a line
			dials = append(dials, d)
		}
	}
	return dials, nil
}
