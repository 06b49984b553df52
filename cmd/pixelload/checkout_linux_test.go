package main

// These tests hand pixelload a checkout that it has never seen.

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/campaign"
	"github.com/pixeltales/pixelload/internal/checkout/stranger"
	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/needed"
	"github.com/pixeltales/pixelload/internal/target"
)

// strange makes a stranger and returns it with an interpreter that has its
// packages. The test fails when it ends with anything in it changed.
func strange(t *testing.T) (*stranger.App, string) {
	t.Helper()
	reference, err := target.FindReference("../../reference")
	if err != nil {
		needed.Skip(t, "%v", err)
	}
	if _, err := exec.LookPath("git"); err != nil {
		needed.Skip(t, "%v", err)
	}
	app, err := stranger.Make(reference.Dir(), filepath.Join(t.TempDir(), "inkwell"))
	if err != nil {
		t.Fatal(err)
	}
	before := treeOf(t, app.Dir)
	t.Cleanup(func() {
		t.Helper()
		if after := treeOf(t, app.Dir); after != before {
			t.Errorf("the checkout was changed:\n%s", after)
		}
		status := exec.Command("git", "-C", app.Dir, "status", "--porcelain", "--ignored")
		if out, err := status.Output(); err != nil || len(out) > 0 {
			t.Errorf("git status: %v\n%s", err, out)
		}
	})
	return app, reference.Python()
}

// treeOf lists everything below dir with a digest of its content, git's own
// folder too.
func treeOf(t *testing.T, dir string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			fmt.Fprintln(&list, path)
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(&list, "%s %x\n", path, sha256.Sum256(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.String()
}

func TestDoctorOfACheckout(t *testing.T) {
	census(t)
	app, python := strange(t)
	p := pixelload(t, "doctor", "--app", app.Dir, "--app-python", python, "--format", "json")
	p.begin(t)
	p.exit(t) // other findings may be wanting here
	var findings []finding
	if err := json.Unmarshal([]byte(p.stdout.String()), &findings); err != nil {
		t.Fatalf("%v: %s%s", err, &p.stdout, &p.stderr)
	}
	found := map[string]finding{}
	for _, f := range findings {
		found[f.Name] = f
	}
	for name, want := range map[string]string{
		"checkout": app.Settings, "environment": python, "network": stranger.Dials, "variables": stranger.Required, "variants": "pooled",
	} {
		if f := found[name]; !strings.Contains(f.Found, want) {
			t.Errorf("%s: %q, want %q in it", name, f.Found, want)
		}
	}
	if f := found["variants"]; !strings.Contains(f.Remedy, "deferred") || f.OK {
		t.Errorf("variants = %+v, want deferred refused", f)
	}
	if strings.Contains(found["checkout"].Found, "+") {
		t.Errorf("a clean checkout is said to be changed: %s", found["checkout"].Found)
	}
}

// TestClaimsLeaveOut: a campaign goes on without the variants that a checkout
// cannot be, and keeps why.
func TestClaimsLeaveOut(t *testing.T) {
	reference, err := target.FindReference("../../reference")
	if err != nil {
		needed.Skip(t, "%v", err)
	}
	t.Setenv("PIXELLOAD_STATE", t.TempDir())
	dir := t.TempDir()
	for name, text := range map[string]string{
		"manage.py": `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop")`,
		"shop.py": "SECRET_KEY = 'x'\nINSTALLED_APPS = []\nROOT_URLCONF = 'shop'\nurlpatterns = []\nASGI_APPLICATION = 'shop.application'\n" +
			"def application(scope, receive, send): ...\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	arms, err := campaign.Schedule(doc)
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for _, row := range []struct {
		claims []string
		left   []string // variants
		out    string   // why others are not, or the error
	}{
		{[]string{"S2", "S4"}, []string{"before"}, "variant cached cannot be had of this app: the word list cannot be cached"},
		{[]string{"L10"}, nil, "no trial is left"},
	} {
		c := &claimsRun{
			campaignOptions: campaignOptions{app: appOptions{app: dir, python: reference.Python()}},
			doc:             doc, slots: campaign.Slots(arms, row.claims, 1, 1), progress: newProgress(&said, 0),
		}
		err := c.leaveOut(t.Context())
		var left []string
		for _, s := range c.slots {
			if !slices.Contains(left, s.Arm.Variant.Name) {
				left = append(left, s.Arm.Variant.Name)
			}
		}
		if !slices.Equal(left, row.left) || (err != nil) != (row.left == nil) {
			t.Errorf("%v: %v are left, %v; want %v", row.claims, left, err, row.left)
		}
		if !strings.Contains(said.String()+fmt.Sprint(err), row.out) {
			t.Errorf("%v: %s%v, want %q", row.claims, &said, err, row.out)
		}
	}
}

// TestCheckOfACheckout is a whole run, with a server led into the app's network.
func TestCheckOfACheckout(t *testing.T) {
	long(t)
	census(t)
	app, python := strange(t)
	dir := t.TempDir()
	p := pixelload(t, quick(dir, "--hold", "15s", "--variant", "after", "--app", app.Dir, "--app-python", python)...)
	p.expect(t, 0)
	var verdict struct {
		Target   struct{ Kind, Name, Ref string }
		Checkout struct {
			Settings     string
			Dials        []string
			Placeholders []string
			Capabilities []struct{ What string }
			NotIsolated  string `json:"not_isolated"`
		}
		Levels []struct {
			Users    int
			Delivery float64 `json:"delivery_ratio"`
		}
		Claims []struct {
			SpeaksFor string `json:"speaks_for"`
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "verdict.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &verdict); err != nil {
		t.Fatal(err)
	}
	c := verdict.Checkout
	if verdict.Target.Kind != "checkout" || verdict.Target.Name != "inkwell" || c.Settings != app.Settings {
		t.Errorf("target %+v, checkout %+v", verdict.Target, c)
	}
	if len(c.Dials) != 1 || c.Dials[0] != stranger.Dials || len(c.Placeholders) != 1 || c.Placeholders[0] != stranger.Required || len(c.Capabilities) != 0 {
		t.Errorf("checkout = %+v, want its one dial, its one variable and nothing lacking", c)
	}
	if last := verdict.Levels[len(verdict.Levels)-1]; last.Users != 3 || last.Delivery < 0.9 {
		t.Errorf("levels = %+v, want what 3 users drew delivered", verdict.Levels)
	}
	for _, claim := range verdict.Claims {
		if claim.SpeaksFor != "checkout" {
			t.Errorf("a claim speaks for %q", claim.SpeaksFor)
		}
	}
	if c.NotIsolated != "" {
		needed.Skip(t, "this machine makes no network namespace: %s", c.NotIsolated)
	}
	if out := p.stdout.String(); !strings.Contains(out, "tried to reach "+stranger.Dials) || strings.Contains(out, "on the reference app") {
		t.Errorf("the report:\n%s", out)
	}
}

// TestLongACheckoutCostsWhatTheAppCosts: the reference app, handed over as a
// stranger's checkout, needs the memory that it needs as itself. What is around
// it (the audit hook, the settings, the adopted socket) may cost 6 MiB, about one
// per cent of the free plan.
func TestLongACheckoutCostsWhatTheAppCosts(t *testing.T) {
	long(t)
	census(t)
	reference, err := target.FindReference("../../reference")
	if err != nil {
		needed.Skip(t, "%v", err)
	}
	const trials, most = 4, 6 << 20
	idle := func(app ...string) (listening, touched float64) {
		dir := t.TempDir()
		args := append([]string{"check", "--users", "0", "--trials", fmt.Sprint(trials), "--warmup", "0s", "--hold", "5s", "--out", dir}, app...)
		p := pixelload(t, args...)
		p.expect(t, 0)
		r := read(t, dir)
		for _, one := range r.Trials {
			listening += one.Idle.Listening / float64(len(r.Trials))
			touched += one.Idle.Touched / float64(len(r.Trials))
		}
		return listening, touched
	}
	listening, touched := idle()
	asCheckout, touchedAsCheckout := idle("--app", reference.Dir(), "--app-python", reference.Python())
	t.Logf("n = %d each, MiB: listening %.1f, as a checkout %.1f; touched %.1f, as a checkout %.1f",
		trials, listening/(1<<20), asCheckout/(1<<20), touched/(1<<20), touchedAsCheckout/(1<<20))
	if diff := asCheckout - listening; diff > most || diff < -most {
		t.Errorf("listening: %.0f bytes apart", diff)
	}
	if diff := touchedAsCheckout - touched; diff > most || diff < -most {
		t.Errorf("touched: %.0f bytes apart", diff)
	}
}
