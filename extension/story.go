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
	"strings"
	"sync"
	"time"

	"github.com/pixeltales/pixelload/internal/persona"
)

const (
	savePause       = 3 * time.Second
	captureInterval = 30 * time.Second
	pagesAStory     = 6 // and a cover
	canvasSide      = 500
	// noisyRows of random grey make a PNG of 59 KB, a page of 20 strokes.
	noisyRows = 118
)

// pictures is what a story's pages show: data URLs of hand-drawn pages, real PNGs
// of a real size, the same for all pages and users, or addresses of pictures made
// elsewhere. A target stores and sends bytes; it never looks at the picture.
type pictures struct {
	page   string
	canvas []byte // of all pages, a JSON text inside the story's JSON
}

// drawings are made once for each size.
var drawings sync.Map

// drawn returns pictures whose PNG has about so many bytes; 0 is an address.
func drawn(size int) *pictures {
	if made, ok := drawings.Load(size); ok {
		return made.(*pictures) //nolint:forcetypeassert // nothing else is stored
	}
	p := &pictures{page: "https://images.load.test/" + strings.Repeat("paper-boat-", 40) + ".png"}
	if size > 0 {
		p.page = drawnPage(size)
	}
	p.canvas = canvasData(p.page)
	made, _ := drawings.LoadOrStore(size, p)
	return made.(*pictures) //nolint:forcetypeassert // nothing else is stored
}

// drawnPage is the data URL of a PNG of about so many bytes: a byte of random
// grey cannot be packed, blank ones can.
func drawnPage(size int) string {
	canvas := image.NewGray(image.Rect(0, 0, canvasSide, canvasSide))
	random := rand.New(rand.NewPCG(canvasSide, noisyRows)) //nolint:gosec // any fixed sequence does
	for i := range min(size, len(canvas.Pix)) {
		canvas.Pix[i] = byte(random.UintN(256))
	}
	var b bytes.Buffer
	_ = png.Encode(&b, canvas) // writing to memory does not fail
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())
}

func canvasData(picture string) []byte {
	type page struct {
		ID    string `json:"id"`
		Order int    `json:"order"`
		Data  string `json:"canvasData"`
	}
	pages := []page{{"cover", -1, picture}}
	for i := range pagesAStory {
		pages = append(pages, page{pageID(i), i, picture})
	}
	inner, _ := json.Marshal(pages)
	quoted, _ := json.Marshal(string(inner))
	return quoted
}

// saver keeps a user's story and uploads the whole of it: created at the first
// time, updated from then on.
type saver struct {
	visit    *visit
	pictures *pictures

	saving sync.Mutex
	id     int // of the story at the target; 0: not yet created

	mu      sync.Mutex
	written []byte // text of the first page
}

func newSaver(v *visit) *saver {
	size := v.options.Habits.PageBytes
	if persona.Share(v.index) >= v.options.Habits.DrawnShare {
		size = 0
	}
	return &saver{visit: v, pictures: drawn(size)}
}

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
	s.saving.Lock()
	defer s.saving.Unlock()
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
	cover, canvas := s.pictures.page, s.pictures.canvas
	b := bytes.NewBuffer(make([]byte, 0, len(cover)+len(canvas)+2048))
	fmt.Fprintf(b, `{"title":%q,"content":%s,"canvas_data":`, persona.StoryTitle(s.visit.index), content)
	b.Write(canvas)
	b.WriteString(`,"summary":"","category":"adventure","genres":["adventure"],"language":"en","creation_type":"manual","is_published":false,"cover_image":"`)
	b.WriteString(cover)
	b.WriteString(`"}`)
	return b.Bytes()
}
