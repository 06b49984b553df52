package target

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/persona"
)

// TestTidy: a person's stories stay, though they were made meanwhile under the
// same account; and so do stories of ours from before.
func TestTidy(t *testing.T) {
	type story struct {
		ID      int       `json:"id"`
		Title   string    `json:"title"`
		Created time.Time `json:"date_created"`
	}
	now := time.Now()
	since := now.Add(-time.Hour)
	held := []story{
		{9, "Touched twice", now}, {8, persona.GameTitle, now}, {7, "My own tale", now}, {6, persona.StoryTitle(12), now},
		{5, "Paper boats", now}, {4, "Paper boats and rain", now}, {3, persona.StoryTitle(0), since.Add(time.Minute)}, {2, persona.StoryTitle(0), since.Add(-time.Minute)}, {1, "Touched", since.Add(-time.Minute)},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var id, page int
		if r.Method == http.MethodDelete {
			_, _ = fmt.Sscanf(r.URL.Path, "/api/stories/%d/delete/", &id)
			held = slices.DeleteFunc(held, func(s story) bool { return s.ID == id })
			return
		}
		_, _ = fmt.Sscan(r.URL.Query().Get("page"), &page)
		rest := held[min(len(held), 2*page-2):]
		answer := map[string]any{"results": rest[:min(2, len(rest))]}
		if len(rest) > 2 {
			answer["next"] = "more"
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	defer server.Close()
	removed, err := Tidy(t.Context(), guard.Here(server.URL), "token", since)
	var stay []int
	for _, s := range held {
		stay = append(stay, s.ID)
	}
	if want := []int{7, 5, 4, 2, 1}; err != nil || removed != 4 || !slices.Equal(stay, want) {
		t.Errorf("%d removed, %v; %v stay, want %v", removed, err, stay, want)
	}
}
