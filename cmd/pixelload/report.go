package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"
)

func newReport() *cobra.Command {
	var claims, out string
	format := formats()
	c := &cobra.Command{
		Use:   "report DIR",
		Short: "Print the report of a stored run",
		Long:  `report judges a stored run and prints it in the format asked for. It writes nothing into the run's folder.`,
		Example: `  pixelload report runs/20260102-100203-before
  pixelload report runs/20260102-100203-before --format html -o report.html
  pixelload report runs/20260102-100203-before --format csv -o levels.csv`,
		Args: oneDir,
		RunE: func(cmd *cobra.Command, args []string) error {
			doc, err := claimsOf(args[0], claims)
			if err != nil {
				return badInput(err)
			}
			j, err := judge(args[0], doc)
			if err != nil {
				return err
			}
			if out == "" || out == "-" {
				return j.show(cmd.OutOrStdout(), format.value)
			}
			var data bytes.Buffer
			if err := j.show(&data, format.value); err != nil {
				return err
			}
			if err := replace(out, data.Bytes()); err != nil {
				return badInput(fmt.Errorf("writing the report: %w", err))
			}
			return nil
		},
	}
	c.Flags().StringVar(&claims, "claims", "", "file of claims to judge (default: what check was given, else the built-in document)")
	c.Flags().StringVarP(&out, "output", "o", "", "file to write, - for stdout (default: stdout)")
	c.Flags().Var(&format, "format", "format of the result")
	return c
}

// replace writes a file whole or not at all. What is there and is no regular
// file (a pipe, a device, a link) is written to, and not replaced by one.
func replace(path string, data []byte) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(path, data, 0o644)
	}
	return renameio.WriteFile(path, data, 0o644)
}
