package persona

import (
	"slices"
	"strconv"
	"strings"
)

// GameTitle is that of the story which games are made of.
const GameTitle = "The lantern keeper"

// TouchedTitles are those of the story with which a target's endpoints are asked
// once, before and after its change.
var TouchedTitles = [2]string{"Touched", "Touched twice"}

const storyTitle = "Paper boats "

// StoryTitle is that of the story which the user of the index draws.
func StoryTitle(index int) string { return storyTitle + strconv.Itoa(index) }

// IsOurs says whether a story is by its title one that a user made, so that it
// may be removed again.
func IsOurs(title string) bool {
	index, _ := strings.CutPrefix(title, storyTitle)
	n, err := strconv.Atoi(index)
	return err == nil && title == StoryTitle(n) || title == GameTitle || slices.Contains(TouchedTitles[:], title)
}
