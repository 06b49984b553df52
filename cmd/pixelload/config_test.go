package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	validate "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/goccy/go-yaml"
	"github.com/spf13/pflag"

	"github.com/pixeltales/pixelload/internal/config"
)

var update = flag.Bool("update", false, "write docs/schema/pixelload.schema.json anew")

const configSchema = "../../docs/schema/pixelload.schema.json"

// TestConfigSchemaIsThatOfTheFlags: go test ./cmd/pixelload -run ConfigSchema -update writes it.
func TestConfigSchemaIsThatOfTheFlags(t *testing.T) {
	want, err := config.Schema(newRoot())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(configSchema, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(configSchema)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not that of the flags (%v): go test ./cmd/pixelload -run ConfigSchema -update", configSchema, err)
	}
}

// valid says what the schema has against the text, which is YAML.
func valid(t *testing.T, text string) error {
	t.Helper()
	s, err := validate.NewCompiler().Compile(configSchema)
	if err != nil {
		t.Fatal(err)
	}
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	value, err := validate.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value)
}

// samples are values of the kinds of flags that there are, the plain ones last.
var samples = []string{"true", "7MiB", "7s", "30d", "0,7", "7", "/seven"}

// sample is a value that the flag takes, and how the flag prints it. f is not
// to be used for anything else.
func sample(t *testing.T, name string, f *pflag.Flag) (inFile, printed string) {
	t.Helper()
	tried := append(strings.Split(f.Value.Type(), "|"), samples...)
	if f.Value.Type() == "string" {
		tried = []string{"/seven"} // a path, should it be one
	}
	for _, value := range tried {
		if f.Value.Set(value) == nil {
			return value, f.Value.String()
		}
	}
	t.Errorf("%s takes none of %q: what does it take?", name, tried)
	return "", ""
}

// TestEveryFlagIsConfigurable, by the file and by the environment, and the
// schema has it. New commands are in by themselves.
func TestEveryFlagIsConfigurable(t *testing.T) {
	variables := map[string]string{}
	for _, c := range config.Commands(newRoot()) {
		keys := strings.Fields(strings.TrimPrefix(c.CommandPath(), "pixelload "))
		c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name == "help" {
				return
			}
			name := strings.Join(keys, " ") + " " + f.Name
			inFile, want := sample(t, name, f)
			text := ""
			for i, key := range keys {
				text += strings.Repeat("  ", i) + key + ":\n"
			}
			text += strings.Repeat("  ", len(keys)) + f.Name + ": " + inFile + "\n"
			if err := valid(t, text); err != nil {
				t.Errorf("%s: the schema has it not: %v", name, err)
			}
			file, err := config.Parse("pixelload.yaml", []byte(text))
			if err == nil {
				err = file.Check(newRoot())
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			line := fmt.Sprintf("pixelload.yaml:%d", len(keys)+1)
			has(t, name, file, keys, nil, config.Setting{Key: f.Name, Value: want, Origin: config.FromFile, Where: line})
			has(t, name, commonOf(t, f.Name, inFile), keys, nil, config.Setting{Key: f.Name, Value: want, Origin: config.FromFile, Where: "pixelload.yaml:2"})

			variable := "PIXELLOAD_" + strings.ToUpper(strings.NewReplacer(" ", "_", "-", "_", ".", "_").Replace(name))
			if other := variables[variable]; other != "" {
				t.Errorf("%s and %s share the variable %s", name, other, variable)
			}
			variables[variable] = name
			has(t, name, file, keys, map[string]string{variable: inFile}, config.Setting{Key: f.Name, Value: want, Origin: config.Environment, Where: "$" + variable})
		})
	}
}

func commonOf(t *testing.T, flag, value string) *config.File {
	t.Helper()
	f, err := config.Parse("pixelload.yaml", []byte("common:\n  "+flag+": "+value+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// has checks that the command gets the setting.
func has(t *testing.T, name string, file *config.File, command []string, env map[string]string, want config.Setting) {
	t.Helper()
	c, _, err := newRoot().Find(command)
	if err != nil {
		t.Fatal(err)
	}
	got, err := file.Apply(c, func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	want.Command = strings.Join(command, " ")
	for _, s := range got {
		if s.Key == want.Key {
			if s != want {
				t.Errorf("%s: %+v, want %+v", name, s, want)
			}
			return
		}
	}
	t.Errorf("%s: not among the settings", name)
}

// TestSchemaFindsMistakes, those that pixelload itself finds.
func TestSchemaFindsMistakes(t *testing.T) {
	for _, text := range []string{
		"chekc: {}", "check: {trails: 3}", "check: {trials: many}", "check: {quick: 'yes'}", "check: {format: xml}", "common: {nothing: 1}", "allow: staging",
		"allow: [{host: a.example}]", "allow: [{host: a.example, ports: [70000]}]", "allow: [{host: a.example, ports: [443], users: 0}]", "claims: {run: {trails: 1}}",
	} {
		if valid(t, text) == nil {
			t.Errorf("the schema lets pass %q", text)
		}
	}
}

// TestConfig: each value with its origin, and of a secret only that it is set.
func TestConfig(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "mine.yaml")
	if err := os.WriteFile(path, []byte("check:\n  trials: 4\n  hold: 2m\nallow:\n  - {host: staging.example, ports: [443], users: 7}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(secretVariable, "canary-secret")
	t.Setenv("PIXELLOAD_CHECK_SEED", "9")
	t.Setenv("PIXELLOAD_CHECK_URL", "http://me:canary@127.0.0.1")
	code, stdout, stderr := call(t, "--config", path, "config", "--format", "json", "--", "check", "--quick")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var got configuration
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	found := map[string]config.Setting{}
	for _, s := range got.Settings {
		found[s.Key] = s
	}
	for key, want := range map[string]config.Setting{
		"quick":  {Command: "check", Key: "quick", Value: "true", Origin: config.Typed},
		"trials": {Command: "check", Key: "trials", Value: "3", Origin: config.Default, Where: path + ":2", Yields: "--quick"},
		"hold":   {Command: "check", Key: "hold", Value: "2m0s", Origin: config.FromFile, Where: path + ":3"},
		"seed":   {Command: "check", Key: "seed", Value: "9", Origin: config.Environment, Where: "$PIXELLOAD_CHECK_SEED"},
		"data":   {Command: "check", Key: "data", Value: "light", Origin: config.Default},
	} {
		if found[key] != want {
			t.Errorf("%+v, want %+v", found[key], want)
		}
	}
	if len(got.Allow) != 1 || got.Allow[0].Users != 7 || got.Allow[0].Minutes == 0 || len(got.Secrets) != 1 || !got.Secrets[0].Set || got.File != path {
		t.Errorf("%+v", got)
	}
	_, table, _ := call(t, "--config", path, "config")
	if strings.Contains(stdout+table, "canary") {
		t.Error("a secret is printed")
	}
	for _, want := range []string{"mine.yaml:3", "PIXELLOAD_CHECK_SEED", secretVariable, "claims run", "staging.example"} {
		if !strings.Contains(table, want) {
			t.Errorf("the table lacks %s:\n%s", want, table)
		}
	}
}

// TestConfigMistakes end any command, with the place.
// TestConfiguredPaths begin at the file, also where one is what the flag has by
// default; words that stand for something else stay words.
func TestConfiguredPaths(t *testing.T) {
	dir := emptyRepository(t)
	err := errors.Join(os.Mkdir(filepath.Join(dir, "below"), 0o755), os.WriteFile(filepath.Join(dir, config.Name), []byte(`
common: {history: history.db, app-python: .venv/bin/python}
check: {baseline: pixelload-baseline.json, app-requirements: requirements.txt}
baseline: {show: {file: pixelload-baseline.json}}
collect: {history: none, runs: runs}
capacity: {app-python: python3.12, app: reference}
`), 0o644))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Join(dir, "below"))
	code, stdout, stderr := call(t, "config", "--format", "json")
	var all configuration
	if err := json.Unmarshal([]byte(stdout), &all); code != 0 || err != nil {
		t.Fatalf("exit code %d, %v: %s", code, err, stderr)
	}
	got := map[string]string{}
	for _, s := range all.Settings {
		got[s.Command+" "+s.Key] = s.Value
	}
	for key, want := range map[string]string{
		"check history": filepath.Join(dir, "history.db"), "check app-python": filepath.Join(dir, ".venv/bin/python"),
		"check baseline": filepath.Join(dir, "pixelload-baseline.json"), "baseline show file": filepath.Join(dir, "pixelload-baseline.json"),
		"check app-requirements": "requirements.txt", "collect history": "none", "collect runs": filepath.Join(dir, "runs"),
		"capacity app-python": "python3.12", "capacity app": "reference",
	} {
		if got[key] != want {
			t.Errorf("%s: %s, want %s", key, got[key], want)
		}
	}
}

// TestEveryPathIsKnown: a flag that speaks of a file or folder is marked as one.
func TestEveryPathIsKnown(t *testing.T) {
	names := regexp.MustCompile(`\b(file|folder|directory)\b`)
	for _, c := range config.Commands(newRoot()) {
		c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			_, known := paths[f.Name]
			asInTheCheckout := f.Name == "app-backend" || f.Name == "app-requirements"
			if f.Value.Type() == "string" && names.MatchString(f.Usage) && !known && !asInTheCheckout && f.Name != "cgroup" {
				t.Errorf("%s --%s: %s", c.CommandPath(), f.Name, f.Usage)
			}
		})
	}
}

func TestConfigMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"check:\n  trails: 3\n":                `:2: unknown key "trails": did you mean trials?`,
		"check:\n  users: ten\n":               `:2: users: "ten": write ascending`,
		"check:\n  trials: 0\n":                "--trials 0: write a number from 1 to 100 (--trials is from ",
		"check:\n  trials: 3\n  quick: true\n": "leave out --trials, or --quick (--quick is from ",
	} {
		path := file(t, "pixelload.yaml", text, 0o644)
		if code, _, stderr := call(t, "check", "--config", path); code != exitBadInput || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: exit code %d, %s", text, code, stderr)
		}
	}
	if code, _, stderr := call(t, "version", "--config", filepath.Join(t.TempDir(), "none")); code != exitBadInput || !strings.Contains(stderr, "none") {
		t.Errorf("a file that is not there: exit code %d, %s", code, stderr)
	}
}

// TestInit writes what it finds in the checkout, once.
func TestInit(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"server/manage.py":               "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x')",
		"node_modules/a/manage.py":       "DJANGO_SETTINGS_MODULE",
		"render.yaml":                    "services:\n  - {type: web, plan: starter}\n",
		"compose.yaml":                   "services:\n  web: {ports: ['127.0.0.1:8080:8000']}\n  db: {image: postgres}\n",
		"docs/broken/docker-compose.yml": "services: [",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	code, printed, stderr := call(t, "init", "--stdout", dir)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if code, stdout, stderr := call(t, "init", dir); code != 0 || !strings.Contains(stdout, config.Name) {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	path := filepath.Join(dir, config.Name)
	text, err := os.ReadFile(path)
	if err != nil || string(text) != printed {
		t.Fatalf("%v, and it holds\n%s\nnot what it printed:\n%s", err, text, printed)
	}
	for _, want := range []string{"common:\n  app: . # a Django project: server/manage.py\n", "  plan: starter # render.yaml", "--url http://127.0.0.1:8080 --container web", "#   users: [0,3,10]", "# allow:"} {
		if !strings.Contains(printed, want) {
			t.Errorf("the file lacks %q:\n%s", want, printed)
		}
	}
	if err := valid(t, printed); err != nil {
		t.Error(err)
	}
	if code, _, stderr := call(t, "config", "--config", path); code != 0 {
		t.Errorf("config: exit code %d: %s", code, stderr)
	}
	// What stands there as comments is right too.
	opened := strings.NewReplacer("\n# check:", "\ncheck:", "\n#   ", "\n  ", "\n# allow:", "\nallow:").Replace(printed)
	opened, _, _ = strings.Cut(opened, "\n#\n")
	if f, err := config.Parse(config.Name, []byte(opened)); err != nil {
		t.Errorf("%v in\n%s", err, opened)
	} else if err := f.Check(newRoot()); err != nil && !strings.Contains(err.Error(), `: "": `) {
		t.Errorf("%v in\n%s", err, opened)
	}
	if code, _, stderr := call(t, "init", dir); code != exitBadInput || !strings.Contains(stderr, "is left as it is") {
		t.Errorf("a second init: exit code %d: %s", code, stderr)
	}
	if again, err := os.ReadFile(path); err != nil || string(again) != printed {
		t.Error("the file was written over")
	}
}

// TestInitChoosesNoProject: of several, check wants one named, and it looks for
// them itself.
func TestInitChoosesNoProject(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"shop", "tools/old", "venv", "env"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "manage.py"), []byte("DJANGO_SETTINGS_MODULE"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"venv", "env"} {
		if err := os.WriteFile(filepath.Join(dir, name, "pyvenv.cfg"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, printed, _ := call(t, "init", "--stdout", dir)
	for _, want := range []string{"\n  app: . # ", "\n  # app-backend: shop # or tools/old: choose one\n"} {
		if !strings.Contains(printed, want) {
			t.Errorf("the file lacks %q:\n%s", want, printed)
		}
	}
}

// TestDocumentedFiles: what the pages show is right.
func TestDocumentedFiles(t *testing.T) {
	for _, page := range []string{"configuration.md", "safety.md"} {
		text, err := os.ReadFile(filepath.Join("../../docs", page))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, found := strings.Cut(string(text), "```yaml\n")
		example, _, _ := strings.Cut(rest, "```")
		if !found {
			t.Errorf("%s shows no file", page)
		}
		var lines []string
		for line := range strings.Lines(example) {
			lines = append(lines, strings.TrimPrefix(line, "   "))
		}
		if page == "safety.md" { // within a list
			example = strings.Join(lines, "")
		}
		f, err := config.Parse(page, []byte(example))
		if err == nil {
			err = f.Check(newRoot())
		}
		if err != nil {
			t.Error(err)
		}
		if err := valid(t, example); err != nil {
			t.Error(err)
		}
	}
}
