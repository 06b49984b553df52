package fault

import (
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo answers every byte, until the test ends.
func echo(t *testing.T) (databaseURL string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
			}()
		}
	}()
	return "postgres://role:secret@" + l.Addr().String() + "/db"
}

func start(t *testing.T) *Proxy {
	t.Helper()
	p, err := Start(echo(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func dial(t *testing.T, p *Proxy) net.Conn {
	t.Helper()
	u, err := url.Parse(p.URL())
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// ask sends a byte and waits for the answer, for at most patience.
func ask(c net.Conn, patience time.Duration) error {
	c.SetDeadline(time.Now().Add(patience))
	if _, err := c.Write([]byte{'x'}); err != nil {
		return err
	}
	_, err := io.ReadFull(c, make([]byte, 1))
	return err
}

func TestURLKeepsAllButTheAddress(t *testing.T) {
	p := start(t)
	if got := p.URL(); !strings.HasPrefix(got, "postgres://role:secret@127.0.0.1:") || !strings.HasSuffix(got, "/db") || got == p.upstream.String() {
		t.Errorf("URL = %s", got)
	}
}

func TestCut(t *testing.T) {
	p := start(t)
	old := dial(t, p)
	if err := ask(old, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	if err := p.Cut(); err != nil {
		t.Fatal(err)
	}
	if err := ask(old, 5*time.Second); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a cut connection: %v, want it closed", err)
	}
	if err := ask(dial(t, p), 5*time.Second); err != nil {
		t.Errorf("the next connection: %v", err)
	}
}

func TestStall(t *testing.T) {
	p := start(t)
	old := dial(t, p)
	if err := ask(old, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	if err := p.Stall(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]net.Conn{"old": old, "new": dial(t, p)} {
		if err := ask(c, 200*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s connection in a stall: %v, want it open and silent", name, err)
		}
	}
	if err := p.Heal(); err != nil {
		t.Fatal(err)
	}
	if err := ask(old, 5*time.Second); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a healed connection: %v, want it closed: it lost bytes", err)
	}
	if err := ask(dial(t, p), 5*time.Second); err != nil {
		t.Errorf("after healing: %v", err)
	}
}

func TestErrorsHideThePassword(t *testing.T) {
	if _, err := Start("postgres://role:secret@host:port/db"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("Start = %v", err)
	}
}
