package report_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/pixeltales/pixelload/internal/needed"
	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
)

// shots is for the eye: `go test ./internal/report -run Browser -shots DIR`.
var shots = flag.String("shots", "", "folder to write screenshots of the page into")

// chromium finds the browser; without one the test is skipped, and fails where
// nothing may be skipped.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	needed.Skip(t, "no chromium on PATH: the page was not opened in a browser; install Debian's chromium")
	return ""
}

// browser is one Chromium for all of a test's pages.
func browser(t *testing.T) context.Context {
	t.Helper()
	dir := t.TempDir()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox,
		chromedp.UserDataDir(dir), chromedp.Env("TMPDIR="+dir)) // it leaves a socket there
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	ctx, late := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(func() { late(); cancel(); stop() })
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("starting chromium: %v", err)
	}
	return ctx
}

// recorded is the run that `pixelload demo` shows.
func recorded(t testing.TB) []*run.Run {
	t.Helper()
	packed, err := os.Open("../../cmd/pixelload/demo/trial-01.ndjson.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	in, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "trial-01.ndjson"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	runs, err := run.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

func htmlOf(t testing.TB, runs []*run.Run) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.HTML(&b, judged(t, runs), runs); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// device is a screen and a taste.
type device struct {
	name          string
	width, height int64
	scheme        string
}

var devices = []device{
	{"phone-light", 390, 844, "light"},
	{"phone-dark", 390, 844, "dark"},
	{"desktop-light", 1280, 800, "light"},
	{"desktop-dark", 1280, 800, "dark"},
}

func TestBrowser(t *testing.T) {
	ctx := browser(t)
	killed := healthy(3, runtest.Levels{0: 80, 3: 300, 10: 450})
	runtest.Killed(killed[1], 75)
	twoData := healthy(2, runtest.Levels{0: 250, 3: 300, 10: 390})
	twoData[1].Header.Data.Name = "heavy"
	for name, runs := range map[string][]*run.Run{
		"recorded": recorded(t), "killed": killed, "after": after(), "two-data": twoData, "none": nil, "campaign": campaign(),
		"unlimited": one(func(r *run.Run) { runtest.Unlimited(r) }),
	} {
		path := filepath.Join(t.TempDir(), "report.html")
		if err := os.WriteFile(path, htmlOf(t, runs), 0o600); err != nil {
			t.Fatal(err)
		}
		for i, d := range devices {
			if name != "recorded" && i != 0 && i != len(devices)-1 && *shots == "" {
				continue // the extremes are enough
			}
			t.Run(name+"/"+d.name, func(t *testing.T) { look(t, ctx, d, path, name, len(runs) > 0) })
		}
	}
}

// facts are what the page itself says of how it is laid out.
type seen struct {
	Width, Scroll int      // of the page, in pixels
	Scheme        string   // what the ground's colour is
	Wide          []string // texts that stick out
	Narrow        []string // cells of the table in which words break
	Curves        int      // drawn, of some width and height
	Rows          int      // of the table that are seen
	Readout       string   // after a key was pressed
	Downloads     int
}

const lookScript = `(() => {
	const box = e => e.getBoundingClientRect();
	const chart = document.querySelector("svg[data-trial]");
	if (chart) { chart.focus(); for (const key of ["End", "ArrowLeft"]) chart.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true})); }
	return {
		Width: innerWidth, Scroll: document.documentElement.scrollWidth,
		Scheme: getComputedStyle(document.body).backgroundColor,
		Wide: [...document.querySelectorAll("main *, header *")].filter(e => !e.closest("nav, thead") && (box(e).right > innerWidth + 1 || box(e).left < -1)).map(e => e.tagName + ": " + e.textContent.slice(0, 40)),
		Narrow: [...document.querySelectorAll("table.verdict tbody :is(th, td)")].filter(e => e.textContent.length > 8 && box(e).width < 90).map(e => e.textContent.slice(0, 40)),
		Curves: [...document.querySelectorAll("path.u")].filter(e => box(e).width > 100 && box(e).height > 20).length,
		Rows: [...document.querySelectorAll("table.verdict tbody tr")].filter(e => box(e).height > 15).length,
		Readout: chart ? chart.nextElementSibling.textContent : "",
		Downloads: document.querySelectorAll("#downloads button").length,
	};
})()`

// look opens the page on the device and checks what a person would see.
func look(t *testing.T, ctx context.Context, d device, path, name string, measured bool) {
	ctx, cancel := chromedp.NewContext(ctx)
	defer cancel()
	var complaints []string
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventConsoleAPICalled:
			complaints = append(complaints, string(e.Type))
		case *runtime.EventExceptionThrown:
			complaints = append(complaints, e.ExceptionDetails.Error())
		case *log.EventEntryAdded:
			complaints = append(complaints, e.Entry.Text)
		}
	})
	var page seen
	var shot, pdf []byte
	address := (&url.URL{Scheme: "file", Path: path}).String()
	err := chromedp.Run(ctx, log.Enable(),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: d.scheme}}),
		chromedp.EmulateViewport(d.width, d.height, chromedp.EmulateScale(2)),
		chromedp.Navigate(address),
		chromedp.Evaluate(lookScript, &page),
		chromedp.ActionFunc(func(ctx context.Context) (err error) {
			if *shots != "" {
				if err := chromedp.FullScreenshot(&shot, 100).Do(ctx); err != nil {
					return err
				}
			}
			pdf, _, err = cdppage.PrintToPDF().WithPrintBackground(true).Do(ctx)
			return err
		}),
	)
	if err != nil {
		t.Fatal(err)
	}
	if *shots != "" {
		for suffix, data := range map[string][]byte{".png": shot, ".pdf": pdf} {
			if err := os.WriteFile(filepath.Join(*shots, name+"-"+d.name+suffix), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(complaints) > 0 {
		t.Errorf("the console says %q", complaints)
	}
	if page.Scroll > page.Width || len(page.Wide) > 0 {
		t.Errorf("the page is %d wide on a screen of %d: %q", page.Scroll, page.Width, page.Wide)
	}
	if len(page.Narrow) > 0 {
		t.Errorf("cells too narrow to be read: %q", page.Narrow)
	}
	if dark := page.Scheme == "rgb(16, 19, 23)"; dark != (d.scheme == "dark") {
		t.Errorf("the ground is %s on a %s screen", page.Scheme, d.scheme)
	}
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || len(pdf) < 10_000 {
		t.Errorf("printed: %d bytes", len(pdf))
	}
	if page.Downloads != 5 {
		t.Errorf("%d downloads, want 5", page.Downloads)
	}
	if measured && (page.Curves == 0 || page.Rows < 8 || !strings.Contains(page.Readout, "MiB")) {
		t.Errorf("%d curves, %d rows, readout %q", page.Curves, page.Rows, page.Readout)
	}
}
