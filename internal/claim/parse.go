package claim

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/scenarios"
)

// file is a YAML file as written. Each file holds some of the keys.
type file struct {
	Document struct {
		File string `yaml:"file"`
	} `yaml:"document"`
	Claims   []node[claimYAML]   `yaml:"claims"`
	Variants []node[variantYAML] `yaml:"variants"`
	Plans    []node[planYAML]    `yaml:"plans"`
}

// node keeps the line on which a value begins, for errors found after parsing.
type node[T any] struct {
	value T
	line  int
}

func (n *node[T]) UnmarshalYAML(at ast.Node) error {
	n.line = at.GetToken().Position.Line
	if m, ok := at.(*ast.MappingNode); ok && len(m.Values) > 0 {
		n.line = m.Values[0].GetToken().Position.Line
		if key := m.Values[0].Key; key != nil {
			n.line = key.GetToken().Position.Line
		}
	}
	return yaml.NodeToValue(at, &n.value, yaml.Strict())
}

type claimYAML struct {
	ID      string    `yaml:"id"`
	Line    int       `yaml:"line"`
	Kind    string    `yaml:"kind"`
	Text    string    `yaml:"text"`
	Variant string    `yaml:"variant"`
	Off     []string  `yaml:"off"`
	Versus  armYAML   `yaml:"versus"`
	Plan    string    `yaml:"plan"`
	Users   []int     `yaml:"users"`
	Words   []int     `yaml:"words"`
	MiB     []float64 `yaml:"mib"`
	Holds   []float64 `yaml:"holds"`
	Percent []float64 `yaml:"percent"`
	At      string    `yaml:"at"`
	Service bool      `yaml:"service"`
	Test    string    `yaml:"experiment"`
}

type armYAML struct {
	Variant string   `yaml:"variant"`
	Off     []string `yaml:"off"`
}

type variantYAML struct {
	Name             string  `yaml:"name"`
	Database         string  `yaml:"database"`
	ChannelLayer     string  `yaml:"channel_layer"`
	WordCache        int     `yaml:"word_cache_seconds"`
	ConnMaxAge       int     `yaml:"conn_max_age_seconds"`
	ConnectTimeout   int     `yaml:"connect_timeout_seconds"`
	StatementTimeout int     `yaml:"statement_timeout_seconds"`
	Server           string  `yaml:"server"`
	DeferImages      bool    `yaml:"defer_images"`
	LargestPage      int     `yaml:"largest_page"`
	CollectAboveMiB  float64 `yaml:"collect_above_mib"`
	LimitMiB         float64 `yaml:"limit_mib"`
}

type planYAML struct {
	Name      string  `yaml:"name"`
	MemoryMiB float64 `yaml:"memory_mib"`
	CPUs      float64 `yaml:"cpus"`
	Dollars   float64 `yaml:"dollars"`
}

// Load returns what is built in.
func Load() (*Document, error) {
	all := &Document{where: map[string]string{}}
	for _, name := range []string{"claims.yaml", "variants.yaml", "plans.yaml"} {
		data, err := scenarios.Files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		part, err := Parse("scenarios/"+name, data)
		if err != nil {
			return nil, err
		}
		all.Claims = append(all.Claims, part.Claims...)
		all.Variants = append(all.Variants, part.Variants...)
		all.Plans = append(all.Plans, part.Plans...)
		maps.Copy(all.where, part.where)
	}
	return all, all.references()
}

// Parse reads one file; name stands in the errors, as name:line. What the file
// refers to may be defined in another one.
func Parse(name string, data []byte) (*Document, error) {
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, located(name, err)
	}
	var f file
	for _, doc := range tree.Docs {
		if doc.Body == nil {
			continue
		}
		if err := yaml.NodeToValue(doc.Body, &f, yaml.Strict()); err != nil {
			return nil, located(name, err)
		}
	}
	return f.document(name)
}

// With returns d with the claims of another document in place of its own. A
// document without claims is an error, as it would leave nothing to judge, and
// so is one with variants or plans, which would be left out without a word.
func (d *Document) With(other *Document) (*Document, error) {
	if len(other.Claims) == 0 {
		return nil, fmt.Errorf("%s: no claim in it: want a list under claims", other.name)
	}
	if len(other.Variants) > 0 || len(other.Plans) > 0 {
		return nil, fmt.Errorf("%s: variants and plans are built in: want claims alone", other.name)
	}
	joined := *d
	joined.name, joined.Claims, joined.where = other.name, other.Claims, other.where
	return &joined, joined.references()
}

// located says where in the file a YAML error is, on one line.
func located(name string, err error) error {
	var at yaml.Error
	if !errors.As(err, &at) || at.GetToken() == nil {
		return fmt.Errorf("%s: %s", name, oneLine(err.Error()))
	}
	return fmt.Errorf("%s:%d: %s", name, at.GetToken().Position.Line, oneLine(at.GetMessage()))
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func bytes(mib float64) int64 { return int64(mib * memory.MiB) }
