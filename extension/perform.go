package extension

import (
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	drawingFor     = 20 * time.Second
	typingFor      = 10 * time.Second
	strokeShortest = 400 * time.Millisecond
	strokeLongest  = time.Second
	strokeEvery    = time.Second            // at least, and at most four times as long
	keyInterval    = 220 * time.Millisecond // 4 to 5 keys a second
	wordsAPhrase   = 4
	editAfter      = 500 * time.Millisecond // without a key
	pageLetters    = 400                    // then the page is begun anew
	// stateAStroke is what a stroke adds to the drawing's own form.
	stateAStroke = 2250
)

// perform draws and types as long as the session lasts, from when it has been
// entered. Who does both takes turns; users of odd index type first, so that a
// group always does both. Who draws has written a phrase before, as a story
// without text is never saved; only the default user begins at once.
func (s *session) perform() {
	select {
	case <-s.entered:
	case <-s.active.Done():
		return
	}
	random := s.random(forCanvas | uint64(s.number)<<40)
	does := [2]func(*rand.Rand, time.Duration){s.drawFor, s.typeFor}
	switch {
	case !s.seat.Draws && !s.seat.Types:
		return
	case !s.seat.Draws:
		does[0] = s.typeFor
	case !s.seat.Types:
		does[1] = s.drawFor
	}
	if s.seat.Draws && !s.seat.TwoTabs {
		s.typeFor(random, 1)
	}
	spans := [2]time.Duration{drawingFor, typingFor}
	if every := s.options.Habits.CanvasStateSeconds; every > 0 && s.seat.Draws {
		s.start(func() { s.uploadCanvas(inSeconds(every)) })
	}
	for turn := s.index % 2; s.active.Err() == nil; turn = 1 - turn {
		does[turn](random, spans[turn])
	}
}

// drawFor draws a stroke every 1 to 4 s.
func (s *session) drawFor(random *rand.Rand, d time.Duration) {
	now := time.Now()
	for began := now; began.Sub(now) < d; {
		done := began.Add(between(random, strokeShortest, strokeLongest))
		stroke := newStroke(random)
		if !s.moveCursor(began, done, stroke) || !s.at(done) {
			return
		}
		s.draw(stroke, done)
		s.turnPage()
		began = began.Add(between(random, strokeEvery, 4*strokeEvery))
		if !s.at(began) {
			return
		}
	}
}

// turnPage goes on to the next page when one is full. Who writes too stays on
// the page of its text.
func (s *session) turnPage() {
	s.strokes.Add(1)
	full := int64(s.options.Habits.StrokesAPage)
	if full == 0 || s.seat.Types || s.strokes.Load() < full {
		return
	}
	s.strokes.Store(0)
	s.onPage = (s.onPage + 1) % pagesAStory
	s.send(fmt.Appendf(nil, `{"type":"page_change","page_number":%d}`, s.onPage))
}

// uploadCanvas sends the drawing on the page in its own form, which the session keeps.
func (s *session) uploadCanvas(every time.Duration) {
	for wait(s.active, every) {
		if n := s.strokes.Load(); n > 0 {
			s.send(canvasFrame(int(n)))
		}
	}
}

// moveCursor sends where the pointer is, 20 times a second as a rule.
func (s *session) moveCursor(from, to time.Time, stroke []point) bool {
	for due, i := from, 0; due.Before(to); due, i = due.Add(s.cursorEvery), i+1 {
		if !s.at(due) {
			return false
		}
		s.send(cursorFrame(s.onPage, stroke[i%len(stroke)]))
	}
	return true
}

// draw sends the finished stroke, which was due at the time. The delivery to
// each other member is expected from the moment before it is written.
func (s *session) draw(stroke []point, due time.Time) {
	if !s.ready.Load() || s.active.Err() != nil {
		return // the SPA drops what it cannot send
	}
	s.seq++ // goes on in the next session: receivers tell draws by it
	now, phase := time.Now(), s.phase()
	undo := s.page.send(s.seq, now, phase)
	if err := s.socket.write(drawFrame(s.index, s.seq, s.onPage, now, stroke)); err != nil {
		undo()
		return
	}
	s.page.tallies.sent(phase, now.Sub(due))
}

// send writes a frame that nobody counts, when the session is entered.
func (s *session) send(frame []byte) {
	if s.ready.Load() {
		_ = s.socket.write(frame) // a socket that fails says so to its reader
	}
}

// typeFor types phrases, each sent as the page's whole text after a pause.
func (s *session) typeFor(random *rand.Rand, d time.Duration) {
	began := time.Now()
	for due := began; due.Sub(began) < d; due = due.Add(between(random, time.Second, 3*time.Second)) {
		for _, letter := range phrase(random) {
			if !s.at(due) {
				return
			}
			s.press(letter, 2+random.IntN(3))
			due = due.Add(keyInterval)
		}
		due = due.Add(editAfter)
		if !s.at(due) {
			return
		}
		s.send(textFrame(s.saver.text()))
		s.touch()
	}
}

// press types one letter; the SPA's handlers announce the caret several times.
func (s *session) press(letter rune, times int) {
	s.words.keystroke()
	s.saver.add(letter)
	text := s.saver.text()
	for range times {
		s.send(presenceFrame(s.who, text, time.Now()))
	}
}

// between returns a time from low up to high, which is not less.
func between(random *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(random.Int64N(max(1, int64(high-low))))
}
