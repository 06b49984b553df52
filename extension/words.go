package extension

import (
	"regexp"
	"sync"
	"time"
)

const (
	wordsTimeout = 30 * time.Second
	// wordsAge is how long a tab trusts its word list.
	wordsAge = 5 * time.Minute
)

// aWord is the beginning of a list that has one.
var aWord = regexp.MustCompile(`"words": ?\["`)

// words is the word list of one tab. The app fetches it when the page loads,
// and looks at each keystroke in a filtered text whether it is still good:
// younger than wordsAge, and not empty. Nobody minds a fetch already under way,
// so with a list that is empty or fails every keystroke is a request.
type words struct {
	visit *visit
	mu    sync.Mutex
	until time.Time // when it is no longer good
}

func (w *words) load() {
	a := w.visit.http.do(w.visit.whole, call{
		name: "words", method: "GET", path: "/profanity/active/?language=all", timeout: wordsTimeout, glance: true,
	})
	if a.ok() && aWord.Match(a.body) {
		w.mu.Lock()
		w.until = time.Now().Add(wordsAge)
		w.mu.Unlock()
	}
}

// keystroke is a letter typed into a filtered text.
func (w *words) keystroke() {
	w.mu.Lock()
	good := time.Now().Before(w.until)
	w.mu.Unlock()
	if !good {
		w.visit.start(w.load)
	}
}
