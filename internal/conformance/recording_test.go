package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// line is one recorded call, or one event of a socket scenario.
type line struct {
	// Of a call.
	Name, Group, As, Method, Path string
	Query                         map[string]json.RawMessage
	Request, Response             json.RawMessage
	Status                        int
	ContentType                   string `json:"content_type"`
	Location, Auth                string
	Headers                       map[string]string
	Raw                           *string
	Wait                          float64 // seconds
	Save                          map[string]string

	// Of an event.
	Scenario, Socket, Dir, By string
	Step, Code                int
	Data                      json.RawMessage
	Text                      *string
	Binary                    *string // hexadecimal
	Settle                    float64 // seconds
}

// chapter is the lines of one group or scenario, in their order.
type chapter struct {
	name  string
	lines []line
}

// recording reads the file of the name, or skips the test, visibly, where
// there are no recordings.
func recording(t *testing.T, name string) []chapter {
	t.Helper()
	folder := os.Getenv("PIXELTALES_TRANSCRIPTS")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "data", "transcripts")
	}
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Skipf("no recordings: %v; set PIXELTALES_TRANSCRIPTS to their folder", err)
	}
	var chapters []chapter
	scanner := bufio.NewScanner(bytes.NewReader(text))
	scanner.Buffer(nil, len(text))
	scanner.Scan() // the setup, which the small data reproduces
	for scanner.Scan() {
		var l line
		if err := json.Unmarshal(scanner.Bytes(), &l); err != nil {
			t.Fatalf("%s: %v: %s", name, err, scanner.Text())
		}
		if n := len(chapters); n == 0 || chapters[n-1].name != l.Group+l.Scenario {
			chapters = append(chapters, chapter{name: l.Group + l.Scenario})
		}
		c := &chapters[len(chapters)-1]
		c.lines = append(c.lines, l)
	}
	return chapters
}
