// Package claim is what a verdict is held against: the document's claims, the
// variants of the target and hosting plans, read from YAML.
//
// Its opinion: the files are parsed strictly. An unknown key, a number out of
// order or a name that is defined nowhere is an error with file and line, never
// a claim that silently is not judged.
package claim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/memory"
)

// Document is all that the files hold.
type Document struct {
	Claims   []Claim
	Variants []Variant
	Plans    []Plan

	name  string            // of the file
	where map[string]string // file and line of each claim by its id
}

// Kinds of claims.
const (
	Level     = "level"     // the median of U over a hold
	Below     = "below"     // the largest U over a hold stays under HighBytes
	Crash     = "crash"     // the kernel kills the target while the users are there
	Component = "component" // what a part of the target takes: a level, or what Arm has over Versus
	Saving    = "saving"    // what Arm has over Versus
	Capacity  = "capacity"  // the most users that Plan holds
	Share     = "share"     // the share of trials on Plan without a kill
	Behaviour = "behaviour" // judged by an experiment of its own
)

var kinds = []string{Level, Below, Crash, Component, Saving, Capacity, Share, Behaviour}

// Claim is one number of the document.
type Claim struct {
	ID     string
	Text   string // what it says, in a few words
	Source Source
	Kind   string

	// Arm is what it speaks of, Versus what that is compared with: the figure is
	// Arm's less Versus's. Versus has no variant where nothing is compared.
	Arm, Versus Arm
	Plan        string // the plan it speaks of; "" for none
	Users       []int  // the numbers of users it speaks of
	// Words are the sizes of the word list that it is to be measured at; empty for
	// whatever the data holds.
	Words []int
	// Listening says that it speaks of the server before the first request.
	Listening bool
	// Experiment is what judges a behaviour.
	Experiment string
	// Service says that a capacity needs the service kept too, and not memory alone.
	Service bool

	// LowBytes to HighBytes is the claimed range; equal for one figure, both 0
	// for a claim that names no memory. Below has HighBytes alone.
	LowBytes, HighBytes int64
	// LowUsers to HighUsers is the claimed capacity; HighUsers is 0 for "and more".
	LowUsers, HighUsers int
	// LowPercent to HighPercent is the claimed share of trials.
	LowPercent, HighPercent float64
}

// Arm is one side of a comparison: a variant of the target, and the habits of
// its users that are switched off (see run.Header.HabitsOff).
type Arm struct {
	Variant string
	Off     []string
}

// String names the arm, as "before without sockets".
func (a Arm) String() string {
	if len(a.Off) == 0 {
		return a.Variant
	}
	return a.Variant + " without " + strings.Join(a.Off, " and ")
}

// Source is where the document says it.
type Source struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

// Says returns the claim's number the way the document writes it, such as
// "250 MB", "80-100 MB" or "crashes".
func (c Claim) Says() string {
	switch {
	case c.Kind == Crash:
		return "crashes"
	case c.Kind == Below:
		return fmt.Sprintf("under %d MB", c.HighBytes/memory.MiB)
	case c.HighBytes > c.LowBytes:
		return fmt.Sprintf("%d-%d MB", c.LowBytes/memory.MiB, c.HighBytes/memory.MiB)
	case c.HighBytes > 0:
		return fmt.Sprintf("%d MB", c.HighBytes/memory.MiB)
	case c.HighUsers > 0:
		return fmt.Sprintf("%d-%d users", c.LowUsers, c.HighUsers)
	case c.LowUsers > 0:
		return fmt.Sprintf("%d users or more", c.LowUsers)
	case c.HighPercent > 0:
		return fmt.Sprintf("%g-%g %%", c.LowPercent, c.HighPercent)
	}
	return "so it behaves"
}

// Plan is a hosting plan.
type Plan struct {
	Name        string
	MemoryBytes int64
	CPUs        float64
	Dollars     float64 // a month; 0: it is free
}

// Variant returns the variant of that name; the error lists those there are.
func (d *Document) Variant(name string) (Variant, error) {
	return find("variant", name, d.Variants, func(v Variant) string { return v.Name })
}

// Plan returns the plan of that name; the error lists those there are.
func (d *Document) Plan(name string) (Plan, error) {
	return find("plan", name, d.Plans, func(p Plan) string { return p.Name })
}

func find[T any](what, name string, all []T, nameOf func(T) string) (T, error) {
	i := slices.IndexFunc(all, func(t T) bool { return nameOf(t) == name })
	if i >= 0 {
		return all[i], nil
	}
	names := make([]string, len(all))
	for i, t := range all {
		names[i] = nameOf(t)
	}
	var none T
	return none, fmt.Errorf("unknown %s %q: want one of %s", what, name, strings.Join(names, ", "))
}
