package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/pixeltales/pixelload/internal/needed"
)

// explains stands for pixelload: it prints the settings of what it is called for,
// by the real one.
const explains = `#!/bin/sh
case $1 in check | claims) exec "$PIXELLOAD" config -- "$@" ;; esac
`

// TestConfigurationOfTheApplicationCounts: what the application's repository says
// in pixelload.yaml is what the jobs measure, unless they are asked for other data.
func TestConfigurationOfTheApplicationCounts(t *testing.T) {
	pixelload := built(t)
	for name, job := range measuring(t) {
		for data, want := range map[string]string{"": "data heavy pixelload.yaml:2", "typical": "data typical flag"} {
			root := t.TempDir()
			for file, text := range map[string]string{
				"app/.git/HEAD": "ref: refs/heads/main\n", "app/pixelload.yaml": "common:\n  data: heavy\n", "pixelload/bin/pixelload": explains,
			} {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(root, file)), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(root, file), []byte(text), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("bash", "-ec", job.script)
			cmd.Dir = filepath.Join(root, job.dir)
			cmd.Env = append(os.Environ(), "PIXELLOAD="+pixelload, "PATH="+root+"/pixelload/bin:"+os.Getenv("PATH"), job.variable+"="+data)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("%s: %v\n%s", name, err, out)
			}
			said := strings.Join(strings.Fields(string(out)), " ")
			if runs := strings.Count(said, "COMMAND"); runs == 0 || strings.Count(said, want) != runs {
				t.Errorf("%s, asked for data %q: want %q in\n%s", name, data, want, out)
			}
		}
	}
}

// built is the path of the program that `make build` makes.
func built(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../bin/pixelload")
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		needed.Skip(t, "run `make build`: %v", err)
	}
	return path
}

// script is one that measures: where it runs, and the variable that asks for data.
type script struct{ dir, script, variable string }

func measuring(t *testing.T) map[string]script {
	t.Helper()
	all := map[string]script{}
	var w workflow
	if err := yaml.Unmarshal([]byte(read(t, githubFile)), &w); err != nil {
		t.Fatal(err)
	}
	for job, of := range w.Jobs {
		for _, step := range of.Steps {
			if step.Name == "Check" || step.Name == "Claims" {
				all[githubFile+", "+job+", "+step.Name] = script{step.WorkingDirectory, step.Run, "DATA"}
			}
		}
	}
	for name, text := range scriptsOf(t) {
		if strings.HasPrefix(name, gitlabFile) && strings.HasSuffix(name, ", script") {
			all[name] = script{"app", text, "PIXELLOAD_DATA"}
		}
	}
	if len(all) != 5 {
		t.Fatalf("%d scripts measure: this reads the wrong places", len(all))
	}
	return all
}
