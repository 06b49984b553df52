package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/isolate"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
)

// findings are what the look from inside the app's environment found.
type findings struct {
	Django   string
	Packages []string         // that can be imported, of those that variants need
	Settings []string         // that variants need and the app has
	Replaced []run.Capability // settings that a trial does without
	ASGI     string           // MODULE:NAME
	WSGI     string
	Sockets  bool // the ASGI application has WebSockets
	// ASGIError says why the ASGI application cannot be loaded.
	ASGIError    string   `json:"asgi_error"`
	UnknownPaths []string `json:"unknown_paths"` // below /api

	// Error says why the settings cannot be read; Wanted is the environment
	// variable that would help, if it is about one.
	Error, Wanted string

	isolation isolate.Report
	dials     []isolate.Dial
}

// mostVariables is how many variables settings may demand.
const mostVariables = 60

// look reads the app's settings, with one variable more each time as long as
// they demand one.
func (c *Checkout) look(ctx context.Context) error {
	tries := 0 // values of the last variable
	for last := ""; len(c.placeholders) <= mostVariables; {
		found, err := c.probe(ctx)
		if err != nil {
			return fmt.Errorf("looking at the app: %w", err)
		}
		_, known := c.placeholders[found.Wanted]
		switch {
		case found.Error == "":
			c.found = found
			return nil
		case found.Wanted != "" && !known:
			last, tries = found.Wanted, 0
		case last != "" && tries+1 < len(harmless(last)):
			tries++ // it may have wanted a number
		default:
			return fmt.Errorf("the app's settings %s cannot be read: %s%s", c.settings, found.Error, c.supplied())
		}
		c.placeholders[last] = harmless(last)[tries]
	}
	return fmt.Errorf("the app's settings %s demand more than %d variables", c.settings, mostVariables)
}

// supplied says which variables have a value of ours.
func (c *Checkout) supplied() string {
	if len(c.placeholders) == 0 {
		return ""
	}
	return fmt.Sprintf(" (with placeholders for %s)", strings.Join(c.variables(), ", "))
}

// variables are those that the settings demanded.
func (c *Checkout) variables() []string {
	var names []string
	for name := range c.placeholders {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// harmless lists values for a variable, the likeliest first: none leads
// anywhere.
func harmless(name string) []string {
	const word, number, address, json, truth = "pixelload-placeholder", "1", "http://" + nobody + "/", "{}", "false"
	for suffix, first := range map[string]string{
		"_URL": address, "_URI": address, "_HOST": "127.0.0.1", "_EMAIL": "nobody@load.test", "_PORT": "9", "_JSON": json,
		"_DAYS": number, "_HOURS": number, "_MINUTES": number, "_SECONDS": number, "_TIMEOUT": number, "_SIZE": number, "_COUNT": number,
		"_ENABLED": truth,
	} {
		if strings.HasSuffix(name, suffix) {
			return []string{first, word, number, truth, address, json}
		}
	}
	return []string{word, number, truth, address, json}
}

// probe looks once.
func (c *Checkout) probe(ctx context.Context) (found findings, err error) {
	dir, err := os.MkdirTemp("", "pixelload-")
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	settings := c.defaults()
	settings["DATABASE_URL"] = target.SQLiteURL(filepath.Join(dir, "none.sqlite3"))
	gate, env, err := c.surround(dir, settings, 0)
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, gate.Close()) }()
	out := filepath.Join(dir, "found.json")
	args := append([]string{c.python, "-m", "pixelload_app.probe", out}, paths()...)
	var said lastLine
	if err := execute(ctx, &said, c.src, env, gate.Command(0, args...)...); err != nil {
		return found, err
	}
	text, err := os.ReadFile(out)
	if err != nil {
		return found, fmt.Errorf("%w: %s", err, said.String())
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return found, fmt.Errorf("parsing what was found: %w", err)
	}
	if found.isolation, err = reported(gate); err != nil {
		return found, err
	}
	found.dials, err = gate.Dials()
	return found, err
}

func reported(gate *isolate.Gate) (isolate.Report, error) {
	report, ok := gate.Report()
	if !ok {
		return report, errors.New("the app's program did not say whether it is isolated")
	}
	return report, nil
}

// paths are those that users ask for, with ids in them, sockets' left out.
func paths() []string {
	var all []string
	for _, endpoint := range target.Endpoints() {
		if !endpoint.Socket {
			all = append(all, endpoint.Path)
		}
	}
	return all
}
