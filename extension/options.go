package extension

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pixeltales/pixelload/internal/account"
)

// userOptions is the argument of `new User`.
type userOptions struct {
	// URL of the target without a trailing slash. Required.
	URL string `json:"url"`
	// Accounts is the path of the manifest of seeded accounts. Required.
	Accounts string `json:"accounts"`
	// SecretKey of the target: tokens are minted with it. Empty: users log in.
	SecretKey string `json:"secretKey"`
	// Seed of all that a user decides at random. 0 is a seed like any other.
	Seed uint64 `json:"seed"`
	// Phases of the test. Required.
	Phases plan `json:"phases"`
	// Index of the user, from 0. Absent: the lowest that is free.
	Index *int `json:"index"`
	// Personas is who the users are. Absent: all are the default user.
	Personas personas `json:"personas"`
	// Habits is how they go about it.
	Habits habits `json:"habits"`
	// SkipLacking lets users go without an endpoint that the target does not have.
	// Usually its answers are errors.
	SkipLacking bool `json:"skipLacking"`
	// StopReading makes the user's sockets go deaf. Absent: they do not.
	StopReading *stopReading `json:"stopReading"`

	manifest *account.Manifest
	target   *admitted
}

func (o *userOptions) validate() error {
	if err := checkURL(o.URL); err != nil {
		return err
	}
	switch {
	case o.Accounts == "":
		return errors.New("accounts is missing: give the path of the manifest that the target was seeded with")
	case o.Index != nil && *o.Index < 0:
		return fmt.Errorf("index is %d, want 0 or more", *o.Index)
	case o.StopReading != nil && o.StopReading.After < 0:
		return fmt.Errorf("stopReading.after is %g, want 0 or more seconds", o.StopReading.After)
	}
	if err := o.Habits.validate(); err != nil {
		return err
	}
	return o.Phases.validate()
}

// checkURL checks how a target's address is written; whether it may be loaded
// is up to the guard.
func checkURL(address string) error {
	switch {
	case address == "":
		return errors.New("url is missing: give the target's, such as http://127.0.0.1:8000")
	case strings.HasSuffix(address, "/"):
		return errors.New("url: leave the trailing slash out")
	}
	return nil
}

// enough checks that there is an account for every user.
func (o *userOptions) enough() error {
	want := o.Phases.users()
	if o.Index != nil {
		want = max(want, *o.Index+1)
	}
	if have := len(o.manifest.Users); have < want {
		return fmt.Errorf("accounts %s: %d accounts for %d users; seed more or use fewer", o.Accounts, have, want)
	}
	return nil
}

// watchOptions is the argument of `new Watch`.
type watchOptions struct {
	// Phases of the test. Required.
	Phases plan `json:"phases"`
	// Memory is the source to sample: "cgroup:PATH" or "pid:NUMBER". Empty: none.
	Memory string `json:"memory"`
}
