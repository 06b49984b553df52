package extension

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/grafana/sobek"
)

// decode reads a JavaScript value, or JSON text, into options. Unknown keys
// are errors.
func decode(value sobek.Value, options any) error {
	if value == nil || sobek.IsUndefined(value) || sobek.IsNull(value) {
		return errors.New("options are missing")
	}
	exported := value.Export()
	text, isText := exported.(string)
	if !isText {
		encoded, err := json.Marshal(exported)
		if err != nil {
			return fmt.Errorf("reading options: %w", err)
		}
		text = string(encoded)
	}
	var given any
	if err := json.Unmarshal([]byte(text), &given); err != nil {
		return fmt.Errorf("reading options: %w", err)
	}
	if err := fits(given, reflect.TypeOf(options)); err != nil {
		return err
	}
	return explain(json.Unmarshal([]byte(text), options))
}

var readsItself = reflect.TypeFor[json.Unmarshaler]()

// fits finds what encoding/json would pass over: keys that no field has, or has
// in other letters' case, and lists that are longer or shorter than a pair.
// What reads itself is not looked into.
func fits(given any, into reflect.Type) error {
	switch {
	case into.Kind() == reflect.Pointer:
		return fits(given, into.Elem())
	case reflect.PointerTo(into).Implements(readsItself):
		return nil
	}
	switch given := given.(type) {
	case []any:
		return elementsFit(given, into)
	case map[string]any:
		return keysFit(given, into)
	}
	return nil
}

func elementsFit(given []any, into reflect.Type) error {
	switch into.Kind() {
	case reflect.Array:
		if len(given) != into.Len() {
			return fmt.Errorf("reading options: a list of %d where %d belong", len(given), into.Len())
		}
	case reflect.Slice:
		for _, element := range given {
			if err := fits(element, into.Elem()); err != nil {
				return err
			}
		}
	}
	return nil
}

func keysFit(given map[string]any, into reflect.Type) error {
	if into.Kind() != reflect.Struct {
		return nil
	}
	fields := map[string]reflect.Type{}
	for f := range into.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		fields[name] = f.Type
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		field, known := fields[key]
		if !known || key == "" {
			return fmt.Errorf("unknown option %q", key)
		}
		if err := fits(given[key], field); err != nil {
			return err
		}
	}
	return nil
}

// explain says in a script's words what the decoder says in Go's.
func explain(err error) error {
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind):
		return fmt.Errorf("option %q is a %s, want %s", kind.Field, kind.Value, kind.Type)
	default:
		return fmt.Errorf("reading options: %w", err)
	}
}
