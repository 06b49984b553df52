package extension

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/run"
)

// mixRun is a run of users of a mix against a server of its own.
type mixRun struct {
	mix, habits, seed string
	users             int
	seconds           float64
	// enough, when there is one, says after these seconds whether the users have
	// done what the test is about. A busy machine gets patience times as long.
	enough func() bool

	server *fakeServer
	got    k6Run
}

const patience = 5

// runMixes runs all at the same time: they wait more than they work.
func runMixes(t *testing.T, runs ...*mixRun) {
	t.Helper()
	var all sync.WaitGroup
	for _, r := range runs {
		r.server = newFakeServer(t)
		accounts := writeManifest(t, r.users)
		all.Go(func() {
			enough, stop := r.watch()
			defer stop()
			r.got = runK6Until(t, enough, checkScript(t), "PIXELTALES_URL="+r.server.URL, "PIXELTALES_ACCOUNTS="+accounts,
				"PIXELTALES_SECRET_KEY=fake", "PIXELTALES_PERSONA="+r.mix, "PIXELTALES_HABITS="+r.habits, "PIXELTALES_SEED="+r.seed,
				phasesJSON(t, run.Phase{Name: "all", Users: r.users, HoldSeconds: r.length()}))
		})
	}
	all.Wait()
	for _, r := range runs {
		if r.got.code != 0 && (r.enough == nil || r.got.code != 105) {
			t.Errorf("%s: exit code %d, want 0, or 105 of the interrupt: %s", r.mix, r.got.code, r.got.stderr)
		}
		sum := r.got.total("")
		for _, request := range sum.Requests {
			if request.Failed {
				t.Errorf("%s: request %+v failed", r.mix, request)
			}
		}
		if sum.Draws.Lost+sum.StalledReceivers+sum.Dropped+sum.Sockets.Lost != 0 {
			t.Errorf("%s: %d draws and %d sockets lost, %d stalled, %d visits failed", r.mix,
				sum.Draws.Lost, sum.Sockets.Lost, sum.StalledReceivers, sum.Dropped)
		}
	}
}

func (r *mixRun) length() float64 {
	if r.enough == nil {
		return r.seconds
	}
	return patience * r.seconds
}

// watch tells when there is enough; never without a condition.
func (r *mixRun) watch() (enough <-chan struct{}, stop func()) {
	found, quit := make(chan struct{}), make(chan struct{})
	var watching sync.WaitGroup
	if r.enough != nil {
		watching.Go(func() {
			for pause := time.Duration(r.seconds * float64(time.Second)); ; pause = 250 * time.Millisecond {
				select {
				case <-quit:
					return
				case <-time.After(pause):
				}
				if r.enough() {
					close(found)
					return
				}
			}
		})
	}
	return found, func() { close(quit); watching.Wait() }
}

const hurried = `{"thinkSeconds": [1, 2], "messages": 1, "friends": 1}`

// Pictures are small here: what is done counts, and not how many bytes it has.
const light = `"pageBytes": 500, `

// What each persona asks for that others do not, and what it leaves alone.
func TestPersonas(t *testing.T) {
	t.Parallel()
	hosted := &mixRun{mix: "host=1,guest=2", habits: `{` + light + `"thinkSeconds": [1, 2], "lobbySeconds": 3, "sessionSeconds": [8, 9]}`, users: 3, seconds: 24}
	tests := []struct {
		*mixRun
		does, doesNot []string
	}{
		{&mixRun{mix: "lurker", users: 1, seconds: 3}, []string{
			"GET /friends/requests/", "GET /messages/conversations/",
		}, []string{"public=true", "/collaborate/create/"}},
		{&mixRun{mix: "reader", habits: hurried, users: 1, seconds: 9}, []string{
			"GET /stories/?public=true&page_size=100", "GET /stories/saved/", "GET /games/check/", "/comments/ ",
		}, []string{"/collaborate/create/", "/users/search/"}},
		{&mixRun{mix: "social", habits: `{"thinkSeconds": [10, 10.5], "messages": 1}`, users: 1, seconds: 24}, []string{
			"GET /users/search/?q=&offset=0&limit=10", "limit=20&exclude_friends=true", "POST /friends/send-request/ {\"receiver_id\":4}",
			"GET /social/activity-feed/?limit=20", "GET /social/leaderboard/?limit=10", "POST /messages/send/",
			"PUT /messages/mark-read/", "GET /achievements/progress/",
		}, []string{"public=true"}},
		{&mixRun{mix: "player", habits: `{"thinkSeconds": [60, 60]}`, users: 1, seconds: 30}, []string{
			"GET /games/story/7/", "POST /games/5/start_game/", `"question_id":1`,
		}, []string{"public=true", "/collaborate/create/"}},
		{&mixRun{mix: "artist=1,writer=1", habits: `{` + light + `"canvasStateSeconds": 1, "strokesAPage": 2, "cursorsASecond": 5}`, users: 2, seconds: 24}, []string{
			`"page_number":1`, `"type":"draw"`, `"type":"canvas_state"`, `"type":"text_edit"`, "POST /collaborate/join-by-code/", "POST /stories/create/",
		}, []string{"public=true", "/invite/", "/vote/"}},
		{&mixRun{mix: "user", habits: `{"sockets": false}`, users: 1, seconds: 4}, []string{
			"GET /profanity/active/", "GET /stories/", "POST /collaborate/create/",
		}, []string{"frame "}},
		{&mixRun{mix: "user", habits: `{"pages": false}`, users: 1, seconds: 2}, nil, []string{"GET /"}},
		{hosted, []string{
			"GET /friends/ ", "POST /collaborate/create/", "POST /collaborate/invite/", "POST /collaborate/room-1/start/",
			"POST /collaborate/room-1/vote/ ", "GET /collaborate/room-1/draft/", "POST /collaborate/room-1/draft/update/",
			`frame {"type":"finalize_collaborative_story"}`, "GET /stories/saved/", "POST /stories/create/",
		}, []string{"join-by-code", "/end/"}},
	}
	var runs []*mixRun
	for _, test := range tests {
		test.enough = func() bool {
			return !slices.ContainsFunc(test.does, func(act string) bool { return !test.server.saw(act) })
		}
		runs = append(runs, test.mixRun)
	}
	hostedEnough := hosted.enough
	hosted.enough = func() bool {
		return hostedEnough() && len(hosted.path(2)) == len(guestPath) && len(hosted.path(3)) == len(guestPath)
	}
	runMixes(t, runs...)
	for _, test := range tests {
		for _, want := range test.does {
			if !test.server.saw(want) {
				t.Errorf("%s: nobody did %s", test.mix, want)
			}
		}
		for _, not := range test.doesNot {
			if test.server.saw(not) {
				t.Errorf("%s: somebody did %s", test.mix, not)
			}
		}
	}
	checkGuests(t, hosted)
	for _, test := range tests {
		with := test.mix != "user" // the default user here has no sockets, by its habits
		if opened := test.got.total("").Sockets.Opened; (opened > 0) != with {
			t.Errorf("%s %s: %d sockets were opened", test.mix, test.habits, opened)
		}
	}
}

func (f *fakeServer) saw(act string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, acts := range f.acts {
		if slices.ContainsFunc(acts, func(a string) bool { return strings.Contains(a, act) }) {
			return true
		}
	}
	return false
}

// guestPath is what guests do: they wait for the invitation, accept it, wait in
// the lobby, vote when the host asks, and go home.
var guestPath = []string{"/respond/", "/room-1/ ", "/presence/", "text_edit", "/vote/cast/", "/stories/saved/"}

// path is the guest's steps in the order of their first time.
func (r *mixRun) path(guest int) (order []string) {
	for _, act := range r.server.did(guest) {
		for _, step := range guestPath {
			if strings.Contains(act, step) && !slices.Contains(order, step) {
				order = append(order, step)
			}
		}
	}
	return order
}

func checkGuests(t *testing.T, r *mixRun) {
	t.Helper()
	for _, guest := range []int{2, 3} {
		if order := r.path(guest); !slices.Equal(order, guestPath) {
			t.Errorf("guest %d: %q, want %q", guest, order, guestPath)
		}
	}
	if r.got.total("").Draws.Received == 0 {
		t.Error("no stroke was received")
	}
}

// A user who leaves and comes back is known by its strokes as before.
func TestComingBackLosesNothing(t *testing.T) {
	t.Parallel()
	server := newFakeServer(t)
	got := runK6(t, checkScript(t), "PIXELTALES_URL="+server.URL, "PIXELTALES_ACCOUNTS="+writeManifest(t, 2),
		"PIXELTALES_SECRET_KEY=fake", "PIXELTALES_PERSONA=artist", phasesJSON(t,
			run.Phase{Name: "two", Users: 2, HoldSeconds: 14}, run.Phase{Name: "one", Users: 1, HoldSeconds: 2},
			run.Phase{Name: "two again", Users: 2, HoldSeconds: 14}))
	if got.code != 0 {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	for _, phase := range []string{"two", "two again"} {
		if d := got.total(phase).Draws; d.Received == 0 || d.Received != d.Expected || d.OutOfOrder+d.Duplicated != 0 {
			t.Errorf("%s: draws %+v, want all delivered once and in order", phase, d)
		}
	}
	if frames := strings.Join(server.did(2), " "); strings.Count(frames, "_u1n1\"") != 1 || !strings.Contains(frames, "_u1n2\"") {
		t.Error("the second user's strokes are numbered anew when it comes back")
	}
}

// A guest whose answer to an invitation fails waits before it wants another.
func TestRefusedGuestWaits(t *testing.T) {
	t.Parallel()
	const seconds = 12
	server := newFakeServer(t)
	server.wrong = func(r *http.Request) (int, string) {
		if strings.HasSuffix(r.URL.Path, "/respond/") {
			return 403, ""
		}
		return 0, ""
	}
	got := runK6(t, checkScript(t), "PIXELTALES_URL="+server.URL, "PIXELTALES_ACCOUNTS="+writeManifest(t, 2),
		"PIXELTALES_SECRET_KEY=fake", "PIXELTALES_PERSONA=host=1,guest=1", `PIXELTALES_HABITS={"lobbySeconds": 1}`,
		phasesJSON(t, run.Phase{Name: "two", Users: 2, HoldSeconds: seconds}))
	answers := 0
	for _, r := range got.total("").Requests {
		if r.Name == "invite_respond" {
			answers += r.N
		}
	}
	if most := int(seconds*time.Second/createPause) + 1; answers == 0 || answers > most {
		t.Errorf("%d answers in %d s, want 1 to %d", answers, seconds, most)
	}
}

// What a slow reader does not get is no loss, and nobody else loses.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	slow := &mixRun{mix: "artist=2,slow-reader=1", habits: `{"readBytesASecond": 300}`, users: 3, seconds: 15}
	deaf := &mixRun{mix: "artist=2,slow-reader=1", habits: `{"readBytesASecond": 0}`, users: 3, seconds: 15}
	runMixes(t, slow, deaf)
	for _, r := range []*mixRun{slow, deaf} {
		all := r.got.total("")
		if all.Draws.Lost+all.StalledReceivers+all.Sockets.Lost != 0 || all.Draws.Received == 0 || all.Draws.Received > all.Draws.Sent {
			t.Errorf("%s: draws %+v, stalled %d, sockets lost %d; want each draw with one artist",
				r.habits, all.Draws, all.StalledReceivers, all.Sockets.Lost)
		}
	}
}

// The same seed, users and duration give the same actions of each user, however
// quick target and machine are. Calls side by side may arrive in any order.
func TestRepeatable(t *testing.T) {
	t.Parallel()
	const mix, users, writer, least = "artist=1,writer=1,reader=2,social=1,user=1", 6, 3, 8
	one := &mixRun{mix: mix, habits: `{` + light + `"thinkSeconds": [2, 3], "messages": 1, "friends": 1}`, seed: "5", users: users, seconds: 12}
	again, other := *one, *one
	other.seed = "6"
	for _, r := range []*mixRun{one, &again, &other} {
		r.enough = func() bool {
			for user := 1; user <= users; user++ {
				if of := sequences(r.server.did(user)); len(of["frames"])+len(of["opens"])+len(of["sends"]) < least {
					return false
				}
			}
			return len(sequences(r.server.did(writer))["frames"]) >= 20
		}
	}
	runMixes(t, one, &again, &other)
	for user := 1; user <= users; user++ {
		first, second, same := sequences(one.server.did(user)), sequences(again.server.did(user)), 0
		for name, a := range first {
			b := second[name]
			n := min(len(a), len(b))
			if i := difference(a[:n], b[:n]); i < n {
				t.Errorf("user %d: %d and %d %s, of which %d are the same:\n%.400q\n%.400q", user, len(a), len(b), name, i, a[i:], b[i:])
			}
			same += n
		}
		if same < least {
			t.Errorf("user %d: %d actions to compare, want %d: %v, %v", user, same, least, first, second)
		}
	}
	if slices.Equal(sequences(one.server.did(writer))["frames"][:20], sequences(other.server.did(writer))["frames"][:20]) {
		t.Errorf("another seed makes no difference")
	}
}

// difference returns where the two, of one length, first differ.
func difference(a, b []string) int {
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return len(a)
}

var (
	moments   = regexp.MustCompile(`item_\d+_|"timestamp":\d+`)
	openPages = regexp.MustCompile(`^GET /(stories/saved/|stories/\?public|stories/\d+/ |social/leader|achievements/|games/avail)|^POST /(stories/\d|messages/send|friends/send)`)
)

// sequences takes apart what one user did: the frames it sent of its own accord,
// without the time in them, the pages it opened, and what it did there.
func sequences(acts []string) map[string][]string {
	of := map[string][]string{}
	for _, act := range acts {
		switch {
		case strings.Contains(act, `"page_number":0`), strings.Contains(act, `"ping"`):
		case strings.HasPrefix(act, "frame "):
			of["frames"] = append(of["frames"], moments.ReplaceAllString(act, ""))
		case openPages.MatchString(act) && act[0] == 'G':
			of["opens"] = append(of["opens"], act)
		case openPages.MatchString(act):
			of["sends"] = append(of["sends"], act)
		}
	}
	return of
}
