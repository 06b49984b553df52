package target

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/isolate"
	"github.com/pixeltales/pixelload/internal/needed"
)

// native calls connect of the C library, which no hook of Python's sees, and
// then serves.
const native = `
import ctypes, socket, struct, sys
stranger = struct.pack("!HH4s8x", socket.htons(socket.AF_INET), 443, socket.inet_aton("192.0.2.7"))
caller = socket.socket()
for _ in range(3):
    ctypes.CDLL(None).connect(caller.fileno(), stranger, len(stranger))
server = socket.socket(fileno=int(sys.argv[1]))
server.listen()
while True:
    server.accept()
`

func TestNativeAttemptsAreCounted(t *testing.T) {
	const python = "/usr/bin/python3"
	if _, err := os.Stat(python); err != nil {
		needed.Skip(t, "%v", err)
	}
	dir, err := os.MkdirTemp("", "gate-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	gate, err := isolate.New(dir, python, nil)
	if err != nil {
		t.Fatal(err)
	}
	port, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{}
	gate.Load(settings, port)
	p, err := Start(t.Context(), Spec{Command: gate.Command(port, python, "-c", native, "{fd}"), Env: Env(settings), Port: port, Gate: gate})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Source().Close()
	ready, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := p.WaitListening(ready); err != nil {
		t.Error(err)
	}
	report, ok := gate.Report()
	if _, err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !ok || report.Why != "" {
		needed.Skip(t, "this machine makes no network namespace: %s", report.Why)
	}
	if n, ok := p.Unrouted(); !ok || n != 3 {
		t.Errorf("attempts = %d, %v; want 3", n, ok)
	}
	if dials, err := gate.Dials(); err != nil || len(dials) != 0 {
		t.Errorf("dials = %v, %v: the hook cannot see these", dials, err)
	}
}
