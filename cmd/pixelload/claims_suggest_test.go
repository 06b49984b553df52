package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/trial"
)

// own are claims of the two lines of a document.
const (
	ownClaims   = "document: {file: told.md}\nclaims:\n  - {id: L1, line: 1, kind: level, variant: before, users: [0], mib: [250], text: idle}\n"
	ownDocument = "At rest it takes 250MB.\nThe end.\n"
)

// together writes runs as the run files of one folder.
func together(t *testing.T, runs ...*run.Run) string {
	t.Helper()
	dir := t.TempDir()
	for i, r := range runs {
		storeRun(t, trial.Path(dir, i+1), r)
	}
	return dir
}

func TestClaimsSuggest(t *testing.T) {
	runs := runtest.Campaign(6, runtest.Arm{Variant: "before", Levels: runtest.Levels{0: 80, 3: 122, 10: 160}})
	dir := together(t, runs...)
	document := filepath.Join(t.TempDir(), "told.md")
	for path, text := range map[string]string{filepath.Join(dir, claimsFile): ownClaims, document: ownDocument} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	call := func(args ...string) (int, string, string) {
		var out, errs bytes.Buffer
		code := execute(args, &out, &errs)
		return code, out.String(), errs.String()
	}
	if code, _, errs := call("claims", "suggest", dir); code != exitBadInput || !strings.Contains(errs, "verdict.json is missing: make it with pixelload judge") {
		t.Fatalf("without a verdict: %d, %s", code, errs)
	}
	call("judge", dir)
	if code, out, errs := call("claims", "suggest", dir); code != 0 || !strings.Contains(out, "80 MiB [70, 91]") {
		t.Errorf("suggest: %d, %s%s", code, out, errs)
	}
	if code, _, errs := call("claims", "suggest", dir, "--write"); code != exitBadInput || !strings.Contains(errs, "--write and --document FILE go together") {
		t.Errorf("--write alone: %d, %s", code, errs)
	}
	if code, out, errs := call("claims", "suggest", dir, "--write", "--document", document); code != 0 || !strings.Contains(out, "1 of 1 claims get a measured figure") {
		t.Errorf("--write: %d, %s%s", code, out, errs)
	}
	patch, err := os.ReadFile(filepath.Join(dir, patchFile))
	want := "-At rest it takes 250MB.\n+At rest it takes 80 MiB [70, 91] (reference app, light data, N 6, measured 2026-01-02: refuted; the document said 250MB).\n The end.\n"
	if err != nil || !strings.HasSuffix(string(patch), want) {
		t.Errorf("patch = %s, %v; want it to end with %s", patch, err, want)
	}
	if text, err := os.ReadFile(document); err != nil || string(text) != ownDocument {
		t.Errorf("the document was changed to %q, %v", text, err)
	}
	if err := os.WriteFile(document, []byte("Something else.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := call("claims", "suggest", dir, "--write", "--document", document); code != exitBadInput || !strings.Contains(errs, "told.md:1: claim L1 says 250 MB, and that is not there") {
		t.Errorf("another document: %d, %s", code, errs)
	}
}

// A soak in a folder of its own is judged as one, by judge too.
func TestJudgeASoak(t *testing.T) {
	r := runtest.Healthy(1, 1, runtest.Levels{0: 80, 3: 120, 10: 160})
	r.Header.LeakBudget = 5 * memory.MiB
	r.Header.Phases = r.Header.Phases[:2]
	dir := together(t, r)
	var out, errs bytes.Buffer
	if code := execute([]string{"judge", dir}, &out, &errs); code != 3 || !strings.Contains(out.String(), "leak (budget 5.0 MiB/h)") {
		t.Errorf("judge: %d, %s%s", code, out.String(), errs.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "soak.json")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "verdict.json")); err == nil {
		t.Error("a soak has a verdict of levels too")
	}
}

func TestRemediesJudge(t *testing.T) {
	levels := runtest.Levels{0: 80, 3: 122, 10: 160}
	dir := together(t, runtest.Campaign(2,
		runtest.Arm{Variant: "before", Levels: levels}, runtest.Arm{Variant: "deferred", Levels: runtest.Levels{0: 80, 3: 100, 10: 120}})...)
	frontier := `{"variant": "%", "plan": "free", "data": [{"name": "d", "public_bytes": 1048576}], "cells": [{"users": 10, "data": "d", "memory": "fits"}]}`
	for _, name := range []string{"before", "deferred"} {
		path := filepath.Join(dir, "frontier-"+name+".json")
		if err := os.WriteFile(path, []byte(strings.Replace(frontier, "%", name, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs bytes.Buffer
	if code := execute([]string{"remedies", "judge", dir}, &out, &errs); code != 0 && code != 3 ||
		!strings.Contains(out.String(), "deferred: lists without canvas and cover") || !strings.Contains(out.String(), "Frontier on plan free at 10 users: with before at least 1.0 MiB") {
		t.Errorf("remedies judge: %d, %s%s", code, out.String(), errs.String())
	}
	for _, name := range []string{"remedies.json", "remedies.md"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	out.Reset()
	if code := execute([]string{"remedies", "run", "deferd"}, &out, &errs); code != exitBadInput || !strings.Contains(errs.String(), "no remedy deferd: want some of postgres") {
		t.Errorf("an unknown remedy: %d, %s", code, errs.String())
	}
	if code := execute([]string{"remedies", "judge", t.TempDir()}, &out, &errs); code != exitBadInput {
		t.Errorf("an empty folder: %d", code)
	}
}
