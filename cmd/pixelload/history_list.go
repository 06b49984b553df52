package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pixeltales/pixelload/internal/history"
	"github.com/pixeltales/pixelload/internal/report"
)

func newHistoryList(file *string) *cobra.Command {
	var o historyFilter
	format := choice{"table", []string{"table", "json"}}
	c := &cobra.Command{
		Use:   "list",
		Short: "List the runs, and what changed at each",
		Long:  `list prints a line a run, the newest last: when, of which commit, how it ended, and which figures changed their level with it.`,
		Example: `  pixelload history list --since 30d
  pixelload history list --metric L4 --data heavy
  pixelload history list --format json | jq '.series[] | select(.changes != []) | .metric'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			runs, all, metric, err := o.read(cmd.Context(), *file)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if format.value == "json" {
				return report.WriteHistoryJSON(out, runs, history.Since(all, o.since.Time))
			}
			if len(runs) == 0 {
				_, err := fmt.Fprintln(out, "no run is chosen")
				return err
			}
			return report.HistoryRuns(out, runs, all, metric, report.Options{Color: colored(out), Width: terminalWidth(out)})
		},
	}
	o.flags(c.Flags())
	c.Flags().StringVar(&o.metric, "metric", "", "only runs that have this figure, and the figure, as level:10, L4 or peak")
	c.Flags().Var(&format, "format", "result on stdout: table or json")
	return c
}

func newHistoryShow(file *string) *cobra.Command {
	var o historyFilter
	format := choice{"table", []string{"table", "json"}}
	c := &cobra.Command{
		Use:   "show METRIC",
		Short: "Draw a figure over all runs, with its changes",
		Long: `show draws each series of a figure as a chart that runs downward: a line a run with
its date, its commit, the figure with its 95 % interval and its number of trials.
A rule stands where the level changed. A hollow point is of a run that was cut
short, and is not compared.

Figures are claim:L4 and the other claims, budget:peak_unreclaimable_bytes,
level:N, collected:N, delivery:N, fanout_p99:N and errors:N, N being users. What
stands behind the colon is enough, and of that as much as no other has.`,
		Example: `  pixelload history show level:10
  pixelload history show L4 --data heavy
  pixelload history show peak --variant before --since 2026-01-31`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return nil
			}
			return badInput(fmt.Errorf("show takes one figure, as level:10, L4 or peak (see %s --help)", cmd.CommandPath()))
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.metric = args[0]
			_, all, _, err := o.read(cmd.Context(), *file)
			if err != nil {
				return err
			}
			all = history.Since(all, o.since.Time)
			out := cmd.OutOrStdout()
			if format.value == "json" {
				return report.WriteHistoryJSON(out, nil, all)
			}
			if len(all) == 0 {
				_, err := fmt.Fprintln(out, "no run is chosen")
				return err
			}
			return report.HistoryChart(out, all, report.Options{Color: colored(out)})
		},
	}
	o.flags(c.Flags())
	c.Flags().Var(&format, "format", "result on stdout: table or json")
	return c
}
