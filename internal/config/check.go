package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// Check finds what the file says and no command knows, or cannot use: unknown
// keys, and values of the wrong kind. root must be fresh: its flags get the
// file's values.
func (f *File) Check(root *cobra.Command) error {
	all := Commands(root)
	for _, e := range f.keys {
		err := error(nil)
		if e.key == commonKey {
			err = f.checkCommon(e, all)
		} else {
			err = f.checkCommand(e, root)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *File) unknown(e entry, known []string) error {
	hint := ""
	if near := Nearest(e.key, known); near != "" {
		hint = ": did you mean " + near + "?"
	}
	return fmt.Errorf("%s:%d: unknown key %q%s", f.name, e.line, e.key, hint)
}

// checkCommand checks a group that is named after a command below c.
func (f *File) checkCommand(e entry, c *cobra.Command) error {
	below := map[string]*cobra.Command{}
	known := []string{}
	for _, sub := range c.Commands() {
		if Covers(sub) {
			below[sub.Name()] = sub
			known = append(known, sub.Name())
		}
	}
	sub := below[e.key]
	if sub == nil {
		if c.HasParent() {
			for _, flag := range flags(c) {
				known = append(known, flag.Name)
			}
		} else {
			known = append(known, commonKey, allowKey)
		}
		return f.unknown(e, known)
	}
	if kindOf(e.node) == nothing {
		return nil
	}
	within, err := entries(f.name, e.node)
	if err != nil {
		return err
	}
	own := flags(sub)
	for _, key := range within {
		named := func(flag string) bool { return flag == key.key }
		names := make([]string, 0, len(own))
		for _, flag := range own {
			names = append(names, flag.Name)
		}
		i := slices.IndexFunc(names, named)
		if i < 0 {
			if err := f.checkCommand(key, sub); err != nil {
				return err
			}
			continue
		}
		one, err := f.candidate(own[i], key)
		if err == nil {
			err = one.set(sub)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkCommon checks the group of all commands: some command must have each
// flag, and all that have it must take its value.
func (f *File) checkCommon(e entry, all []*cobra.Command) error {
	if kindOf(e.node) == nothing {
		return nil
	}
	within, err := entries(f.name, e.node)
	if err != nil {
		return err
	}
	for _, key := range within {
		var known []string
		used := false
		for _, c := range all {
			for _, flag := range flags(c) {
				known = append(known, flag.Name)
				if flag.Name != key.key {
					continue
				}
				used = true
				one, err := f.candidate(flag, key)
				if err == nil {
					err = one.set(c)
				}
				if err != nil {
					return fmt.Errorf("%w (as a flag of %s)", err, path(c))
				}
			}
		}
		if !used {
			return f.unknown(key, known)
		}
	}
	return nil
}

// CheckEnvironment finds variables that look like a command's and are none:
// misspelt, they would be ignored. environ is os.Environ().
func CheckEnvironment(root *cobra.Command, environ []string) error {
	var known, prefixes []string
	for _, c := range Commands(root) {
		prefixes = append(prefixes, strings.ToUpper("pixelload_"+variableWords.Replace(path(c))+"_"))
		for _, flag := range flags(c) {
			known = append(known, variable(c, flag))
		}
	}
	prefixes = append(prefixes, strings.ToUpper("pixelload_"+commonKey+"_"))
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		looks := slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
		if looks && !slices.Contains(known, name) {
			return fmt.Errorf("unknown variable %s: did you mean %s?", name, Nearest(name, known))
		}
	}
	return nil
}
