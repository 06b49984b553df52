package claim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/memory"
)

func load(t *testing.T) *Document {
	t.Helper()
	d, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLoadHoldsEveryClaim(t *testing.T) {
	var want []string
	for _, group := range []struct {
		letter string
		n      int
	}{{"L", 11}, {"C", 7}, {"S", 4}, {"K", 7}, {"B", 5}} {
		for i := range group.n {
			want = append(want, fmt.Sprint(group.letter, i+1))
		}
	}
	var got []string
	for _, c := range load(t).Claims {
		got = append(got, c.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}

func TestLoadUnits(t *testing.T) {
	d := load(t)
	want := Claim{
		ID: "L4", Text: "3 users, before: does not fit", Kind: Level, Arm: Arm{Variant: "before"}, Users: []int{3},
		Source: Source{"Render Memory Issue Analysis - PixelTales App", 360}, LowBytes: 580 << 20, HighBytes: 580 << 20,
	}
	if diff := cmp.Diff(want, d.Claims[3]); diff != "" {
		t.Errorf("L4 (-want +got):\n%s", diff)
	}
	plan, err := d.Plan("free")
	if err != nil || plan.MemoryBytes != 512*memory.MiB {
		t.Errorf("free plan = %+v, %v", plan, err)
	}
	if _, err := d.Variant("befor"); err == nil || !strings.Contains(err.Error(), `unknown variant "befor": want one of before, postgres`) {
		t.Errorf("unknown variant: %v", err)
	}
}

// What each component and saving compares is data.
func TestArms(t *testing.T) {
	want := map[string]string{
		"C2": "before / postgres", "C3": "pooled / redis", "C4": "before / before without sockets",
		"C5": "before without sockets / before without pages and sockets", "C7": "pooled / redis", "B3": "before / cached", "B1": "before / before without sockets",
		"S1": "before / postgres", "S2": "before / cached", "S3": "after / pooled", "S4": "before / no-websockets",
	}
	got := map[string]string{}
	for _, c := range load(t).Claims {
		if c.Versus.Variant != "" {
			got[c.ID] = c.Arm.String() + " / " + c.Versus.String()
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("arms (-want +got):\n%s", diff)
	}
}

func TestSays(t *testing.T) {
	want := map[string]string{
		"L1": "250 MB", "L7": "crashes", "L11": "under 400 MB", "C2": "50-80 MB",
		"K2": "8-10 users", "K3": "51 users or more", "K6": "80-90 %", "B1": "so it behaves",
	}
	for _, c := range load(t).Claims {
		if w, ok := want[c.ID]; ok && c.Says() != w {
			t.Errorf("%s says %q, want %q", c.ID, c.Says(), w)
		}
	}
}

func TestParseErrors(t *testing.T) {
	const head = "document: {file: doc.md}\nclaims:\n"
	for _, tt := range []struct{ name, in, want string }{
		{"unknown key", head + "  - id: L1\n    lines: 4\n", `f.yaml:4: unknown field "lines"`},
		{"unknown top key", "claim: []\n", `f.yaml:1: unknown field "claim"`},
		{"not yaml", "claims:\n  - {id: L1\n", "f.yaml:2:"},
		{"wrong type", head + "  - id: L1\n    line: many\n", "f.yaml:4:"},
		{"duplicate key", head + "  - id: L1\n    id: L2\n", "f.yaml:4:"},
		{"no line", head + "  - id: L1\n    kind: level\n", "f.yaml:3: claim L1: want the document's file and the line"},
		{"unknown kind", head + "\n  - {id: L1, line: 4, kind: levle}\n", `f.yaml:4: claim L1: unknown kind "levle"`},
		{"range reversed", head + "  - {id: C1, line: 4, kind: component, variant: x, users: [3], mib: [100, 80]}\n", "f.yaml:3: claim C1: mib: want one number above 0, or two ascending ones, not [100 80]"},
		{"crash with memory", head + "  - {id: L7, line: 4, kind: crash, variant: x, users: [1], mib: [4]}\n", "f.yaml:3: claim L7: a claim of kind crash"},
		{"saving of nothing", head + "  - {id: S1, line: 4, kind: saving, variant: x, users: [3], mib: [4]}\n", "f.yaml:3: claim S1: a saving wants the variant it is versus"},
		{"unknown habit", head + "  - {id: C4, line: 4, kind: component, variant: x, off: [socket], users: [3], mib: [4]}\n", `f.yaml:3: claim C4: off: unknown habit "socket": want some of [pages sockets]`},
		{"habits out of order", head + "  - {id: C4, line: 4, kind: component, variant: x, off: [sockets, pages], users: [3], mib: [4]}\n", "f.yaml:3: claim C4: off: want each once, in the order [pages sockets]"},
		{"level without a habit", head + "  - {id: L4, line: 4, kind: level, variant: x, off: [sockets], users: [3], mib: [4]}\n", "f.yaml:3: claim L4: a claim of kind level compares nothing"},
		{"component of nobody", head + "  - {id: C4, line: 4, kind: component, variant: x, mib: [4]}\n", "f.yaml:3: claim C4: want the users it speaks of"},
		{"another moment", head + "  - {id: C1, line: 4, kind: component, variant: x, at: noon, mib: [4]}\n", `f.yaml:3: claim C1: at "noon": want listening, or users`},
		{"listening with users", head + "  - {id: C1, line: 4, kind: component, variant: x, at: listening, users: [3], mib: [4]}\n", "f.yaml:3: claim C1: at listening is for a component"},
		{"versus as a name", head + "  - {id: C3, line: 4, kind: component, variant: x, versus: y, users: [3], mib: [4]}\n", "f.yaml:3:"},
		{"words in disorder", head + "  - {id: S2, line: 4, kind: saving, variant: x, versus: {variant: y}, users: [3], words: [60, 1], mib: [4]}\n", "f.yaml:3: claim S2: words: want ascending numbers"},
		{"capacity of no plan", head + "  - {id: K1, line: 4, kind: capacity, variant: x, holds: [4]}\n", "f.yaml:3: claim K1: want the plan it speaks of"},
		{"capacity of nobody", head + "  - {id: K1, line: 4, kind: capacity, variant: x, plan: p}\n", "f.yaml:3: claim K1: holds: want the users"},
		{"share of nothing", head + "  - {id: K6, line: 4, kind: share, variant: x, plan: p, users: [9]}\n", "f.yaml:3: claim K6: want percent"},
		{"service of a level", head + "  - {id: L4, line: 4, kind: level, variant: x, users: [3], mib: [4], service: true}\n", "f.yaml:3: claim L4: service is for a capacity"},
		{"users below none", head + "  - {id: L4, line: 4, kind: level, variant: x, users: [-3], mib: [4]}\n", "f.yaml:3: claim L4: users: want ascending numbers from 0 on, not [-3]"},
		{"users twice", head + "  - {id: L4, line: 4, kind: level, variant: x, users: [3, 3], mib: [4]}\n", "f.yaml:3: claim L4: users: want ascending"},
		{"half a user", head + "  - {id: K1, line: 4, kind: capacity, variant: x, plan: p, holds: [2.5]}\n", "f.yaml:3: claim K1: holds: want whole users, not 2.5"},
		{"more than all", head + "  - {id: K6, line: 4, kind: share, variant: x, plan: p, users: [9], percent: [80, 900]}\n", "f.yaml:3: claim K6: percent: want at most 100, not 900"},
		{"defined twice", head + "  - &a {id: B1, line: 4, kind: behaviour, experiment: no sockets, variant: x}\n  - {id: B1, line: 4, kind: behaviour, experiment: no sockets, variant: x}\n", "f.yaml:4: claim B1 is defined twice, first on line 3"},
		{"unknown server", "variants:\n  - name: x\n    database: sqlite\n    channel_layer: memory\n    server: apache\n", `f.yaml:2: variant x: server "apache": want one of [daphne gunicorn]`},
		{"pages larger than the application's", "variants:\n  - {name: x, database: sqlite, channel_layer: memory, server: daphne, limit_mib: 1, largest_page: 101}\n", "f.yaml:2: variant x: largest_page must be up to 100"},
		{"collections above less than nothing", "variants:\n  - {name: x, database: sqlite, channel_layer: memory, server: daphne, limit_mib: 1, collect_above_mib: -1}\n", "f.yaml:2: variant x: largest_page must"},
		{"plan without memory", "plans: [{name: x, cpus: 1}]\n", "f.yaml:1: plan x:"},
		{"plan with a price", "plans: [{name: x, memory_mib: 1, cpus: 1, price_usd: 7}]\n", `f.yaml:1: unknown field "price_usd"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse("f.yaml", []byte(tt.in))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("Parse(%q) = %v, want %s...", tt.in, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("error of more than a line: %q", err)
			}
		})
	}
}

func TestWith(t *testing.T) {
	parse := func(text string) *Document {
		t.Helper()
		d, err := Parse("f.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, tt := range []struct{ in, want string }{
		{"document: {file: d.md}\nclaims:\n  - {id: X1, line: 1, kind: behaviour, experiment: no sockets, variant: nowhere}", `f.yaml:3: claim X1: unknown variant "nowhere"`},
		{"document: {file: d.md}\nclaims:\n\n  - {id: X1, line: 1, kind: saving, variant: before, versus: {variant: nowhere}, users: [3], mib: [4]}", `f.yaml:4: claim X1: unknown variant "nowhere"`},
		{"document: {file: d.md}\nclaims: [{id: X1, line: 1, kind: behaviour, experiment: no sockets, variant: before, plan: gratis}]", `f.yaml:2: claim X1: unknown plan "gratis"`},
		{"document: {file: d.md}\nclaims: [{id: L1, line: 1, kind: level, variant: before, users: [0], mib: [250]}]\nplans: [{name: free, memory_mib: 1024, cpus: 1}]", "f.yaml: variants and plans are built in"},
		{"document: {file: d.md}\n", "f.yaml: no claim in it"},
		{"", "f.yaml: no claim in it"},
	} {
		if _, err := load(t).With(parse(tt.in)); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("With(%q) = %v, want %s...", tt.in, err, tt.want)
		}
	}
	other := parse("document: {file: d.md}\nclaims: [{id: X1, line: 1, kind: behaviour, experiment: no sockets, variant: nowhere}]")
	other.Claims[0].Arm.Variant = "before"
	if d, err := load(t).With(other); err != nil || len(d.Claims) != 1 || len(d.Variants) == 0 {
		t.Errorf("With = %+v, %v", d, err)
	}
}

func TestEnv(t *testing.T) {
	d := load(t)
	env := func(name, database, redis string) (map[string]string, error) {
		v, err := d.Variant(name)
		if err != nil {
			t.Fatal(err)
		}
		return v.Env(database, redis)
	}
	got, err := env("pooled", "postgres://db", "")
	want := map[string]string{
		"DATABASE_URL": "postgres://db", "PIXELTALES_CHANNEL_LAYER": "memory", "PIXELTALES_SERVER": "daphne",
		"PIXELTALES_WORD_CACHE_SECONDS": "3600", "CONN_MAX_AGE": "300",
		"PIXELTALES_CONNECT_TIMEOUT": "10", "PIXELTALES_STATEMENT_TIMEOUT": "30",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("pooled: %v (-want +got):\n%s", err, diff)
	}
	if _, err := env("pooled", "sqlite:///x", ""); err == nil {
		t.Error("pooled ran on SQLite")
	}
	if _, err := env("redis", "postgres://db", ""); err == nil {
		t.Error("redis ran without Redis")
	}
}

// Each remedy for heavy lists is before and one variable more.
func TestEnvOfRemedies(t *testing.T) {
	d := load(t)
	env := func(name string) map[string]string {
		v, err := d.Variant(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := v.Env("sqlite:////tmp/x", "")
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for name, one := range map[string][2]string{
		"deferred":    {"PIXELTALES_DEFER_IMAGES", "1"},
		"small-pages": {"PIXELTALES_LARGEST_PAGE", "12"},
		"collected":   {"PIXELTALES_COLLECT_ABOVE_BYTES", "1048576"},
	} {
		want := env("before")
		want[one[0]] = one[1]
		if diff := cmp.Diff(want, env(name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("document: {file: d.md}\nclaims: [{id: L1, line: 1, kind: level, variant: before, users: [0], mib: [250]}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if d, err := Parse("f", data); (d == nil) == (err == nil) {
			t.Errorf("Parse = %v, %v", d, err)
		}
	})
}
