package config

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Flag is the name of the flag that names a file.
const Flag = "config"

// yieldsTo is the annotation of a flag that Yields makes.
const yieldsTo = "pixelload_yields_to"

// Yields says that the flag's value from a file or the environment is not used
// when one of the others was given in a stronger place: who types --quick need
// not know that the file sets trials. The flag must be defined.
func Yields(f *pflag.FlagSet, name string, others ...string) {
	annotate(f.Lookup(name), yieldsTo, others...)
}

// origin is the annotation of a flag whose value Apply has set.
const origin = "pixelload_origin"

// WasTyped reports that the flag's value was typed, and is not from the
// environment or the file.
func WasTyped(flag *pflag.Flag) bool { return flag.Changed && flag.Annotations[origin] == nil }

func annotate(flag *pflag.Flag, key string, values ...string) {
	if flag.Annotations == nil {
		flag.Annotations = map[string][]string{}
	}
	flag.Annotations[key] = append(flag.Annotations[key], values...)
}

// Commands are those below the root whose flags have keys, in cobra's order.
func Commands(root *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, c := range root.Commands() {
		if c.Hidden || c.Name() == "help" || c.Name() == "completion" {
			continue
		}
		all = append(append(all, c), Commands(c)...)
	}
	return all
}

// Covers says whether the command's flags have keys.
func Covers(c *cobra.Command) bool { return slices.Contains(Commands(c.Root()), c) }

// path is the command's name below the root, as "claims run".
func path(c *cobra.Command) string {
	_, below, _ := strings.Cut(c.CommandPath(), " ")
	return below
}

// flags are the command's own that have keys, by name.
func flags(c *cobra.Command) []*pflag.Flag {
	c.InitDefaultHelpFlag()
	var all []*pflag.Flag
	c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" {
			all = append(all, f)
		}
	})
	return all
}

var variableWords = strings.NewReplacer(" ", "_", "-", "_", ".", "_")

// variable is the flag's name in the environment.
func variable(c *cobra.Command, f *pflag.Flag) string {
	return strings.ToUpper("pixelload_" + variableWords.Replace(path(c)+"_"+f.Name))
}

// shape is what the values of a flag look like in a file.
type shape int

const (
	asText   shape = iota // text, or a number that is read as one
	asBool                // true or false
	asInt                 // a whole number
	asNumber              // a number
	asChoice              // one of the words in the type's name
	asLists               // a value of its own kind, or several as a list
	asMany                // as often as one likes: a list
)

func shapeOf(f *pflag.Flag) shape {
	if _, ok := f.Value.(pflag.SliceValue); ok {
		return asMany
	}
	switch kind := f.Value.Type(); {
	case kind == "bool":
		return asBool
	case kind == "string", kind == "duration", kind == "memory":
		return asText
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"), kind == "count":
		return asInt
	case strings.HasPrefix(kind, "float"):
		return asNumber
	case strings.Contains(kind, "|"):
		return asChoice
	}
	return asLists
}

// isCommand is the annotation of a flag that Command makes.
const isCommand = "pixelload_command"

// Command says that the flag's value is a command line: its arguments, which may
// hold a secret, are not shown.
func Command(flag *pflag.Flag) { annotate(flag, isCommand) }

// pathWords is the annotation of a flag that Path makes.
const pathWords = "pixelload_path_words"

// Bare stands for every name without a slash, which is looked for in $PATH.
const Bare = "*"

// Path says that the flag's values are paths, but for the words. The shell's
// completion knows it too.
func Path(flag *pflag.Flag, words ...string) {
	annotate(flag, cobra.BashCompFilenameExt)
	annotate(flag, pathWords, words...)
}

// isPath says whether a value of the flag is a path.
func isPath(flag *pflag.Flag, text string) bool {
	words, marked := flag.Annotations[pathWords]
	if !marked || text == "" || slices.Contains(words, text) {
		return false
	}
	return strings.ContainsRune(text, '/') || !slices.Contains(words, Bare)
}
