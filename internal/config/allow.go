package config

import (
	"fmt"
	"strconv"

	"github.com/goccy/go-yaml/ast"

	"github.com/pixeltales/pixelload/internal/guard"
)

// hostKeys are those of an allowed host.
var hostKeys = []string{"host", "ports", "users", "rate", "minutes"}

// hosts reads the list of hosts that may be loaded.
func hosts(name string, e entry) ([]guard.Host, error) {
	sequence, ok := e.node.(*ast.SequenceNode)
	if !ok {
		return nil, fmt.Errorf("%s:%d: allow: want a list of hosts, as - {host: staging.example, ports: [443]}, found %s", name, e.line, kindOf(e.node))
	}
	var all []guard.Host
	for _, node := range sequence.Values {
		keys, err := entries(name, node)
		if err != nil {
			return nil, err
		}
		h := guard.Host{}
		for _, key := range keys {
			if err := setHost(&h, key); err != nil {
				return nil, fmt.Errorf("%s:%d: allow: %s: %w", name, key.line, key.key, err)
			}
		}
		if err := h.Validate(); err != nil {
			return nil, fmt.Errorf("%s:%d: allow: %w", name, line(node), err)
		}
		all = append(all, h)
	}
	return all, nil
}

func setHost(h *guard.Host, key entry) error {
	v, err := key.read()
	if err != nil {
		return err
	}
	switch key.key {
	case "host":
		return v.only(text, func(s string) error { h.Name = s; return nil })
	case "ports":
		for i, s := range v.texts {
			port, err := strconv.ParseUint(s, 10, 16)
			if err != nil || port == 0 || v.kinds[i] != integer {
				return fmt.Errorf("%q is no port: write numbers up to 65535, as [443]", s)
			}
			h.Ports = append(h.Ports, uint16(port))
		}
		return nil
	case "users":
		return v.only(integer, func(s string) (err error) {
			if h.Caps.Users, err = strconv.Atoi(s); err == nil && h.Caps.Users < 1 {
				err = fmt.Errorf("%s: write a number above 0", s)
			}
			return err
		})
	case "rate":
		return v.number(&h.Caps.Rate)
	case "minutes":
		return v.number(&h.Caps.Minutes)
	}
	return fmt.Errorf("unknown key: did you mean %s?", Nearest(key.key, hostKeys))
}

// only hands on a scalar of the kind.
func (v value) only(k kind, set func(string) error) error {
	if v.kind != k {
		return fmt.Errorf("want %s, found %s", k, v.kind)
	}
	return set(v.texts[0])
}

func (v value) number(into *float64) (err error) {
	if v.kind != integer && v.kind != decimal {
		return fmt.Errorf("want %s, found %s", decimal, v.kind)
	}
	if *into, err = strconv.ParseFloat(v.texts[0], 64); err == nil && *into <= 0 {
		err = fmt.Errorf("%s: write a number above 0", v.texts[0])
	}
	return err
}
