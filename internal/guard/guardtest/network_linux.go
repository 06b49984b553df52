// Package guardtest gives a test a network of its own, in which other machines
// stand: their addresses are this namespace's, so what is sent to them arrives,
// is counted, and reaches nobody.
package guardtest

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"

	"github.com/pixeltales/pixelload/internal/needed"
)

// The other machines. All addresses are for documentation (RFC 5737, RFC 3849),
// but for the one at which clouds tell secrets.
const (
	Staging   = "198.51.100.7" // answers to StagingName
	Stranger  = "203.0.113.7"
	Stranger6 = "2001:db8::7"
	Metadata  = "169.254.169.254"

	StagingName = "staging.example"
)

// inside is set in the process that runs within the network.
const inside = "PIXELLOAD_TEST_NETWORK"

// Network is the test's own. Its resolver knows the names it was given.
type Network struct {
	t     *testing.T
	mu    sync.Mutex
	names map[string][]string // addresses, of which each question uses up one but for the last
}

// Enter runs the test once more in a network of its own, and returns that in
// there. Outside it returns nil when the test has passed inside, and there is
// nothing left to do.
func Enter(t *testing.T) *Network {
	t.Helper()
	if os.Getenv(inside) == t.Name() {
		n := &Network{t: t, names: map[string][]string{}}
		n.open()
		return n
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, "-test.run=^"+t.Name()+"$", "-test.count=1", "-test.v", "-test.timeout=5m")
	c.Env = append(os.Environ(), inside+"="+t.Name())
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS}
	if uid := os.Getuid(); uid != 0 {
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: uid, Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	out, err := c.CombinedOutput()
	switch text := string(out); {
	case err != nil && c.ProcessState == nil:
		needed.Skip(t, "no network namespace can be made: %v", err)
	case err != nil:
		t.Errorf("inside its own network:\n%s", text)
	case strings.Contains(text, "--- SKIP: "+t.Name()):
		needed.Skip(t, "%s", text)
	case !strings.Contains(text, "--- PASS: "+t.Name()):
		t.Errorf("inside its own network nothing ran:\n%s", text)
	}
	return nil
}

// open brings the network up, with the addresses of the others and a resolver.
func (n *Network) open() {
	n.t.Helper()
	for _, args := range []string{
		"link set lo up", "addr add " + Staging + "/32 dev lo", "addr add " + Stranger + "/32 dev lo",
		"addr add " + Metadata + "/32 dev lo", "-6 addr add " + Stranger6 + "/128 dev lo nodad", "-6 addr add fe80::7/64 dev lo nodad",
	} {
		if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
			needed.Skip(n.t, "ip %s: %v: %s", args, err, out)
		}
	}
	dir := n.t.TempDir()
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		needed.Skip(n.t, "no mounts of its own: %v", err)
	}
	for path, text := range map[string]string{
		"/etc/resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
	} {
		own := filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(own, []byte(text), 0o644); err != nil {
			n.t.Fatal(err)
		}
		if err := unix.Mount(own, path, "", unix.MS_BIND, ""); err != nil {
			needed.Skip(n.t, "%s cannot be replaced: %v", path, err)
		}
	}
	n.resolve()
	n.Name(StagingName, Staging)
}

// Name lets the name resolve to the addresses, one after the other; the last
// stays.
func (n *Network) Name(name string, addrs ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.names[name+"."] = addrs
}

// resolve answers questions for names until the test ends.
func (n *Network) resolve() {
	conn, err := net.ListenPacket("udp", "127.0.0.1:53")
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { conn.Close() })
	go func() {
		buffer := make([]byte, 512)
		for {
			size, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			if answer, err := n.answer(buffer[:size]); err == nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	}()
}

func (n *Network) answer(question []byte) ([]byte, error) {
	var p dnsmessage.Parser
	header, err := p.Start(question)
	if err != nil {
		return nil, err
	}
	q, err := p.Question()
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: header.ID, Response: true, RecursionAvailable: true}, Questions: []dnsmessage.Question{q}}
	addrs, known := n.names[strings.ToLower(q.Name.String())]
	if !known {
		m.RCode = dnsmessage.RCodeNameError
	}
	if known && q.Type == dnsmessage.TypeA {
		if len(addrs) > 1 {
			n.names[q.Name.String()] = addrs[1:]
		}
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
			Body:   &dnsmessage.AResource{A: netip.MustParseAddr(addrs[0]).As4()},
		}}
	}
	return m.Pack()
}

// Serve serves at the address until the test ends.
func (n *Network) Serve(address string, handler http.Handler) {
	n.t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		n.t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	n.t.Cleanup(server.Close)
}

// Attempts is how many connections were tried in this network so far, whoever
// tried and whether or not somebody listened: each began with the first packet
// that a connection sends (ActiveOpens of RFC 4022, in /proc/net/snmp).
func (n *Network) Attempts() int {
	n.t.Helper()
	text, err := os.ReadFile("/proc/self/net/snmp")
	if err != nil {
		n.t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] != "Tcp:" {
			continue
		}
		if names == nil {
			names = fields
			continue
		}
		for i, name := range names {
			if name == "ActiveOpens" {
				opens, err := strconv.Atoi(fields[i])
				if err != nil {
					n.t.Fatal(err)
				}
				return opens
			}
		}
	}
	n.t.Fatal("/proc/self/net/snmp has no ActiveOpens")
	return 0
}

// Unsent fails the test when f tried a connection.
func (n *Network) Unsent(t *testing.T, f func()) {
	t.Helper()
	before := n.Attempts()
	f()
	if tried := n.Attempts() - before; tried != 0 {
		t.Errorf("%d connections were tried, want none", tried)
	}
}
