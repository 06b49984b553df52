package probe

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/explain"
)

// mostDiscovered calls of an app's own are measured: beyond the users' own.
const mostDiscovered = 60

var (
	parameter = regexp.MustCompile(`<(?:\w+:)?(\w+)>`)
	inBraces  = regexp.MustCompile(`\{\w+\}`)
)

// unsafe are paths that are not for users, or that would end what is measured.
var unsafe = regexp.MustCompile(`^/(admin|static|media|__debug__)|logout|delete|unsubscribe`)

// discovered are the calls that the app answers beyond those of the users, as
// far as a plain GET can ask for them.
func (p *prober) discovered(ctx context.Context) []endpoint {
	if !p.hooked {
		return nil
	}
	routes, err := p.Hook.Routes(ctx)
	if err != nil {
		p.missing("the app's own list of paths", err)
		return nil
	}
	listed := map[string]bool{}
	for _, e := range withAPI(calls) {
		path, _, _ := strings.Cut(e.path, "?")
		listed[inBraces.ReplaceAllString(path, "*")] = true
	}
	var found []endpoint
	for _, r := range routes.HTTP {
		shape := parameter.ReplaceAllString(r.Path, "*")
		if listed[shape] || unsafe.MatchString(r.Path) || len(r.Methods) > 0 && !slices.Contains(r.Methods, "GET") {
			continue
		}
		listed[shape] = true
		if len(found) == mostDiscovered {
			p.missing("GET "+r.Path, errors.New("the app has many paths: this one comes after 60 others"))
			continue
		}
		found = append(found, endpoint{name: strings.TrimPrefix(r.Path, "/"), method: "GET", path: parameter.ReplaceAllStringFunc(r.Path, guess)})
	}
	return found
}

// guess is what to put in place of a parameter: an id that is known for its
// name, else anything.
func guess(parameterText string) string {
	name := parameter.FindStringSubmatch(parameterText)[1]
	for word, names := range map[string][]string{
		"story": {"story_id"}, "friend": {"user_id", "friend_id"}, "session": {"session_id"}, "game": {"game_id"},
	} {
		if slices.Contains(names, name) {
			return "{" + word + "}"
		}
	}
	return "{any}"
}

// sockets the app has beyond those of the users, which nobody knows a message of.
func (p *prober) strangeSockets(routes []string) {
	for _, path := range routes {
		shape := parameter.ReplaceAllString(path, "*")
		if shape != "/ws/notifications/" && shape != "/ws/collaborate/*/" {
			p.found.NotMeasured = append(p.found.NotMeasured, explain.Missing{What: "socket " + path, Why: "its messages are not known"})
		}
	}
}
