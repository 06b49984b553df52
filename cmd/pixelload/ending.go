package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/guard"
)

// end judges what was measured into dir, whatever ended the measuring, and
// returns what the command exits with.
func end(ctx context.Context, measured error, dir string, doc *claim.Document, format string, stdout io.Writer, follows ...func(judged)) error {
	interrupted := exitCode{code: exitInterrupted}
	if len(filesIn(dir, "trial-*.ndjson")) == 0 {
		if measured == nil && ctx.Err() != nil {
			return interrupted
		}
		return measured
	}
	judged := conclude(dir, doc, format, stdout, follows...)
	switch {
	case measured != nil:
		return measured
	case ctx.Err() != nil:
		return interrupted
	}
	return judged
}

// explain says whether the user, the disk or something else of the machine is
// why there was no trial.
func explain(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return exitCode{exitInterrupted, errors.New("interrupted before the trial could begin")}
	case errors.Is(err, guard.ErrRefused):
		return exitCode{exitRefused, err}
	case errors.Is(err, syscall.ENOSPC):
		return badInput(fmt.Errorf("the disk is full: choose another --out, or set TMPDIR: %w", err))
	}
	return badInput(err)
}
