package probe

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
)

// A story as its editor uploads it: a cover, sent twice, and six pages.
const (
	drawnPages = 6
	drawnBytes = 59 << 10 // of a page's picture, before base64
)

// drawing is the body of a story whose pages are drawn by hand: pictures of a
// real size, in a random that cannot be packed.
func drawing() string {
	random := rand.New(rand.NewPCG(drawnPages, drawnBytes)) //nolint:gosec // any fixed sequence does
	picture := make([]byte, drawnBytes)
	for i := range picture {
		picture[i] = byte(random.UintN(256))
	}
	data := "data:image/png;base64," + base64.StdEncoding.EncodeToString(picture)
	type page struct {
		ID    string `json:"id"`
		Order int    `json:"order"`
		Data  string `json:"canvasData"`
	}
	pages := []page{{"cover", -1, data}}
	for i := range drawnPages {
		pages = append(pages, page{fmt.Sprintf("mk%da", i+1), i, data})
	}
	canvas, _ := json.Marshal(pages) // of our own making, it does not fail
	body, _ := json.Marshal(map[string]any{
		"title": "Paper boats", "content": sentences, "canvas_data": string(canvas), "cover_image": data, "summary": "",
		"category": "adventure", "genres": []string{"adventure"}, "language": "en", "creation_type": "manual", "is_published": false,
	})
	return string(body)
}

// sentences are enough to make games of.
const sentences = "The keeper climbed the tower every evening. Three boats waited outside the harbour. " +
	"Wind rattled the green windows, and the lantern would not light.\n\n---PAGE BREAK---\n\n" +
	"A child brought matches from the village. Together they lit the lantern, and the boats came home before midnight."
