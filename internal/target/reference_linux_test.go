package target

import (
	"bytes"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/account"
	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/needed"
)

// The real reference app: seeded once, started in its cgroup, touched, stopped.
func TestReference(t *testing.T) {
	app, err := FindReference("../../reference")
	if err != nil {
		needed.Skip(t, "%v", err)
	}
	cache := t.TempDir()
	var progress bytes.Buffer
	data, err := app.Seed(t.Context(), cache, "stories=2,drawn=1,words=10", 3, 1, &progress)
	if err != nil {
		t.Fatalf("%v\n%s", err, &progress)
	}
	if held, err := data.Data(); err != nil || held.PublicStories != 2 || held.Words != 10 {
		t.Errorf("Data() = %+v, %v; want 2 stories and 10 words", held, err)
	}
	began := time.Now()
	if again, err := app.Seed(t.Context(), cache, "stories=2,drawn=1,words=10", 3, 1, &progress); err != nil || *again != *data {
		t.Errorf("Seed() again = %+v, %v; want %+v", again, err, data)
	}
	if d := time.Since(began); d > 100*time.Millisecond {
		t.Errorf("seeding again took %v; want the one made before", d)
	}

	database := filepath.Join(t.TempDir(), "db.sqlite3")
	if err := data.Copy(database); err != nil {
		t.Fatal(err)
	}
	spec := play(t, "")
	spec.Command, spec.Dir, spec.LimitBytes = app.Command(), app.Dir(), 512<<20
	spec.Env = Env(map[string]string{
		"PORT": strconv.Itoa(spec.Port), "SECRET_KEY": "secret-of-the-test", "DATABASE_URL": "sqlite:///" + database,
	})
	p := start(t, spec)
	listening(t, p)
	manifest, err := account.ReadManifest(data.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	token, err := account.Mint("secret-of-the-test", manifest.Users[0].ID, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	untouched, err := Touch(t.Context(), guard.Here(p.URL()), token, func(string) {})
	if err != nil || len(untouched) > 0 {
		t.Errorf("Touch() left out %q, %v; log:\n%s", untouched, err, p.LogTail(20))
	}
	s, err := p.Source().Read()
	u, ok := s.Unreclaimable.Get()
	if err != nil || !ok || u < 20<<20 || u > 512<<20 {
		t.Errorf("U = %d MiB, %v; want tens of MiB", u>>20, err)
	}
	t.Logf("touched idle: U = %d MiB", u>>20)
}
