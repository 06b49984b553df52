package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Origin is where a value comes from.
type Origin string

// The origins, the strongest first.
const (
	Typed       Origin = "flag"
	Environment Origin = "environment"
	FromFile    Origin = "file"
	Default     Origin = "default"
)

// Setting is the value of one flag, and where it comes from.
type Setting struct {
	Command string `json:"command"`
	Key     string `json:"key"`
	Value   string `json:"value"`
	Origin  Origin `json:"origin"`
	// Where is the variable's name, or the file and its line.
	Where string `json:"where,omitempty"`
	// Yields says which stronger value is why the one at Where is not used.
	Yields string `json:"yields,omitempty"`
}

// candidate is a value that a flag may get.
type candidate struct {
	flag   *pflag.Flag
	texts  []string
	origin Origin
	where  string
}

// Apply gives the command's flags that were not typed the values of the
// environment and the file, and returns all settings in the flags' order.
// lookup is os.LookupEnv.
func (f *File) Apply(c *cobra.Command, lookup func(string) (string, bool)) ([]Setting, error) {
	settings := map[string]Setting{}
	for _, level := range []func(*cobra.Command) ([]candidate, error){
		func(c *cobra.Command) ([]candidate, error) { return environment(c, lookup), nil },
		func(c *cobra.Command) ([]candidate, error) { return f.group(c, strings.Fields(path(c))) },
		func(c *cobra.Command) ([]candidate, error) { return f.group(c, []string{commonKey}) },
	} {
		found, err := level(c)
		if err != nil {
			return nil, err
		}
		if err := applyLevel(c, found, settings); err != nil {
			return nil, err
		}
	}
	var all []Setting
	for _, flag := range flags(c) {
		s, ok := settings[flag.Name]
		if !ok {
			s = Setting{Origin: Default}
			if flag.Changed {
				s.Origin = Typed
			}
		}
		s.Command, s.Key, s.Value = path(c), flag.Name, shown(flag)
		all = append(all, s)
	}
	return all, nil
}

// applyLevel sets the flags that nothing stronger has set, nor excludes.
func applyLevel(c *cobra.Command, found []candidate, settings map[string]Setting) error {
	stronger := map[string]bool{}
	c.Flags().VisitAll(func(flag *pflag.Flag) { stronger[flag.Name] = flag.Changed })
	for _, one := range found {
		if stronger[one.flag.Name] {
			continue
		}
		if by := yielding(one.flag, stronger); by != "" {
			if _, known := settings[one.flag.Name]; !known {
				settings[one.flag.Name] = Setting{Origin: Default, Where: one.where, Yields: "--" + by}
			}
			continue
		}
		if err := one.set(c); err != nil {
			return err
		}
		annotate(one.flag, origin, string(one.origin))
		settings[one.flag.Name] = Setting{Origin: one.origin, Where: one.where}
	}
	return nil
}

// set gives the value to the command's flag.
func (one candidate) set(c *cobra.Command) error {
	for _, text := range one.texts {
		if err := c.Flags().Set(one.flag.Name, text); err != nil {
			return fmt.Errorf("%s: %s: %w", one.where, one.flag.Name, plain(err))
		}
	}
	return nil
}

// yielding is the stronger flag before which the flag's value yields.
func yielding(flag *pflag.Flag, stronger map[string]bool) string {
	for _, name := range flag.Annotations[yieldsTo] {
		if stronger[name] {
			return name
		}
	}
	return ""
}

// plain is what a flag says of a value, without pflag's words around it.
func plain(err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) && invalid.Unwrap() != nil {
		return fmt.Errorf("%q: %w", invalid.GetValue(), invalid.Unwrap())
	}
	return err
}

func environment(c *cobra.Command, lookup func(string) (string, bool)) []candidate {
	var found []candidate
	for _, flag := range flags(c) {
		name := variable(c, flag)
		if text, ok := lookup(name); ok {
			found = append(found, candidate{flag, []string{text}, Environment, "$" + name})
		}
	}
	return found
}

// group is what the file has for the command under the keys, one below another.
func (f *File) group(c *cobra.Command, keys []string) ([]candidate, error) {
	within, err := f.within(keys)
	if err != nil {
		return nil, err
	}
	var found []candidate
	for _, flag := range flags(c) {
		for _, e := range within {
			if e.key != flag.Name {
				continue
			}
			one, err := f.candidate(flag, e)
			if err != nil {
				return nil, err
			}
			found = append(found, one)
		}
	}
	return found, nil
}

// within are the keys below the keys; none where there is no such group.
func (f *File) within(keys []string) ([]entry, error) {
	at := f.keys
	for _, key := range keys {
		var below []entry
		for _, e := range at {
			if e.key != key || kindOf(e.node) == nothing {
				continue
			}
			var err error
			if below, err = entries(f.name, e.node); err != nil {
				return nil, err
			}
		}
		at = below
	}
	return at, nil
}

// candidate is the entry as a value of the flag.
func (f *File) candidate(flag *pflag.Flag, e entry) (candidate, error) {
	where := fmt.Sprintf("%s:%d", f.name, e.line)
	v, err := e.read()
	if err == nil {
		err = fits(flag, v)
	}
	if err != nil {
		return candidate{}, fmt.Errorf("%s: %s: %w", where, e.key, err)
	}
	texts := v.texts
	if v.kind == list && shapeOf(flag) == asLists {
		texts = []string{strings.Join(texts, ",")}
	}
	for i, text := range texts {
		if isPath(flag, text) {
			texts[i] = f.resolve(text)
		}
	}
	return candidate{flag, texts, FromFile, where}, nil
}

// resolve reads a path as beginning at the file, wherever pixelload was called.
func (f *File) resolve(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(f.Path), path)
}

// fits says what is wrong with the value's kind for the flag.
func fits(flag *pflag.Flag, v value) error {
	number := v.kind == integer || v.kind == decimal
	want := text
	switch shapeOf(flag) {
	case asBool:
		want = truth
	case asInt:
		want = integer
	case asNumber:
		want = decimal
		if number {
			return nil
		}
	case asText:
		if number {
			return nil
		}
	case asLists, asMany:
		if v.kind == list || v.kind == text || number {
			return nil
		}
	}
	if v.kind == want {
		return nil
	}
	return fmt.Errorf("want %s, found %s", want, v.kind)
}

// Explain adds to an error that speaks of flags where those come from that were
// not typed.
func Explain(err error, settings []Setting) error {
	if err == nil {
		return nil
	}
	var from []string
	for _, s := range settings {
		if (s.Origin == FromFile || s.Origin == Environment) && speaksOf(err.Error(), s.Key) {
			from = append(from, "--"+s.Key+" is from "+s.Where)
		}
	}
	if len(from) == 0 {
		return err
	}
	return fmt.Errorf("%w (%s)", err, strings.Join(from, ", "))
}

// speaksOf says whether the text names the flag, and not one whose name begins
// with the same word.
func speaksOf(text, flag string) bool {
	for _, word := range strings.Fields(text) {
		if strings.Trim(word, `:,;.()"'`) == "--"+flag {
			return true
		}
	}
	return false
}

// shown is the flag's value without the user and password of an address, and
// without the arguments of a command.
func shown(flag *pflag.Flag) string {
	value := flag.Value.String()
	if _, command := flag.Annotations[isCommand]; command {
		if name, _, cut := strings.Cut(strings.TrimSpace(value), " "); cut {
			return name + " ..."
		}
		return value
	}
	scheme, rest, found := strings.Cut(value, "://")
	if !found {
		return value
	}
	authority, path, cut := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = "[secret]" + authority[i:]
	}
	if cut {
		path = "/" + path
	}
	return scheme + "://" + authority + path
}
