package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
)

// nodes are all elements of the page, in their order.
func nodes(t *testing.T, page []byte) []*html.Node {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// elements are the page's elements of that name.
func elements(t *testing.T, page []byte, name string) []*html.Node {
	var found []*html.Node
	for _, n := range nodes(t, page) {
		if n.Data == name {
			found = append(found, n)
		}
	}
	return found
}

// TestPolicy: the browser runs our style and our script, and nothing else.
func TestPolicy(t *testing.T) {
	page := htmlOf(t, healthy(2, runtest.Levels{0: 80, 3: 120, 10: 160}))
	policy := attribute(elements(t, page, "meta")[1], "content")
	if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	for directive, of := range map[string][]*html.Node{"style-src": elements(t, page, "style"), "script-src": elements(t, page, "script")[2:]} {
		if len(of) != 1 {
			t.Fatalf("%d for %s, want 1", len(of), directive)
		}
		sum := sha256.Sum256([]byte(textOf(of[0])))
		want := directive + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %s", policy, want)
		}
	}
}

// TestDataIsNoProgram: whatever runs are called, the page has the same
// elements, no handler, and no address to go to but its own sections.
func TestDataIsNoProgram(t *testing.T) {
	page := htmlOf(t, spoil(healthy(2, runtest.Levels{0: 80, 3: 120, 10: 160})))
	scripts := 0
	for _, n := range nodes(t, page) {
		switch n.Data {
		case "script":
			scripts++
		case "img", "iframe", "object", "embed", "link", "base", "form", "foreignobject":
			t.Errorf("a %s", n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
				t.Errorf("%s=%q on a %s", a.Key, a.Val, n.Data)
			}
			if (a.Key == "href" || a.Key == "src") && !strings.HasPrefix(a.Val, "#") {
				t.Errorf("%s=%q", a.Key, a.Val)
			}
		}
		if n.Data == "header" || n.Data == "main" || n.Data == "title" {
			for _, r := range textOf(n) {
				if (unicode.IsControl(r) && r != '\n' && r != '\t') || unicode.Is(unicode.Cf, r) {
					t.Errorf("%U in the text of %s", r, n.Data)
				}
			}
		}
	}
	if scripts != 3 {
		t.Errorf("%d scripts, want the two of data and our own", scripts)
	}
	if bytes.Contains(page, []byte("ZgotmplZ")) {
		t.Error("the template refused a value")
	}
}

// TestPageHoldsItsData: what may be saved is what was written, and read.
func TestPageHoldsItsData(t *testing.T) {
	runs := recorded(t)
	scripts := elements(t, htmlOf(t, runs), "script")
	var files map[string]string
	if err := json.Unmarshal([]byte(textOf(scripts[0])), &files); err != nil {
		t.Fatal(err)
	}
	if files["verdict.json"] != format(t, "json", runs) || files["summary.md"] != format(t, "md", runs) {
		t.Error("the page's files differ from those in the folder")
	}
	var samples []struct {
		Of int       `json:"samples_in_file"`
		At []float64 `json:"t"`
		U  []*uint64 `json:"unreclaimable_bytes"`
	}
	if err := json.Unmarshal([]byte(textOf(scripts[1])), &samples); err != nil {
		t.Fatal(err)
	}
	if s := samples[0]; s.Of != len(runs[0].Samples) || len(s.At) != s.Of || len(s.U) != s.Of {
		t.Errorf("%d of %d samples: a short run is kept whole", len(s.At), s.Of)
	}
}

// long is a trial of an hour, read ten times a second, with one moment of 400 MiB.
func long(trial, trials int) *run.Run {
	r := runtest.Healthy(trial, trials, runtest.Levels{0: 80, 3: 120, 10: 160})
	r.Header.Phases = []run.Phase{{Name: "users=3", Users: 3, HoldSeconds: 3600}}
	r.Marks = []run.Mark{{T: 0.5, Name: run.MarkPhase, Phase: "users=3", Users: 3}, {T: 3600, Name: run.MarkLoadEnd}}
	r.Samples = nil
	for i := range 36_000 {
		u := uint64(120*memory.MiB + i%977*4096)
		if i == 20_000 {
			u = 400 * memory.MiB
		}
		r.Samples = append(r.Samples, run.Sample{T: float64(i) / 10, Sample: memory.Sample{
			Unreclaimable: memory.Known(u), WorkingSet: memory.Known(u + memory.MiB), OOMKills: memory.Known(0),
		}})
	}
	r.End.T = 3601
	return r
}

// TestLongRunsStaySmall: an hour at 10 Hz fits below a megabyte, once and in
// six trials, and its one peak is not thinned away.
func TestLongRunsStaySmall(t *testing.T) {
	for _, n := range []int{1, 6} {
		var runs []*run.Run
		for i := range n {
			runs = append(runs, long(i+1, n))
		}
		page := htmlOf(t, runs)
		if len(page) > 1<<20 {
			t.Errorf("%d trials: %d bytes", n, len(page))
		}
		if !bytes.Contains(page, fmt.Appendf(nil, "%d", 400*memory.MiB)) {
			t.Errorf("%d trials: the peak is gone", n)
		}
	}
}

// TestGapsAreNoLines: where nothing was read, the curve is broken.
func TestGapsAreNoLines(t *testing.T) {
	whole := healthy(1, runtest.Levels{0: 80, 3: 120, 10: 160})
	gaps := healthy(1, runtest.Levels{0: 80, 3: 120, 10: 160})
	runtest.Gap(gaps[0], 40, 50)
	runtest.Gap(gaps[0], 60, 61)
	for want, runs := range map[int][]*run.Run{1: whole, 3: gaps} {
		for _, path := range elements(t, htmlOf(t, runs), "path") {
			if class := attribute(path, "class"); class != "u" {
				continue
			}
			if got := strings.Count(attribute(path, "d"), "M"); got != want {
				t.Errorf("%d pieces, want %d", got, want)
			}
		}
	}
}

// TestEveryTrialIsShown: also the one that was killed before it was held.
func TestEveryTrialIsShown(t *testing.T) {
	runs := healthy(3, runtest.Levels{0: 80, 3: 120, 10: 160})
	runtest.Killed(runs[1], 20)
	page := string(htmlOf(t, runs))
	for _, want := range []string{"Trial 1", "Trial 2", "Trial 3", "OOM kill", "killed by the kernel at idle", "trial 2 <strong>not held</strong>",
		"trial 1 <strong>120.0 MiB</strong>", "trial 3 <strong>122.0 MiB</strong>", "580 MB", "limit 512 MiB", "budget 435 MiB"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
