package probe

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// names finds what the simulated users call their calls and messages.
var (
	callNames    = regexp.MustCompile(`(?:get\("|send\("\w+", "|s\.call\("\w+", "|name: ")([a-z_]+)"(?:,| method)`)
	messageTypes = regexp.MustCompile("\"type\":\"([a-z_]+)\"|Type: +\"([a-z_]+)\"")
	// A crowd is sockets without a user, a brush is a tool, a layer is in a drawing.
	notCalls    = map[string]bool{"notifications": true, "crowd": true}
	notMessages = map[string]bool{"brush": true, "Layer": true}
)

func extension(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("../../extension/*.go")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files of the users, %v", len(files), err)
	}
	var all strings.Builder
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// What users call for is measured under their name for it, or left out with a
// reason: nothing of theirs is forgotten.
func TestEveryCallOfUsersIsListed(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, e := range calls {
		listed[e.name] = true
	}
	for _, m := range left {
		for name := range strings.SplitSeq(m.What, ", ") {
			listed[name] = true
		}
	}
	found := 0
	for _, m := range callNames.FindAllStringSubmatch(extension(t), -1) {
		if notCalls[m[1]] {
			continue
		}
		found++
		if !listed[m[1]] {
			t.Errorf("users call for %s, and it is neither measured nor left out", m[1])
		}
	}
	if found < 40 {
		t.Errorf("%d calls of users were found: this test sees too few", found)
	}
}

func TestEveryMessageOfUsersIsListed(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, m := range said {
		listed[m.name] = true
	}
	for _, m := range unsaid {
		listed[strings.TrimPrefix(m.What, "message ")] = true
	}
	found := 0
	for _, m := range messageTypes.FindAllStringSubmatch(extension(t), -1) {
		if name := m[1] + m[2]; !notMessages[name] {
			found++
			if !listed[name] {
				t.Errorf("users send %s, and it is neither measured nor left out", name)
			}
		}
	}
	if found < 5 {
		t.Errorf("%d messages of users were found: this test sees too few", found)
	}
}

// Whatever a call needs is told by one that is asked before it.
func TestCallsLearnBeforeTheyNeed(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"user": true, "drawing": true, "any": true}
	for _, e := range calls {
		for _, word := range unknown.FindAllString(strings.ReplaceAll(e.path+e.body, "{n}", ""), -1) {
			if !known[strings.Trim(word, "{}")] {
				t.Errorf("%s needs %s, which nothing before it tells", e.name, word)
			}
		}
		for _, w := range e.learn {
			word, _, _ := strings.Cut(strings.TrimPrefix(w, "+"), "=")
			known[word] = true
		}
	}
	if !known["session"] {
		t.Error("nothing tells the session that messages are sent in")
	}
}

// No two distinct calls have the same address, and every same one has.
func TestApart(t *testing.T) {
	t.Parallel()
	p := &prober{learnt: map[string]string{"story": "7"}, ids: []string{"7", "8", "9"}}
	for _, path := range []string{"/api/stories/{story}/", "/api/users/search/?q=&limit=10", "/planted/{any}/", "/plain/"} {
		seen := map[string]bool{}
		for n := range 20 {
			got := p.apart(path, n)
			if seen[got] || strings.Contains(got, "{") {
				t.Errorf("%s: %s is there twice, or not filled", path, got)
			}
			seen[got] = true
		}
	}
	if got := p.apart("/api/users/search/?q=boat", 3); !strings.Contains(got, "q=boat3") {
		t.Errorf("%s, want another text to search for", got)
	}
}

// What was learnt is put in as it is, whatever words it holds itself.
func TestFillOnce(t *testing.T) {
	t.Parallel()
	for range 20 { // the order of a map is another each time
		p := &prober{learnt: map[string]string{"drawing": "{story} {n}", "story": "{drawing}"}}
		if got, want := p.fill("{drawing}/{story}/{n}/{other}", 3), "{story} {n}/{drawing}/3/{other}"; got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}

func TestLearnFrom(t *testing.T) {
	t.Parallel()
	p := &prober{learnt: map[string]string{}}
	head := []byte(`{"count":2,"results":[{"id":12,"title":"a \"id\": no"},{"id": 31,"session_id":"0b6e-1"},{"id":4`) // cut
	p.learnFrom("+stories", "id", head)
	p.learnFrom("session", "session_id", head)
	p.learnFrom("nothing", "join_code", head)
	if p.learnt["stories"] != "12" || len(p.ids) != 2 || p.ids[1] != "31" || p.learnt["session"] != "0b6e-1" {
		t.Errorf("learnt %v, ids %v", p.learnt, p.ids)
	}
	if _, known := p.learnt["nothing"]; known {
		t.Error("what no answer tells is not known")
	}
}
