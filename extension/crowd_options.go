package extension

import (
	"errors"
	"fmt"
)

// crowdOptions is the argument of `new Crowd`.
type crowdOptions struct {
	// URL of the target without a trailing slash. Required.
	URL string `json:"url"`
	// Rooms are the sessions: for each the paths of its members' sockets, with
	// their tokens. Required.
	Rooms [][]string `json:"rooms"`
	// Rate is how many strokes a member sends a second. 0: they only listen.
	Rate float64 `json:"rate"`
	// Bytes of a stroke's message. At least about 80 are sent.
	Bytes int `json:"bytes"`
	// Phases of the test, of which a crowd takes the lengths and the names. Required.
	Phases plan `json:"phases"`

	target *admitted
}

func (o *crowdOptions) validate() error {
	if err := checkURL(o.URL); err != nil {
		return err
	}
	switch {
	case o.members() == 0:
		return errors.New("rooms is missing: give the paths of the members' sockets, a list for each room")
	case o.Rate < 0:
		return fmt.Errorf("rate is %g, want 0 or more a second", o.Rate)
	case o.Bytes < 0:
		return fmt.Errorf("bytes is %d, want 0 or more", o.Bytes)
	}
	return o.Phases.validate()
}

// members is how many there are in all rooms.
func (o *crowdOptions) members() (n int) {
	for _, paths := range o.Rooms {
		n += len(paths)
	}
	return n
}
