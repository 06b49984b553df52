package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/pixeltales/pixelload/internal/explain"
)

// endpoint is a call of the API. A word in braces stands for an id that an
// earlier answer told, {n} for a number that no other call has.
type endpoint struct {
	name, method, path, body string
	// learn is what ids its answer tells, as WORD=FIELD; +WORD=FIELD keeps all.
	learn []string
	// once says that it is accepted once: it is asked for what comes after it.
	once bool
}

// calls are those that users make, under the users' own names, with the bodies
// that they send; those that tell ids come first. Each is asked with the largest
// answer that a user asks for.
var calls = []endpoint{
	{name: "stories_public", path: "/stories/?public=true&page_size=100", learn: []string{"story=id", "+stories=id"}},
	{name: "words", path: "/profanity/active/?language=all"},
	{name: "profile", path: "/auth/profile/"},
	{name: "story", path: "/stories/{story}/"},
	{name: "story_stats", path: "/stories/{story}/stats/"},
	{name: "comments", path: "/stories/{story}/comments/"},
	{name: "games_check", path: "/games/check/{story}/"},
	{name: "like", method: "POST", path: "/stories/{story}/like/"},
	{name: "save", method: "POST", path: "/stories/{story}/save/"},
	{name: "rate", method: "POST", path: "/stories/{story}/rate/", body: `{"rating":4}`},
	{name: "comment", method: "POST", path: "/stories/{story}/comments/create/", body: `{"text":"the paper boat sails over a quiet lake {n}"}`},
	{name: "saved", path: "/stories/saved/"},
	{name: "friends", path: "/friends/", learn: []string{"friend=id"}},
	{name: "friend_requests", path: "/friends/requests/"},
	{name: "search", path: "/users/search/?q=&offset=0&limit=10&exclude_friends=true"},
	{name: "feed", path: "/social/activity-feed/?limit=20"},
	{name: "leaderboard", path: "/social/leaderboard/?limit=10"},
	{name: "conversations", path: "/messages/conversations/"},
	{name: "messages", path: "/messages/{friend}/"},
	{name: "message_send", method: "POST", path: "/messages/send/", body: `{"receiver_id":{friend},"content":"small crew over the lake {n}"}`},
	{name: "mark_read", method: "PUT", path: "/messages/mark-read/{friend}/"},
	{name: "achievements", path: "/achievements/progress/"},
	{name: "rewards", path: "/users/rewards/"},
	{name: "story_create", method: "POST", path: "/stories/create/", body: "{drawing}", learn: []string{"own=id"}},
	{name: "story_update", method: "PATCH", path: "/stories/{own}/update/", body: "{drawing}"},
	{name: "stories", path: "/stories/"},
	{name: "story_publish", method: "POST", path: "/stories/{own}/publish/", once: true},
	{name: "games_generate", method: "POST", path: "/games/generate/", body: `{"story_id":{own}}`},
	{name: "games", path: "/games/available_stories/"},
	{name: "games_story", path: "/games/story/{own}/", learn: []string{"game=id"}},
	{name: "game_start", method: "POST", path: "/games/{game}/start_game/", body: `{"force_new":true}`},
	{name: "invites", path: "/collaborate/invites/"},
	{
		name: "collaborate_create", method: "POST", path: "/collaborate/create/", learn: []string{"session=session_id", "code=join_code"},
		body: `{"canvas_name":"Paper boats {n}","max_participants":5,"duration_hours":24}`,
	},
	{name: "collaborate_join", method: "POST", path: "/collaborate/join-by-code/", body: `{"join_code":"{code}"}`},
	{name: "collaborate", path: "/collaborate/{session}/"},
	{name: "collaborate_start", method: "POST", path: "/collaborate/{session}/start/"},
	{name: "collaborate_presence", path: "/collaborate/{session}/presence/"},
	{name: "draft", path: "/collaborate/{session}/draft/"},
	{
		name: "draft_update", method: "POST", path: "/collaborate/{session}/draft/update/",
		body: `{"story_draft":{"title":"Paper boats {n}","pages":[{"text":"Once."}]}}`,
	},
	{
		name: "invite", method: "POST", path: "/collaborate/invite/",
		body: `{"session_id":"{session}","friend_id":{user},"story_title":"Paper boats","is_session_active":true}`,
	},
	{name: "vote", method: "POST", path: "/collaborate/{session}/vote/", learn: []string{"vote=vote_id"}},
	{name: "vote_cast", method: "POST", path: "/collaborate/{session}/vote/cast/", body: `{"vote_id":"{vote}","agree":true}`},
}

// left are calls that cannot be repeated alone, and why.
var left = []explain.Missing{
	{What: "login, refresh", Why: "users are minted tokens here; a login takes what hashing a password does"},
	{What: "friend_request", Why: "it is accepted once for two users"},
	{What: "friend_respond, invite_respond", Why: "each answers a request of another user once"},
	{What: "game_answer, game_complete", Why: "each is accepted once in a game"},
	{What: "collaborate_end", Why: "it ends the session that others are measured in"},
}

// api is where all calls lie.
const api = "/api"

// endpoints measures each call, then those that only the app itself knows.
func (p *prober) endpoints(ctx context.Context) error {
	p.found.NotMeasured = append(p.found.NotMeasured, left...)
	p.learn("drawing", drawing())
	p.learn("any", "1")
	all := append(withAPI(calls), p.discovered(ctx)...)
	for i, e := range all {
		if p.late(0) {
			p.missing(e.name, errTime)
			p.askOnce(ctx, e)
			continue
		}
		p.Step("call %d of %d: %s", i+1, len(all), e.name)
		if err := p.endpoint(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func withAPI(calls []endpoint) []endpoint {
	var all []endpoint
	for _, e := range calls {
		e.path, e.method = api+e.path, cmp.Or(e.method, "GET")
		all = append(all, e)
	}
	return all
}

var errOnce = errors.New("it is accepted once, and was asked for the calls after it")

// refused is an answer that says no.
type refused struct{ status int }

func (r refused) Error() string { return fmt.Sprintf("the target answers with status %d", r.status) }

// endpoint measures one call; an error ends all of it.
func (p *prober) endpoint(ctx context.Context, e endpoint) error {
	if word := unknown.FindString(p.fill(e.path+e.body, 0)); word != "" {
		p.missing(e.name, fmt.Errorf("no earlier answer told %s", word))
		return nil
	}
	s := explain.Subject{Name: e.name, What: e.method + " " + e.path, Of: explain.Endpoint}
	a := asking{same: func(ctx context.Context, n int) (int64, error) { return p.ask(ctx, e, p.fill(e.path, n), n) }}
	var refusals []error
	if e.method == "GET" {
		a.distinct = func(ctx context.Context, n int) (int64, error) {
			bytes, err := p.ask(ctx, e, p.apart(e.path, n), n)
			if errors.As(err, new(refused)) { // an id that there is not
				refusals = append(refusals, err)
				return bytes, nil
			}
			return bytes, err
		}
	}
	if e.once {
		_, err := a.same(ctx, 1)
		p.missing(e.name, cmp.Or(err, errOnce))
		return ctx.Err()
	}
	err := p.repeat(ctx, &s, a)
	if asked := callsIn(s.Distinct); 2*len(refusals) > asked && asked > 0 {
		s.Distinct = nil
		p.missing("whether "+e.name+" is cached", fmt.Errorf("%d of %d calls whose arguments never repeat were refused: %w", len(refusals), asked, refusals[0]))
	}
	return p.note(ctx, s, err)
}

func callsIn(bursts []explain.Burst) (n int) {
	for _, b := range bursts {
		n += b.Calls
	}
	return n
}

// askOnce asks for what later calls and the messages need to know, when there is
// no time to measure it.
func (p *prober) askOnce(ctx context.Context, e endpoint) {
	if len(e.learn) > 0 && !unknown.MatchString(p.fill(e.path+e.body, 0)) {
		_, _ = p.ask(ctx, e, p.fill(e.path, 0), 0) // what it does not tell is missed by name
	}
}

// note keeps what was measured of a subject. Its failure is its own, unless the
// target can be asked no more.
func (p *prober) note(ctx context.Context, s explain.Subject, err error) error {
	if len(s.Bursts) > 0 || len(s.Standing) > 0 {
		p.found.Subjects = append(p.found.Subjects, s)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errStop):
		p.missing("more of "+s.Name, err)
		_, err := p.collected(ctx)
		return err
	case errors.As(err, new(refused)) && ctx.Err() == nil:
		p.missing(s.Name, err)
		return nil
	}
	return fmt.Errorf("%s: %w", s.Name, err)
}

// ask makes the call and learns from its answer.
func (p *prober) ask(ctx context.Context, e endpoint, path string, n int) (int64, error) {
	a, err := p.client.do(ctx, e.method, path, p.fill(e.body, n))
	if err != nil {
		return 0, err
	}
	if !a.ok() {
		return a.bytes, refused{a.status}
	}
	for _, w := range e.learn {
		word, field, _ := strings.Cut(w, "=")
		p.learnFrom(word, field, a.head)
	}
	return a.bytes, nil
}

// learnFrom keeps the field's value, or all of its values, from the beginning of
// an answer, which may be cut anywhere.
func (p *prober) learnFrom(word, field string, head []byte) {
	values := regexp.MustCompile(`"`+field+`":\s*"?([\w-]+)[",}]`).FindAllSubmatch(head, -1)
	if len(values) == 0 {
		return
	}
	if list, all := strings.CutPrefix(word, "+"); all {
		p.ids = nil
		for _, v := range values {
			p.ids = append(p.ids, string(v[1]))
		}
		word = list
	}
	if _, known := p.learnt[word]; !known {
		p.learn(word, string(values[0][1]))
	}
}

// unknown is a word in braces that nothing was learnt for.
var unknown = regexp.MustCompile(`\{[a-z]+\}`)

// fill puts what was learnt, and the number, in place of the words in braces.
func (p *prober) fill(text string, n int) string {
	words := []string{"{n}", fmt.Sprint(n)}
	for word, value := range p.learnt {
		words = append(words, "{"+word+"}", value)
	}
	return strings.NewReplacer(words...).Replace(text)
}

// apart is the path with arguments that no other call has: another story where
// there is one, another value of what is free text, and one more parameter, which
// an answer that is kept by its address is kept for.
func (p *prober) apart(path string, n int) string {
	if len(p.ids) > 0 {
		path = strings.ReplaceAll(path, "{story}", p.ids[n%len(p.ids)])
	}
	path = strings.ReplaceAll(path, "{any}", fmt.Sprintf("%d", 1000+n))
	u, err := url.Parse(p.fill(path, n))
	if err != nil {
		return p.fill(path, n)
	}
	query := u.Query()
	for name, values := range query {
		if freeText.MatchString(name) {
			query.Set(name, fmt.Sprintf("%s%d", values[0], n))
		}
	}
	query.Set("pixelload", fmt.Sprint(n))
	u.RawQuery = query.Encode()
	return u.String()
}

// freeText are parameters whose value may be anything.
var freeText = regexp.MustCompile(`^(q|search|language|category|query|name|key)$`)
