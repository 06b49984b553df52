package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/pixeltales/pixelload/internal/config"
	"github.com/pixeltales/pixelload/internal/guard"
)

// tree is a program with a command of each kind of flag, and one below another.
func tree() *cobra.Command {
	run := func(*cobra.Command, []string) {}
	root := &cobra.Command{Use: "pixelload", Run: run}
	check := &cobra.Command{Use: "check", Run: run}
	f := check.Flags()
	f.String("variant", "before", "")
	f.Int("trials", 3, "")
	f.Bool("quick", false, "")
	f.Float64("cpus", 0, "")
	f.Duration("hold", 0, "")
	f.StringArray("cgroup", nil, "")
	f.String("accounts", "", "")
	config.Path(f.Lookup("accounts"))
	config.Yields(f, "trials", "quick")
	claims := &cobra.Command{Use: "claims", Run: run}
	deep := &cobra.Command{Use: "run", Run: run}
	deep.Flags().Int("trials", 6, "")
	claims.AddCommand(deep)
	root.AddCommand(check, claims)
	return root
}

func command(t *testing.T, root *cobra.Command, typed ...string) *cobra.Command {
	t.Helper()
	c, rest, err := root.Find(typed)
	if err == nil {
		err = c.ParseFlags(rest)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestMistakes: each has its line, and a suggestion where there is one.
func TestMistakes(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"unknown command", "chekc:\n  quick: true\n", `pixelload.yaml:1: unknown key "chekc": did you mean check?`},
		{"unknown key", "check:\n  quick: true\n  trails: 3\n", `pixelload.yaml:3: unknown key "trails": did you mean trials?`},
		{"unknown key below", "claims:\n  run:\n    trails: 3\n", `pixelload.yaml:3: unknown key "trails": did you mean trials?`},
		{"unknown subcommand", "claims:\n  rum:\n    trials: 3\n", `pixelload.yaml:2: unknown key "rum": did you mean run?`},
		{"unknown common key", "common:\n  variamt: before\n", `pixelload.yaml:2: unknown key "variamt": did you mean variant?`},
		{"text for a number", "check:\n  trials: many\n", "pixelload.yaml:2: trials: want a whole number, found text"},
		{"fraction for a whole number", "check:\n  trials: 1.5\n", "pixelload.yaml:2: trials: want a whole number, found a number"},
		{"text for a truth", "check:\n  quick: 'yes'\n", "pixelload.yaml:2: quick: want true or false, found text"},
		{"truth for text", "check:\n  variant: true\n", "pixelload.yaml:2: variant: want text, found true or false"},
		{"list for text", "check:\n  variant: [a, b]\n", "pixelload.yaml:2: variant: want text, found a list"},
		{"keys for text", "check:\n  variant: {a: b}\n", "pixelload.yaml:2: variant: want a value, found a group of keys"},
		{"nothing", "check:\n  variant:\n", "pixelload.yaml:2: variant: want a value, found nothing"},
		{"wrong length", "check:\n\n  hold: 60\n", `pixelload.yaml:3: hold: "60": time: missing unit in duration "60"`},
		{"wrong in common", "common:\n  trials: many\n", "pixelload.yaml:2: trials: want a whole number, found text (as a flag of check)"},
		{"twice", "check:\n  trials: 3\n  trials: 4\n", "pixelload.yaml:3: mapping key"},
		{"text in place of keys", "check: quick\n", "pixelload.yaml:1: text stands where keys belong"},
		{"a list of all", "- check\n", "pixelload.yaml:1: a list stands where keys belong"},
		{"alias", "check: &a\n  quick: true\n", "pixelload.yaml:1: what this file cannot hold"},
		{"no YAML", "check:\n  quick: [\n", "pixelload.yaml:2: "},
		{"two documents", "check:\n  quick: true\n---\ncheck:\n  quick: false\n", "pixelload.yaml:4: a second document"},
		{"allow is no list", "allow: staging.example\n", "pixelload.yaml:1: allow: want a list of hosts"},
		{"allow without ports", "allow:\n  - host: staging.example\n", "pixelload.yaml:2: allow: staging.example: ports is missing"},
		{"allow without host", "allow:\n  - ports: [443]\n", "pixelload.yaml:2: allow: host is missing"},
		{"allow unknown", "allow:\n  - host: a.example\n    prots: [443]\n", "pixelload.yaml:3: allow: prots: unknown key: did you mean ports?"},
		{"allow any port", "allow:\n  - host: a.example\n    ports: ['*']\n", `pixelload.yaml:3: allow: ports: "*" is no port`},
		{"allow port 0", "allow:\n  - host: a.example\n    ports: [0]\n", `pixelload.yaml:3: allow: ports: "0" is no port`},
		{"allow a pattern", "allow:\n  - host: '*.example'\n    ports: [443]\n", `pixelload.yaml:2: allow: "*.example" is no plain host name`},
		{"allow metadata", "allow:\n  - host: 169.254.169.254\n    ports: [80]\n", "pixelload.yaml:2: allow: 169.254.169.254 is of a kind that cannot be allowed"},
		{"allow too many", "allow:\n  - host: a.example\n    ports: [443]\n    users: 100000\n", "pixelload.yaml:2: allow: users: 100000: write a number from 1 to 200"},
		{"allow nobody", "allow:\n  - host: a.example\n    ports: [443]\n    users: 0\n", "pixelload.yaml:4: allow: users: 0: write a number above 0"},
		{"allow endless", "allow:\n  - host: a.example\n    ports: [443]\n    minutes: .inf\n", "pixelload.yaml:4: allow: minutes: "},
	} {
		t.Run(row.name, func(t *testing.T) {
			f, err := config.Parse("pixelload.yaml", []byte(row.text))
			if err == nil {
				err = f.Check(tree())
			}
			if err == nil || !strings.HasPrefix(err.Error(), row.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want %s", err, row.want)
			}
		})
	}
}

func TestNothingIsWrongWith(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "---\n", "check:\n", "common:\n", "claims:\n  run:\n", "check: {trials: 4, hold: 1m30s, variant: 5, cgroup: [a, b], cpus: 1}\n"} {
		f, err := config.Parse("pixelload.yaml", []byte(text))
		if err == nil {
			err = f.Check(tree())
		}
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAllow(t *testing.T) {
	f, err := config.Parse("pixelload.yaml", []byte("allow:\n  - {host: a.example, ports: [443, 8443]}\n  - {host: 10.0.0.7, ports: [8000], users: 5, rate: 2.5, minutes: 10}\n"))
	want := []guard.Host{
		{Name: "a.example", Ports: []uint16{443, 8443}},
		{Name: "10.0.0.7", Ports: []uint16{8000}, Caps: guard.Caps{Users: 5, Rate: 2.5, Minutes: 10}},
	}
	if err != nil || cmp.Diff(want, f.Allow) != "" {
		t.Errorf("%v, %s", err, cmp.Diff(want, f.Allow))
	}
}

// TestPrecedence: flag, environment, the command's group, common, default.
func TestPrecedence(t *testing.T) {
	f, err := config.Parse("pixelload.yaml", []byte("common:\n  trials: 1\n  variant: common\ncheck:\n  variant: file\n  cpus: 0.5\n  cgroup: [/a, /b]\nclaims:\n  run:\n    trials: 2\n"))
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"PIXELLOAD_CHECK_CPUS": "0.25", "PIXELLOAD_CHECK_HOLD": "9s"}
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	c := command(t, tree(), "check", "--hold", "1s")
	got, err := f.Apply(c, lookup)
	if err != nil {
		t.Fatal(err)
	}
	want := []config.Setting{
		{Command: "check", Key: "accounts", Origin: config.Default},
		{Command: "check", Key: "cgroup", Value: "[/a,/b]", Origin: config.FromFile, Where: "pixelload.yaml:7"},
		{Command: "check", Key: "cpus", Value: "0.25", Origin: config.Environment, Where: "$PIXELLOAD_CHECK_CPUS"},
		{Command: "check", Key: "hold", Value: "1s", Origin: config.Typed},
		{Command: "check", Key: "quick", Value: "false", Origin: config.Default},
		{Command: "check", Key: "trials", Value: "1", Origin: config.FromFile, Where: "pixelload.yaml:2"},
		{Command: "check", Key: "variant", Value: "file", Origin: config.FromFile, Where: "pixelload.yaml:5"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !c.Flags().Changed("variant") {
		t.Error("a value from the file counts as given")
	}
	deep, err := f.Apply(command(t, tree(), "claims", "run"), lookup)
	if err != nil || len(deep) != 1 || deep[0].Value != "2" || deep[0].Where != "pixelload.yaml:10" {
		t.Errorf("claims run: %+v, %v", deep, err)
	}
}

// TestYields: a typed flag pushes aside what the file says against it.
func TestYields(t *testing.T) {
	f, err := config.Parse("pixelload.yaml", []byte("check:\n  trials: 6\n"))
	if err != nil {
		t.Fatal(err)
	}
	none := func(string) (string, bool) { return "", false }
	got, err := f.Apply(command(t, tree(), "check", "--quick"), none)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range got {
		if s.Key == "trials" && (s.Value != "3" || s.Origin != config.Default || s.Yields != "--quick" || s.Where != "pixelload.yaml:2") {
			t.Errorf("trials = %+v, want the default, as --quick was typed", s)
		}
	}
}

// TestExplain: an error about a flag says where the flag is from.
func TestExplain(t *testing.T) {
	settings := []config.Setting{
		{Key: "trials", Origin: config.FromFile, Where: "pixelload.yaml:2"},
		{Key: "trial", Origin: config.FromFile, Where: "pixelload.yaml:9"},
		{Key: "quick", Origin: config.Typed},
	}
	err := config.Explain(os.ErrInvalid, settings)
	if err != os.ErrInvalid {
		t.Errorf("%v: it speaks of no flag", err)
	}
	err = config.Explain(&os.PathError{Op: "--quick is one trial: leave out --trials, or", Path: "--quick", Err: os.ErrInvalid}, settings)
	if !strings.HasSuffix(err.Error(), " (--trials is from pixelload.yaml:2)") {
		t.Error(err)
	}
}

// TestPathsBeginAtTheFile wherever pixelload is called.
func TestPathsBeginAtTheFile(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, config.Name), "check:\n  accounts: data/a.json\n")
	f, err := config.Load(filepath.Join(dir, config.Name))
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.Apply(command(t, tree(), "check"), os.LookupEnv)
	if err != nil || got[0].Value != filepath.Join(dir, "data/a.json") {
		t.Errorf("%+v, %v", got[0], err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestFind: the nearest up to the repository's root, and nobody else's.
func TestFind(t *testing.T) {
	top := t.TempDir()
	for _, dir := range []string{"repo/.git", "repo/a/b", "free/a"} {
		if err := os.MkdirAll(filepath.Join(top, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(top, config.Name), "")
	find := func(dir, want string) {
		t.Helper()
		if want != "" {
			want = filepath.Join(top, want, config.Name)
		}
		if got, err := config.Find(filepath.Join(top, dir)); err != nil || got != want {
			t.Errorf("Find(%s) = %q, %v; want %q", dir, got, err, want)
		}
	}
	find("repo/a/b", "") // the one above belongs to another
	find("free/a", "")
	find(".", ".")
	write(t, filepath.Join(top, "repo", config.Name), "")
	find("repo/a/b", "repo")
	find("repo", "repo")
	write(t, filepath.Join(top, "repo/a", config.Name), "")
	find("repo/a/b", "repo/a")
	if _, err := config.Load(filepath.Join(top, "none.yaml")); err == nil {
		t.Error("a file that was named and is not there is an error")
	}
}

func TestMisspeltVariables(t *testing.T) {
	for name, want := range map[string]string{
		"PIXELLOAD_CHECK_TRAILS": "did you mean PIXELLOAD_CHECK_TRIALS?", "PIXELLOAD_CLAIMS_RUN_TRAILS": "did you mean PIXELLOAD_CLAIMS_RUN_TRIALS?",
		"PIXELLOAD_COMMON_QUICK": "did you mean PIXELLOAD_CHECK_QUICK?",
		"PIXELLOAD_CHECK_TRIALS": "", "PIXELLOAD_STATE": "", "PIXELLOAD_CONFIG": "", "HOME": "",
	} {
		err := config.CheckEnvironment(tree(), []string{name + "=x"})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// TestAddressesAreShownWithoutSecrets wherever a setting is printed.
func TestAddressesAreShownWithoutSecrets(t *testing.T) {
	for in, want := range map[string]string{
		"http://me:canary@host/path@x": "http://[secret]@host/path@x", "http://host:80/": "http://host:80/", "before": "before",
	} {
		c := command(t, tree(), "check", "--variant", in)
		got, err := (&config.File{}).Apply(c, os.LookupEnv)
		if err != nil || got[len(got)-1].Value != want {
			t.Errorf("%q: %+v, %v", in, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"check:\n  trials: 3\n", "allow:\n  - {host: a, ports: [1]}\n", "common: {a: [b]}", "a: &b\n  c: *b\n", "? [a]\n: b\n", "- - -", "check: !!int 3", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := config.Parse("pixelload.yaml", []byte(text))
		if err == nil {
			err = file.Check(tree())
		}
		if err == nil {
			if _, err := file.Apply(command(t, tree(), "check"), func(string) (string, bool) { return "", false }); err != nil {
				t.Errorf("checked, and then: %v", err)
			}
		} else if !strings.HasPrefix(err.Error(), "pixelload.yaml") {
			t.Errorf("%v has no place", err)
		}
	})
}
