package extension

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/lib/netext/httpext"
	"go.k6.io/k6/v2/metrics"
	"gopkg.in/guregu/null.v3"
)

const (
	// pageTimeout is the SPA's own for all calls of its main HTTP client: it
	// abandons the call, the server works on.
	pageTimeout = 5 * time.Second
	// patientTimeout bounds the calls for which the SPA sets no timeout.
	patientTimeout = time.Minute
	// connections is how many a browser opens to one host.
	connections = 6
	// keepBytes bounds what is kept of an answer that is read, so that a huge
	// answer costs the generator nothing but the reading.
	keepBytes = 64 << 10
	// answerLimit is where the reading of an answer ends: the largest list of
	// public stories is half of it.
	answerLimit = 128 << 20
	// longestQueue is how many calls of a user may wait for an answer or for a
	// free connection; a target that hangs must not fill the generator.
	longestQueue = 500
)

// errTooLong ends the reading of an answer above answerLimit.
var errTooLong = errors.New("the answer is too long")

// call is one HTTP request of the user.
type call struct {
	name, method, path string
	body               []byte
	timeout            time.Duration // 0: pageTimeout
	keep               bool          // the first keepBytes of the answer
	glance             bool          // keep its first glanceBytes
	ids                int           // how many ids of objects to look for in the answer
	known              int           // status of a failure the application is known for; 0: none
	pace               pace          // at which the answer is read; an answer given up for that is no failure
}

// glanceBytes show whether a list has anything in it. A body that is kept
// whole is copied and parsed, several times the cost of reading it.
const glanceBytes = 128

// kept is how many bytes of the answer are kept.
func (c call) kept() int {
	switch {
	case c.keep:
		return keepBytes
	case c.glance:
		return glanceBytes
	}
	return 0
}

// answer is what came back. The zero value is no answer.
type answer struct {
	made   bool // the call; false: it was held back
	status int  // 0: none
	body   []byte
	ids    []int
	bytes  int64
	header http.Header
}

// ok says that the call did what it is for. A redirect is not followed.
func (a answer) ok() bool { return a.status >= 200 && a.status < 300 }

// client makes a user's calls through k6's own stack, so that http_req_*,
// blocked hosts, TLS and user agent apply.
type client struct {
	base, agent string
	credentials credentials
	lacks       *lacks // endpoints that users go without; nil: none
	refused     func() // the target accepts no token of this user any more
	throttle    throttle
	breaker     breaker
	state       *lib.State // a copy whose transport is tapped
	lanes       chan struct{}
	busy        atomic.Int64
	emit        emitter
	metrics     *metricSet
	phase       func() string
}

func newClient(base string, state *lib.State, emit emitter, m *metricSet, phase func() string) *client {
	tapped := *state
	tapped.Transport = tap{state.Transport}
	return &client{
		base: base, agent: state.Options.UserAgent.String, state: &tapped,
		lanes: make(chan struct{}, connections), emit: emit, metrics: m, phase: phase,
	}
}

// do makes the call and returns the answer, the zero answer when there was
// none. It never logs: every failure is in the metrics, by name and status.
//
// A token that is refused is replaced once and the call made again; when the
// new one is refused as well, so is the user.
func (c *client) do(ctx context.Context, call call) answer {
	token := c.credentials.access()
	a := c.once(ctx, call, token)
	if a.status != http.StatusUnauthorized || token == "" {
		return a
	}
	if c.credentials.replace(ctx, token) {
		a = c.once(ctx, call, c.credentials.access())
	}
	if a.status == http.StatusUnauthorized && ctx.Err() == nil {
		c.refused()
	}
	return a
}

// once makes the call once, when the target lets it pass and a connection is free.
func (c *client) once(ctx context.Context, call call, token string) answer {
	if c.lacks.has(call.name) {
		c.emit.push(c.metrics.skipped, c.phase(), 1, "name", call.name)
		return answer{}
	}
	defer c.busy.Add(-1)
	if c.busy.Add(1) > longestQueue || !c.breaker.pass(time.Now()) {
		heldBack.count(c.emit, c.metrics, c.phase(), call.name)
		return answer{}
	}
	held, ok := c.throttle.pass(ctx)
	if held > 0 {
		phase := c.phase()
		heldBack.count(c.emit, c.metrics, phase, call.name)
		c.emit.push(c.metrics.lag, phase, milliseconds(held))
	}
	if !ok {
		return answer{}
	}
	select {
	case c.lanes <- struct{}{}:
		defer func() { <-c.lanes }()
	case <-ctx.Done():
		return answer{}
	}
	phase := c.phase()
	watched := &watched{call: call, lacks: c.lacks, answer: answer{made: true}}
	request, err := c.request(call, phase, token, watched)
	if err != nil {
		return answer{}
	}
	_, err = httpext.MakeRequest(context.WithValue(ctx, watchedKey{}, watched), c.state, request)
	givenUp := err != nil && call.pace != 0 && watched.ok() // a slow reader's list: it came, and was too long
	if err != nil {
		watched.status = 0 // headers without the rest are no answer
	}
	c.count(call, phase, watched)
	if ctx.Err() == nil && !givenUp { // else the user has left meanwhile
		c.judge(call, phase, watched, err)
	}
	return watched.answer
}

func (c *client) request(call call, phase, token string, w *watched) (*httpext.ParsedHTTPRequest, error) {
	u, err := httpext.NewURL(c.base+"/api"+call.path, call.name)
	if err != nil {
		return nil, err
	}
	tags := metrics.TagsAndMeta{Tags: c.emit.tags.With("phase", phase)}
	tags.SetSystemTagOrMetaIfEnabled(c.state.Options.SystemTags, metrics.TagName, call.name)
	header := http.Header{"User-Agent": {c.agent}, "Accept": {"application/json"}}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	request := &httpext.ParsedHTTPRequest{
		URL:          &u,
		Req:          &http.Request{Method: call.method, URL: u.GetURL(), Header: header},
		Timeout:      pageTimeout,
		Throw:        true,            // without it k6 logs a line a failure
		Redirects:    null.IntFrom(0), // the application redirects nobody: whoever is led elsewhere must not go there
		Cookies:      map[string]*httpext.HTTPRequestCookie{},
		ResponseType: httpext.ResponseTypeNone,
		ResponseCallback: func(status int) bool {
			return answer{status: status}.ok() || w.absent || status == call.known && status != 0 || status == 0 && call.pace != 0 && w.ok()
		},
		TagsAndMeta: tags,
	}
	if call.timeout > 0 {
		request.Timeout = call.timeout
	}
	if call.body != nil {
		header.Set("Content-Type", "application/json")
		request.Body = bytes.NewBuffer(call.body)
	}
	w.tags = &request.TagsAndMeta
	return request, nil
}

func (c *client) count(call call, phase string, w *watched) {
	if w.bytes > 0 {
		c.emit.push(c.metrics.responseBytes, phase, float64(w.bytes), "name", call.name, "status", strconv.Itoa(w.status))
	}
	if call.known != 0 && w.status == call.known {
		c.emit.push(c.metrics.knownFailures, phase, 1, "name", call.name)
	}
}

// judge counts what was wrong with an answer.
func (c *client) judge(call call, phase string, w *watched, err error) {
	c.throttle.heed(w.header, time.Now())
	found := troubleOf(w.status, w.header)
	switch {
	case call.known != 0 && w.status == call.known:
		return
	case w.absent:
		c.emit.push(c.metrics.skipped, phase, 1, "name", call.name)
		return
	case err != nil:
		found = troubleWith(err)
	case w.ok() && !w.isJSON():
		found = malformed
		w.status = 0 // a page where JSON belongs is no answer
	}
	c.breaker.heed(found, time.Now())
	found.count(c.emit, c.metrics, phase, call.name)
}

// isJSON says whether the answer is what the API answers: JSON, as it stands.
func (w *watched) isJSON() bool {
	if !strings.HasPrefix(w.header.Get("Content-Type"), "application/json") || w.header.Get("Content-Encoding") != "" {
		return false
	}
	return int64(len(w.body)) < w.bytes || json.Valid(w.body) // of what was not kept, or cut, nobody knows
}

// tap lets a call see its own answer as it passes by: k6 would keep whole
// bodies in memory, and counts bytes a connection only.
type tap struct{ next http.RoundTripper }

type watchedKey struct{}

// watched is a call under way.
type watched struct {
	answer
	call   call
	lacks  *lacks
	absent bool                 // the target has no such endpoint
	tags   *metrics.TagsAndMeta // of the samples that k6 will push
	tail   []byte
}

func (t tap) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.next.RoundTrip(r)
	w, ok := r.Context().Value(watchedKey{}).(*watched)
	if err != nil || !ok {
		return response, err
	}
	w.status, w.header = response.StatusCode, response.Header
	w.absent = w.lacks.learn(w.call.name, w)
	if w.absent || w.call.known != 0 && w.status == w.call.known {
		w.tags.SetTag("known", "true")
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{w.call.pace.reader(r.Context(), io.TeeReader(response.Body, w)), response.Body}
	return response, nil
}

// Write sees a piece of the body.
func (w *watched) Write(p []byte) (int, error) {
	w.bytes += int64(len(p))
	if w.bytes > answerLimit {
		return 0, errTooLong
	}
	if room := w.call.kept() - len(w.body); room > 0 {
		w.body = append(w.body, p[:min(room, len(p))]...)
	}
	if len(w.ids) < w.call.ids {
		w.tail = findIDs(append(w.tail, p...), &w.ids, w.call.ids)
	}
	return len(p), nil
}

var idKey = []byte(`{"id":`)

// findIDs appends the ids of the objects in a piece of JSON that begin with
// their id, and returns what the next piece must be read with. JSON inside a
// JSON string does not match: its quotes are escaped.
func findIDs(piece []byte, ids *[]int, most int) (tail []byte) {
	for len(*ids) < most {
		i := bytes.Index(piece, idKey)
		if i < 0 {
			break
		}
		digits := bytes.TrimLeft(piece[i+len(idKey):], " ")
		n := 0
		for n < len(digits) && digits[n] >= '0' && digits[n] <= '9' {
			n++
		}
		if n == len(digits) { // cut in the number
			return bytes.Clone(piece[i:])
		}
		if id, err := strconv.Atoi(string(digits[:n])); err == nil {
			*ids = append(*ids, id)
		}
		piece = digits[n:]
	}
	return bytes.Clone(piece[max(0, len(piece)-len(idKey)):])
}
