package main

import (
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// recorded is a run of the reference app, as check left it.
//
//go:embed demo/*.gz
var recorded embed.FS

func newDemo() *cobra.Command {
	format := formats()
	c := &cobra.Command{
		Use:     "demo",
		Short:   "Judge a recorded run: no target, no k6, seconds",
		Long:    `demo unpacks a recorded run of the reference app and judges it, to show what a result looks like.`,
		Example: "  pixelload demo\n  pixelload demo --format html > demo.html   # the same as a page, for a browser",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			dir, err := os.MkdirTemp("", "pixelload-demo-")
			if err != nil {
				return fmt.Errorf("making a folder for the demo: %w", err)
			}
			defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
			if err := unpack(dir); err != nil {
				return err
			}
			doc, err := loadClaims("")
			if err != nil {
				return err
			}
			j, err := judge(dir, doc)
			if err != nil {
				return err
			}
			j.dir = ""
			if format.value == "table" {
				fmt.Fprintln(cmd.OutOrStdout(), "A recorded run, judged now. For one of your own: pixelload check --quick")
				fmt.Fprintln(cmd.OutOrStdout())
			}
			return j.show(cmd.OutOrStdout(), format.value)
		},
	}
	c.Flags().Var(&format, "format", "format of the result")
	return c
}

// unpack writes the recorded run files into dir.
func unpack(dir string) error {
	files, err := recorded.ReadDir("demo")
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := unpackFile(f.Name(), dir); err != nil {
			return fmt.Errorf("unpacking %s: %w", f.Name(), err)
		}
	}
	return nil
}

func unpackFile(name, dir string) error {
	packed, err := recorded.Open("demo/" + name)
	if err != nil {
		return err
	}
	defer packed.Close()
	in, err := gzip.NewReader(packed)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, strings.TrimSuffix(name, ".gz")), data, 0o644)
}
