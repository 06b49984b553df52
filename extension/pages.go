package extension

import (
	"encoding/json"
	"math/rand/v2"
	"time"

	"github.com/pixeltales/pixelload/internal/persona"
)

const (
	statsInterval  = 10 * time.Second
	discoverableID = 100 // ids of public stories to remember
)

// page is what a page of the app asks for when it opens, side by side with the
// frame's own calls, and what a user does there during its spell.
type page struct {
	load []call
	bare bool // of the bottom bar
	act  func(t *tab, s *spell, random *rand.Rand)
}

// pages is all pages of the app that users tour. A call that is there twice is
// made twice: the profile's answer replaces the user, and effects run again.
var pages = map[persona.Page]page{
	persona.Home:     {},
	persona.Library:  {load: []call{get("saved", "/stories/saved/"), get("saved", "/stories/saved/")}},
	persona.Discover: {act: (*tab).discover},
	persona.Story:    {bare: true, act: (*tab).read},
	persona.Social: {load: []call{
		get("friends", "/friends/"), get("friend_requests", "/friends/requests/"), get("invites", "/collaborate/invites/"),
		get("feed", "/social/activity-feed/?limit=20"),
		get("search", "/users/search/?q=&offset=0&limit=10&exclude_friends=true"),
		get("leaderboard", "/social/leaderboard/?limit=10"),
	}, act: (*tab).meet},
	persona.Messages: {act: (*tab).chat},
	persona.Profile:  {act: (*tab).lookAtSelf},
	persona.Games:    {act: (*tab).play},
}

func get(name, path string) call { return call{name: name, method: "GET", path: path} }

// send is a call with a JSON body.
func send(method, name, path string, body any) call {
	text, _ := json.Marshal(body) // of our own making, it does not fail
	return call{name: name, method: method, path: path, body: text}
}

// ask makes the call and decodes its answer; false when there is none that fits.
func (v *visit) ask(c call, into any) bool {
	c.keep = true
	a := v.http.do(v.whole, c)
	return a.ok() && json.Unmarshal(a.body, into) == nil
}

// discover looks at the public list, which the tab asks for again and again.
func (t *tab) discover(s *spell, _ *rand.Rand) {
	for again := true; again; again = s.pause(persona.ListInterval) {
		t.start(t.list)
	}
}

// list asks for the public list, the request that decides the target's memory.
func (v *visit) list() {
	c := call{name: "stories_public", method: "GET", path: "/stories/?public=true&page_size=100", pace: v.pace()}
	if len(v.world.known()) == 0 {
		c.ids = discoverableID
	}
	phase, a := v.phase(), v.http.do(v.whole, c)
	if a.made {
		v.emit.push(v.metrics.listCalls, phase, 1)
	}
	if len(a.ids) > 0 {
		v.world.discover(a.ids)
	}
}

// read opens one of the public stories, reads it, and may say so.
func (t *tab) read(s *spell, random *rand.Rand) {
	id, ok := t.aStory(random)
	if !ok {
		return // no list was answered yet: there is nothing to open
	}
	stats := get("story_stats", path("/stories/%s/stats/", id))
	t.start(func() {
		t.http.do(t.whole, get("story", path("/stories/%s/", id)))
		t.http.do(t.whole, get("games_check", path("/games/check/%s/", id)))
	})
	t.start(func() { t.every(s, statsInterval, stats) })
	if !s.pause(between(random, time.Second, t.options.Habits.think()[0]+2*time.Second)) {
		return
	}
	t.http.do(t.whole, get("comments", path("/stories/%s/comments/", id)))
	t.http.do(t.whole, stats)
	t.react(s, random, id)
}

// How many of those who open a story's comments do what.
const (
	likeShare    = 0.5
	saveShare    = 0.2
	rateShare    = 0.2
	commentShare = 0.2
)

func (t *tab) react(s *spell, random *rand.Rand, id int) {
	like, save, rate, comment := once(random, likeShare), once(random, saveShare), once(random, rateShare), once(random, commentShare)
	stars, text := 3+random.IntN(3), phrase(random)
	if like {
		t.http.do(t.whole, send("POST", "like", path("/stories/%s/like/", id), nil))
	}
	if save {
		t.http.do(t.whole, send("POST", "save", path("/stories/%s/save/", id), nil))
	}
	if rate {
		t.http.do(t.whole, send("POST", "rate", path("/stories/%s/rate/", id), map[string]int{"rating": stars}))
	}
	if comment && t.typeText(s, text) {
		t.http.do(t.whole, send("POST", "comment", path("/stories/%s/comments/create/", id), map[string]string{"text": text}))
	}
}

// aStory picks one of the public stories; false when none is known.
func (v *visit) aStory(random *rand.Rand) (id int, ok bool) {
	pick, ids := random.Float64(), v.world.known()
	if len(ids) == 0 {
		return 0, false
	}
	return ids[int(pick*float64(len(ids)))], true
}

// lookAtSelf is the profile with its achievements, and now and then the rewards.
// A user's very first two calls race to insert the same rows, and one fails.
func (t *tab) lookAtSelf(s *spell, random *rand.Rand) {
	achievements := get("achievements", "/achievements/progress/")
	if !t.hasProfile {
		achievements.known = 500
	}
	t.hasProfile = true
	t.parallel(achievements, achievements)
	if once(random, 0.5) && s.pause(between(random, time.Second, 5*time.Second)) {
		t.http.do(t.whole, get("rewards", "/users/rewards/"))
	}
}
