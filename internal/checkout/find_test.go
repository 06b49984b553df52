package checkout

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const manage = `import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
`

// tree writes files, by their names, below a new folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	fill(t, dir, files)
	return dir
}

// fill writes files, by their names, below dir.
func fill(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFind(t *testing.T) {
	t.Setenv("DJANGO_SETTINGS_MODULE", "")
	asgi := func(module string) string { return "os.environ['DJANGO_SETTINGS_MODULE'] = '" + module + "'\n" }
	for _, row := range []struct {
		name    string
		files   map[string]string
		options Options
		want    project // folders and files below the checkout
		err     string
	}{
		{
			name:  "at the top",
			files: map[string]string{"manage.py": manage, "requirements.txt": ""},
			want:  project{backend: "", settings: "shop.settings", requirements: "requirements.txt"},
		},
		{
			name: "below, with others' folders around",
			files: map[string]string{
				"backend/manage.py": manage, "backend/requirements.txt": "", "requirements.txt": "",
				"node_modules/x/manage.py": manage, ".tox/manage.py": manage, "env/pyvenv.cfg": "", "env/lib/manage.py": manage,
			},
			want: project{backend: "backend", settings: "shop.settings", requirements: "backend/requirements.txt"},
		},
		{
			name: "what is deployed has settings of its own",
			files: map[string]string{
				"api/manage.py": manage, "api/shop/asgi.py": asgi("shop.settings.live"), "api/other/asgi.py": asgi("other.settings"),
				"ops/requirements/production.txt": "", "ops/requirements/dev.txt": "",
			},
			want: project{backend: "api", settings: "shop.settings.live", requirements: "ops/requirements/production.txt"},
		},
		{
			name:    "all named",
			files:   map[string]string{"a/manage.py": manage, "b/manage.py": manage, "b/pins.txt": ""},
			options: Options{Backend: "b", ASGI: "shop.asgi:app", Requirements: "b/pins.txt"},
			want:    project{backend: "b", settings: "shop.settings", asgi: "shop.asgi:app", requirements: "b/pins.txt"},
		},
		{
			name:    "an interpreter needs no requirements",
			files:   map[string]string{"manage.py": manage},
			options: Options{Python: "python3"},
			want:    project{settings: "shop.settings"},
		},
		{name: "no project", files: map[string]string{"README": ""}, err: "no manage.py there or up to 3 folders below: name its folder with --app-backend"},
		{name: "two projects", files: map[string]string{"a/manage.py": manage, "b/manage.py": manage}, err: "2 Django projects (a/manage.py, b/manage.py): choose one with --app-backend"},
		{name: "another folder", files: map[string]string{"manage.py": manage}, options: Options{Backend: "b"}, err: "--app-backend: no manage.py in"},
		{name: "no settings", files: map[string]string{"manage.py": "", "requirements.txt": ""}, err: "names no settings module: set DJANGO_SETTINGS_MODULE"},
		{name: "no requirements", files: map[string]string{"manage.py": manage}, err: "name the file with --app-requirements, or an interpreter that has the packages with --app-python"},
		{name: "no such requirements", files: map[string]string{"manage.py": manage}, options: Options{Requirements: "pins.txt"}, err: "--app-requirements: no file"},
		{name: "no entry point", files: map[string]string{"manage.py": manage, "requirements.txt": ""}, options: Options{ASGI: "shop.asgi"}, err: "--app-asgi \"shop.asgi\": write the module and the name in it"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := tree(t, row.files)
			row.options.Dir = dir
			got, err := find(row.options)
			if row.err != "" {
				if err == nil || !strings.Contains(err.Error(), row.err) {
					t.Fatalf("error %v, want one with %q", err, row.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			row.want.name, row.want.dir, row.want.backend = filepath.Base(dir), dir, filepath.Join(dir, row.want.backend)
			if row.want.requirements != "" {
				row.want.requirements = filepath.Join(dir, row.want.requirements)
			}
			if diff := cmp.Diff(row.want, got, cmp.AllowUnexported(project{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := find(Options{Dir: filepath.Join(t.TempDir(), "kettle")}); err == nil || !strings.Contains(err.Error(), "not a folder") {
		t.Errorf("error %v for a folder that is not there", err)
	}
}

// TestFindBehindLinks: a deploy's current version is often a link.
func TestFindBehindLinks(t *testing.T) {
	t.Setenv("DJANGO_SETTINGS_MODULE", "")
	dir := tree(t, map[string]string{"backend/manage.py": manage, "requirements.txt": ""})
	links := t.TempDir()
	current, backend := filepath.Join(links, "current"), filepath.Join(links, "backend")
	if err := errors.Join(os.Symlink(dir, current), os.Symlink(filepath.Join(dir, "backend"), backend)); err != nil {
		t.Fatal(err)
	}
	for _, o := range []Options{{Dir: current}, {Dir: current, Backend: backend}} {
		p, err := find(o)
		if err != nil {
			t.Fatal(err)
		}
		if p.name != "current" || p.backend != filepath.Join(dir, "backend") || p.requirements != filepath.Join(dir, "requirements.txt") {
			t.Errorf("%+v: found %+v", o, p)
		}
	}
}

// TestRequirementsAreTheCheckouts: a file of the same name where pixelload is
// called, as a working copy beside two revisions, is another one.
func TestRequirementsAreTheCheckouts(t *testing.T) {
	t.Setenv("DJANGO_SETTINGS_MODULE", "")
	dir := tree(t, map[string]string{"manage.py": manage, "pins.txt": ""})
	t.Chdir(tree(t, map[string]string{"pins.txt": "", "other.txt": ""}))
	p, err := find(Options{Dir: dir, Requirements: "pins.txt"})
	if err != nil || p.requirements != filepath.Join(dir, "pins.txt") {
		t.Errorf("%s, %v; want the checkout's", p.requirements, err)
	}
	if p, err := find(Options{Dir: dir, Requirements: "other.txt"}); err == nil || !strings.Contains(err.Error(), "no file "+filepath.Join(dir, "other.txt")) {
		t.Errorf("%s, %v; want an error", p.requirements, err)
	}
}

func TestSettingsFromTheEnvironment(t *testing.T) {
	t.Setenv("DJANGO_SETTINGS_MODULE", "shop.live")
	dir := tree(t, map[string]string{"manage.py": ""})
	if got, err := settingsModule(dir); got != "shop.live" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
