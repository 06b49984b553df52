package seeding

import (
	"context"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/account"
	"github.com/pixeltales/pixelload/internal/needed"
	"github.com/pixeltales/pixelload/internal/service"
)

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
	path := filepath.Join(t.TempDir(), "report.json")
	a.run(t, LookArgs(path)...)
	looked, err := ReadReport(path)
	if err != nil {
		t.Fatal(err)
	}
	manifest, report := a.seed(t, "stories=7,drawn=3,words=40")
	want := map[string]string{
		"user": "members.Member", "profile": "folio.ReaderCard", "story": "folio.Story", "word": "folio.FilteredWord",
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

// PostgreSQL is stricter than SQLite: it has types, and one refused row ends
// a transaction.
func TestAStrangerOnPostgreSQL(t *testing.T) {
	a, _ := strange(t)
	binDir, err := service.FindPostgres(a.python)
	if err != nil {
		needed.Skip(t, "%v", err)
	}
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // it does not run as root
		t.Fatal(err)
	}
	server, err := service.StartPostgres(t.Context(), service.PostgresOptions{
		BinDir: binDir, DataDir: filepath.Join(dir, "data"), LogPath: filepath.Join(t.TempDir(), "log"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	if err := server.CreateDatabase(t.Context(), "inkwell"); err != nil {
		t.Fatal(err)
	}
	a.env["DATABASE_URL"] = server.URL("inkwell")
	manifest, report := a.seed(t, "stories=7,drawn=3,words=40")
	if len(report.Missing) > 0 {
		t.Errorf("missing = %+v; want nothing", report.Missing)
	}
	journey(t, a.start(t), manifest)
}
