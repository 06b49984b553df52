package scenarios

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/needed"
)

// mistakes are what the types must object to: the compiler complains where it
// finds nothing under an @ts-expect-error.
const mistakes = `
import { User, Watch, phases, scenarios } from 'k6/x/pixeltales';
const plan = phases([{ name: 'idle', users: 0, hold_seconds: 10 }]);
const good = { url: 'http://127.0.0.1:8000', accounts: 'accounts.json', phases: plan };
new User(good);
new Watch({ phases: plan });
// @ts-expect-error: no options
new User();
// @ts-expect-error: accounts are missing
new User({ url: 'http://127.0.0.1:8000', phases: plan });
// @ts-expect-error: no such option
new User({ ...good, account: 'accounts.json' });
// @ts-expect-error: a number for a text
new User({ ...good, url: 8000 });
// @ts-expect-error: a text for a number
new User({ ...good, seed: '1' });
// @ts-expect-error: no such key
phases([{ name: 'idle', user: 0, hold_seconds: 10 }]);
// @ts-expect-error: phases are missing
new Watch({});
// @ts-expect-error: no such method
new Watch({ phases: plan }).visit();
// @ts-expect-error: no such function
scenarios(plan).users.go();
`

// preamble is what the examples in the comments take for granted.
const preamble = `
declare const url: string, accounts: string;
declare const plan: import('k6/x/pixeltales').Phase[];
declare const user: import('k6/x/pixeltales').User;
declare const watcher: import('k6/x/pixeltales').Watch;
`

// TestTypes holds every script, every example in the types' comments and a
// list of mistakes against index.d.ts.
func TestTypes(t *testing.T) {
	t.Parallel()
	modules, err := filepath.Abs("../node_modules")
	if err != nil {
		t.Fatal(err)
	}
	compiler := filepath.Join(modules, ".bin", "tsc")
	if _, err := exec.LookPath("node"); err != nil {
		needed.Skip(t, "the types are not checked: %v: run `make types`", err)
	}
	if _, err := os.Stat(compiler); err != nil {
		needed.Skip(t, "the types are not checked: %v: run `make types`", err)
	}
	dir := t.TempDir()
	write(t, dir, "mistakes.ts", mistakes)
	for i, example := range examples(t) {
		write(t, dir, fmt.Sprintf("example%d.ts", i), example)
	}
	scripts, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(map[string]any{
		"compilerOptions": map[string]any{
			"strict": true, "noEmit": true, "allowJs": true, "checkJs": true, "noImplicitAny": false,
			"target": "es2022", "lib": []string{"es2022"}, "module": "esnext", "moduleResolution": "bundler",
			"typeRoots": []string{filepath.Join(modules, "@types")}, "types": []string{"k6"}, "skipLibCheck": true,
			"paths": map[string][]string{"k6": {filepath.Join(modules, "@types", "k6")}},
		},
		"include": []string{filepath.Join(filepath.Dir(scripts), "index.d.ts"), filepath.Join(scripts, "*.js"), "*.ts"},
	})
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "tsconfig.json", string(config))
	cmd := exec.Command(compiler, "--project", dir, "--pretty", "false")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

var (
	block    = regexp.MustCompile("(?s)```javascript\n(.*?)```")
	asterisk = regexp.MustCompile(`(?m)^\s*\* ?`)
	exported = regexp.MustCompile(`(?m)^  export (?:class|function|const) (\w+)`)
)

// examples returns the examples in the types' comments as modules. A fragment
// gets the imports that it takes for granted.
func examples(t *testing.T) (modules []string) {
	t.Helper()
	text, err := os.ReadFile("../index.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range exported.FindAllStringSubmatch(string(text), -1) {
		names = append(names, m[1])
	}
	for _, m := range block.FindAllStringSubmatch(string(text), -1) {
		example := asterisk.ReplaceAllString(m[1], "")
		if !strings.Contains(example, "import ") {
			example = fmt.Sprintf("import { %s } from 'k6/x/pixeltales';\n%s", strings.Join(names, ", "), missing(example)+example)
		}
		modules = append(modules, example)
	}
	if len(modules) < 5 {
		t.Errorf("%d examples in the types' comments, want one for each thing", len(modules))
	}
	return modules
}

// missing returns the lines of the preamble whose names the example does not declare.
func missing(example string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSpace(preamble), "\n") {
		name := strings.Trim(strings.Fields(line)[2], ":,")
		if !strings.Contains(example, "const "+name) {
			lines = append(lines, line+"\n")
		}
	}
	return strings.Join(lines, "")
}
