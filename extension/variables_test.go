package extension

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestMisspeltVariables(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want string }{
		{"PIXELTALES_PERSONAS", "did you mean PIXELTALES_PERSONA?"},
		{"PIXELTALES_BUDGET_MB", "did you mean PIXELTALES_BUDGET_MIB?"},
		{"PIXELTALES_ACCOUNT", "did you mean PIXELTALES_ACCOUNTS?"},
		{"PIXELTALES_Seed", "did you mean PIXELTALES_SEED?"},
		{"PIXELTALES_SEED", ""},
		{"PIXELTALES_CHANNEL_LAYER", ""}, // the app's
		{"PIXELLOAD_REQUIRE", ""},
	}
	for _, test := range tests {
		b := newScriptBench(t)
		_, err := b.VU.Runtime().RunString(`pt.settings({` + test.name + `: '7'})`)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), "settings: unknown variable "+test.name+": "+test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
}

// The lists of known variables are those that are read, and documented.
func TestVariablesAreThoseRead(t *testing.T) {
	t.Parallel()
	for _, name := range namesIn(t, filepath.Join("..", "scenarios"), ".js", ".md") {
		if !slices.Contains(variables, name) {
			t.Errorf("scenarios/ speaks of %s, which settings() refuses", name)
		}
	}
	readme, err := os.ReadFile(filepath.Join("..", "scenarios", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range variables {
		if !strings.Contains(string(readme), "| `"+name+"` |") {
			t.Errorf("scenarios/README.md has no row for %s", name)
		}
	}
	apps := namesIn(t, filepath.Join("..", "reference"), ".py", ".md")
	for _, name := range apps {
		if !slices.Contains(others, name) {
			t.Errorf("the reference app reads %s, which settings() refuses", name)
		}
	}
	for _, name := range others {
		if !slices.Contains(apps, name) {
			t.Errorf("the reference app does not read %s", name)
		}
	}
}

var aVariable = regexp.MustCompile(`PIXELTALES_[A-Z][A-Z_]*[A-Z]`)

// namesIn returns the variables that files of these kinds in the folder name.
func namesIn(t *testing.T, folder string, kinds ...string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == ".venv":
			return fs.SkipDir
		case entry.IsDir() || !slices.Contains(kinds, filepath.Ext(path)):
			return nil
		}
		text, err := os.ReadFile(path)
		names = append(names, aVariable.FindAllString(string(text), -1)...)
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("no variable in %s: %v", folder, err)
	}
	return names
}
