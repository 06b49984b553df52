package conformance

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// name is a word in braces that stands for a value in what is sent.
var name = regexp.MustCompile(`\{(\w+(?:\.\w+)?)\}`)

// names is what each name stands for: a json.Number or a string.
type names struct {
	values map[string]any
	people map[string]person
}

// newNames knows the server's users as u1, u2... and its stories, oldest
// first, as story1, story2...
func newNames(t *testing.T, s *server) *names {
	t.Helper()
	n := &names{values: map[string]any{}, people: map[string]person{}}
	for i, p := range s.people {
		alias := "u" + strconv.Itoa(i+1)
		n.people[alias] = p
		n.values[alias] = json.Number(strconv.Itoa(p.ID))
		for field, value := range map[string]string{
			"email": p.Email, "username": p.Username, "password": p.password, "access": p.access, "refresh": p.refresh,
		} {
			n.values[alias+"."+field] = value
		}
	}
	var list struct{ Results []struct{ ID json.Number } }
	s.mustCall(t, s.people[0], "GET", "/stories/?public=true", nil, &list)
	for i, story := range list.Results {
		n.values["story"+strconv.Itoa(len(list.Results)-i)] = story.ID
	}
	return n
}

// fill replaces all known names in what is sent, however deep they are. A
// string that is only a name takes the value's own type.
func (n *names) fill(sent any) any {
	switch sent := sent.(type) {
	case map[string]any:
		for key, value := range sent {
			sent[key] = n.fill(value)
		}
	case []any:
		for i, value := range sent {
			sent[i] = n.fill(value)
		}
	case string:
		if m := name.FindStringSubmatch(sent); m != nil && m[0] == sent && n.values[m[1]] != nil {
			return n.values[m[1]]
		}
		return n.fillText(sent)
	}
	return sent
}

func (n *names) fillText(text string) string {
	return name.ReplaceAllStringFunc(text, func(word string) string {
		if value := n.values[strings.Trim(word, "{}")]; value != nil {
			return fmt.Sprint(value)
		}
		return word
	})
}

// fillJSON is fill for JSON text; null and nothing are nothing.
func (n *names) fillJSON(text json.RawMessage) ([]byte, error) {
	if len(text) == 0 || string(text) == "null" {
		return nil, nil
	}
	value, err := decodeJSON(text)
	if err != nil {
		return nil, err
	}
	return json.Marshal(n.fill(value))
}

// save remembers the part of an answer at the dotted path.
func (n *names) save(name, path string, answer any) error {
	for step := range strings.SplitSeq(path, ".") {
		switch at := answer.(type) {
		case map[string]any:
			answer = at[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(at) {
				return fmt.Errorf("saving %s: no element %s", path, step)
			}
			answer = at[i]
		default:
			return fmt.Errorf("saving %s: nothing at %s", path, step)
		}
	}
	n.values[name] = answer
	return nil
}

// token is what a line shows to the server; empty for nothing.
func (n *names) token(l line) string {
	switch {
	case l.Auth == "bad":
		return "nonsense"
	case l.As == "" || l.Auth == "none":
		return ""
	case l.Auth == "refresh":
		return n.people[l.As].refresh
	}
	return n.people[l.As].access
}
