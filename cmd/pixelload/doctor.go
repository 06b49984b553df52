package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/pixeltales/pixelload/internal/service"
	"github.com/pixeltales/pixelload/internal/target"
)

// finding is one thing that doctor looked at.
type finding struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Needed says that without it no check runs at all.
	Needed bool   `json:"needed"`
	Found  string `json:"found"`
	Remedy string `json:"remedy,omitempty"` // where it is not OK
}

func newDoctor() *cobra.Command {
	var clean bool
	var app appOptions
	format := choice{"table", []string{"table", "json"}}
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine can and cannot do, and the remedy",
		Long: `doctor looks for what a check needs and what makes its answers better, and
names the remedy for what is missing. With --clean it removes what a run that
was killed has left behind: processes, cgroups and scratch folders.

With --app DIR it looks at your own checkout too: it makes its environment where
there is none yet, reads its settings and routes, and says which variants can be
measured, what users must do without, and whom the app tried to reach.`,
		Example: "  pixelload doctor\n  pixelload doctor --app ~/src/pixel-tales\n  pixelload doctor --clean\n  pixelload doctor --format json | jq '.[] | select(.ok | not)'",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			if clean {
				return cleanUp(out)
			}
			findings := examine(cmd.Context())
			if app.app != "reference" {
				findings[1].Needed = false // the reference app, in whose place it stands
				findings = append(findings, examineApp(cmd.Context(), app)...)
			}
			if err := showFindings(out, findings, format.value); err != nil {
				return err
			}
			for _, f := range findings {
				if f.Needed && !f.OK {
					return exitCode{code: exitBadInput}
				}
			}
			return nil
		},
	}
	app.flags(c.Flags())
	c.Flags().BoolVar(&clean, "clean", false, "remove what killed runs left behind")
	c.Flags().Var(&format, "format", "table or json")
	return c
}

// cleanUp removes what killed runs left behind. The lock makes sure that no
// other pixelload is at work.
func cleanUp(out io.Writer) error {
	var removed bytes.Buffer
	st, err := openState(&removed) // it cleans up behind killed runs, and says so
	if err != nil {
		return badInput(err)
	}
	seeding, err := target.CleanData(st.cache())
	for _, path := range seeding {
		fmt.Fprintln(&removed, "removed path", path)
	}
	if removed.Len() == 0 {
		fmt.Fprintln(&removed, "nothing was left behind")
	}
	_, writeErr := removed.WriteTo(out)
	return errors.Join(err, writeErr, st.close())
}

func showFindings(out io.Writer, findings []finding, format string) error {
	if format == "json" {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(findings)
	}
	for _, f := range findings {
		mark := "✓"
		if !f.OK {
			mark = "~"
			if f.Needed {
				mark = "✗"
			}
		}
		fmt.Fprintf(out, "%s %-14s %s\n", mark, f.Name, f.Found)
		if !f.OK && f.Remedy != "" {
			fmt.Fprintf(out, "  %-14s → %s\n", "", f.Remedy)
		}
	}
	return nil
}

// examine looks at everything, the needed things first.
func examine(ctx context.Context) []finding {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	python := ""
	if app, err := target.FindReference(os.Getenv("PIXELLOAD_REFERENCE")); err == nil {
		python = app.Python()
	}
	return []finding{
		examineSystem(), examineReference(), examineK6(ctx), examineState(),
		examineLimit(ctx), examineCores(),
		examineServer("PostgreSQL", "variants postgres, after, pooled, redis, upgraded", func() (string, error) { return service.FindPostgres(python) }),
		examineServer("Redis", "variant redis", func() (string, error) { return service.FindRedis(python) }),
		examineDocker(ctx),
	}
}

func examineSystem() finding {
	f := finding{Name: "system", Needed: true, OK: runtime.GOOS == "linux", Found: runtime.GOOS + "/" + runtime.GOARCH}
	f.Remedy = "a check needs Linux, for its memory cgroups: use a virtual machine or a container; judge and report work here"
	return f
}

func examineReference() finding {
	f := finding{Name: "reference app", Needed: true}
	app, err := target.FindReference(os.Getenv("PIXELLOAD_REFERENCE"))
	if err != nil {
		f.Found, f.Remedy = oneLine(err), "run `make setup` in the repository (Python 3.11 or newer)"
		return f
	}
	f.OK, f.Found = true, fmt.Sprintf("%s, digest %s", app.Dir(), app.Target().Ref)
	return f
}

func examineK6(ctx context.Context) finding {
	f := finding{Name: "k6", Needed: true, Remedy: "run `make build`, or set K6_BIN to a k6 built with the extension"}
	path, err := findK6(ctx)
	if err != nil {
		f.Found = oneLine(err)
		return f
	}
	f.OK, f.Found = true, path
	return f
}

func examineState() finding {
	f := finding{Name: "state folder", Needed: true, Remedy: "set PIXELLOAD_STATE to a folder that can be written"}
	dir, err := stateDir()
	if err == nil {
		err = makeWritable(dir)
	}
	if err != nil {
		f.Found = oneLine(err)
		return f
	}
	f.OK, f.Found = true, dir
	return f
}

// examineLimit tries a limit for real: rights to cgroups are too many-sided to
// be foretold.
func examineLimit(ctx context.Context) finding {
	const asked = 64 << 20
	f := finding{Name: "memory limit"}
	port, err := target.FreePort()
	if err != nil {
		f.Found = oneLine(err)
		return f
	}
	p, err := target.Start(ctx, target.Spec{Command: []string{"sleep", "30"}, Port: port, LimitBytes: asked, Env: target.Env(nil)})
	if err != nil {
		f.Found = oneLine(err)
		return f
	}
	defer p.Source().Close()
	if limit, ok := p.Enforced(); ok && limit == asked {
		f.OK, f.Found = true, fmt.Sprintf("enforced, read from %s", p.Source().Name())
	} else {
		f.Found = "none can be enforced: memory is read by " + p.Source().Name() + ", and crash claims cannot be told"
		f.Remedy = p.Why()
	}
	if _, err := p.Stop(ctx); err != nil {
		f.Found += "; " + oneLine(err)
	}
	return f
}

func examineCores() finding {
	m := target.Fingerprint("")
	return finding{
		Name: "machine", OK: m.CPUs > 1,
		Found:  fmt.Sprintf("%d cores, %d MiB memory, %d MiB swap, cgroup %s, kernel %s", m.CPUs, m.MemoryMiB, m.SwapMiB, m.Cgroup, m.Kernel),
		Remedy: "with one core the users slow the target down: use two or more",
	}
}

func examineServer(name, needed string, find func() (string, error)) finding {
	path, err := find()
	if err != nil {
		return finding{Name: name, Found: "needed for " + needed, Remedy: oneLine(err)}
	}
	return finding{Name: name, OK: true, Found: path}
}

func examineDocker(ctx context.Context) finding {
	f := finding{Name: "Docker", Remedy: "only needed to measure containers: start an engine"}
	if _, err := exec.LookPath("docker"); err != nil {
		f.Found = "no docker client"
		return f
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", "/var/run/docker.sock")
	if err != nil {
		f.Found = oneLine(err)
		return f
	}
	conn.Close()
	f.OK, f.Found = true, "engine answers"
	return f
}
