package extension

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	savePause       = 3 * time.Second
	captureInterval = 30 * time.Second
	pagesAStory     = 6 // and a cover
	canvasSide      = 500
	// noisyRows of random grey make a PNG of 59 KB, a page with 20 strokes.
	noisyRows = 118
)

// drawnPage is the data URL of a hand-drawn page: real PNG of a real size, the
// same for all pages and users, made once. A target stores and sends bytes; it
// never looks at the picture.
var drawnPage = sync.OnceValue(func() string {
	canvas := image.NewGray(image.Rect(0, 0, canvasSide, canvasSide))
	random := rand.New(rand.NewPCG(canvasSide, noisyRows)) //nolint:gosec // any fixed sequence does
	for i := range canvasSide * noisyRows {
		canvas.Pix[i] = byte(random.UintN(256))
	}
	var b bytes.Buffer
	_ = png.Encode(&b, canvas) // writing to memory does not fail
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())
})

// canvasData is the pictures of a story, a JSON text inside the story's JSON.
var canvasData = sync.OnceValue(func() []byte {
	type page struct {
		ID    string `json:"id"`
		Order int    `json:"order"`
		Data  string `json:"canvasData"`
	}
	pages := []page{{"cover", -1, drawnPage()}}
	for i := range pagesAStory {
		pages = append(pages, page{fmt.Sprintf("mk%da", i+1), i, drawnPage()})
	}
	inner, _ := json.Marshal(pages)
	quoted, _ := json.Marshal(string(inner))
	return quoted
})

// saver keeps a user's story and uploads the whole of it: created at the first
// time, updated from then on.
type saver struct {
	visit *visit
	id    int // of the story at the target; 0: not yet created

	mu      sync.Mutex
	written []byte // text of the first page
}

func newSaver(v *visit) *saver { return &saver{visit: v} }

// add appends a typed letter; a full page is begun anew.
func (s *saver) add(letter rune) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.written) >= pageLetters {
		s.written = s.written[:0]
	}
	s.written = append(s.written, string(letter)...)
}

func (s *saver) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.written)
}

// save uploads the story; the SPA's timeout of 5 s applies.
func (s *saver) save(ctx context.Context) {
	text := s.text()
	if text == "" {
		return // the SPA keeps a story without text to itself
	}
	c := call{name: "story_update", method: "PATCH", path: path("/stories/%s/update/", s.id), body: s.body(text)}
	if s.id == 0 {
		c = call{name: "story_create", method: "POST", path: "/stories/create/", body: c.body, ids: 1}
	}
	if a := s.visit.http.do(ctx, c); s.id == 0 && a.ok() && len(a.ids) > 0 {
		s.id = a.ids[0]
	}
}

// body is the story as the SPA sends it: the cover goes twice.
func (s *saver) body(text string) []byte {
	content, _ := json.Marshal(text + "\n\n---PAGE BREAK---\n\nThe end.")
	cover := drawnPage()
	b := bytes.NewBuffer(make([]byte, 0, len(cover)+len(canvasData())+2048))
	fmt.Fprintf(b, `{"title":"Paper boats %d","content":%s,"canvas_data":`, s.visit.index, content)
	b.Write(canvasData())
	b.WriteString(`,"summary":"","category":"adventure","genres":["adventure"],"language":"en","creation_type":"manual","is_published":false,"cover_image":"`)
	b.WriteString(cover)
	b.WriteString(`"}`)
	return b.Bytes()
}
