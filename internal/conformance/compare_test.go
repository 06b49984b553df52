package conformance

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const (
	momentForm = `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?`
	uuidForm   = `[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`
)

// forms is what stands in an answer where a recording has a placeholder.
var forms = map[string]string{
	"<jwt>":             `[\w-]+\.[\w-]+\.[\w-]+`,
	"<uuid>":            uuidForm,
	"<join-code>":       `[A-Z0-9]{5}`,
	"<data-url>":        `data:image/\w+;base64,[A-Za-z0-9+/=]+`,
	"<color>":           `#[0-9A-Fa-f]{6}`,
	"<iso-time>":        momentForm + `Z`,
	"<iso-time:offset>": momentForm + `\+00:00`,
	"<iso-time:naive>":  momentForm,
	"<date>":            `\d{4}-\d\d-\d\d`,
	"<base>":            `http://[\w.:]+`,
	"<n>":               `\d+`,
}

var (
	placeholder = regexp.MustCompile(`<[a-z:-]+>`)
	cut         = regexp.MustCompile(`<\+(\d+)>$`)
	integer     = regexp.MustCompile(`^<int:(\w+)>$`)
	whole       = regexp.MustCompile(`^-?\d+$`)
)

// comparison holds an answer against a recorded one.
type comparison struct {
	names *names
	// own are keys below which each server has values of its own: their types
	// alone are compared.
	own map[string]bool
}

// differences returns what differs, a line each, at the dotted path.
func (c comparison) differences(want, got any, at string) []string {
	switch want := want.(type) {
	case map[string]any:
		return c.objects(want, got, at)
	case []any:
		return c.lists(want, got, at)
	case string:
		if m := integer.FindStringSubmatch(want); m != nil {
			return c.integers(m[1], want, got, at)
		}
	}
	if kind(want) != kind(got) || !c.isOwn(at) && !c.same(want, got) {
		return []string{fmt.Sprintf("%s: %.200v in place of %.200v", at, got, want)}
	}
	return nil
}

func (c comparison) objects(want map[string]any, got any, at string) (found []string) {
	object, ok := got.(map[string]any)
	if !ok {
		return []string{fmt.Sprintf("%s: %.200v in place of an object", at, got)}
	}
	seen := map[string]bool{}
	for key, value := range want {
		if m := integer.FindStringSubmatch(key); m != nil {
			key = fmt.Sprint(c.names.values[m[1]])
		}
		seen[key] = true
		if there, ok := object[key]; ok {
			found = append(found, c.differences(value, there, at+"."+key)...)
		} else {
			found = append(found, fmt.Sprintf("%s.%s: missing", at, key))
		}
	}
	for key := range object {
		if !seen[key] {
			found = append(found, fmt.Sprintf("%s.%s: was never recorded", at, key))
		}
	}
	return found
}

// lists compares the elements that were kept, and how many there are in all:
// the last one may be {"...": number of more}.
func (c comparison) lists(want []any, got any, at string) (found []string) {
	list, ok := got.([]any)
	if !ok {
		return []string{fmt.Sprintf("%s: %.200v in place of a list", at, got)}
	}
	kept, length := want, len(want)
	if n := len(want) - 1; n >= 0 {
		if last, _ := want[n].(map[string]any); last["..."] != nil {
			more, _ := strconv.Atoi(fmt.Sprint(last["..."]))
			kept, length = want[:n], n+more
		}
	}
	if len(list) != length {
		return []string{fmt.Sprintf("%s: %d elements in place of %d", at, len(list), length)}
	}
	for i, value := range kept {
		found = append(found, c.differences(value, list[i], fmt.Sprintf("%s.%d", at, i))...)
	}
	return found
}

// integers accepts the id of the user of the alias, any integer for others.
func (c comparison) integers(alias, want string, got any, at string) []string {
	number, ok := got.(json.Number)
	known := c.names.values[alias]
	if !ok || !whole.MatchString(number.String()) || known != nil && known != number {
		return []string{fmt.Sprintf("%s: %.200v in place of %s", at, got, want)}
	}
	return nil
}

func (c comparison) isOwn(at string) bool {
	for key := range strings.SplitSeq(at, ".") {
		if c.own[key] {
			return true
		}
	}
	return false
}

func (c comparison) same(want, got any) bool {
	if text, ok := want.(string); ok {
		return sameText(text, got.(string))
	}
	if number, ok := want.(json.Number); ok {
		a, _ := number.Float64()
		b, _ := got.(json.Number).Float64()
		return a == b
	}
	return want == got
}

// sameText compares a text with a recorded one, which may hold placeholders
// and may be cut after its first letters: how many follow depends on the data
// that a server was seeded with.
func sameText(want, got string) bool {
	end, text := "$", want
	if cut.MatchString(want) {
		end, text = "", cut.ReplaceAllString(want, "")
	}
	pattern, rest := "(?s)^", text
	for _, at := range placeholder.FindAllStringIndex(text, -1) {
		form, known := forms[text[at[0]:at[1]]]
		if !known {
			form = regexp.QuoteMeta(text[at[0]:at[1]])
		}
		pattern += regexp.QuoteMeta(text[len(text)-len(rest):at[0]]) + form
		rest = text[at[1]:]
	}
	return regexp.MustCompile(pattern + regexp.QuoteMeta(rest) + end).MatchString(got)
}

// kind is a JSON type.
func kind(v any) string {
	if v == nil {
		return "null"
	}
	return reflect.TypeOf(v).Name()
}

// A comparison that finds nothing is worth nothing.
func TestComparisonFindsDifferences(t *testing.T) {
	t.Parallel()
	c := comparison{names: &names{values: map[string]any{"u2": json.Number("7")}}, own: map[string]bool{"words": true}}
	tests := []struct {
		want, got string
		same      bool
	}{
		{`{"a":1,"b":[true,null]}`, `{"b":[true,null],"a":1.0}`, true},
		{`{"a":1}`, `{"a":2}`, false},
		{`{"a":1}`, `{"a":"1"}`, false},
		{`{"a":1}`, `{}`, false},
		{`{}`, `{"a":null}`, false},
		{`{"a":null}`, `{"a":false}`, false},
		{`{"a":{}}`, `{"a":[]}`, false},
		{`[]`, `[1]`, false},
		{`[1,{"...":2}]`, `[1,5,6]`, true},
		{`[1,{"...":2}]`, `[1,5]`, false},
		{`"<int:u2>"`, `7`, true},
		{`"<int:u2>"`, `8`, false},
		{`"<int:id>"`, `8`, true},
		{`"<int:id>"`, `8.5`, false},
		{`"<int:id>"`, `"8"`, false},
		{`{"<int:u2>":true}`, `{"7":true}`, true},
		{`{"<int:u2>":true}`, `{"8":true}`, false},
		{`"<iso-time>"`, `"2026-01-02T03:04:05.678Z"`, true},
		{`"<iso-time>"`, `"2026-01-02T03:04:05+00:00"`, false},
		{`"/ws/<uuid>/"`, `"/ws/01234567-89ab-cdef-0123-456789abcdef/"`, true},
		{`"/ws/<uuid>/"`, `"/ws/none/"`, false},
		{`"<html>"`, `"<html>"`, true},
		{`"once upon<+40>"`, `"once upon a time"`, true},
		{`"once upon<+40>"`, `"twice upon a time"`, false},
		{`"once"`, `"once upon"`, false},
		{`{"words":["a"]}`, `{"words":["b"]}`, true},
		{`{"words":["a"]}`, `{"words":[1]}`, false},
	}
	for _, test := range tests {
		want, err := decodeJSON([]byte(test.want))
		got, err2 := decodeJSON([]byte(test.got))
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if found := c.differences(want, got, ""); (len(found) == 0) != test.same {
			t.Errorf("%s against %s: differences %q, want the same: %v", test.want, test.got, found, test.same)
		}
	}
}
