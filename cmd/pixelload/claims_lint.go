package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/verdict"
)

func newClaimsLint() *cobra.Command {
	format := choice{"table", []string{"table", "json"}}
	c := &cobra.Command{
		Use:   "lint [FILE]",
		Short: "Say what is wrong with the document before anything is measured",
		Long: `lint holds the document's numbers against each other: levels of which no user's
memory can be made, two numbers for one thing, savings that the levels do not show
or that exceed what is there, plans that cost more and hold no more. It exits 99
when it finds something, 0 when it does not.`,
		Example: `  pixelload claims lint
  pixelload claims lint my-claims.yaml --format json | jq -r '.[].text'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := ""
			if len(args) > 0 {
				path = args[0]
			}
			doc, err := loadClaims(path)
			if err != nil {
				return badInput(err)
			}
			findings := doc.Lint()
			if err := printLint(cmd.OutOrStdout(), findings, format.value); err != nil {
				return err
			}
			if len(findings) > 0 {
				return exitCode{code: verdict.ExitFail}
			}
			return nil
		},
	}
	c.Flags().Var(&format, "format", "result on stdout: table or json")
	return c
}

func printLint(w io.Writer, findings []claim.Finding, format string) error {
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(append([]claim.Finding{}, findings...))
	}
	for _, f := range findings {
		if where := f.Where(); where != "" {
			fmt.Fprintln(w, where)
		} else {
			fmt.Fprintln(w, "the document")
		}
		fmt.Fprintln(w, "  "+f.Text)
	}
	_, err := fmt.Fprintf(w, "%d %s\n", len(findings), plural(len(findings), "finding"))
	return err
}
