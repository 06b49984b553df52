package conformance

import (
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

const (
	settle = 500 * time.Millisecond // what a step was given to settle when it was recorded
	// quiet is how long nothing more may come after the last that was recorded.
	quiet = 100 * time.Millisecond
)

// TestSockets replays the recorded scenarios, each with its own sockets.
func TestSockets(t *testing.T) {
	t.Parallel()
	chapters := recording(t, "sockets.ndjson")
	s := startServer(t)
	s.logIn(t)
	n := newNames(t, s)
	steps := 0
	for _, scenario := range chapters {
		t.Run(scenario.name, func(t *testing.T) {
			p := play{server: s, names: n, sockets: map[string]*socket{}}
			for _, step := range stepsOf(scenario.lines) {
				steps++
				for _, difference := range p.step(step) {
					t.Errorf("step %d: %s", step.action.Step, difference)
				}
			}
			p.leave()
		})
	}
	t.Logf("%d actions in %d scenarios", steps, len(chapters))
}

// step is an action and what then came, by socket.
type step struct {
	action line
	came   map[string][]line
}

func stepsOf(lines []line) (steps []step) {
	for _, l := range lines {
		if l.Dir == "open" || l.Dir == "send" || l.Dir == "rest" || l.By == "client" {
			steps = append(steps, step{l, map[string][]line{}})
			continue
		}
		came := steps[len(steps)-1].came
		came[l.Socket] = append(came[l.Socket], l)
	}
	return steps
}

// play is a scenario under way.
type play struct {
	server  *server
	names   *names
	sockets map[string]*socket
}

// step does the action and returns what differs in its answer and in what came.
func (p *play) step(s step) []string {
	found, refusal := p.act(s.action)
	got := p.collect(s)
	if refusal != nil {
		got[s.action.Socket] = []event{*refusal}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if len(s.came[name]) == 0 {
			found = append(found, fmt.Sprintf("%s got %v in place of nothing", name, got[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.came)) {
		found = append(found, p.differences(name, s.came[name], got[name])...)
	}
	return found
}

// act does the action; it returns what differs in a call's answer, and a
// refused opening.
func (p *play) act(l line) (found []string, refusal *event) {
	var err error
	switch k := p.sockets[l.Socket]; {
	case l.Dir == "rest":
		return p.server.replay(p.names, l), nil
	case l.Dir == "open":
		return p.open(l)
	case k == nil:
		return []string{fmt.Sprintf("%s: the socket %s is not open", l.Dir, l.Socket)}, nil
	case l.Dir == "send":
		err = p.send(k, l)
	default:
		delete(p.sockets, l.Socket)
		err = k.goodbye(l.Code)
	}
	if err != nil {
		found = []string{err.Error()}
	}
	return found, nil
}

func (p *play) open(l line) (found []string, refusal *event) {
	path, header := p.names.fillText(l.Path), http.Header{}
	token := p.names.token(l)
	if l.Auth == "header" {
		header.Set("Authorization", "Bearer "+token)
	} else if token != "" {
		path += "?token=" + token
	}
	k, refused, err := p.server.dial(path, header)
	switch {
	case err != nil:
		return []string{err.Error()}, nil
	case refused != 0:
		return nil, &event{dir: "refused", code: refused}
	}
	p.sockets[l.Socket] = k
	return nil, nil
}

func (p *play) send(k *socket, l line) error {
	if l.Binary != nil {
		frame, err := hex.DecodeString(*l.Binary)
		if err != nil {
			return err
		}
		return k.conn.WriteMessage(websocket.BinaryMessage, frame)
	}
	if l.Text != nil {
		return k.conn.WriteMessage(websocket.TextMessage, []byte(*l.Text))
	}
	text, err := p.names.fillJSON(l.Data)
	if err != nil {
		return err
	}
	return k.conn.WriteMessage(websocket.TextMessage, text)
}

// collect waits for as much as was recorded, at most twice as long, and then
// for a moment of quiet; it returns what came, by socket.
func (p *play) collect(s step) map[string][]event {
	limit := settle
	if s.action.Settle > 0 {
		limit = time.Duration(s.action.Settle * float64(time.Second))
	}
	for deadline := time.Now().Add(2 * limit); !p.complete(s) && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(quiet)
	got := map[string][]event{}
	for name, k := range p.sockets {
		if came := k.take(); len(came) > 0 {
			got[name] = came
			if came[len(came)-1].dir == "close" {
				delete(p.sockets, name)
			}
		}
	}
	return got
}

func (p *play) complete(s step) bool {
	for name, wanted := range s.came {
		if k := p.sockets[name]; k != nil && k.count() < len(wanted) {
			return false
		}
	}
	return true
}

// differences holds what a socket got against what was recorded, in its order.
func (p *play) differences(name string, want []line, got []event) []string {
	if len(want) != len(got) {
		return []string{fmt.Sprintf("%s got %d in place of %d: %v", name, len(got), len(want), got)}
	}
	var found []string
	for i, l := range want {
		at := fmt.Sprintf("%s.%d", name, i)
		if l.Dir != got[i].dir || l.Dir != "recv" && max(l.Code, l.Status) != got[i].code {
			found = append(found, fmt.Sprintf("%s: %s %d in place of %s %d", at, got[i].dir, got[i].code, l.Dir, max(l.Code, l.Status)))
			continue
		}
		if l.Dir != "recv" {
			continue
		}
		data, err := decodeJSON(l.Data)
		if err != nil {
			return []string{err.Error()}
		}
		found = append(found, comparison{names: p.names}.differences(data, got[i].data, at)...)
	}
	return found
}

// leave closes what is still open, so that the next scenario begins alone.
func (p *play) leave() {
	for _, k := range p.sockets {
		_ = k.goodbye(websocket.CloseNormalClosure) // the server may have been quicker
	}
	time.Sleep(settle)
	for _, k := range p.sockets {
		k.conn.Close()
	}
}
