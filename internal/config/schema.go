package config

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pixeltales/pixelload/internal/guard"
)

// object is a part of a JSON Schema, as it is written.
type object map[string]any

// Schema is the JSON Schema of the file, made from the commands' flags: an
// editor completes the keys and marks the mistakes by it.
func Schema(root *cobra.Command) ([]byte, error) {
	properties := object{allowKey: allowSchema(), commonKey: keysOf(commonFlags(root), "values for every command that has such a flag")}
	for name, s := range commandSchemas(root) {
		properties[name] = s
	}
	data, err := json.MarshalIndent(object{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"$id":     "https://github.com/pixeltales/pixelload/docs/schema/pixelload.schema.json",
		"title":   Name, "type": []string{"object", "null"}, "additionalProperties": false, "properties": properties,
	}, "", "  ")
	return append(data, '\n'), err
}

func commandSchemas(c *cobra.Command) object {
	all := object{}
	for _, sub := range c.Commands() {
		if !Covers(sub) {
			continue
		}
		s := keysOf(flags(sub), sub.Short)
		properties := s["properties"].(object)
		for name, below := range commandSchemas(sub) {
			properties[name] = below
		}
		all[sub.Name()] = s
	}
	return all
}

// commonFlags are the flags of all commands, the first of each name.
func commonFlags(root *cobra.Command) []*pflag.Flag {
	var all []*pflag.Flag
	seen := map[string]bool{}
	for _, c := range Commands(root) {
		for _, flag := range flags(c) {
			if !seen[flag.Name] {
				seen[flag.Name] = true
				all = append(all, flag)
			}
		}
	}
	return all
}

func keysOf(all []*pflag.Flag, description string) object {
	properties := object{}
	for _, flag := range all {
		s := shapeSchema(flag)
		s["description"] = flag.Usage
		properties[flag.Name] = s
	}
	return object{"type": []string{"object", "null"}, "description": description, "additionalProperties": false, "properties": properties}
}

// shapeSchema is what fits lets pass.
func shapeSchema(flag *pflag.Flag) object {
	scalar := []string{"string", "number"}
	switch shapeOf(flag) {
	case asBool:
		return object{"type": "boolean"}
	case asInt:
		return object{"type": "integer"}
	case asNumber:
		return object{"type": "number"}
	case asChoice:
		return object{"enum": strings.Split(flag.Value.Type(), "|")}
	case asLists, asMany:
		return object{"anyOf": []object{{"type": scalar}, {"type": "array", "items": object{"type": scalar}}}}
	}
	return object{"type": scalar}
}

func allowSchema() object {
	number := func(most float64, description string) object {
		return object{"type": "number", "exclusiveMinimum": 0, "maximum": most, "description": description}
	}
	users := number(float64(guard.Most.Users), "most users at a time")
	users["type"] = "integer"
	return object{
		"type": "array", "description": "hosts that may be loaded although they are not this machine, once they confirm it themselves",
		"items": object{
			"type": "object", "additionalProperties": false, "required": []string{"host", "ports"},
			"properties": object{
				"host":    object{"type": "string", "description": "its name or address, exactly as in the target's address"},
				"ports":   object{"type": "array", "minItems": 1, "items": object{"type": "integer", "minimum": 1, "maximum": 65535}},
				"users":   users,
				"rate":    number(guard.Most.Rate, "most requests a second"),
				"minutes": number(guard.Most.Minutes, "longest run, in minutes"),
			},
		},
	}
}
