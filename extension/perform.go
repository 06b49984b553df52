package extension

import (
	"math/rand/v2"
	"time"
)

const (
	cursorInterval = 50 * time.Millisecond // the SPA's limit: 20 a second
	drawingFor     = 20 * time.Second
	typingFor      = 10 * time.Second
	strokeShortest = 400 * time.Millisecond
	strokeLongest  = time.Second
	strokeEvery    = time.Second            // at least, and at most four times as long
	keyInterval    = 220 * time.Millisecond // 4 to 5 keys a second
	wordsAPhrase   = 4
	editAfter      = 500 * time.Millisecond // without a key
	pageLetters    = 400                    // then the page is begun anew
	pageID         = "mk1a"
)

// perform alternates between drawing and typing as long as the user is active.
// Users of odd index type first, so that a group always does both.
func (s *session) perform() {
	random := s.random(forCanvas)
	if s.index%2 == 1 {
		s.typeFor(random, typingFor)
	}
	for s.active.Err() == nil {
		s.drawFor(random, drawingFor)
		s.typeFor(random, typingFor)
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
		began = began.Add(between(random, strokeEvery, 4*strokeEvery))
		if !s.at(began) {
			return
		}
	}
}

// moveCursor sends where the pointer is, 20 times a second.
func (s *session) moveCursor(from, to time.Time, stroke []point) bool {
	for due, i := from, 0; due.Before(to); due, i = due.Add(cursorInterval), i+1 {
		if !s.at(due) {
			return false
		}
		s.send(cursorFrame(stroke[i%len(stroke)]))
	}
	return true
}

// draw sends the finished stroke, which was due at the time. The delivery to
// each other member is expected from the moment before it is written.
func (s *session) draw(stroke []point, due time.Time) {
	if !s.ready.Load() || s.active.Err() != nil {
		return // the SPA drops what it cannot send
	}
	s.seq++
	now, phase := time.Now(), s.phase()
	undo := s.page.send(s.seq, now, phase)
	if err := s.socket.write(drawFrame(s.index, s.seq, now, stroke)); err != nil {
		undo()
		return
	}
	s.emit.push(s.metrics.drawsSent, phase, 1)
	s.emit.push(s.metrics.lag, phase, milliseconds(now.Sub(due)))
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
	s.saver.add(letter)
	text := s.saver.text()
	for range times {
		s.send(presenceFrame(s.who, text, time.Now()))
	}
}

func between(random *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(random.Int64N(int64(high-low)))
}
