// Package campaign lays out the trials that decide the document's claims: arms,
// each measured once a round, in an order drawn from a seed.
//
// It plans and keeps count; it starts nothing. What was done is told by the run
// files alone, so a campaign that was interrupted goes on where it stopped.
package campaign

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/scenarios"
)

// Uncapped is the limit, in bytes, of trials that look for levels: the
// document's 580 MB cannot be seen under the plan they are said not to fit.
const Uncapped = 4096 * memory.MiB

// Arm is one set-up of the target and its users.
type Arm struct {
	Name    string
	Kind    string // run.Natural or run.Collected
	Variant claim.Variant
	Off     []string // habits of the users that are switched off
	Data    string   // its own data profile; "" for the campaign's
	Limit   int64    // bytes
	CPUs    float64  // share of the processor; 0: all
	Users   []int    // ascending
	Fault   string   // what is done to the database: cut, stall, "" for nothing
	Serves  []string // the claims that need it

	Warmup, Hold time.Duration // of each step with users
	// Capped holds are no longer, however few list requests they span: no level is
	// read in them.
	Capped bool
}

// Schedule returns the built-in arms. Their variants and claims are the document's.
func Schedule(doc *claim.Document) ([]Arm, error) {
	const name = "schedule.yaml"
	data, err := scenarios.Files.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading the schedule: %w", err)
	}
	return parse("scenarios/"+name, data, doc)
}

type armYAML struct {
	Name    string   `yaml:"name"`
	Kind    string   `yaml:"kind"`
	Variant string   `yaml:"variant"`
	Off     []string `yaml:"off"`
	Data    string   `yaml:"data"`
	Limit   string   `yaml:"limit"`
	CPUs    string   `yaml:"cpus"`
	Users   []int    `yaml:"users"`
	Warmup  int      `yaml:"warmup"`
	Hold    int      `yaml:"hold"`
	Capped  bool     `yaml:"capped"`
	Fault   string   `yaml:"fault"`
	Serves  []string `yaml:"serves"`
}

func parse(name string, data []byte, doc *claim.Document) ([]Arm, error) {
	var file struct {
		Arms []armYAML `yaml:"arms"`
	}
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var arms []Arm
	for _, a := range file.Arms {
		arm, err := a.arm(doc)
		if err == nil && slices.ContainsFunc(arms, func(other Arm) bool { return other.Name == arm.Name }) {
			err = errors.New("is there twice")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: arm %q: %w", name, a.Name, err)
		}
		arms = append(arms, arm)
	}
	return arms, nil
}

// arm checks a and gives its figures their units.
func (a armYAML) arm(doc *claim.Document) (Arm, error) {
	variant, err := doc.Variant(a.Variant)
	if err != nil {
		return Arm{}, err
	}
	arm := Arm{
		Name: a.Name, Kind: a.Kind, Variant: variant, Off: a.Off, Data: a.Data, Limit: variant.LimitBytes,
		Users: a.Users, Fault: a.Fault, Serves: a.Serves,
		Capped: a.Capped,
		Warmup: time.Duration(a.Warmup) * time.Second, Hold: time.Duration(a.Hold) * time.Second,
	}
	if a.Limit == "uncapped" {
		arm.Limit = Uncapped
	}
	if a.CPUs != "" {
		plan, err := doc.Plan(a.CPUs)
		if err != nil {
			return Arm{}, fmt.Errorf("cpus: %w", err)
		}
		arm.CPUs = plan.CPUs
	}
	switch {
	case a.Name == "":
		return arm, errors.New("want a name")
	case !slices.Contains([]string{"uncapped", "plan"}, a.Limit):
		return arm, fmt.Errorf("limit %q: want uncapped or plan", a.Limit)
	case !slices.Contains([]string{run.Natural, run.Collected}, a.Kind):
		return arm, fmt.Errorf("kind %q: want %s or %s", a.Kind, run.Natural, run.Collected)
	case len(a.Users) == 0 || !slices.IsSorted(a.Users) || a.Users[0] < 0:
		return arm, fmt.Errorf("users %v: want ascending numbers", a.Users)
	case a.Warmup <= 0 || a.Hold <= 0:
		return arm, errors.New("want warmup and hold, in seconds")
	case !slices.Contains([]string{"", "cut", "stall"}, a.Fault):
		return arm, fmt.Errorf("fault %q: want cut or stall", a.Fault)
	}
	if _, err := IDs(doc, a.Serves); err != nil || len(a.Serves) == 0 {
		return arm, fmt.Errorf("serves: want the claims that need it, not %v", a.Serves)
	}
	return arm, nil
}
