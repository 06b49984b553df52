package config

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
)

// entry is one key of a mapping with its value.
type entry struct {
	key  string
	line int
	node ast.Node
}

// kind is what a value is, in a reader's words.
type kind string

const (
	text    kind = "text"
	integer kind = "a whole number"
	decimal kind = "a number"
	truth   kind = "true or false"
	list    kind = "a list"
	group   kind = "a group of keys"
	nothing kind = "nothing"
	other   kind = "what this file cannot hold (an anchor, an alias or a tag)"
)

// value is a scalar, or a list of them, as a flag would be given it.
type value struct {
	kind  kind
	texts []string // one of a scalar
	kinds []kind   // of a list's elements
}

// entries are the keys of a mapping in their order.
func entries(name string, node ast.Node) ([]entry, error) {
	var pairs []*ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		return nil, fmt.Errorf("%s:%d: %s stands where keys belong, as key: value", name, line(node), kindOf(node))
	}
	var all []entry
	for _, pair := range pairs {
		key, ok := pair.Key.(*ast.StringNode)
		if !ok {
			return nil, fmt.Errorf("%s:%d: %s is no key: write a name", name, line(pair.Key), pair.Key)
		}
		all = append(all, entry{key.Value, line(key), pair.Value})
	}
	return all, nil
}

func line(node ast.Node) int {
	if m, ok := node.(*ast.MappingNode); ok && len(m.Values) > 0 {
		node = m.Values[0].Key // the mapping's own token is its first colon
	}
	if m, ok := node.(*ast.MappingValueNode); ok {
		node = m.Key
	}
	return node.GetToken().Position.Line
}

func kindOf(node ast.Node) kind {
	switch node.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		return text
	case *ast.IntegerNode:
		return integer
	case *ast.FloatNode:
		return decimal
	case *ast.BoolNode:
		return truth
	case *ast.SequenceNode:
		return list
	case *ast.MappingNode, *ast.MappingValueNode:
		return group
	case *ast.NullNode, nil:
		return nothing
	}
	return other
}

// read returns the value of an entry; a list's elements are scalars.
func (e entry) read() (value, error) {
	v := value{kind: kindOf(e.node)}
	nodes := []ast.Node{e.node}
	if sequence, ok := e.node.(*ast.SequenceNode); ok {
		nodes = sequence.Values
	}
	for _, node := range nodes {
		k := kindOf(node)
		v.kinds = append(v.kinds, k)
		switch n := node.(type) {
		case *ast.StringNode:
			v.texts = append(v.texts, n.Value)
		case *ast.LiteralNode:
			v.texts = append(v.texts, n.Value.Value)
		case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
			v.texts = append(v.texts, n.GetToken().Value)
		default:
			if v.kind == list {
				return v, fmt.Errorf("want plain values in the list, found %s", k)
			}
			return v, fmt.Errorf("want a value, found %s", k)
		}
	}
	return v, nil
}
