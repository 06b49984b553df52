package claim

// Experiments that judge a behaviour, by what a trial records beside its levels.
const (
	// Retained: when the users have left and all garbage was collected, more stays
	// than of Versus.
	Retained = "retained"
	// Reconnects: connections to the database that are cut under load cost memory.
	Reconnects = "reconnects"
	// EachCall: an answer that Versus keeps is made anew at each call, and takes
	// longer.
	EachCall = "each call"
	// Bounded: requests fail within the variant's time-outs when the database stalls.
	Bounded = "bounded"
	// Unsocketed: the server takes no socket.
	Unsocketed = "no sockets"
)

var experiments = []string{Retained, Reconnects, EachCall, Bounded, Unsocketed}
