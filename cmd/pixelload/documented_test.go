package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

var (
	// A text is indented by three, and so is the line by which a host allows itself.
	shown    = regexp.MustCompile(`(?m)^ {2}(?: {2})?(?:bin/)?pixelload (.*)$`)
	shellEnd = regexp.MustCompile(`\s+(#|\||>|<|&&).*$`)
	quoted   = regexp.MustCompile(`"(?:\\.|[^"\\])*"|'[^']*'`)
)

// TestDocumentedCommands: what the README, docs/ and --help show as a command is
// one, with flags that it has and values that they take.
func TestDocumentedCommands(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range shown.FindAllStringSubmatch(string(text), -1) {
			if err := parses(m[1]); err != nil {
				t.Errorf("%s: pixelload %s: %v", filepath.Base(page), m[1], err)
			}
		}
	}
	each(newRoot(), func(c *cobra.Command) {
		for _, m := range shown.FindAllStringSubmatch(c.Example, -1) {
			if err := parses(m[1]); err != nil {
				t.Errorf("%s --help: pixelload %s: %v", c.CommandPath(), m[1], err)
			}
		}
	})
	for _, wrong := range []string{"chek --quick", "check --quik", "check --trials many"} {
		if parses(wrong) == nil {
			t.Errorf("%q passes", wrong)
		}
	}
}

// parses reads a line as the shell and pixelload would, and runs nothing.
func parses(line string) error {
	line = shellEnd.ReplaceAllString(quoted.ReplaceAllString(line, "quoted"), "")
	root := newRoot()
	c, rest, err := root.Find(strings.Fields(line))
	if err != nil {
		return err
	}
	if !c.Runnable() {
		return fmt.Errorf("no such command")
	}
	if err := c.ParseFlags(rest); err != nil {
		return err
	}
	return c.ValidateArgs(c.Flags().Args())
}

func each(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, child := range c.Commands() {
		each(child, do)
	}
}
