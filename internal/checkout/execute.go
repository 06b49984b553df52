package checkout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"

	"github.com/pixeltales/pixelload/internal/target"
)

// execute runs a program to its end; progress gets what it prints.
func execute(ctx context.Context, progress io.Writer, dir string, env []string, args ...string) error {
	var last lastLine
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, env
	cmd.Stdout = io.MultiWriter(progress, &last)
	cmd.Stderr = cmd.Stdout
	err := target.StartChild(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil {
		return fmt.Errorf("running %s: %w: %s", filepath.Base(args[0]), errors.Join(err, ctx.Err()), last.String())
	}
	return nil
}

// lastLine keeps the last line with text that was written to it.
type lastLine struct{ text []byte }

func (l *lastLine) Write(p []byte) (int, error) {
	l.text = append(l.text, p...)
	if trimmed := bytes.TrimRight(l.text, " \r\n"); len(trimmed) > 0 {
		if i := bytes.LastIndexByte(trimmed, '\n'); i >= 0 {
			l.text = bytes.Clone(l.text[i+1:])
		}
	}
	return len(p), nil
}

func (l *lastLine) String() string { return string(bytes.TrimSpace(l.text)) }
