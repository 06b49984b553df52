package main

import (
	"github.com/spf13/cobra"

	"github.com/pixeltales/pixelload/internal/report"
)

func newClaims() *cobra.Command {
	c := &cobra.Command{
		Use:     "claims",
		Short:   "The numbers of the memory analysis",
		Long:    `claims holds the document's numbers, each with the line it stands on, as data, and measures them.`,
		Example: "  pixelload claims list\n  pixelload claims run --quick",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(newClaimsList(), newClaimsLint(), newClaimsRun(), newClaimsSuggest())
	return c
}

func newClaimsList() *cobra.Command {
	var claims string
	format := choice{"table", []string{"table", "json"}}
	c := &cobra.Command{
		Use:   "list",
		Short: "Show the document's claims",
		Long:  `list shows every claim: what the document says, on which line, and what it is measured on.`,
		Example: `  pixelload claims list
  pixelload claims list --format json | jq -r '.[] | select(.kind == "saving") | .id'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			doc, err := loadClaims(claims)
			if err != nil {
				return badInput(err)
			}
			out := cmd.OutOrStdout()
			if format.value == "json" {
				return report.ListJSON(out, doc)
			}
			return report.List(out, doc, report.Options{Color: colored(out), Width: terminalWidth(out)})
		},
	}
	c.Flags().StringVar(&claims, "claims", "", "file of claims to show (default: the built-in document)")
	c.Flags().Var(&format, "format", "result on stdout: table or json")
	return c
}
