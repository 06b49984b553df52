package extension

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/grafana/sobek"
)

// exactBits is how large a whole number JavaScript can hold without rounding it.
const exactBits = 53

// settings turns the environment, __ENV in a script, into options of a User.
// What is not set is left out, so that a script's own choice stands. Unknown
// names are errors.
func (m *ModuleInstance) settings(env map[string]string) (sobek.Value, error) {
	if err := spelt(env); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	options := map[string]any{}
	for variable, option := range map[string]string{
		"PIXELTALES_URL": "url", "PIXELTALES_ACCOUNTS": "accounts",
		"PIXELTALES_SECRET_KEY": "secretKey", "PIXELTALES_PERSONA": "personas",
	} {
		if env[variable] != "" {
			options[option] = env[variable]
		}
	}
	seed, err := strconv.ParseUint(def(env["PIXELTALES_SEED"], "1"), 10, exactBits)
	if err != nil {
		return nil, fmt.Errorf("settings: PIXELTALES_SEED is %q, want a whole number below 2^%d", env["PIXELTALES_SEED"], exactBits)
	}
	options["seed"] = seed
	if text := env["PIXELTALES_SKIP_LACKING"]; text != "" {
		if options["skipLacking"], err = strconv.ParseBool(text); err != nil {
			return nil, fmt.Errorf("settings: PIXELTALES_SKIP_LACKING is %q, want true or false", text)
		}
	}
	if text := env["PIXELTALES_HABITS"]; text != "" {
		var habits map[string]any
		if err := json.Unmarshal([]byte(text), &habits); err != nil {
			return nil, fmt.Errorf("settings: parsing PIXELTALES_HABITS: %w", err)
		}
		options["habits"] = habits
	}
	return m.plain(options)
}

func def(value, instead string) string {
	if value == "" {
		return instead
	}
	return value
}

// listRequestsAMinute tells how often one user asks for the public list, on
// average over the personas; of the default user without an argument.
func (m *ModuleInstance) listRequestsAMinute(value sobek.Value) (float64, error) {
	options := struct {
		Personas personas `json:"personas"`
		Habits   habits   `json:"habits"`
	}{Habits: usualHabits()}
	if value != nil && !sobek.IsUndefined(value) {
		if err := decode(value, &options); err != nil {
			return 0, fmt.Errorf("listRequestsAMinute: %w", err)
		}
	}
	if err := options.Habits.validate(); err != nil {
		return 0, fmt.Errorf("listRequestsAMinute: %w", err)
	}
	return options.Personas.ListRequestsAMinute(options.Habits.think()), nil
}
