package internal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// dials are what opens a connection, or makes what does.
var dials = regexp.MustCompile(`net\.Dial(Timeout)?\(|net\.Dialer\b|http\.(DefaultClient|Client\{|Transport\{|Get\(|Post\(|Head\()|websocket\.(DefaultDialer|Dialer\{)|ProxyFromEnvironment`)

// ownDials are the files that dial by themselves, and why that is no way to a
// target. All others ask a guard.Pass.
var ownDials = map[string]string{
	"internal/guard/pass.go":                      "the guard itself",
	"internal/guard/confirm.go":                   "the guard itself",
	"internal/target/touch.go":                    "gorilla's dialer around the pass's",
	"internal/probe/socket.go":                    "gorilla's dialer around the pass's",
	"extension/socket.go":                         "gorilla's dialer around k6's, which the gate has fenced",
	"internal/target/process.go":                  "whether a process of ours listens, on 127.0.0.1",
	"internal/target/hook.go":                     "a Unix socket of ours",
	"internal/service/redis.go":                   "a server of ours, on 127.0.0.1",
	"internal/isolate/door.go":                    "a server of ours, on 127.0.0.1",
	"internal/memory/engine.go":                   "the Docker engine's Unix socket",
	"internal/memory/render.go":                   "the host's own page, to wake it: one request",
	"internal/memory/renderapi.go":                "the host's metrics, not the target",
	"internal/calibration/calibtest/calibtest.go": "tests only",
	"cmd/pixelload/doctor.go":                     "the Docker engine's Unix socket",
	"bench/floor.go":                              "the benchmark's own server",
}

// TestDialsGoThroughTheGuard: nothing reaches a target past it.
func TestDialsGoThroughTheGuard(t *testing.T) {
	used := map[string]bool{}
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			path := filepath.Join(p.Dir, name)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			root, err := filepath.Abs("..")
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
			found := dials.FindString(string(text))
			used[file] = found != ""
			if found != "" && ownDials[file] == "" {
				t.Errorf("%s has %s: dial through a guard.Pass, or say in ownDials why that is no way to a target", file, found)
			}
		}
	}
	for file := range ownDials {
		if !used[file] {
			t.Errorf("%s dials no more: take it from ownDials", file)
		}
	}
}
