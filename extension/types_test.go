package extension

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var key = regexp.MustCompile(`(?m)^    (\w+)\??:`)

// TestTypesNameEveryOption holds the keys in index.d.ts against those that the
// module takes, so that neither has one that the other does not know.
func TestTypesNameEveryOption(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../index.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	for name, options := range map[string]any{
		"UserOptions": userOptions{}, "CrowdOptions": crowdOptions{}, "WatchOptions": watchOptions{}, "Habits": habits{},
	} {
		_, rest, found := strings.Cut(string(text), "interface "+name+" {\n")
		if !found {
			t.Errorf("index.d.ts has no interface %s", name)
			continue
		}
		body, _, _ := strings.Cut(rest, "\n  }\n")
		var typed []string
		for _, m := range key.FindAllStringSubmatch(body, -1) {
			typed = append(typed, m[1])
		}
		if want := keysOf(reflect.TypeOf(options)); !slices.Equal(slices.Sorted(slices.Values(typed)), want) {
			t.Errorf("index.d.ts: %s has the keys %v, the module takes %v", name, typed, want)
		}
	}
	for name := range New().NewModuleInstance(newScriptBench(t).VU).Exports().Named {
		if !regexp.MustCompile(`(?m)^  export (class|function|const) ` + name + `\b`).Match(text) {
			t.Errorf("index.d.ts does not export %s", name)
		}
	}
}

// keysOf returns the JSON keys of a struct, sorted.
func keysOf(options reflect.Type) (keys []string) {
	for field := range options.NumField() {
		if name := options.Field(field).Tag.Get("json"); name != "" {
			keys = append(keys, name)
		}
	}
	slices.Sort(keys)
	return keys
}
