package persona

// Page is a page of the app that a user can be on.
type Page string

// The pages of a tour.
const (
	Home     Page = "home"
	Library  Page = "library"  // the user's own shelf
	Discover Page = "discover" // the library's tab with the public list, which it polls
	Story    Page = "story"    // one of the public stories
	Social   Page = "social"
	Messages Page = "messages"
	Profile  Page = "profile"
	Games    Page = "games"
)

// Role is a user's part in a collaboration session.
type Role string

const (
	// Alone is in no session.
	Alone Role = ""
	// Member joins by code, or creates the session when it is the group's first.
	Member Role = "member"
	// Host creates a session of its own, invites, calls the vote and ends it.
	Host Role = "host"
	// Guest waits for a host's invitation.
	Guest Role = "guest"
)

// Persona is what a user does. The zero value lands on the home page and stays
// there, with the notification socket and the bottom bar's polls.
type Persona struct {
	Name string
	// TwoTabs marks the default user, with its own cycle in tab one.
	TwoTabs bool
	// Tour is the pages that it goes round. Empty: it stays where it landed.
	Tour []Page
	// Role in a session, which has a tab of its own.
	Role Role
	// Draws and Types are what it does there. Both: in turns.
	Draws, Types bool
	// Slow: the user's sockets and its list answers arrive at few bytes a second.
	Slow bool
}

// Default is the name of the user that every claim is about.
const Default = "user"

// All is the personas. Where several are equally due in a mix, the earlier comes
// first: hosts before their guests.
var All = []Persona{
	{Name: Default, TwoTabs: true, Role: Member, Draws: true, Types: true},
	{Name: "host", Role: Host, Draws: true, Types: true},
	{Name: "guest", Role: Guest, Draws: true, Types: true},
	{Name: "artist", Role: Member, Draws: true},
	{Name: "writer", Role: Member, Types: true},
	{Name: "reader", Tour: []Page{Discover, Story, Library, Discover, Story}},
	{Name: "social", Tour: []Page{Social, Messages, Profile}},
	{Name: "player", Tour: []Page{Games}},
	{Name: "lurker"},
	{Name: "slow-reader", Tour: []Page{Discover}, Role: Member, Slow: true},
}

func byName(name string) (Persona, bool) {
	for _, p := range All {
		if p.Name == name {
			return p, true
		}
	}
	return Persona{}, false
}
