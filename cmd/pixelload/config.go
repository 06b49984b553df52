package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/pixeltales/pixelload/internal/config"
)

func newConfig() *cobra.Command {
	format := choice{"table", []string{"table", "json"}}
	c := &cobra.Command{
		Use:   "config [-- COMMAND [FLAG...]]",
		Short: "Print each setting and where it comes from",
		Long: `config prints the value of each flag of each command, or of one as it would be
called, and where it comes from: a flag that was typed, the environment, the
configuration file with its line, or the default. It prints no secret, only
whether it is set. docs/configuration.md says what the file may hold.`,
		Example: `  pixelload config
  pixelload config -- check --quick      # as this call would see it
  pixelload config --format json | jq '.settings[] | select(.origin != "default")'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, err := settingsOf(cmd, args)
			if err != nil {
				return badInput(err)
			}
			return found.show(cmd.OutOrStdout(), format.value)
		},
	}
	c.Flags().Var(&format, "format", "table or json")
	return c
}

// configuration is all that is set, as JSON has it.
type configuration struct {
	File     string           `json:"file,omitempty"` // absent: none
	Settings []config.Setting `json:"settings"`
	Allow    []allowed        `json:"allow"`
	Secrets  []secretSetting  `json:"secrets"`
}

type allowed struct {
	Host    string   `json:"host"`
	Ports   []uint16 `json:"ports"`
	Users   int      `json:"users"`
	Rate    float64  `json:"rate"`
	Minutes float64  `json:"minutes"`
}

// secretSetting says of a secret that it is there, and nothing else.
type secretSetting struct {
	Name string `json:"name"`
	Set  bool   `json:"set"`
}

// settingsOf finds the settings of the command in args, or of all.
func settingsOf(c *cobra.Command, args []string) (configuration, error) {
	file, root := config.From(c.Context()), newRoot()
	found := configuration{File: file.Path, Settings: []config.Setting{}, Allow: []allowed{}}
	of := config.Commands(root)
	if len(args) > 0 {
		one, rest, err := root.Find(args)
		if err == nil && !config.Covers(one) {
			err = fmt.Errorf("%q is no command with settings", args[0])
		}
		if err == nil {
			err = one.ParseFlags(rest)
		}
		if err != nil {
			return found, err
		}
		of = []*cobra.Command{one}
	}
	for _, one := range of {
		settings, err := file.Apply(one, os.LookupEnv)
		if err != nil {
			return found, err
		}
		found.Settings = append(found.Settings, settings...)
	}
	for _, h := range file.Allow {
		caps := h.Bounded()
		found.Allow = append(found.Allow, allowed{h.Name, h.Ports, caps.Users, caps.Rate, caps.Minutes})
	}
	found.Secrets = []secretSetting{{"$" + secretVariable, os.Getenv(secretVariable) != ""}}
	return found, nil
}

func (c configuration) show(w io.Writer, format string) error {
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(c)
	}
	fmt.Fprintln(w, "file:", cmp.Or(c.File, "none ("+config.Name+" would be looked for here and above, up to the repository's root)"))
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(t, "COMMAND\tKEY\tVALUE\tFROM")
	for _, s := range c.Settings {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", s.Command, s.Key, oneLine(errors.New(s.Value)), from(s))
	}
	for _, h := range c.Allow {
		fmt.Fprintf(t, "allow\t%s\tports %v, %d users, %g requests a second, %g minutes\tfile\n", h.Host, h.Ports, h.Users, h.Rate, h.Minutes)
	}
	for _, s := range c.Secrets {
		state := "unset"
		if s.Set {
			state = "set"
		}
		fmt.Fprintf(t, "secret\t%s\t%s\tenvironment\n", s.Name, state)
	}
	return t.Flush()
}

// from says where a setting comes from.
func from(s config.Setting) string {
	switch {
	case s.Yields != "":
		return fmt.Sprintf("%s: the one at %s yields to %s", s.Origin, s.Where, s.Yields)
	case s.Where != "":
		return strings.TrimPrefix(s.Where, "$")
	}
	return string(s.Origin)
}
