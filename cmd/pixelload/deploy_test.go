package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/shlex"
)

// TestDeployedCommands: every pixelload command line in the files to copy from
// deploy/, and in the pages that explain them, is one that this pixelload takes.
func TestDeployedCommands(t *testing.T) {
	commands := 0
	for _, file := range []string{
		"deploy/github/pixelload.yml", "deploy/gitlab/pixelload.gitlab-ci.yml", "deploy/systemd/pixelload-nightly.service",
		"docs/nightly.md", "docs/history.md",
	} {
		text, err := os.ReadFile(filepath.Join("../..", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`(?m)(?:^ *|[: -] |bin/)pixelload ((?:check|claims|history|collect|judge|report|doctor) .*)$`).FindAllStringSubmatch(string(text), -1) {
			line, _, _ := strings.Cut(found[1], " ||")
			line, _, _ = strings.Cut(line, " >")
			args, err := shlex.Split(line) // what stands behind a # is left out
			if err != nil {
				t.Errorf("%s: %s: %v", file, line, err)
				continue
			}
			commands++
			if err := taken(args); err != nil {
				t.Errorf("%s: pixelload %s: %v", file, line, err)
			}
		}
	}
	if commands < 15 {
		t.Errorf("%d commands were found: this test reads the wrong places", commands)
	}
	for _, args := range [][]string{{"check", "--kettle"}, {"history", "kettle"}, {"check", "--trials", "many"}, {"history", "list", "--variant"}} {
		if taken(args) == nil {
			t.Errorf("%q is taken", args)
		}
	}
}

// taken reports what is wrong with a command line, without running it. What a
// variable will hold is not known: flags alone stand in it.
func taken(args []string) error {
	kept := args[:0:0]
	for _, a := range args {
		if a != "$CHECK" {
			kept = append(kept, a)
		}
	}
	command, rest, err := newRoot().Find(kept)
	if err != nil {
		return err
	}
	if err := command.ParseFlags(rest); err != nil {
		return err
	}
	if command.HasSubCommands() { // it takes no argument of its own
		return command.ValidateArgs(command.Flags().Args())
	}
	return nil
}
