package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pixeltales/pixelload/internal/checkout"
	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/config"
	"github.com/pixeltales/pixelload/internal/guard"
)

func newInit() *cobra.Command {
	var stdout bool
	c := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a first configuration file for a checkout",
		Long: `init looks at the checkout in DIR, here without one, and writes a commented
` + config.Name + ` into it: what it found is set, everything else stands there as a
comment with its default. A file that is there already is left alone.`,
		Example: `  pixelload init
  pixelload init ~/src/pixel-tales
  pixelload init --stdout | diff pixelload.yaml -`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return badInput(fmt.Errorf("%s takes one folder (see %s --help)", cmd.Name(), cmd.CommandPath()))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			return initialize(dir, stdout, cmd.OutOrStdout())
		},
	}
	c.Flags().BoolVar(&stdout, "stdout", false, "print the file in place of writing it")
	return c
}

// initialize writes the first file of the checkout in dir.
func initialize(dir string, toStdout bool, stdout io.Writer) error {
	survey, err := config.Look(dir)
	if err != nil {
		return badInput(err)
	}
	doc, err := claim.Load()
	if err != nil {
		return err
	}
	text := draft(survey, checkout.Projects(dir), doc)
	if toStdout {
		_, err := stdout.Write(text)
		return err
	}
	file := filepath.Join(dir, config.Name)
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return badInput(fmt.Errorf("%s is there already, and is left as it is: see what a new one would hold with --stdout", file))
	}
	if err != nil {
		return badInput(err)
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return badInput(errors.Join(err, os.Remove(file)))
	}
	fmt.Fprintf(stdout, "wrote %s\n", file)
	return nil
}

// draft is the first file: what was found is set, all else a comment.
func draft(s config.Survey, projects []string, doc *claim.Document) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `# What pixelload is called with in this repository, unless a flag or the
# environment says otherwise: pixelload config prints what counts and why.
# yaml-language-server: $schema=https://github.com/pixeltales/pixelload/docs/schema/pixelload.schema.json

`)
	check, _, err := newRoot().Find([]string{"check"})
	if err != nil {
		panic(err) // check is built in
	}
	common := found(s, projects, doc, check.Flags())
	if len(common) > 0 {
		fmt.Fprintf(&b, "# For all commands that have these flags, as found in the checkout.\ncommon:\n%s\n", strings.Join(common, ""))
	}
	b.WriteString("# The gate before a deploy. Each line is a flag with its default.\n# check:\n")
	check.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" && len(f.Usage) > 0 {
			fmt.Fprintf(&b, "#   %s: %s # %s\n", f.Name, placeholder(f), f.Usage)
		}
	})
	for _, service := range s.Services {
		fmt.Fprintf(&b, "#\n# %s publishes service %s: once it runs, this checks it as it is.\n#   pixelload check --url http://127.0.0.1:%s --container %s --accounts accounts.json\n", service.File, service.Name, service.Port, service.Name)
	}
	fmt.Fprintf(&b, `
# Nothing but this machine is loaded, unless a host stands here and says so
# itself: docs/safety.md. The caps are the usual ones.
# allow:
#   - host: staging.example
#     ports: [443]
#     users: %d
#     rate: %g # requests a second
#     minutes: %g

# Secrets do not belong here: the target's signing secret comes from
# $%s or --secret-file, a file of mode 0600.
`, guard.Usual.Users, guard.Usual.Rate, guard.Usual.Minutes, secretVariable)
	return b.Bytes()
}

// found are the lines that the checkout itself answers. projects are its Django
// projects.
func found(s config.Survey, projects []string, doc *claim.Document, flags *pflag.FlagSet) []string {
	var lines []string
	set := func(name, value, why string) {
		if flags.Lookup(name) != nil {
			lines = append(lines, fmt.Sprintf("  %s: %s # %s\n", name, value, why))
		}
	}
	if len(projects) > 0 && projects[0] != flags.Lookup("app").DefValue {
		set("app", ".", "a Django project: "+path.Join(projects[0], "manage.py"))
		if others := projects[1:]; len(others) > 0 {
			lines = append(lines, fmt.Sprintf("  # app-backend: %s # or %s: choose one\n", projects[0], strings.Join(others, ", ")))
		}
	}
	if s.Plan != "" {
		if _, err := doc.Plan(s.Plan); err == nil {
			set("plan", s.Plan, s.PlanFile+" says so")
		} else {
			lines = append(lines, fmt.Sprintf("  # plan: %s # %s says so, which is none of scenarios/plans.yaml: use --limit and --cpus\n", s.Plan, s.PlanFile))
		}
	}
	return lines
}

// placeholder is a flag's default as the file would have it.
func placeholder(f *pflag.Flag) string {
	switch value := f.DefValue; {
	case value == "" || value == "[]":
		return `""`
	case f.Value.Type() == "users":
		return "[" + value + "]"
	default:
		return value
	}
}
