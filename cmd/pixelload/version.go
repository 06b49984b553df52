package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is the version; a release build sets it by -ldflags.
var release = "0.1.0-dev"

func newVersion() *cobra.Command {
	format := choice{"table", []string{"table", "json"}}
	c := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  pixelload version --format json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format.value == "table" {
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "pixelload %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
				return err
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]string{
				"version": version(), "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH,
			})
		},
	}
	c.Flags().Var(&format, "format", "table or json")
	return c
}

// version is the release, with the commit it was built from where that is known.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return release
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return release + "+" + s.Value[:12]
		}
	}
	return release
}
