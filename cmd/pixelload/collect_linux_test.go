package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startCollect starts `pixelload collect` at a free port and returns its address.
func startCollect(t *testing.T, args ...string) (p *program, address string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p = &program{Cmd: exec.Command(self, append([]string{"collect", "--web.listen-address", "127.0.0.1:0"}, args...)...)}
	p.Env = append(os.Environ(), asPixelload+"=1")
	p.Dir = t.TempDir()
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.ProcessState == nil { // the test failed meanwhile
			p.Process.Kill()
			p.Wait()
		}
	})
	listening := regexp.MustCompile(`address=(127\.0\.0\.1:\d+)`)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if m := listening.FindStringSubmatch(p.stderr.String()); m != nil {
			return p, m[1]
		}
	}
	t.Fatalf("it does not listen: %s", p.stderr.String())
	return nil, ""
}

// body asks and returns the status and the text.
func body(t *testing.T, c *http.Client, url, user, password string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if user != "" {
		r.SetBasicAuth(user, password)
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestCollect serves a real process and ends with a signal, in peace.
func TestCollect(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		p, address := startCollect(t, "--pid", "tester="+strconv.Itoa(os.Getpid()), "--cgroup", "/kettle")
		client := &http.Client{}
		code, text := body(t, client, "http://"+address+"/metrics", "", "")
		for _, want := range []string{
			`pixelload_source_up{source="proc",target="tester"} 1`,
			`pixelload_memory_unreclaimable_bytes{source="proc",target="tester"}`,
			`target="kettle"} 0`,
			`pixelload_claim_bytes{bound="high",claim="L4",users="3",variant="before"} 6.0817408e+08`,
		} {
			if code != http.StatusOK || !strings.Contains(text, want) {
				t.Errorf("%d, without %s:\n%s", code, want, text)
			}
		}
		client.CloseIdleConnections()
		began := time.Now()
		p.Process.Signal(signal)
		if err := p.Wait(); err != nil {
			t.Errorf("%v: %v", signal, err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%v: it took %v", signal, took)
		}
		if p.stdout.String() != "" || !strings.Contains(p.stderr.String(), "stopping") || !strings.Contains(p.stderr.String(), "/kettle") {
			t.Errorf("stdout %q, stderr %s", p.stdout.String(), p.stderr.String())
		}
	}
}

// TestCollectGuarded: TLS and a password, as the web config says.
func TestCollectGuarded(t *testing.T) {
	dir := t.TempDir()
	pool := certificate(t, dir)
	config := filepath.Join(dir, "web.yml")
	// The hash is of the password "kettle", at bcrypt's least cost.
	text := "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n" +
		"basic_auth_users: {prometheus: $2a$04$vTdSxNFmpwtH8DtUF9ktfe21Z/OxZfw..xssE3Dkd2G8dOqHWlBQ2}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, address := startCollect(t, "--web.config.file", config, "--log.format", "logfmt")
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	defer client.CloseIdleConnections()
	for _, row := range []struct {
		user, password string
		want           int
	}{{"", "", 401}, {"prometheus", "teapot", 401}, {"prometheus", "kettle", 200}} {
		if code, text := body(t, client, "https://"+address+"/metrics", row.user, row.password); code != row.want ||
			strings.Contains(text, "pixelload_build_info") != (row.want == 200) {
			t.Errorf("%s %s: %d %.200s", row.user, row.password, code, text)
		}
	}
	if code, _ := body(t, &http.Client{}, "http://"+address+"/metrics", "prometheus", "kettle"); code == http.StatusOK {
		t.Error("it serves without TLS too")
	}
	p.Process.Signal(syscall.SIGTERM)
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
	if strings.Contains(p.stderr.String(), "kettle") {
		t.Errorf("the log holds a password:\n%s", p.stderr.String())
	}
}

// certificate leaves a key and a certificate of its own for 127.0.0.1 in dir.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, data := range map[string][]byte{
		"cert.pem": cert, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	return pool
}

// TestCollectRefuses to serve others without a web config, and bad flags.
func TestCollectRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	bad := filepath.Join(t.TempDir(), "web.yml")
	if err := os.WriteFile(bad, []byte("kettle: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	open := filepath.Join(t.TempDir(), "web.yml")
	if err := os.WriteFile(open, []byte("tls_server_config: {min_version: TLS13}\nhttp_server_config: {http2: false}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name string
		args []string
		code int
		want []string
	}{
		{"a web config that guards nothing", []string{"--web.listen-address", "0.0.0.0:0", "--web.config.file", open}, exitRefused, []string{"TLS or basic auth"}},
		{"all interfaces", []string{"--web.listen-address", ":0"}, exitRefused, []string{"127.0.0.1", "--web.config.file"}},
		{"wildcard", []string{"--web.listen-address", "0.0.0.0:0"}, exitRefused, []string{"127.0.0.1", "--web.config.file"}},
		{"wildcard of IPv6", []string{"--web.listen-address", "[::]:0"}, exitRefused, []string{"127.0.0.1", "--web.config.file"}},
		{"no port", []string{"--web.listen-address", "127.0.0.1"}, exitBadInput, []string{"--web.listen-address", "port"}},
		{"port taken", []string{"--web.listen-address", taken.Addr().String()}, exitBadInput, []string{"--web.listen-address", "in use"}},
		{"no web config", []string{"--web.config.file", "/kettle"}, exitBadInput, []string{"--web.config.file", "/kettle"}},
		{"bad web config", []string{"--web.config.file", bad}, exitBadInput, []string{"--web.config.file", "kettle"}},
		{"path taken", []string{"--web.telemetry-path", "/-/ready"}, exitBadInput, []string{"/-/ready", "/metrics"}},
		{"path unclean", []string{"--web.telemetry-path", "/a//b"}, exitBadInput, []string{"/a//b", "/metrics"}},
		{"path a pattern", []string{"--web.telemetry-path", "/{a}"}, exitBadInput, []string{"/{a}", "/metrics"}},
		{"pid no number", []string{"--pid", "web=kettle"}, exitBadInput, []string{"web=kettle", "NAME=NUMBER"}},
		{"pid zero", []string{"--pid", "0"}, exitBadInput, []string{"--pid"}},
		{"two names", []string{"--pid", "1", "--container", "pid-1"}, exitBadInput, []string{"pid-1", "NAME=VALUE"}},
		{"no value", []string{"--container", ""}, exitBadInput, []string{"NAME=VALUE"}},
		{"half a name", []string{"--cgroup", "web="}, exitBadInput, []string{"NAME=VALUE"}},
		{"label of nothing", []string{"--container-label", ""}, exitBadInput, []string{"--container-label"}},
		{"log level", []string{"--log.level", "kettle"}, exitBadInput, []string{"debug, info, warn, error"}},
		{"log format", []string{"--log.format", "kettle"}, exitBadInput, []string{"logfmt, json"}},
		{"claims", []string{"--claims", "/kettle"}, exitBadInput, []string{"/kettle"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			code, stdout, stderr := call(t, append([]string{"collect"}, row.args...)...)
			if code != row.code || stdout != "" || strings.Count(stderr, "\n") != 1 {
				t.Errorf("exit code %d, stdout %q, stderr %q; want %d and one line on stderr", code, stdout, stderr, row.code)
			}
			for _, word := range row.want {
				if !strings.Contains(stderr, word) {
					t.Errorf("stderr %q lacks %q", stderr, word)
				}
			}
		})
	}
}
