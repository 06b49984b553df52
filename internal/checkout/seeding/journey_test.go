package seeding

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/account"
	"github.com/pixeltales/pixelload/internal/checkout/stranger"
	"github.com/pixeltales/pixelload/internal/target"
)

const (
	referenceDir = "../../../reference"
	secret       = "only-the-tests-know-this-secret-key"
	users        = 5
)

// app is an application whose database this module can fill.
type app struct {
	dir, python string
	env         map[string]string
	serve       func(port int) []string
	label       string // of the app with the stories
}

// reference is the reference app, on a database of its own.
func reference(t *testing.T) (app, *target.Reference) {
	t.Helper()
	r, err := target.FindReference(referenceDir)
	if err != nil && os.Getenv("PIXELLOAD_REQUIRE") == "1" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
	return app{
		dir: r.Dir(), python: r.Python(), label: "storybook",
		env: map[string]string{
			"SECRET_KEY": secret, "DATABASE_URL": target.SQLiteURL(filepath.Join(t.TempDir(), "db.sqlite3")),
			"DJANGO_SETTINGS_MODULE": "pixeltales.settings",
		},
		serve: func(port int) []string {
			return []string{r.Python(), "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", fmt.Sprint(port), "pixeltales.asgi:application"}
		},
	}, r
}

// strange is a checkout that nobody has seen, on the reference app's packages.
func strange(t *testing.T) (app, *stranger.App) {
	t.Helper()
	_, r := reference(t)
	s, err := stranger.Make(r.Dir(), filepath.Join(t.TempDir(), "inkwell"))
	if err != nil {
		t.Fatal(err)
	}
	return app{
		dir: s.Backend, python: r.Python(), label: s.Label,
		env:   s.Env(secret, target.SQLiteURL(filepath.Join(t.TempDir(), "db.sqlite3"))),
		serve: func(port int) []string { return s.Serve(r.Python(), port) },
	}, s
}

// run runs the app's Python with the module on its path.
func (a app) run(t *testing.T, args ...string) []byte {
	t.Helper()
	modules := t.TempDir()
	if err := Write(modules); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(a.python, args...)
	cmd.Dir, cmd.Env = a.dir, append(target.Env(a.env), "PYTHONPATH="+modules)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("python %q: %v\n%s", args, err, out)
	}
	return out
}

// seed migrates and fills the app's database.
func (a app) seed(t *testing.T, data string) (*account.Manifest, *Report) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "manifest.json")
	a.run(t, "manage.py", "migrate", "--verbosity", "0")
	a.run(t, Args(data, users, 1, path)...)
	manifest, err := account.ReadManifest(path)
	if err != nil {
		t.Fatal(err)
	}
	report, err := ReadReport(path)
	if err != nil {
		t.Fatal(err)
	}
	return manifest, report
}

// start serves the app with Daphne until the test ends.
func (a app) start(t *testing.T) string {
	t.Helper()
	port, err := target.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	p, err := target.Start(t.Context(), target.Spec{
		Command: a.serve(port), Dir: a.dir, Env: target.Env(a.env), Port: port, LogPath: filepath.Join(t.TempDir(), "log"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Source().Close()
		if _, err := p.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("it took too long"))
	defer cancel()
	if err := p.WaitListening(ctx); err != nil {
		t.Fatalf("%v\n%s", err, p.LogTail(20))
	}
	return p.URL() + "/api"
}

// call sends a request and returns the answer, of which it also takes the JSON apart.
func call(t *testing.T, method, url, token string, body, into any) []byte {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s, %v: %.300s", method, url, answer.Status, err, said)
	}
	if err := json.Unmarshal(said, into); err != nil {
		t.Fatalf("%s %s: %v: %.300s", method, url, err, said)
	}
	return said
}

type story struct {
	ID         int
	Title      string
	AuthorName string `json:"author_name"`
	CanvasData string `json:"canvas_data"`
	CoverImage string `json:"cover_image"`
	Published  bool   `json:"is_published"`
}

// drawn says whether the story has its cover and six pages drawn by hand.
func (s story) drawn(t *testing.T) bool {
	t.Helper()
	var pages []struct {
		Order      int
		CanvasData string
	}
	if err := json.Unmarshal([]byte(s.CanvasData), &pages); err != nil {
		t.Fatalf("%s: %v", s.Title, err)
	}
	if len(pages) != 7 || pages[0].CanvasData != s.CoverImage {
		t.Fatalf("%s has %d pictures; want the cover, as stored beside them, and 6 pages", s.Title, len(pages))
	}
	return strings.HasPrefix(s.CoverImage, "data:image/png;base64,")
}

// journey is what a user does first, against a seeded app. It returns the
// bytes of the public list.
func journey(t *testing.T, api string, manifest *account.Manifest) int {
	t.Helper()
	user := manifest.Users[len(manifest.Users)-1]
	var login struct {
		Access string
		User   struct {
			ID          int
			DisplayName string `json:"display_name"`
			UserType    string `json:"user_type"`
		}
	}
	call(t, "POST", api+"/auth/login/", "", map[string]string{"email": user.Email, "password": manifest.Password}, &login)
	if login.User.ID != user.ID || login.User.DisplayName != "User 0005" || login.User.UserType != "child" {
		t.Errorf("login of %+v = %+v", user, login.User)
	}

	var words struct{ Words []string }
	call(t, "GET", api+"/profanity/active/?language=all", "", nil, &words)
	if len(words.Words) != manifest.Data.Words {
		t.Errorf("%d words; want the manifest's %d", len(words.Words), manifest.Data.Words)
	}

	var list struct {
		Count   int
		Results []story
	}
	bytes := len(call(t, "GET", api+"/stories/?public=true&page_size=100", login.Access, nil, &list))
	drawn := 0
	for _, s := range list.Results {
		if s.drawn(t) {
			drawn++
		}
	}
	if got := (counts{list.Count, drawn}); got != (counts{manifest.Data.PublicStories, manifest.Data.DrawnStories}) {
		t.Errorf("stories and drawn ones in the list = %+v; want the manifest's %+v", got, manifest.Data)
	}
	// The list is the stories' text and little more.
	if ratio := float64(bytes) / float64(manifest.Data.PublicBytes); ratio < 1 || ratio > 1.05 {
		t.Errorf("the public list has %d bytes, %.3f times the manifest's public_bytes", bytes, ratio)
	}

	first := list.Results[0]
	var detail struct{ Story story }
	call(t, "GET", fmt.Sprintf("%s/stories/%d/", api, first.ID), login.Access, nil, &detail)
	if d := cmp.Diff(first, detail.Story); d != "" || !first.Published || first.AuthorName == "" {
		t.Errorf("detail of a published story with an author (-list +detail): %s", d)
	}

	var own struct{ Count int }
	call(t, "GET", api+"/stories/", login.Access, nil, &own)
	if want := manifest.Data.PublicStories/users + 1; own.Count != want {
		t.Errorf("%d stories of the user's own; want the draft and the published ones, %d", own.Count, want)
	}
	for path, want := range map[string]string{
		"/auth/profile/":           `"display_name":"User 0005"`,
		"/friends/":                `"name":"User 0001"`,
		"/messages/conversations/": `"content":"hello"`,
	} {
		if said := call(t, "GET", api+path, login.Access, nil, new(any)); !strings.Contains(string(said), want) {
			t.Errorf("GET %s = %.200s; want %s in it", path, said, want)
		}
	}
	return bytes
}

type counts struct{ stories, drawn int }

// The data weighs what the reference's own seeding makes of the same profile:
// by the manifest, and as the public list that decides the memory.
func TestItWeighsWhatTheReferencesOwnSeedingWeighs(t *testing.T) {
	const data, most = "light", 0.02
	ours, r := reference(t)
	made, report := ours.seed(t, data)
	theirs, _ := reference(t)
	path := filepath.Join(t.TempDir(), "manifest.json")
	if err := r.Fill(t.Context(), theirs.env["DATABASE_URL"], path, data, users, 1, io.Discard); err != nil {
		t.Fatal(err)
	}
	own, err := account.ReadManifest(path)
	if err != nil {
		t.Fatal(err)
	}
	if off := apart(made.Data.PublicBytes, own.Data.PublicBytes); off > most {
		t.Errorf("public_bytes = %d; the reference's own %d: %.1f %% apart", made.Data.PublicBytes, own.Data.PublicBytes, 100*off)
	}
	rest := own.Data
	rest.PublicBytes = made.Data.PublicBytes
	if d := cmp.Diff(rest, made.Data); d != "" {
		t.Errorf("data (-reference's own +ours): %s", d)
	}
	listed, wanted := journey(t, ours.start(t), made), journey(t, theirs.start(t), own)
	if off := apart(int64(listed), int64(wanted)); off > most {
		t.Errorf("the public list has %d bytes; the reference's own %d: %.1f %% apart", listed, wanted, 100*off)
	}
	t.Logf("%s: public_bytes %d and %d, list %d and %d bytes (ours, the reference's own)", data, made.Data.PublicBytes, own.Data.PublicBytes, listed, wanted)
	// The reference has no command for its achievements but its own seeding.
	if len(report.Missing) != 1 || report.Missing[0].What != "achievements" {
		t.Errorf("missing = %+v; want the achievements", report.Missing)
	}
}

// apart is the difference of a from b, as a share of b.
func apart(a, b int64) float64 { return math.Abs(float64(a)/float64(b) - 1) }

func TestAStrangersTablesAreFoundAndFilled(t *testing.T) {
	a, s := strange(t)
	looked, err := ParseReport(a.run(t, LookArgs()...))
	if err != nil {
		t.Fatal(err)
	}
	manifest, report := a.seed(t, "stories=7,drawn=3,words=40")
	want := map[string]string{
		"profile": "folio.ReaderCard", "story": "folio.Story", "word": "folio.FilteredWord",
		"friendship": "folio.Friendship", "message": "folio.Message", "achievement": "folio.Achievement",
	}
	if d := cmp.Diff(&Report{Found: want, Missing: []Missing{}}, report); d != "" {
		t.Errorf("report (-want +got): %s", d)
	}
	if d := cmp.Diff(want, looked.Found); d != "" {
		t.Errorf("found without a database (-want +got): %s", d)
	}
	api := a.start(t)
	journey(t, api, manifest)
	token, err := account.Mint(secret, manifest.Users[0].ID, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var progress struct{ Achievements []any }
	call(t, "GET", api+"/achievements/progress/", token, nil, &progress)
	if len(progress.Achievements) != 128 {
		t.Errorf("%d achievements; want the 128 of the stranger's own command", len(progress.Achievements))
	}
	status := exec.Command("git", "status", "--porcelain", "--ignored")
	status.Dir = s.Dir
	if out, err := status.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("seeding and serving left in the stranger's repository: %v\n%s", err, out)
	}
}
