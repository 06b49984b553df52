package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	causes "github.com/pixeltales/pixelload/internal/explain"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// Only an explanation that came to its end passes for one.
func TestExplainExits(t *testing.T) {
	t.Parallel()
	measured := []causes.Subject{{Name: "words"}}
	for _, test := range []struct {
		e    causes.Evidence
		code int
		says string
	}{
		{causes.Evidence{Subjects: measured}, 0, ""},
		{causes.Evidence{Subjects: measured, Ended: "the target ended"}, verdict.ExitInconclusive, ""},
		{causes.Evidence{Ended: "the target ended"}, exitError, "nothing was measured: the target ended"},
		{causes.Evidence{}, exitError, "nothing was measured"},
	} {
		err := explainExit(t.Context(), causes.Judge(test.e))
		if got := codeOf(err); got != test.code || test.says != "" && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%+v: exit code %d (%v), want %d", test.e, got, err, test.code)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := codeOf(explainExit(ctx, causes.Judge(causes.Evidence{Interrupted: true, Ended: "context canceled"}))); got != exitInterrupted {
		t.Errorf("exit code %d when interrupted, want %d", got, exitInterrupted)
	}
}

// codeOf is what pixelload exits with when a command returns err.
func codeOf(err error) int {
	var coded exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &coded):
		return coded.code
	}
	return exitError
}
