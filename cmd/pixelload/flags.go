package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// bytesFlag is an amount of memory with its unit, as 512MiB. 0: not given.
type bytesFlag int64

func (b *bytesFlag) Set(s string) error {
	units := []struct {
		suffix string
		factor float64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}
	for _, u := range units {
		number, found := strings.CutSuffix(s, u.suffix)
		if !found {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(v*u.factor >= 1 && v*u.factor < math.MaxInt64/2) { // a NaN is neither
			break
		}
		*b = bytesFlag(v * u.factor)
		return nil
	}
	return fmt.Errorf("write a number and its unit, as 512MiB or 2GiB")
}

func (b *bytesFlag) String() string {
	if *b == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(*b)/(1<<20), 'f', -1, 64) + "MiB"
}

func (*bytesFlag) Type() string { return "memory" }

// usersFlag is the numbers of users to hold, ascending, since memory that a
// larger number took does not come back for a smaller one.
type usersFlag []int

// maxUsers is more than one process on one machine can serve.
const maxUsers = 1000

func (u *usersFlag) Set(s string) error {
	var users []int
	for field := range strings.SplitSeq(s, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil || n < 0 || n > maxUsers {
			return fmt.Errorf("write ascending numbers of users up to %d, as 0,3,10", maxUsers)
		}
		users = append(users, n)
	}
	if !slices.IsSorted(users) || len(slices.Compact(slices.Clone(users))) != len(users) {
		return fmt.Errorf("write ascending numbers of users, as 0,3,10: memory that many users took does not come back for few")
	}
	*u = users
	return nil
}

func (u *usersFlag) String() string {
	var fields []string
	for _, n := range *u {
		fields = append(fields, strconv.Itoa(n))
	}
	return strings.Join(fields, ",")
}

func (*usersFlag) Type() string { return "users" }

// choice is a flag with a fixed set of values.
type choice struct {
	value string
	of    []string
}

func (c *choice) Set(s string) error {
	if !slices.Contains(c.of, s) {
		return fmt.Errorf("choose one of %s", strings.Join(c.of, ", "))
	}
	c.value = s
	return nil
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return strings.Join(c.of, "|") }
