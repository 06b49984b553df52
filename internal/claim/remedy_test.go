package claim

import (
	"strings"
	"testing"
)

func TestLoadRemedies(t *testing.T) {
	r, err := LoadRemedies(load(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(r.Names(), " "); got != "postgres cached pooled no-websockets deferred small-pages collected redis" {
		t.Errorf("remedies = %s", got)
	}
	if r.Against != "before" || len(r.Crowds()) != 2 || r.Crowds()[0] != 3 || r.Crowds()[1] != 10 {
		t.Errorf("against %s at %v", r.Against, r.Crowds())
	}
	prices := map[string]int{"deferred": 2, "small-pages": 2, "cached": 0, "collected": 0, "redis": 1, "no-websockets": 2}
	for _, one := range r.List {
		if want, given := prices[one.Variant]; given && one.Price() != want {
			t.Errorf("%s has price %d, want %d", one.Variant, one.Price(), want)
		}
	}
}

func TestParseRemediesErrors(t *testing.T) {
	const (
		head  = "against: before\ndata: [light]\n"
		steps = "trials: [{kind: natural, users: [0, 3], warmup: 1, hold: 1}]\n"
		one   = "remedies: [{variant: redis, by: ours, takes: server, text: x}]\n"
	)
	for _, tt := range []struct{ name, in, want string }{
		{"unknown key", head + steps + one + "price: 3\n", `f.yaml:5: unknown field "price"`},
		{"unknown variant", head + steps + "remedies: [{variant: radis, by: ours, takes: server, text: x}]\n", `f.yaml: remedy "radis": unknown variant "radis"`},
		{"against nothing", "data: [light]\n" + steps + one, `f.yaml: against: unknown variant ""`},
		{"nothing", head + steps, "f.yaml: want data, trials and remedies"},
		{"twice", head + steps + strings.Replace(one, "}]", "}, {variant: redis, by: ours, takes: server, text: x}]", 1), `f.yaml: remedy "redis": is there twice`},
		{"against itself", head + steps + strings.Replace(one, "redis", "before", 1), `f.yaml: remedy "before": is there twice`},
		{"takes what", head + steps + strings.Replace(one, "server", "time", 1), `f.yaml: remedy "redis": takes "time": want code, server or features`},
		{"whose", head + steps + strings.Replace(one, "ours", "theirs", 1), `f.yaml: remedy "redis": want its text, and by`},
		{"users", head + strings.Replace(steps, "[0, 3]", "[3]", 1) + one, "f.yaml: trials: users [3]: want 0 and more"},
		{"kind", head + strings.Replace(steps, "natural", "neutral", 1) + one, `f.yaml: trials: kind "neutral"`},
		{"no time", head + strings.Replace(steps, "hold: 1", "hold: 0", 1) + one, "f.yaml: trials: want warmup and hold"},
	} {
		if _, err := parseRemedies("f.yaml", []byte(tt.in), load(t)); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s...", tt.name, err, tt.want)
		}
	}
}
