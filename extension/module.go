// Package extension is the k6 module k6/x/pixeltales, scripted users of
// PixelTales, and the k6 output pixelload, which sums up what they did.
//
// A script makes a User for each VU and lets it visit; one more VU, a Watch,
// announces the phases and can sample the target's memory. Everything a user
// does is Go: the script says who, where and how long.
package extension

import (
	"encoding/json"
	"fmt"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/js/common"
	"go.k6.io/k6/v2/js/modules"
	"go.k6.io/k6/v2/lib"

	"github.com/pixeltales/pixelload/internal/persona"
)

const (
	// ImportPath is what scripts import.
	ImportPath = "k6/x/pixeltales"
	// OutputName is the output's name, as in --out pixelload=PATH.
	OutputName = "pixelload"
)

// RootModule is the module, one in a process. All its users share one world.
type RootModule struct{ world world }

// ModuleInstance is the module as one VU sees it.
type ModuleInstance struct {
	vu      modules.VU
	world   *world
	metrics *metricSet
	exports modules.Exports
}

var (
	_ modules.Module   = (*RootModule)(nil)
	_ modules.Instance = (*ModuleInstance)(nil)
)

// New returns the module.
func New() *RootModule { return &RootModule{} }

// NewModuleInstance is called by k6 for each VU, in its init context.
func (r *RootModule) NewModuleInstance(vu modules.VU) modules.Instance {
	m := &ModuleInstance{vu: vu, world: &r.world, metrics: newMetrics(vu.InitEnv().Registry)}
	m.exports.Named = map[string]any{
		"User":                m.newUser,
		"Crowd":               m.newCrowd,
		"Watch":               m.newWatch,
		"phases":              m.phases,
		"scenarios":           m.scenarios,
		"settings":            m.settings,
		"personas":            persona.Names(),
		"listRequestsAMinute": m.listRequestsAMinute,
	}
	return m
}

// Exports returns what a script can import.
func (m *ModuleInstance) Exports() modules.Exports { return m.exports }

// phases reads phases from JSON text or an array and checks them.
func (m *ModuleInstance) phases(value sobek.Value) (sobek.Value, error) {
	var p plan
	err := decode(value, &p)
	if err == nil {
		err = p.validate()
	}
	if err != nil {
		return nil, fmt.Errorf("phases: %w", err)
	}
	return m.plain(p)
}

// scenarios returns k6's scenarios for the phases.
func (m *ModuleInstance) scenarios(value sobek.Value) (sobek.Value, error) {
	var p plan
	if err := decode(value, &p); err != nil {
		return nil, fmt.Errorf("scenarios: %w", err)
	}
	if err := p.validate(); err != nil {
		return nil, fmt.Errorf("scenarios: %w", err)
	}
	return m.plain(p.scenarios())
}

// active returns the VU's state and context inside a scenario's function, the
// only place where the named method works.
func (m *ModuleInstance) active(method string) (*lib.State, error) {
	switch state := m.vu.State(); {
	case state == nil:
		return nil, common.NewInitContextError(method + " is not available in the init context: call it in a scenario's function")
	case lib.GetScenarioState(m.vu.Context()) == nil:
		return nil, fmt.Errorf("%s works in a scenario's function only, not in setup, teardown or handleSummary", method)
	default:
		return state, m.world.gate.fence(state)
	}
}

// admit asks the guard about a target and the load that the phases mean to it.
func (m *ModuleInstance) admit(address string, phases plan) (*admitted, error) {
	target, err := m.world.gate.admit(m.vu.Context(), address)
	if err != nil {
		return nil, err
	}
	return target, target.Bear(phases.users(), phases.length())
}

// rescue turns a panic of the named method into its error: unrescued it would
// end k6 and with it the whole test.
func rescue(method string, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%s: %v", method, p)
	}
}

// plain returns a Go value as JavaScript would have written it.
func (m *ModuleInstance) plain(v any) (sobek.Value, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		return nil, err
	}
	return m.vu.Runtime().ToValue(plain), nil
}
