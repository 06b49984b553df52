package extension

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/pixeltales/pixelload/internal/persona"
)

// habits is how users go about what their personas do. What is absent from a
// script has its usual value; the default user's cycle in tab one is fixed.
type habits struct {
	// ThinkSeconds is the shortest and the longest time on a page. Usually 20 to 60.
	ThinkSeconds [2]float64 `json:"thinkSeconds"`
	// LobbySeconds is how long a host waits for its guests. Usually 10.
	LobbySeconds float64 `json:"lobbySeconds"`
	// SessionSeconds is the shortest and the longest time until a host calls the
	// vote. Usually 300 to 1200.
	SessionSeconds [2]float64 `json:"sessionSeconds"`
	// CursorsASecond is how often a stroke tells where the pointer is. Usually 20.
	CursorsASecond float64 `json:"cursorsASecond"`
	// StrokesAPage is after how many strokes who only draws turns to the next
	// of its six pages. Usually 20; 0: never.
	StrokesAPage int `json:"strokesAPage"`
	// PageBytes is the size of a drawn page's PNG. Usually 59,000, of 20 strokes.
	PageBytes int `json:"pageBytes"`
	// DrawnShare is the share of users whose story is drawn by hand; others' pages
	// are addresses of pictures. Usually 1.
	DrawnShare float64 `json:"drawnShare"`
	// Autosave uploads the whole story after a pause. Usually true.
	Autosave bool `json:"autosave"`
	// CanvasStateSeconds lies between two uploads of the drawing itself to the
	// session. Usually 0: none.
	CanvasStateSeconds float64 `json:"canvasStateSeconds"`
	// Friends is how many requests for friendship a social user sends at most in
	// a visit. Usually 2.
	Friends int `json:"friends"`
	// Messages is how many a social user sends in a conversation. Usually 3.
	Messages int `json:"messages"`
	// Pages are loaded and polled. Usually true; false: a user sits there and asks
	// for nothing, and opens no socket.
	Pages bool `json:"pages"`
	// Sockets are opened. Usually true; false: all else is done without them.
	Sockets bool `json:"sockets"`
	// Reconnect opens sockets again that the server closed. Usually true.
	Reconnect bool `json:"reconnect"`
	// ReadBytesASecond is how fast what a slow reader asked for reaches it.
	// Usually 2,000; 0: not at all.
	ReadBytesASecond float64 `json:"readBytesASecond"`
}

func usualHabits() habits {
	return habits{
		ThinkSeconds:   [2]float64{persona.Think[0].Seconds(), persona.Think[1].Seconds()},
		LobbySeconds:   10,
		SessionSeconds: [2]float64{300, 1200},
		CursorsASecond: 20, StrokesAPage: 20, PageBytes: canvasSide * noisyRows, DrawnShare: 1,
		Autosave: true, Friends: 2, Messages: 3, Pages: true, Sockets: true, Reconnect: true, ReadBytesASecond: 2000,
	}
}

func (h *habits) validate() error {
	for _, check := range []struct {
		name            string
		value           float64
		lowest, highest float64
	}{
		{"thinkSeconds[0]", h.ThinkSeconds[0], 0.1, h.ThinkSeconds[1]},
		{"thinkSeconds[1]", h.ThinkSeconds[1], 0.1, 86_400},
		{"lobbySeconds", h.LobbySeconds, 0, 86_400},
		{"sessionSeconds[0]", h.SessionSeconds[0], 0.1, h.SessionSeconds[1]},
		{"sessionSeconds[1]", h.SessionSeconds[1], 0.1, 86_400},
		{"cursorsASecond", h.CursorsASecond, 0.1, 1000},
		{"strokesAPage", float64(h.StrokesAPage), 0, 1e6},
		{"pageBytes", float64(h.PageBytes), canvasSide, canvasSide * canvasSide},
		{"drawnShare", h.DrawnShare, 0, 1},
		{"canvasStateSeconds", h.CanvasStateSeconds, 0, 86_400},
		{"friends", float64(h.Friends), 0, 1000},
		{"messages", float64(h.Messages), 0, 1000},
		{"readBytesASecond", h.ReadBytesASecond, 0, 1e9},
	} {
		if !(check.value >= check.lowest && check.value <= check.highest) {
			return fmt.Errorf("habits.%s is %g, want %g to %g", check.name, check.value, check.lowest, check.highest)
		}
	}
	return nil
}

func (h *habits) think() [2]time.Duration { return durations(h.ThinkSeconds) }

func durations(of [2]float64) [2]time.Duration {
	return [2]time.Duration{inSeconds(of[0]), inSeconds(of[1])}
}

func inSeconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// personas is a mix as a script writes it: a map, or text as on a command line.
type personas struct{ persona.Mix }

// UnmarshalJSON reads either form.
func (p *personas) UnmarshalJSON(text []byte) (err error) {
	var short string
	if json.Unmarshal(text, &short) == nil {
		p.Mix, err = persona.ParseMix(short)
		return err
	}
	if err := json.Unmarshal(text, &p.Mix); err != nil {
		return fmt.Errorf("personas: want a map such as {reader: 2, artist: 1}, or \"reader=2,artist=1\"")
	}
	return p.Validate()
}
