package claim

import (
	"errors"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/pixeltales/pixelload/scenarios"
)

// Remedies are what is measured against one variant of the target.
type Remedies struct {
	Against string     // the variant that each is to improve
	Data    []string   // profiles
	Trials  []Stepping // how a set-up is measured, of each kind once
	List    []Remedy
}

// Stepping is how a kind of trial goes through its numbers of users.
type Stepping struct {
	Kind         string // run.Natural or run.Collected
	Users        []int  // ascending, the first of them 0
	Warmup, Hold int    // seconds, of each step with users
}

// Remedy is one way to need less memory.
type Remedy struct {
	Variant string // also its name
	Text    string // what it does, in a few words
	By      string // whose idea: document or ours
	Takes   string // TakesCode, TakesServer or TakesFeatures
}

// What a remedy takes at most, the least first.
const (
	TakesCode     = "code"     // a change of the application, its settings included
	TakesServer   = "server"   // one more server to run
	TakesFeatures = "features" // something that users have and lose
)

// Price ranks what the remedy takes: the least is 0.
func (r Remedy) Price() int {
	return slices.Index([]string{TakesCode, TakesServer, TakesFeatures}, r.Takes)
}

// Crowds are the numbers of users, none apart, that all kinds of trials hold.
func (r *Remedies) Crowds() []int {
	var crowds []int
	for _, n := range r.Trials[0].Users {
		if n > 0 {
			crowds = append(crowds, n)
		}
	}
	return crowds
}

// Names are the remedies' names in their order.
func (r *Remedies) Names() []string {
	var names []string
	for _, one := range r.List {
		names = append(names, one.Variant)
	}
	return names
}

type remediesYAML struct {
	Against string   `yaml:"against"`
	Data    []string `yaml:"data"`
	Trials  []struct {
		Kind   string `yaml:"kind"`
		Users  []int  `yaml:"users"`
		Warmup int    `yaml:"warmup"`
		Hold   int    `yaml:"hold"`
	} `yaml:"trials"`
	Remedies []struct {
		Variant string `yaml:"variant"`
		Text    string `yaml:"text"`
		By      string `yaml:"by"`
		Takes   string `yaml:"takes"`
	} `yaml:"remedies"`
}

// LoadRemedies returns the built-in remedies, whose variants are the document's.
func LoadRemedies(doc *Document) (*Remedies, error) {
	const name = "remedies.yaml"
	data, err := scenarios.Files.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading the remedies: %w", err)
	}
	return parseRemedies("scenarios/"+name, data, doc)
}

func parseRemedies(name string, data []byte, doc *Document) (*Remedies, error) {
	var file remediesYAML
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
		return nil, located(name, err)
	}
	r := &Remedies{Against: file.Against, Data: file.Data}
	for _, t := range file.Trials {
		r.Trials = append(r.Trials, Stepping(t))
	}
	for _, one := range file.Remedies {
		r.List = append(r.List, Remedy(one))
	}
	if err := r.check(doc); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

func (r *Remedies) check(doc *Document) error {
	if _, err := doc.Variant(r.Against); err != nil {
		return fmt.Errorf("against: %w", err)
	}
	if len(r.Data) == 0 || len(r.List) == 0 || len(r.Trials) == 0 {
		return errors.New("want data, trials and remedies")
	}
	for i, t := range r.Trials {
		switch {
		case !slices.Contains([]string{"natural", "collected"}, t.Kind) || i > 0 && t.Kind == r.Trials[0].Kind:
			return fmt.Errorf("trials: kind %q: want natural and collected, each once", t.Kind)
		case len(t.Users) < 2 || t.Users[0] != 0 || !slices.IsSorted(t.Users) || !slices.Equal(t.Users, r.Trials[0].Users):
			return fmt.Errorf("trials: users %v: want 0 and more, ascending, the same for each kind", t.Users)
		case t.Warmup <= 0 || t.Hold <= 0:
			return errors.New("trials: want warmup and hold, in seconds")
		}
	}
	for i, one := range r.List {
		_, err := doc.Variant(one.Variant)
		switch {
		case err != nil:
		case one.Variant == r.Against || slices.Contains(r.Names()[:i], one.Variant):
			err = errors.New("is there twice")
		case one.Text == "" || one.By != "document" && one.By != "ours":
			err = errors.New("want its text, and by: document or ours")
		case one.Price() < 0:
			err = fmt.Errorf("takes %q: want %s, %s or %s", one.Takes, TakesCode, TakesServer, TakesFeatures)
		}
		if err != nil {
			return fmt.Errorf("remedy %q: %w", one.Variant, err)
		}
	}
	return nil
}
