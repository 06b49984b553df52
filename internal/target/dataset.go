package target

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/pixeltales/pixelload/internal/run"
)

// Dataset is a seeded database that every trial gets a copy of.
type Dataset struct {
	Database string // path of the SQLite file
	Manifest string // path of the accounts
}

// CheckData returns an error when data is neither the name of a data profile
// nor a list such as stories=30,drawn=10,words=1000.
func CheckData(data string) error {
	if slices.Contains([]string{"light", "typical", "heavy"}, data) {
		return nil
	}
	amounts := map[string]int{"stories": -1, "drawn": -1, "words": -1}
	valid := true
	for part := range strings.SplitSeq(data, ",") {
		name, value, _ := strings.Cut(part, "=")
		n, err := strconv.Atoi(value)
		valid = valid && amounts[name] == -1 && err == nil && n >= 0 // a name that is unknown or twice is not -1
		amounts[name] = n
	}
	if !valid || amounts["words"] < 0 || amounts["drawn"] < 0 || amounts["drawn"] > amounts["stories"] {
		return fmt.Errorf("data %q: write light, typical, heavy or stories=30,drawn=10,words=1000", data)
	}
	return nil
}

// Want is which data set is wanted. App changes with whatever of the app decides
// its data.
type Want struct {
	App, Data string
	Users     int
	Seed      uint64
}

// Seed returns the data set for these arguments. It is made once and kept in
// cacheDir, under a name that changes with the app's sources; making it again
// gives the same data. progress gets what the app prints meanwhile.
func (r *Reference) Seed(ctx context.Context, cacheDir, data string, users int, seed uint64, progress io.Writer) (*Dataset, error) {
	return MakeDataset(ctx, cacheDir, Want{r.ref, data, users, seed}, func(url, manifest string) error {
		return r.Fill(ctx, url, manifest, data, users, seed, progress)
	})
}

// MakeDataset returns the data set that is wanted. It is made once and kept in
// cacheDir; fill makes it, in the database at url, and must make the same data
// of the same wishes.
func MakeDataset(ctx context.Context, cacheDir string, want Want, fill func(url, manifest string) error) (*Dataset, error) {
	if err := CheckData(want.Data); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cacheDir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder for data sets: %w", err)
	}
	// Two runs that want the same data set make it once.
	lock := flock.New(filepath.Join(cacheDir, "lock"))
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return nil, fmt.Errorf("locking the folder for data sets: %w", err)
	}
	defer func() { _ = lock.Unlock() }() // it ends with the process at the latest

	if _, err := CleanData(cacheDir); err != nil {
		return nil, err
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%s %s %d %d", want.App, want.Data, want.Users, want.Seed))
	dir := filepath.Join(cacheDir, fmt.Sprintf("%x", key[:8]))
	if _, err := os.Stat(datasetIn(dir).Database); err != nil {
		if err := makeDataset(dir, fill); err != nil {
			return nil, err
		}
	}
	return datasetIn(dir), nil
}

func datasetIn(dir string) *Dataset {
	return &Dataset{Database: filepath.Join(dir, "db.sqlite3"), Manifest: filepath.Join(dir, "manifest.json")}
}

// makeDataset fills a scratch folder and moves it into place when it is whole.
func makeDataset(dir string, fill func(url, manifest string) error) error {
	scratch, err := os.MkdirTemp(filepath.Dir(dir), "seeding-")
	if err != nil {
		return fmt.Errorf("making a data set: %w", err)
	}
	d := datasetIn(scratch)
	err = fill(SQLiteURL(d.Database), d.Manifest)
	if err == nil {
		_, err = os.Stat(d.Database) // where it was asked to be
	}
	if err == nil {
		err = os.Rename(scratch, dir)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(scratch))
	}
	return nil
}

// CleanData removes what was being seeded when a pixelload was killed, and
// returns its paths. Nobody may be seeding at the time.
func CleanData(cacheDir string) (removed []string, err error) {
	paths, err := filepath.Glob(filepath.Join(cacheDir, "seeding-*"))
	if err != nil {
		return nil, fmt.Errorf("cleaning the folder for data sets: %w", err)
	}
	var errs []error
	for _, path := range paths {
		errs = append(errs, os.RemoveAll(path))
	}
	return paths, errors.Join(errs...)
}

// SQLiteURL is the DATABASE_URL of the SQLite file at the absolute path.
func SQLiteURL(path string) string {
	return "sqlite:///" + (&url.URL{Path: path}).EscapedPath()
}

// Data is what the data set holds, as its manifest says.
func (d *Dataset) Data() (run.Data, error) {
	text, err := os.ReadFile(d.Manifest)
	if err != nil {
		return run.Data{}, fmt.Errorf("reading the data set: %w", err)
	}
	var manifest struct{ Data run.Data }
	if err := json.Unmarshal(text, &manifest); err != nil {
		return run.Data{}, fmt.Errorf("parsing the data set's %s: %w", d.Manifest, err)
	}
	return manifest.Data, nil
}

// Missing is what could not be made in it, because the app has no room for it.
func (d *Dataset) Missing() ([]run.Capability, error) {
	text, err := os.ReadFile(d.Manifest)
	if err != nil {
		return nil, fmt.Errorf("reading the data set: %w", err)
	}
	var manifest struct{ Missing []run.Capability }
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, fmt.Errorf("parsing the data set's %s: %w", d.Manifest, err)
	}
	return manifest.Missing, nil
}

// Copy copies the database to the new file path.
func (d *Dataset) Copy(path string) error {
	from, err := os.Open(d.Database)
	if err != nil {
		return fmt.Errorf("copying the data set: %w", err)
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("copying the data set: %w", err)
	}
	if _, err := io.Copy(to, from); err != nil {
		return errors.Join(fmt.Errorf("copying the data set: %w", err), to.Close())
	}
	return to.Close()
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
