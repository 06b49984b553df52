package checkout

import (
	"errors"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/target"
)

func TestCheckSaysWhyNot(t *testing.T) {
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	whole := findings{
		Packages: []string{"daphne", "gunicorn", "psycopg2", "channels_redis"}, Settings: []string{"WORD_CACHE_SECONDS"},
		ASGI: "shop.asgi:application", WSGI: "shop.wsgi:application",
	}
	without := func(change func(*findings)) findings {
		f := whole
		change(&f)
		return f
	}
	only := func(names ...string) func(*findings) { return func(f *findings) { f.Packages = names } }
	for _, row := range []struct {
		found   findings
		variant string
		why     string // "": it can
	}{
		{whole, "before", ""}, {whole, "after", ""}, {whole, "pooled", ""}, {whole, "redis", ""}, {whole, "no-websockets", ""},
		{whole, "deferred", "no setting for PIXELTALES_DEFER_IMAGES"},
		{without(only("gunicorn")), "before", "daphne is not among"},
		{without(only("daphne")), "no-websockets", "gunicorn is not among"},
		{without(only("daphne")), "postgres", "psycopg is not among"},
		{without(only("daphne", "psycopg")), "redis", "channels_redis is not among"},
		{without(func(f *findings) { f.Settings = nil }), "cached", "no WORD_CACHE_SECONDS"},
		{without(func(f *findings) { f.Settings = nil }), "postgres", ""},
		{without(func(f *findings) { f.ASGI = "" }), "before", "--app-asgi"},
		{without(func(f *findings) { f.WSGI = "" }), "no-websockets", "WSGI_APPLICATION"},
		{without(func(f *findings) { f.ASGIError = "ImportError: x (shop/asgi.py, line 3)" }), "before", "shop/asgi.py, line 3"},
	} {
		v, err := doc.Variant(row.variant)
		if err != nil {
			t.Fatal(err)
		}
		err = (&Checkout{found: row.found}).Check(v)
		if row.why == "" && err != nil {
			t.Errorf("%s: %v", row.variant, err)
		}
		if row.why != "" && (!errors.Is(err, target.ErrVariant) || !strings.Contains(err.Error(), row.why)) {
			t.Errorf("%s: error %v, want one with %q", row.variant, err, row.why)
		}
	}
}

func TestServicesAreThoseOfTheSettings(t *testing.T) {
	got := services(map[string]string{"DATABASE_URL": "postgres://u:p@127.0.0.1:5433/x", "REDIS_URL": "redis://127.0.0.1:6380"})
	if len(got) != 2 || got[0] != 5433 || got[1] != 6380 {
		t.Errorf("services = %v", got)
	}
	if got := services(map[string]string{"DATABASE_URL": target.SQLiteURL("/x/db.sqlite3")}); len(got) != 0 {
		t.Errorf("services of SQLite = %v", got)
	}
}
