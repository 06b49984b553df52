package extension

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.k6.io/k6/v2/js/modulestest"
	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/lib/netext"
	"go.k6.io/k6/v2/lib/types"
	"go.k6.io/k6/v2/metrics"
	"gopkg.in/guregu/null.v3"
)

// scriptBench is a VU with the module, in its init context at first.
type scriptBench struct {
	*modulestest.Runtime
	samples chan metrics.SampleContainer
	t       *testing.T
}

func newScriptBench(t *testing.T) *scriptBench {
	t.Helper()
	b := &scriptBench{Runtime: modulestest.NewRuntime(t), samples: make(chan metrics.SampleContainer, 100_000), t: t}
	if err := b.SetupModuleSystem(map[string]any{ImportPath: New()}, nil, nil); err != nil {
		t.Fatal(err)
	}
	b.mustRun(`var pt = require('k6/x/pixeltales')`)
	return b
}

func (b *scriptBench) mustRun(js string) {
	b.t.Helper()
	if _, err := b.VU.Runtime().RunString(js); err != nil {
		b.t.Fatal(err)
	}
}

// enter moves the VU to where scripts run; scenario says whether in a
// scenario's function or in setup and the like.
func (b *scriptBench) enter(scenario bool) {
	registry := b.VU.InitEnvField.Registry
	transport := &http.Transport{DisableCompression: true} // as k6's
	dialer := netext.NewDialer(net.Dialer{}, netext.NewResolver(net.LookupIP, 0, types.DNSfirst, types.DNSpreferIPv4))
	transport.DialContext = dialer.DialContext
	b.t.Cleanup(transport.CloseIdleConnections)
	b.MoveToVUContext(&lib.State{
		Options: lib.Options{
			UserAgent: null.StringFrom("test"), MaxRedirects: null.IntFrom(0), SystemTags: &metrics.DefaultSystemTagSet,
		},
		Logger: b.VU.InitEnvField.Logger, Dialer: dialer, Transport: transport, Samples: b.samples,
		BufferPool: lib.NewBufferPool(), BuiltinMetrics: b.BuiltinMetrics,
		Tags: lib.NewVUStateTags(registry.RootTagSet()),
	})
	if scenario {
		b.VU.CtxField = lib.WithScenarioState(b.VU.CtxField, &lib.ScenarioState{Name: "users", StartTime: time.Now()})
	}
}

// visitOnce lets one user visit the server and returns the sums of the counters
// and of the rates' non-zero values, by metric.
func visitOnce(t *testing.T, server *fakeServer, seconds float64, options string) map[string]float64 {
	t.Helper()
	b := newScriptBench(t)
	b.mustRun(fmt.Sprintf(`var user = new pt.User(Object.assign({url: %q, accounts: %q, secretKey: 'fake',
		phases: [{name: 'users=1', users: 1, warmup_seconds: 0, hold_seconds: %g}]}, %s))`,
		server.URL, writeManifest(t, 1), seconds, options))
	b.enter(true)
	if _, err := b.RunOnEventLoop(`user.visit()`); err != nil {
		t.Fatal(err)
	}
	sums := map[string]float64{}
	for _, c := range metrics.GetBufferedSamples(b.samples) {
		for _, s := range c.GetSamples() {
			sums[s.Metric.Name] += s.Value
			if class, ok := s.Tags.Get("class"); ok {
				sums[s.Metric.Name+"{"+class+"}"] += s.Value
			}
			if phase, _ := s.Tags.Get("phase"); phase != "users=1" {
				t.Errorf("%s has the tag phase %q", s.Metric.Name, phase)
			}
		}
	}
	return sums
}

// visitUntil does the same, and once more, patience times as long, when there is
// not enough: on a busy machine a second may pass without a call.
func visitUntil(t *testing.T, enough func(sums map[string]float64) bool, server *fakeServer, seconds float64, options string) map[string]float64 {
	t.Helper()
	sums := visitOnce(t, server, seconds, options)
	if !enough(sums) {
		sums = visitOnce(t, server, patience*seconds, options)
	}
	return sums
}

// has says whether there is some of it.
func has(name string) func(map[string]float64) bool {
	return func(sums map[string]float64) bool { return sums[name] > 0 }
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	const plan = `phases: [{name: 'a', users: 1, warmup_seconds: 0, hold_seconds: 1}]`
	tests := []struct{ js, want string }{
		{`new pt.User()`, "new User: options are missing"},
		{`new pt.User({url: 'http://x', account: 'a'})`, `unknown option "account"`},
		{`new pt.User({url: 7})`, `option "url" is a number, want string`},
		{`new pt.User({accounts: 'a'})`, "url is missing"},
		{`new pt.User({url: 'http://x/', accounts: 'a'})`, "leave the trailing slash out"},
		{`new pt.User({url: 'http://x'})`, "accounts is missing"},
		{`new pt.User({url: 'http://x', accounts: 'none', ` + plan + `})`, "reading accounts: open none"},
		{`new pt.User({url: 'http://x', accounts: 'none'})`, "phases: there is none"},
		{`new pt.User({url: 'http://x', accounts: 'a', stopReading: {after: -1}})`, "stopReading.after is -1"},
		{`new pt.User({url: 'http://x', accounts: 'a', stopReading: {until: 1}})`, `unknown option "until"`},
		{`new pt.Watch({memory: 'pid:1'})`, "new Watch: phases: there is none"},
		{`new pt.Watch({memory: 'pid:none', ` + plan + `})`, "want cgroup:PATH or pid:NUMBER"},
		{`pt.phases('[')`, "phases: reading options"},
		{`pt.phases([{name: 'a', users: -1}])`, "users is -1"},
		{`pt.phases([{name: 'a', users: 1}])`, "nor both 0"},
		{`pt.phases([{name: 'a', user: 1}])`, `unknown option "user"`},
		{`pt.phases('[{"name":"a","users":1,"hold_seconds":1}] []')`, "after top-level value"},
		{`pt.phases([{name: 'a', users: 1, hold_seconds: 1}, {name: 'a', users: 2, hold_seconds: 1}])`, `phase "a" is there twice`},
		{`pt.scenarios()`, "scenarios: options are missing"},
		{`pt.phases()`, "phases: options are missing"},
	}
	for _, test := range tests {
		b := newScriptBench(t)
		if _, err := b.VU.Runtime().RunString(test.js); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.js, err, test.want)
		}
	}
}

func TestMethodsRefuseByName(t *testing.T) {
	t.Parallel()
	tests := []struct{ method, js string }{
		{"User.visit()", "user.visit()"},
		{"User.loadPage()", "user.loadPage()"},
		{"Crowd.hold()", "crowd.hold()"},
		{"Watch.run()", "watch.run()"},
	}
	for _, test := range tests {
		b := newScriptBench(t)
		b.mustRun(fmt.Sprintf(`var plan = pt.phases('[{"name":"a","users":1,"hold_seconds":1}]');
			var user = new pt.User({url: 'http://127.0.0.1:1', accounts: %q, phases: plan});
			var crowd = new pt.Crowd({url: 'http://127.0.0.1:1', rooms: [['/ws/']], phases: plan});
			var watch = new pt.Watch({phases: plan})`, writeManifest(t, 1)))
		_, inInit := b.VU.Runtime().RunString(test.js)
		b.enter(false)
		_, inSetup := b.VU.Runtime().RunString(test.js)
		for where, err := range map[string]error{"init": inInit, "setup": inSetup} {
			if err == nil || !strings.Contains(err.Error(), test.method) || !strings.Contains(err.Error(), where) {
				t.Errorf("%s in %s: error %v, want it refused by name", test.js, where, err)
			}
		}
	}
}

func TestVisitAlone(t *testing.T) {
	t.Parallel()
	server := newFakeServer(t)
	sums := visitOnce(t, server, 9, `{}`)
	for call, want := range map[string]int{
		"GET /profanity/active/?language=all":     3, // at arrival, in tab two, in the library
		"GET /auth/profile/":                      6,
		"GET /stories/":                           3,
		"GET /stories/?public=true&page_size=100": 1,
		"GET /collaborate/invites/":               5,
		"GET /messages/conversations/":            2,
		"POST /collaborate/create/":               1,
		"GET /collaborate/room-1/":                1,
		"POST /collaborate/room-1/start/":         1,
		"GET /collaborate/room-1/presence/":       1,
		"POST /auth/login/":                       0,
	} {
		if got := server.called(call); got != want {
			t.Errorf("%s was called %d times, want %d", call, got, want)
		}
	}
	for metric, want := range map[string]float64{
		"pixeltales_list_requests": 1, "ws_sessions": 2, "pixeltales_sockets_lost": 0,
		"pixeltales_visits": 1, "pixeltales_visits_failed": 0, "pixeltales_troubles": 0, "http_req_failed": 0, "pixeltales_deliveries_expected": 0,
	} {
		if sums[metric] != want {
			t.Errorf("%s = %g, want %g", metric, sums[metric], want)
		}
	}
	if sums["pixeltales_draws_sent"] < 2 || sums["ws_msgs_sent"] < 40 || sums["ws_session_duration"] < 16_000 {
		t.Errorf("draws %g, messages %g, sessions of %g ms", sums["pixeltales_draws_sent"], sums["ws_msgs_sent"], sums["ws_session_duration"])
	}
}

// In a phase of visits the user logs in, holds a session and leaves each time.
func TestVisitAgain(t *testing.T) {
	t.Parallel()
	server := newFakeServer(t)
	sums := visitOnce(t, server, 0, `{phases: [{name: 'users=1', users: 1, hold_seconds: 18, visits: 2}]}`)
	if sums["pixeltales_visits"] != 2 || sums["ws_sessions"] != 4 {
		t.Errorf("%g visits with %g sockets, want 2 with 4", sums["pixeltales_visits"], sums["ws_sessions"])
	}
	if n := server.called("POST /collaborate/create/"); n != 2 {
		t.Errorf("%d sessions were created, want one a visit", n)
	}
}

func TestVisitLogsIn(t *testing.T) {
	t.Parallel()
	server := newFakeServer(t)
	visitOnce(t, server, 1, `{secretKey: ''}`)
	if n := server.called("POST /auth/login/"); n != 1 {
		t.Errorf("logged in %d times, want once", n)
	}
	if n := server.called("POST /collaborate/create/"); n != 1 {
		t.Errorf("the session was created %d times, want once", n)
	}
}

// Whatever a target answers, the user counts it and lives.
func TestVisitSurvivesNonsense(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		wrong  func(r *http.Request) (int, string)
		metric string
	}{
		{"HTML instead of JSON", func(*http.Request) (int, string) { return 200, "<html>" }, "pixeltales_troubles"},
		{"every call fails", func(*http.Request) (int, string) { return 500, "<html>" }, "http_req_failed"},
		{"sockets refused", func(r *http.Request) (int, string) {
			if strings.HasPrefix(r.URL.Path, "/ws/") {
				return 403, ""
			}
			return 0, ""
		}, "pixeltales_ws_connect_failed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := newFakeServer(t)
			server.wrong = test.wrong
			sums := visitUntil(t, has(test.metric), server, 2, `{}`)
			if sums[test.metric] == 0 {
				t.Errorf("%s = 0", test.metric)
			}
			if sums["pixeltales_visits_failed"] != 0 {
				t.Errorf("the visit failed")
			}
		})
	}
}

// The view fails for a host without a socket: the application is known for it.
func TestKnownFailureIsCountedApart(t *testing.T) {
	t.Parallel()
	server := newFakeServer(t)
	server.wrong = func(r *http.Request) (int, string) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/ws/"):
			return 403, ""
		case strings.HasSuffix(r.URL.Path, "/presence/"):
			return 500, "<html>"
		}
		return 0, ""
	}
	sums := visitOnce(t, server, 3, `{}`)
	if sums["pixeltales_known_failures"] != 1 || sums["http_req_failed"] != 0 {
		t.Errorf("known failures %g, failed requests %g; want 1 and 0", sums["pixeltales_known_failures"], sums["http_req_failed"])
	}
}

// A server that sends nonsense on sockets and closes them: counted, and the
// user comes back after the SPA's pauses.
func TestVisitSurvivesBadFrames(t *testing.T) {
	t.Parallel()
	server := newFakeServer(t)
	upgrader := websocket.Upgrader{}
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/ws/") {
			server.rest(w, r)
			return
		}
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		for _, frame := range []string{"{", "[]", `{"type":"init"}`, `{"itemId":"item_x`} {
			_ = conn.WriteMessage(websocket.TextMessage, []byte(frame))
		}
		_ = conn.Close()
	})
	sums := visitOnce(t, server, 4, `{}`)
	if sums["pixeltales_troubles"] < 4 || sums["pixeltales_sockets_lost"] < 3 || sums["ws_sessions"] < 4 {
		t.Errorf("malformed %g, lost %g, sessions %g; want frames counted and sockets opened anew",
			sums["pixeltales_troubles"], sums["pixeltales_sockets_lost"], sums["ws_sessions"])
	}
}
