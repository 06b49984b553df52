package memory

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fakeRender answers as Render documents: nobody can run the platform here.
type fakeRender struct {
	mu      sync.Mutex
	memory  string // the answer to metrics/memory
	events  []string
	reply   http.HandlerFunc // instead of all that, when set
	queries []url.Values
}

const canary = "rnd_canary"

func (f *fakeRender) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fakeRender) requests() (n int) {
	f.set(func() { n = len(f.queries) })
	return n
}

func (f *fakeRender) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queries = append(f.queries, r.URL.Query())
	if f.reply != nil {
		f.reply(w, r)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+canary {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	switch r.URL.Path {
	case "/v1/metrics/memory":
		fmt.Fprint(w, f.memory)
	case "/v1/metrics/memory-limit":
		fmt.Fprint(w, series("srv-a-1", "GB", point(0, "0.512")))
	case "/v1/services/srv-a/events":
		first, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
		last := min(first+100, len(f.events))
		fmt.Fprintf(w, "[%s]", strings.Join(f.events[first:last], ","))
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// epoch0 is when the tests' points begin.
var epoch0 = time.Now().UTC().Truncate(time.Second)

func at(seconds int) time.Time { return epoch0.Add(time.Duration(seconds) * time.Second) }

func point(seconds int, value string) string {
	return fmt.Sprintf(`{"timestamp":%q,"value":%s}`, at(seconds).Format(time.RFC3339), value)
}

func series(instance, unit string, points ...string) string {
	return fmt.Sprintf(`[{"labels":[{"field":"service","value":"srv-a"},{"field":"instance","value":%q}],"values":[%s],"unit":%q}]`,
		instance, strings.Join(points, ","), unit)
}

// joined joins two answers into one.
func joined(a, b string) string { return strings.TrimSuffix(a, "]") + "," + strings.TrimPrefix(b, "[") }

func failure(n, seconds int, details string) string {
	return fmt.Sprintf(`{"cursor":"%d","event":{"id":"evt-%d","type":"server_failed","timestamp":%q,"details":%s}}`,
		n+1, n, at(seconds).Format(time.RFC3339), details)
}

func newRender(t *testing.T, f *fakeRender) *render {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	src, err := OpenRender(RenderOptions{URL: server.URL + "/v1", Service: "srv-a", Token: NewSecret(canary)})
	if err != nil {
		t.Fatal(err)
	}
	r := src.(*render)
	r.opened = at(-60) // so that events of the test are events
	return r
}

// readings reads all that is there at that second.
func readings(r *render, seconds int) (samples []Sample, errs []string) {
	for range 20 {
		s, err := r.read(at(seconds))
		switch {
		case err != nil:
			errs = append(errs, err.Error())
		case len(samples) > 0 && s.Time.Equal(samples[len(samples)-1].Time):
			return samples, errs
		default:
			samples = append(samples, s)
		}
		if err != nil && len(r.queue) == 0 {
			return samples, errs
		}
	}
	return samples, errs
}

func TestRender(t *testing.T) {
	t.Parallel()
	f := &fakeRender{memory: series("srv-a-1", "GB", point(0, "0.1"), point(30, "0.2"))}
	r := newRender(t, f)
	got, errs := readings(r, 40)
	want := []Sample{{Time: at(30), Epoch: Epoch{ID: "srv-a-1"}, Usage: Known(200e6), Limit: Known(512e6), OOMKills: Known(0), Restarts: Known(0)}}
	if diff := cmp.Diff(want, got, figures); diff != "" || errs != nil {
		t.Errorf("%v (-want +got):\n%s", errs, diff)
	}
	query := f.queries[0]
	if query.Get("resource") != "srv-a" || query.Get("resolutionSeconds") != "30" {
		t.Errorf("asked with %v", query)
	}
}

// The API limits, fails, hangs up and talks nonsense: each is an error at once,
// and it is asked again only when that is due.
func TestFault43RenderRefuses(t *testing.T) {
	t.Parallel()
	status := func(code int, reset string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Ratelimit-Reset", reset)
			w.WriteHeader(code)
		}
	}
	tests := map[string]struct {
		reply     http.HandlerFunc
		err       string
		from, til time.Duration // when it is asked again
	}{
		"429, seconds": {status(429, "45"), "too many requests", 44 * time.Second, 46 * time.Second},
		"429, Unix time": {func(w http.ResponseWriter, r *http.Request) {
			status(429, strconv.FormatInt(time.Now().Add(50*time.Second).Unix(), 10))(w, r)
		}, "too many requests", 48 * time.Second, 51 * time.Second},
		"429, a year":         {status(429, "31536000"), "too many requests", 59 * time.Minute, 61 * time.Minute},
		"429, without a time": {status(429, ""), "too many requests", 29 * time.Second, 31 * time.Second},
		"500":                 {status(500, ""), "the API answered 500", firstWait / 2, firstWait},
		"401":                 {status(401, ""), "401 Unauthorized: check the token", firstWait / 2, firstWait},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://example.invalid/", http.StatusFound)
		},
			"the API answered 302", firstWait / 2, firstWait},
		"hangs": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			"Client.Timeout exceeded", firstWait / 2, firstWait},
		"hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			"EOF", firstWait / 2, firstWait},
		"half an answer": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `[{"labels":[`) },
			"unexpected end of JSON input", firstWait / 2, firstWait},
		"NaN": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, series("i", "GB", point(60, "NaN"))) },
			"invalid character 'N'", firstWait / 2, firstWait},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fakeRender{memory: series("srv-a-1", "GB", point(0, "0.1"))}
			r := newRender(t, f)
			r.queue, r.due = nil, time.Time{}
			r.api.client.Timeout = 200 * time.Millisecond
			f.set(func() { f.reply = tt.reply })
			now := time.Now()
			s, err := r.read(now)
			if s != (Sample{}) || err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("Read() = %+v, %v; want an error with %q", s, err, tt.err)
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("the token is in %q", err)
			}
			if wait := r.due.Sub(now); wait < tt.from || wait > tt.til {
				t.Errorf("asked again in %v; want %v to %v", wait, tt.from, tt.til)
			}
			before := f.requests()
			if _, again := r.read(now.Add(tt.from / 2)); again == nil || f.requests() != before {
				t.Errorf("too early: %v, asked %d times", again, f.requests()-before)
			}
			f.set(func() { f.reply, f.memory = nil, series("srv-a-1", "GB", point(30, "0.1")) })
			if _, err := r.read(r.due); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// What Render may answer, and what becomes of it.
func TestFault44RenderOddPoints(t *testing.T) {
	t.Parallel()
	good := series("srv-a-1", "MB", point(30, "100"), point(60, "110"))
	tests := map[string]struct {
		memory string
		want   []string // second and bytes
		errs   []string
	}{
		"in order":     {memory: good, want: []string{"30 100000000", "60 110000000"}},
		"out of order": {memory: series("srv-a-1", "MB", point(60, "110"), point(30, "100")), want: []string{"30 100000000", "60 110000000"}},
		"twice":        {memory: joined(good, good), want: []string{"30 100000000", "60 110000000"}},
		"null":         {memory: series("srv-a-1", "MB", point(30, "100"), point(60, "null")), want: []string{"30 100000000"}},
		"another unit": {memory: joined(good, series("srv-a-1", "GB", point(90, "0.12"))),
			want: []string{"30 100000000", "60 110000000", "90 120000000"}},
		"a gap": {memory: series("srv-a-1", "MB", point(30, "100"), point(150, "110")),
			want: []string{"30 100000000", "150 110000000"}, errs: []string{"it has no figures of 2m0s from"}},
		"several instances": {memory: joined(good, series("srv-a-2", "MB", point(60, "90"), point(90, "95"))),
			want: []string{"30 100000000", "90 95000000"}, errs: []string{"several instances at once, srv-a-1 and srv-a-2: measure with one"}},
		"three instances, one twice": {memory: joined(joined(good, series("srv-a-2", "MB", point(60, "9"))), series("srv-a-2", "MB", point(60, "9"))),
			want: []string{"30 100000000"}, errs: []string{"several instances at once"}},
		"unknown unit": {memory: series("srv-a-1", "furlong", point(30, "1")), errs: []string{`unknown unit "furlong"`}},
		"negative":     {memory: series("srv-a-1", "MB", point(30, "-1")), errs: []string{"is -1 MB"}},
		"huge":         {memory: series("srv-a-1", "GB", point(30, "1e300")), errs: []string{"is 1e+300 GB"}},
		"no instance":  {memory: `[{"labels":[],"values":[],"unit":"GB"}]`, errs: []string{"no label instance"}},
		"nothing":      {memory: `[]`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fakeRender{memory: series("srv-a-1", "MB", point(0, "100"))}
			r := newRender(t, f)
			if _, err := r.read(at(0)); err != nil {
				t.Fatal(err)
			}
			f.set(func() { f.memory = tt.memory })
			r.due = time.Time{}
			samples, errs := readings(r, 160)
			var got []string
			for _, s := range samples {
				if s.Time.After(at(0)) {
					got = append(got, fmt.Sprintf("%.0f %d", s.Time.Sub(at(0)).Seconds(), s.Usage.value))
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("points (-want +got):\n%s", diff)
			}
			if len(errs) != len(tt.errs) || len(errs) > 0 && !strings.Contains(errs[0], tt.errs[0]) {
				t.Errorf("errors %q; want %q", errs, tt.errs)
			}
		})
	}
}

// A new instance is a new epoch, a failed one a new life; both shapes of an
// out-of-memory event count, and one that is told twice counts once.
func TestFault45RenderRestarts(t *testing.T) {
	t.Parallel()
	f := &fakeRender{memory: series("srv-a-1", "MB", point(0, "100"))}
	r := newRender(t, f)
	var lives Lives
	var got []Change
	collect := func(now int) {
		samples, errs := readings(r, now)
		if errs != nil {
			t.Errorf("at %d: %v", now, errs)
		}
		for _, s := range samples {
			got = append(got, lives.Next(s)...)
		}
	}
	collect(0)
	f.set(func() {
		f.memory = joined(series("srv-a-1", "MB", point(0, "100"), point(30, "400"), point(60, "80"), point(90, "80")),
			series("srv-a-2", "MB", point(120, "70"), point(150, "70")))
		f.events = []string{
			failure(0, 40, `{"reason":{"oomKilled":{"memoryLimit":"512Mi"}}}`),
			failure(0, 40, `{"reason":{"oomKilled":{"memoryLimit":"512Mi"}}}`),
			failure(1, 75, `{"oomKilled":{"memoryLimit":"512Mi"}}`),
			failure(2, 135, `{"reason":{"nonZeroExit":1}}`),
		}
	})
	r.due = time.Time{}
	collect(150)
	want := []Change{{Restarted, 1}, {OOMKilled, 1}, {Restarted, 1}, {OOMKilled, 1}, {Recreated, 1}, {Restarted, 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if _, err := r.read(at(150 + 600)); err == nil || !strings.Contains(err.Error(), "no new figure for 10m0s; its last event: an instance failed at") {
		t.Errorf("ten minutes of silence: %v", err)
	}
}

func TestRenderEventPages(t *testing.T) {
	t.Parallel()
	f := &fakeRender{memory: series("srv-a-1", "MB", point(0, "100"), point(30, "1"))}
	for n := range 250 {
		f.events = append(f.events, failure(n, 1, `{"oomKilled":{}}`))
	}
	r := newRender(t, f)
	r.due, r.queue = time.Time{}, nil
	samples, errs := readings(r, 40)
	if len(samples) == 0 || errs != nil || samples[len(samples)-1].OOMKills != Known(250) {
		t.Errorf("samples %+v, %v; want 250 kills", samples, errs)
	}
}

// A service that sleeps is woken first.
func TestRenderWakes(t *testing.T) {
	t.Parallel()
	f := &fakeRender{memory: series("srv-a-1", "MB", point(0, "100"))}
	api := httptest.NewServer(f)
	t.Cleanup(api.Close)
	var visits atomic.Int32
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if visits.Add(1) < 3 {
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	t.Cleanup(page.Close)
	_, err := OpenRender(RenderOptions{URL: api.URL + "/v1", Service: "srv-a", Token: NewSecret(canary), Wake: page.URL})
	if err != nil || visits.Load() != 3 {
		t.Errorf("OpenRender: %v after %d visits; want 3", err, visits.Load())
	}
}

func TestOpenRenderErrors(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]RenderOptions{
		"use https": {URL: "http://192.0.2.1/v1", Service: "srv-a", Token: NewSecret(canary)},
		`want a token and a service id srv-..., not "srv-a"`: {Service: "srv-a"},
		`not "name"`:            {Service: "name", Token: NewSecret(canary)},
		"opening Render: parse": {URL: "http://[", Service: "srv-a", Token: NewSecret(canary)},
	} {
		_, err := OpenRender(o)
		if !strings.Contains(errorText(err), want) || strings.Contains(errorText(err), canary) {
			t.Errorf("OpenRender(%v) = %v; want %q", o, err, want)
		}
	}
}

func TestSecretIsNotPrinted(t *testing.T) {
	t.Parallel()
	o := RenderOptions{Service: "srv-a", Token: NewSecret(canary)}
	data, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		string(data), fmt.Sprint(o), fmt.Sprintf("%v %+v %#v %s %q %x %d", o, o, o, o.Token, o.Token, o.Token, o.Token), fmt.Sprintf("%v", &o),
	} {
		if strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) || !strings.Contains(text, redacted) {
			t.Errorf("printed %s", text)
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add([]byte(series("srv-a-1", "GB", point(0, "0.1"), point(30, "null"))))
	f.Add([]byte(joined(series("a", "MB", point(0, "1")), series("b", "bytes", point(0, "2")))))
	f.Fuzz(func(t *testing.T, data []byte) {
		outOfMemory(data)
		var answer []renderSeries
		if json.Unmarshal(data, &answer) != nil {
			return
		}
		points, err := parseRender(answer)
		if err != nil && points != nil {
			t.Error("points beside an error")
		}
		for i := 1; i < len(points); i++ {
			if !points[i].t.After(points[i-1].t) {
				t.Errorf("points %d and %d are not in order", i-1, i)
			}
		}
	})
}
