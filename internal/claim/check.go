package claim

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// document checks every value by itself and gives it its unit.
func (f file) document(name string) (*Document, error) {
	d, seen := &Document{name: name, where: map[string]string{}}, map[string]int{}
	fail := func(line int, err error) (*Document, error) {
		return nil, fmt.Errorf("%s:%d: %w", name, line, err)
	}
	once := func(what, id string, line int) error {
		if id == "" {
			return fmt.Errorf("a %s without a name", what)
		}
		if first := seen[what+id]; first > 0 {
			return fmt.Errorf("%s %s is defined twice, first on line %d", what, id, first)
		}
		seen[what+id] = line
		return nil
	}
	for _, n := range f.Claims {
		c, err := n.value.claim(f.Document.File)
		if err == nil {
			err = once("claim", c.ID, n.line)
		}
		if err != nil {
			return fail(n.line, err)
		}
		d.Claims = append(d.Claims, c)
		d.where[c.ID] = fmt.Sprintf("%s:%d", name, n.line)
	}
	for _, n := range f.Variants {
		v, err := n.value.variant()
		if err == nil {
			err = once("variant", v.Name, n.line)
		}
		if err != nil {
			return fail(n.line, err)
		}
		d.Variants = append(d.Variants, v)
	}
	for _, n := range f.Plans {
		p := n.value
		err := once("plan", p.Name, n.line)
		if err == nil && !(p.MemoryMiB > 0 && p.CPUs > 0 && p.Dollars >= 0) {
			err = fmt.Errorf("plan %s: memory_mib and cpus must be above 0, dollars not below", p.Name)
		}
		if err != nil {
			return fail(n.line, err)
		}
		d.Plans = append(d.Plans, Plan{p.Name, bytes(p.MemoryMiB), p.CPUs, p.Dollars})
	}
	return d, nil
}

// claim checks c and turns its figures into bytes.
func (c claimYAML) claim(file string) (Claim, error) {
	bad := func(format string, args ...any) (Claim, error) {
		return Claim{}, fmt.Errorf("claim %s: %w", c.ID, fmt.Errorf(format, args...))
	}
	if file == "" || c.Line < 1 {
		return bad("want the document's file and the line it stands on")
	}
	if !slices.Contains(kinds, c.Kind) {
		return bad("unknown kind %q: want one of %v", c.Kind, kinds)
	}
	if wantsMemory(c.Kind) != (len(c.MiB) > 0) {
		return bad("a claim of kind %s and mib do not go together this way", c.Kind)
	}
	if (c.Kind == Level || c.Kind == Below || c.Kind == Crash) && len(c.Users) == 0 {
		return bad("want the users it speaks of")
	}
	if c.Variant == "" {
		return bad("want the variant it speaks of")
	}
	if err := cmp.Or(c.arms(), c.numbers()); err != nil {
		return bad("%w", err)
	}
	mib, err := span("mib", c.MiB)
	if err != nil {
		return bad("%w", err)
	}
	holds, err := span("holds", c.Holds)
	if err != nil {
		return bad("%w", err)
	}
	percent, err := span("percent", c.Percent)
	if err != nil {
		return bad("%w", err)
	}
	claim := Claim{
		ID: c.ID, Text: c.Text, Source: Source{file, c.Line}, Kind: c.Kind,
		Arm: Arm{c.Variant, c.Off}, Versus: Arm(c.Versus), Plan: c.Plan, Users: c.Users, Words: c.Words,
		Listening: c.At == listening, Service: c.Service, Experiment: c.Test,
		LowBytes: bytes(mib[0]), HighBytes: bytes(mib[1]),
		LowUsers: int(holds[0]), HighUsers: int(holds[1]),
		LowPercent: percent[0], HighPercent: percent[1],
	}
	if c.Kind == Below {
		claim.LowBytes = 0
	}
	if len(c.Holds) == 1 {
		claim.HighUsers = 0 // one number means that many and more
	}
	return claim, nil
}

// numbers checks those that are not simply above 0.
func (c claimYAML) numbers() error {
	for i, n := range c.Users {
		if n < 0 || i > 0 && n <= c.Users[i-1] {
			return fmt.Errorf("users: want ascending numbers from 0 on, not %v", c.Users)
		}
	}
	for _, n := range c.Holds {
		if n != math.Trunc(n) {
			return fmt.Errorf("holds: want whole users, not %v", n)
		}
	}
	for _, p := range c.Percent {
		if p > 100 {
			return fmt.Errorf("percent: want at most 100, not %v", p)
		}
	}
	return nil
}

func wantsMemory(kind string) bool {
	return slices.Contains([]string{Level, Below, Component, Saving}, kind)
}

// span reads a list of one or two ascending numbers as a range.
func span(key string, values []float64) ([2]float64, error) {
	if len(values) == 0 {
		return [2]float64{}, nil
	}
	low, high := values[0], values[len(values)-1]
	if len(values) > 2 || !(low > 0 && low <= high) || math.IsInf(high, 0) {
		return [2]float64{}, fmt.Errorf("%s: want one number above 0, or two ascending ones, not %v", key, values)
	}
	return [2]float64{low, high}, nil
}

// mostOnAPage is how many stories the application itself puts on a page at most.
const mostOnAPage = 100

// variant checks v's words.
func (v variantYAML) variant() (Variant, error) {
	for _, word := range []struct {
		key, value string
		want       []string
	}{
		{"database", v.Database, []string{"sqlite", "postgres"}},
		{"channel_layer", v.ChannelLayer, []string{"memory", "redis"}},
		{"server", v.Server, []string{"daphne", "gunicorn"}},
	} {
		if !slices.Contains(word.want, word.value) {
			return Variant{}, fmt.Errorf("variant %s: %s %q: want one of %v", v.Name, word.key, word.value, word.want)
		}
	}
	if !(v.LimitMiB > 0) || min(v.WordCache, v.ConnMaxAge, v.ConnectTimeout, v.StatementTimeout) < 0 {
		return Variant{}, fmt.Errorf("variant %s: limit_mib must be above 0, no time below", v.Name)
	}
	if v.LargestPage < 0 || v.LargestPage > mostOnAPage || !(v.CollectAboveMiB >= 0) {
		return Variant{}, fmt.Errorf("variant %s: largest_page must be up to %d, collect_above_mib not below 0", v.Name, mostOnAPage)
	}
	return Variant{
		Name: v.Name, Database: v.Database, ChannelLayer: v.ChannelLayer, Server: v.Server,
		WordCache: v.WordCache, ConnMaxAge: v.ConnMaxAge,
		ConnectTimeout: v.ConnectTimeout, StatementTimeout: v.StatementTimeout,
		DeferImages: v.DeferImages, LargestPage: v.LargestPage, CollectAbove: bytes(v.CollectAboveMiB),
		LimitBytes: bytes(v.LimitMiB),
	}, nil
}

// references checks that every variant and plan a claim names is defined.
func (d *Document) references() error {
	for _, c := range d.Claims {
		_, err := d.Variant(c.Arm.Variant)
		if err == nil && c.Versus.Variant != "" {
			_, err = d.Variant(c.Versus.Variant)
		}
		if err == nil && c.Plan != "" {
			_, err = d.Plan(c.Plan)
		}
		if err != nil {
			return fmt.Errorf("%s: claim %s: %w", d.where[c.ID], c.ID, err)
		}
	}
	return nil
}
