package extension

import (
	"strings"
	"testing"
	"time"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	tests := []struct{ js, want string }{
		{`pt.settings({})`, `[["seed",1]]`},
		{`pt.settings({PIXELTALES_URL: 'http://x', PIXELTALES_ACCOUNTS: 'a', PIXELTALES_SECRET_KEY: 's', PIXELTALES_PERSONA: 'reader=2', PIXELTALES_SEED: '9',
			PIXELTALES_HABITS: '{"messages": 1}', HOME: '/'})`,
			`[["accounts","a"],["habits",{"messages":1}],["personas","reader=2"],["secretKey","s"],["seed",9],["url","http://x"]]`},
		{`pt.listRequestsAMinute()`, `2`},
		{`pt.listRequestsAMinute({personas: {lurker: 3, user: 1}})`, `0.5`},
		{`pt.listRequestsAMinute({personas: 'slow-reader', habits: {thinkSeconds: [20, 20]}})`, `3`},
		{`pt.personas`, `["user","host","guest","artist","writer","reader","social","player","lurker","slow-reader"]`},
	}
	for _, test := range tests {
		b := newScriptBench(t)
		got, err := b.VU.Runtime().RunString("var r = " + test.js + "; JSON.stringify(typeof r == 'object' && !Array.isArray(r) ? Object.entries(r).sort() : r)")
		if err != nil || got.String() != test.want {
			t.Errorf("%s = %v, %v; want %s", test.js, got, err, test.want)
		}
	}
}

func TestPersonaMistakes(t *testing.T) {
	t.Parallel()
	const user = `new pt.User({url: 'http://x', accounts: 'a', phases: [{name: 'a', users: 1, hold_seconds: 1}], `
	tests := []struct{ js, want string }{
		{user + `personas: 'painter'})`, `persona "painter": want one of user, host`},
		{user + `personas: {reader: 0}})`, `persona "reader": share is 0`},
		{user + `personas: {reader: 'two'}})`, "want a map such as {reader: 2, artist: 1}"},
		{user + `personas: 3})`, "want a map such as"},
		{user + `habits: {think: 3}})`, `unknown option "think"`},
		{user + `Habits: {}})`, `unknown option "Habits"`},
		{user + `habits: {thinkseconds: [1, 2]}})`, `unknown option "thinkseconds"`},
		{user + `habits: {thinkSeconds: [1, 2, 3]}})`, "a list of 3 where 2 belong"},
		{user + `habits: {thinkSeconds: 3}})`, `option "habits.thinkSeconds" is a number`},
		{user + `habits: {thinkSeconds: [60, 20]}})`, "habits.thinkSeconds[0] is 60, want 0.1 to 20"},
		{user + `habits: {drawnShare: 2}})`, "habits.drawnShare is 2, want 0 to 1"},
		{user + `habits: {pageBytes: 1e9}})`, "habits.pageBytes is 1e+09, want 500 to 250000"},
		{user + `habits: {cursorsASecond: 0}})`, "habits.cursorsASecond is 0"},
		{`pt.settings({PIXELTALES_SEED: '9007199254740993'})`, "want a whole number below 2^53"},
		{`pt.settings({PIXELTALES_SEED: '-1'})`, `PIXELTALES_SEED is "-1"`},
		{`pt.settings({PIXELTALES_HABITS: 'often'})`, "parsing PIXELTALES_HABITS"},
		{`pt.phases([{Name: 'a', users: 1, hold_seconds: 1}])`, `unknown option "Name"`},
		{`pt.listRequestsAMinute({persona: 'reader'})`, `unknown option "persona"`},
		{`pt.listRequestsAMinute({habits: {thinkSeconds: [0, 0]}})`, "habits.thinkSeconds[0] is 0"},
	}
	for _, test := range tests {
		b := newScriptBench(t)
		if _, err := b.VU.Runtime().RunString(test.js); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.js, err, test.want)
		}
	}
}

// Every function in every place of a script: it works, or says its name and
// where it belongs.
const everywhere = `
import { Crowd, User, Watch, listRequestsAMinute, personas, phases, scenarios, settings } from 'k6/x/pixeltales';
function tryAll(place) {
  const plan = [{ name: 'a', users: 1, hold_seconds: 1 }];
  const calls = {
    'phases': () => phases(plan), 'scenarios': () => scenarios(phases(plan)), 'settings': () => settings(__ENV).seed,
    'listRequestsAMinute': () => listRequestsAMinute(), 'personas': () => personas.length,
    'new User': () => new User({ ...settings(__ENV), phases: plan }), 'new Watch': () => new Watch({ phases: plan }),
    'new Crowd': () => new Crowd({ url: __ENV.PIXELTALES_URL, rooms: [['/ws/room/']], phases: plan }),
    'User.loadPage()': () => new User({ ...settings(__ENV), phases: plan }).loadPage(),
    'Crowd.hold()': () => new Crowd({ url: __ENV.PIXELTALES_URL, rooms: [['/ws/room/']], phases: plan }).hold(),
    'User.visit()': () => new User({ ...settings(__ENV), phases: plan }).visit(),
    'Watch.run()': () => new Watch({ phases: plan }).run(),
  };
  for (const name in calls) {
    let result = 'works';
    try { calls[name](); } catch (e) { result = e.message; }
    console.error('<' + place + ' ' + name + ': ' + result + '>');
  }
}
tryAll('init');
export function setup() { tryAll('setup'); }
export default function () { tryAll('vu'); }
export function teardown() { tryAll('teardown'); }
`

func TestEveryPlace(t *testing.T) {
	t.Parallel()
	server := newFakeServer(t)
	began := time.Now()
	got := runK6(t, everywhere, "PIXELTALES_URL="+server.URL, "PIXELTALES_ACCOUNTS="+writeManifest(t, 2), "PIXELTALES_SECRET_KEY=fake") // who loads pages keeps its account
	if got.code != 0 || time.Since(began) > 20*time.Second {
		t.Fatalf("exit code %d after %v: %s", got.code, time.Since(began), got.stderr)
	}
	for _, place := range []string{"init", "setup", "vu", "teardown"} {
		for _, name := range []string{"phases", "scenarios", "settings", "listRequestsAMinute", "personas", "new User", "new Crowd", "new Watch"} {
			if want := "<" + place + " " + name + ": works>"; !strings.Contains(got.stderr, want) {
				t.Errorf("%s is missing in %s", want, got.stderr)
			}
		}
		for _, name := range []string{"User.loadPage()", "Crowd.hold()", "User.visit()", "Watch.run()"} {
			want := "<" + place + " " + name + ": " + name
			if place == "vu" {
				want = "<" + place + " " + name + ": works>"
			}
			if !strings.Contains(got.stderr, want) {
				t.Errorf("%s is missing in %s", want, got.stderr)
			}
		}
	}
}
