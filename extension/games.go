package extension

import (
	"encoding/json"
	"math/rand/v2"
	"time"

	"github.com/pixeltales/pixelload/internal/persona"
)

const (
	answerShortest = 3 * time.Second
	answerLongest  = 8 * time.Second
	afterGame      = time.Second
)

// play picks a story that has games, then one of its games, and answers as many
// questions as there is time for.
func (t *tab) play(s *spell, random *rand.Rand) {
	var available struct{ Stories []struct{ ID int } }
	var games struct{ Games []struct{ ID int } }
	story, game := random.Float64(), random.Float64()
	if !t.ask(get("games", "/games/available_stories/"), &available) {
		return
	}
	if len(available.Stories) == 0 {
		t.makeGames()
		return
	}
	id := available.Stories[int(story*float64(len(available.Stories)))].ID
	if !s.pause(between(random, answerShortest, answerLongest)) {
		return
	}
	t.start(func() { t.parallel(navigation()...) })
	if !t.ask(get("games_story", path("/games/story/%s/", id)), &games) || len(games.Games) == 0 {
		return
	}
	if s.pause(between(random, answerShortest, answerLongest)) {
		t.attempt(s, random, games.Games[int(game*float64(len(games.Games)))].ID)
	}
}

// attempt plays one game to its end. Its page has no bottom bar.
func (t *tab) attempt(s *spell, random *rand.Rand, game int) {
	t.showBar(false)
	defer t.showBar(true)
	t.start(func() { t.parallel(navigation()...) })
	var attempt struct {
		ID        int `json:"attempt_id"`
		Questions []struct {
			ID      int
			Options json.RawMessage // words to choose from, or a puzzle's grid
		}
	}
	if !t.ask(send("POST", "game_start", path("/games/%s/start_game/", game), map[string]bool{"force_new": true}), &attempt) {
		return
	}
	for _, q := range attempt.Questions {
		if !s.pause(between(random, answerShortest, answerLongest)) {
			return
		}
		answer := choose(q.Options, random.Float64())
		t.http.do(t.whole, send("POST", "game_answer", "/games/submit_answer/",
			map[string]any{"attempt_id": attempt.ID, "question_id": q.ID, "answer": answer}))
	}
	if len(attempt.Questions) == 0 {
		return // the application fails to complete such a game
	}
	t.http.do(t.whole, send("POST", "game_complete", "/games/complete/", map[string]int{"attempt_id": attempt.ID}))
	s.pause(afterGame)
}

// choose returns one of the options, or a guess where there are none.
func choose(options []byte, pick float64) string {
	var words []string
	if json.Unmarshal(options, &words) != nil || len(words) == 0 {
		return "boat"
	}
	return words[int(pick*float64(len(words)))]
}

// makeGames gives the target its first games, as an author does: a story of
// words alone is published, and games are made of it. One user of a test does.
func (t *tab) makeGames() {
	if !t.world.gamesMade.CompareAndSwap(false, true) {
		return
	}
	c := send("POST", "story_create", "/stories/create/", gameStory)
	c.ids = 1
	a := t.http.do(t.whole, c)
	if !a.ok() || len(a.ids) == 0 {
		return
	}
	t.http.do(t.whole, send("POST", "story_publish", path("/stories/%s/publish/", a.ids[0]), nil))
	t.http.do(t.whole, send("POST", "games_generate", "/games/generate/", map[string]int{"story_id": a.ids[0]}))
}

// gameStory has enough sentences to ask about.
var gameStory = map[string]any{
	"title": persona.GameTitle, "category": "adventure", "genres": []string{"adventure"}, "language": "en",
	"summary": "A keeper lights the harbour.", "creation_type": "manual", "is_published": false, "canvas_data": "[]",
	"content": "The keeper climbed the tower every evening. Three boats waited outside the harbour. " +
		"Wind rattled the green windows, and the lantern would not light.\n\n---PAGE BREAK---\n\n" +
		"A child brought matches from the village. Together they lit the lantern, and the boats came home before midnight.",
}
