package checkout

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFlatten(t *testing.T) {
	dir := tree(t, map[string]string{
		"requirements.txt": "# all\n-r parts/base.txt\nDjango==4.2.7  \n-c pins.txt\n",
		"parts/base.txt":   "channels==4.0.0\n--requirement=more.txt\n",
		"parts/more.txt":   "daphne==4.0.0\n",
		"pins.txt":         "redis==5.0.0\n",
	})
	got, err := flatten(filepath.Join(dir, "requirements.txt"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(got, "\n")
	want := []string{"channels==4.0.0", "daphne==4.0.0", "Django==4.2.7", "-c " + filepath.Join(dir, "pins.txt")}
	if diff := cmp.Diff(want, lines[:4]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := os.WriteFile(filepath.Join(dir, "pins.txt"), []byte("redis==6.0.0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if again, err := flatten(filepath.Join(dir, "requirements.txt")); err != nil || again == got {
		t.Errorf("other constraints are the same environment (%v)", err)
	}
}

// TestFlattenLines: DIR in what is wanted is the folder of the file, which pip
// must be told: it runs elsewhere.
func TestFlattenLines(t *testing.T) {
	for line, want := range map[string]string{
		"--extra-index-url=https://packages.example/simple": "--extra-index-url=https://packages.example/simple\n",
		"-rmore.txt":                                 "daphne==4.0.0\n",
		"-r   more.txt # these":                      "daphne==4.0.0\n",
		"-f ./wheels":                                "--find-links DIR/wheels\n",
		"--find-links=wheels":                        "--find-links DIR/wheels\n",
		"-fhttps://a.example/w":                      "--find-links https://a.example/w\n",
		"-c https://a.example/c":                     "--constraint https://a.example/c\n",
		"shop[a]>=1; python_version < '4' # why/not": "shop[a]>=1; python_version < '4' # why/not\n",
		"-e git+https://TOKEN@host.example/shop.git#egg=shop": "-e git+https://TOKEN@host.example/shop.git#egg=shop\n",
		"shop @ git+ssh://git@host.example/a/b.git@v1":        "shop @ git+ssh://git@host.example/a/b.git@v1\n",
		"--hash=sha256:0/1": "--hash=sha256:0/1\n",
	} {
		dir := tree(t, map[string]string{"requirements.txt": line, "more.txt": "daphne==4.0.0", "wheels/a.whl": ""})
		if got, err := flatten(filepath.Join(dir, "requirements.txt")); err != nil || got != strings.ReplaceAll(want, "DIR", dir) {
			t.Errorf("%q: %q, %v; want %q", line, got, err, want)
		}
	}
}

// TestFlattenRefuses, without a word of the line: it may hold a token.
func TestFlattenRefuses(t *testing.T) {
	for line, want := range map[string]string{
		"-r requirements.txt":      "include one another",
		"-r nowhere.txt":           "nowhere.txt",
		"-cnowhere.txt":            "line 2: ",
		"-e .":                     "line 2: a package in a local folder",
		"-e./TOKEN":                "line 2: a package in a local folder",
		"--editable=TOKEN":         "line 2: a package in a local folder",
		"./TOKEN[extra]":           "line 2: a package in a local folder",
		"/src/TOKEN":               "line 2: a package in a local folder",
		"TOKEN/shop":               "line 2: a package in a local folder",
		"file:///src/TOKEN":        "line 2: a package in a local folder",
		"-e file:///src/TOKEN":     "line 2: a package in a local folder",
		"shop @ file:///src/TOKEN": "line 2: a package in a local folder",
		"shop@file:///src/TOKEN":   "line 2: a package in a local folder",
		"-r https://TOKEN@host.example/requirements.txt": "line 2: a file on a server",
	} {
		dir := tree(t, map[string]string{"requirements.txt": "Django\n" + line})
		_, err := flatten(filepath.Join(dir, "requirements.txt"))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "TOKEN") {
			t.Errorf("%q: error %v, want one with %q", line, err, want)
		}
	}
}
