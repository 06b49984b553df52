package checkout

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestPrune(t *testing.T) {
	const long = unused + time.Hour
	ages := map[string]time.Duration{
		"copies/old": long, "copies/new": unused - time.Hour, "copies/copying-1": 25 * time.Hour, "copies/copying-2": time.Hour,
		"environments/old": long, "environments/new": time.Hour, "code/old": long, "code/new": time.Hour, "code/writing-1": 25 * time.Hour,
	}
	files := map[string]string{"environments/old.lock": "", "environments/new.lock": "", "other/old/a": ""}
	for name := range ages {
		files[name+"/a"] = ""
	}
	home := tree(t, files)
	now := time.Now()
	ages["environments/old.lock"], ages["environments/new.lock"], ages["other/old"] = long, long, long
	for name, age := range ages {
		if err := os.Chtimes(filepath.Join(home, name), now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := prune(home, now); err != nil {
		t.Fatal(err)
	}
	held(t, home, map[string]bool{
		"copies/old": false, "copies/new": true, "copies/copying-1": false, "copies/copying-2": true,
		"environments/old": false, "environments/old.lock": false, "environments/new": true, "environments/new.lock": true,
		"code/old": false, "code/new": true, "code/writing-1": false, "other/old": true,
	})
	if err := prune(filepath.Join(home, "nowhere"), now); err != nil {
		t.Errorf("nothing to remove: %v", err)
	}
}

// TestWhatIsUsedStays: a second use is later than the first.
func TestWhatIsUsedStays(t *testing.T) {
	home := t.TempDir()
	for range 2 {
		dir, err := writeCode(home)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(dir)
		if err != nil || time.Since(info.ModTime()) > time.Hour {
			t.Fatalf("last used %v, %v", info.ModTime(), err)
		}
		long := time.Now().Add(-unused)
		if err := os.Chtimes(dir, long, long); err != nil {
			t.Fatal(err)
		}
	}
}
