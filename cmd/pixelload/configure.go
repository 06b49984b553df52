package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/pixeltales/pixelload/internal/config"
)

// paths are the flags, of whatever command, whose values are paths, each with the
// words among its values that are none: in the file paths begin where the file is.
// --app-backend and --app-requirements are none: they are named as in the checkout.
var paths = map[string][]string{
	"accounts": nil, "app": {"reference"}, "app-python": {config.Bare}, "baseline": nil, "claims": nil, "document": nil, "file": nil,
	"history": {noHistory}, "out": nil, "output": {"-"}, "runs": nil, "secret-file": nil, "web.config.file": nil,
}

func markPaths(root *cobra.Command) {
	for _, c := range config.Commands(root) {
		for name, words := range paths {
			if flag := c.Flags().Lookup(name); flag != nil {
				config.Path(flag, words...)
			}
		}
	}
}

// configure gives the command the values of the configuration file and the
// environment, before it runs. All of both is checked, not only what is about
// this command: a mistake shows with the first command, not at night.
func configure(c *cobra.Command, _ []string) error {
	if !config.Covers(c) || c.Name() == "init" {
		return nil // help and completion work with any file, and init mends that there is none
	}
	file, err := loadConfig(c)
	if err != nil {
		return badInput(err)
	}
	settings, err := file.Apply(c, os.LookupEnv)
	if err != nil {
		return badInput(err)
	}
	for _, s := range settings {
		if s.Key == "notify" && s.Origin == config.FromFile && s.Value != "" { // the file may be a stranger's
			fmt.Fprintf(c.ErrOrStderr(), "%s: --notify runs %s when the verdict is there\n", s.Where, s.Value)
		}
	}
	c.SetContext(config.With(c.Context(), file))
	if run := c.RunE; run != nil {
		c.RunE = func(c *cobra.Command, args []string) error { return config.Explain(run(c, args), settings) }
	}
	return nil
}

// loadConfig reads the file that counts for the command, and checks it.
func loadConfig(c *cobra.Command) (*config.File, error) {
	path := ""
	if f := c.Flag(config.Flag); f != nil {
		path = f.Value.String()
	}
	file, err := config.Load(path)
	if err != nil {
		return nil, err
	}
	if err := file.Check(newRoot()); err != nil {
		return nil, err
	}
	return file, config.CheckEnvironment(newRoot(), os.Environ())
}
