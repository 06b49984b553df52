package checkout

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
)

// overlaid are the variables of a variant that our settings turn into the
// app's, whatever it is.
var overlaid = []string{
	"DATABASE_URL", "REDIS_URL", "CONN_MAX_AGE", "PIXELTALES_CHANNEL_LAYER", "PIXELTALES_SERVER",
	"PIXELTALES_CONNECT_TIMEOUT", "PIXELTALES_STATEMENT_TIMEOUT", "PIXELTALES_WORD_CACHE_SECONDS",
}

// Check says why the app cannot be the variant.
func (c *Checkout) Check(v claim.Variant) error {
	refuse := func(format string, args ...any) error {
		return fmt.Errorf("variant %s %w: %s", v.Name, target.ErrVariant, fmt.Sprintf(format, args...))
	}
	settings, err := v.Env(v.Database, "redis://")
	if err != nil {
		return refuse("%v", err)
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if !slices.Contains(overlaid, name) {
			return refuse("the checkout has no setting for %s=%s", name, settings[name])
		}
	}
	switch {
	case v.Server == "gunicorn" && !c.has("gunicorn"):
		return refuse("gunicorn is not among the app's packages")
	case v.Server == "gunicorn" && c.found.WSGI == "":
		return refuse("the settings name no WSGI_APPLICATION")
	case v.Server == "daphne" && !c.has("daphne"):
		return refuse("daphne is not among the app's packages")
	case v.Server == "daphne" && c.found.ASGI == "":
		return refuse("the settings name no ASGI_APPLICATION: name it with --app-asgi")
	case v.Server == "daphne" && c.found.ASGIError != "":
		return refuse("%s cannot be loaded: %s (another one can be named with --app-asgi)", c.found.ASGI, c.found.ASGIError)
	case v.Database == "postgres" && !c.has("psycopg") && !c.has("psycopg2"):
		return refuse("psycopg is not among the app's packages")
	case v.ChannelLayer == "redis" && !c.has("channels_redis"):
		return refuse("channels_redis is not among the app's packages")
	case v.WordCache > 0 && !slices.Contains(c.found.Settings, "WORD_CACHE_SECONDS"):
		return refuse("the word list cannot be cached: the settings have no WORD_CACHE_SECONDS")
	}
	return nil
}

func (c *Checkout) has(pkg string) bool { return slices.Contains(c.found.Packages, pkg) }

// About is what is to be known of the checkout before it is started.
func (c *Checkout) About() *run.Checkout {
	return &run.Checkout{
		Settings: c.settings, NotIsolated: c.found.isolation.Why, Placeholders: c.variables(),
		NoSockets: !c.found.Sockets, Capabilities: c.capabilities(),
	}
}

// capabilities are those that can be told from the settings and routes.
func (c *Checkout) capabilities() []run.Capability {
	all := slices.Clone(c.found.Replaced)
	for _, e := range target.Endpoints() {
		switch {
		case e.Socket && !c.found.Sockets:
			all = append(all, run.Capability{What: e.Path, Why: "the application has no WebSockets", Costs: "users do without " + e.Name})
		case !e.Socket && slices.Contains(c.found.UnknownPaths, e.Path):
			all = append(all, run.Capability{What: "/api" + e.Path, Why: "no route leads there", Costs: "users do without " + e.Name})
		}
	}
	return all
}

// Dials is whom the app tried to reach when its settings and routes were read.
func (c *Checkout) Dials() (hosts []string) {
	for _, d := range c.found.dials {
		hosts = append(hosts, d.String())
	}
	return hosts
}
