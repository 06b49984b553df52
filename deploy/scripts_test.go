package deploy_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// scriptsOf are all scripts of the two files, by where they stand.
func scriptsOf(t *testing.T) map[string]string {
	t.Helper()
	scripts := map[string]string{}
	var w workflow
	if err := yaml.Unmarshal([]byte(read(t, githubFile)), &w); err != nil {
		t.Fatal(err)
	}
	for name, job := range w.Jobs {
		for i, step := range job.Steps {
			if step.Run != "" {
				scripts[fmt.Sprintf("%s, job %s, step %d", githubFile, name, i+1)] = step.Run
			}
		}
	}
	var pipeline map[string]any
	if err := yaml.Unmarshal([]byte(read(t, gitlabFile)), &pipeline); err != nil {
		t.Fatal(err)
	}
	for name, job := range pipeline {
		fields, _ := job.(map[string]any)
		for _, part := range []string{"before_script", "script", "after_script"} {
			lines, _ := fields[part].([]any)
			var text strings.Builder
			for _, line := range lines {
				fmt.Fprintln(&text, line)
			}
			if text.Len() > 0 {
				scripts[fmt.Sprintf("%s, %s, %s", gitlabFile, name, part)] = text.String()
			}
		}
	}
	if len(scripts) < 12 {
		t.Fatalf("%d scripts: this reads the wrong places", len(scripts))
	}
	return scripts
}

// shell lets bash read a script without running it.
func shell(script string) (string, error) {
	cmd := exec.Command("bash", "-n")
	cmd.Stdin = strings.NewReader(script)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
