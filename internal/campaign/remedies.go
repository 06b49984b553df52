package campaign

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pixeltales/pixelload/internal/claim"
)

// RemedyArms are the set-ups that the remedies are measured on: each, and what
// they are to improve, with each data profile in each kind of trial. Arms serve
// remedies by their names.
func RemedyArms(doc *claim.Document, r *claim.Remedies) ([]Arm, error) {
	var arms []Arm
	for _, name := range append([]string{r.Against}, r.Names()...) {
		variant, err := doc.Variant(name)
		if err != nil {
			return nil, err
		}
		serves := []string{name}
		if name == r.Against {
			serves = r.Names()
		}
		for _, data := range r.Data {
			for _, t := range r.Trials {
				arms = append(arms, Arm{
					Name: fmt.Sprintf("%s, %s, %s", name, data, t.Kind), Kind: t.Kind, Variant: variant, Data: data,
					Limit: Uncapped, Users: t.Users, Serves: serves, Capped: true,
					Warmup: time.Duration(t.Warmup) * time.Second, Hold: time.Duration(t.Hold) * time.Second,
				})
			}
		}
	}
	return arms, nil
}

// Named returns the remedies that are asked for, in their order; all when none
// is.
func Named(r *claim.Remedies, asked []string) ([]string, error) {
	for _, name := range asked {
		if !slices.Contains(r.Names(), name) {
			return nil, fmt.Errorf("no remedy %s: want some of %s", name, strings.Join(r.Names(), ", "))
		}
	}
	var names []string
	for _, name := range r.Names() {
		if len(asked) == 0 || slices.Contains(asked, name) {
			names = append(names, name)
		}
	}
	return names, nil
}
