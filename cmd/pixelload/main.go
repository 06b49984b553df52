// Command pixelload tells whether a build of PixelTales holds N users in the
// memory of its hosting plan, and whether the numbers of the memory analysis
// were right.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/pixeltales/pixelload/internal/config"
)

// Exit codes: k6's own where the meaning is equal. Those of a verdict are in
// package verdict.
const (
	exitError       = 1
	exitRefused     = 4 // by the guard
	exitBadInput    = 104
	exitInterrupted = 105
)

func main() { os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr)) }

// execute is the whole program: it returns the exit code.
func execute(args []string, stdout, stderr io.Writer) int {
	ctx, cancel := signalContext(stderr)
	defer cancel()
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var coded exitCode
	if !errors.As(err, &coded) {
		coded = exitCode{exitError, err}
	}
	if coded.err != nil {
		fmt.Fprintln(stderr, "pixelload:", oneLine(err))
		if ctx.Err() != nil { // whatever it was, the user ended it
			return exitInterrupted
		}
	}
	return coded.code
}

// signalContext ends with the first SIGINT or SIGTERM; a second one ends the
// program at once.
func signalContext(stderr io.Writer) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		fmt.Fprintln(stderr, "pixelload: stopping (again to stop at once)")
		cancel()
		<-signals
		os.Exit(exitInterrupted)
	}()
	return ctx, cancel
}

// exitCode is an error that decides the exit code. With a nil err all has
// been said already.
type exitCode struct {
	code int
	err  error
}

func (e exitCode) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e exitCode) Unwrap() error { return e.err }

// badInput marks err as a wrong flag, file or environment.
func badInput(err error) error {
	if err == nil {
		return nil
	}
	return exitCode{exitBadInput, err}
}

// oneLine is the error on a single line, as scripts expect it.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "pixelload",
		Short: "Will this build of PixelTales hold N users in its memory?",
		Long: `pixelload drives scripted PixelTales users with k6, reads the memory of the
server they use, and says whether N users fit into a hosting plan and whether
the numbers of the memory analysis were right: confirmed, refuted or cannot tell.

Exit codes: 0 pass, 99 budget failed, 3 cannot tell, 4 refused by the guard,
104 bad flag, file or environment, 105 interrupted, 107 scenario error, 1 other.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			hint := "see pixelload --help"
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				hint = "did you mean " + near[0] + "?"
			}
			return badInput(fmt.Errorf("unknown command %q: %s", args[0], hint))
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().String(config.Flag, "", "configuration file (default: "+config.Name+" here or above, up to the repository's root)")
	root.PersistentPreRunE = configure
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return badInput(fmt.Errorf("%w (see %s --help)", err, cmd.CommandPath()))
	})
	root.AddCommand(newCheck(), newJudge(), newReport(), newClaims(), newRemedies(), newSoak(), newCapacity(), newCompare(), newBaseline(), newPlan(), newExplain(), newDoctor(), newDemo(), newCollect(), newHistory(), newInit(), newConfig(), newVersion())
	markPaths(root)
	return root
}
