package checkout

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/account"
	"github.com/pixeltales/pixelload/internal/checkout/stranger"
	"github.com/pixeltales/pixelload/internal/needed"
	"github.com/pixeltales/pixelload/internal/service"
	"github.com/pixeltales/pixelload/internal/target"
)

// referencePython has Django, Channels and Daphne.
func referencePython(t *testing.T) (python, dir string) {
	t.Helper()
	r, err := target.FindReference("../../reference")
	if err != nil {
		needed.Skip(t, "%v", err)
	}
	return r.Python(), r.Dir()
}

// small is a Django project with little in it; its settings begin with head.
func small(head string) map[string]string {
	return map[string]string{
		"manage.py":        manage,
		"shop/__init__.py": "",
		"shop/settings.py": head + `
import os
SECRET_KEY = "theirs"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
ROOT_URLCONF = "shop.urls"
ASGI_APPLICATION = "shop.asgi.application"
`,
		"shop/urls.py": "from django.urls import path\nurlpatterns = [path('api/friends/', lambda request: None)]\n",
		"shop/asgi.py": "from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n",
	}
}

func open(t *testing.T, files map[string]string) (*Checkout, error) {
	t.Helper()
	python, _ := referencePython(t)
	return Open(context.Background(), Options{Dir: tree(t, files), Python: python, Home: t.TempDir()})
}

func TestOpen(t *testing.T) {
	t.Setenv("DJANGO_SETTINGS_MODULE", "")
	c, err := open(t, small(`
import os, socket
from pathlib import Path
from django.core.exceptions import ImproperlyConfigured
Path(__file__).with_name("media").mkdir(exist_ok=True)
REGION = os.environ["SHOP_REGION"]
if not os.environ.get("SHOP_KEY"):
    raise ImproperlyConfigured("Set the SHOP_KEY environment variable")
LIMIT = int(os.environ["SHOP_LIMIT"])
DAYS = int(os.environ["SHOP_DAYS"])
print("starting")
for host in ("flags.example", "192.0.2.7"):
    try:
        socket.create_connection((host, 443), timeout=1)
    except OSError:
        pass
`))
	if err != nil {
		t.Fatal(err)
	}
	about := c.About()
	if diff := cmp.Diff([]string{"SHOP_DAYS", "SHOP_KEY", "SHOP_LIMIT", "SHOP_REGION"}, about.Placeholders); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"flags.example:443", "192.0.2.7:443"}, c.Dials()); diff != "" {
		t.Errorf("dials (-want +got):\n%s", diff)
	}
	if !about.NoSockets || about.Settings != "shop.settings" {
		t.Errorf("about = %+v", about)
	}
	lacks := map[string]bool{}
	for _, capability := range about.Capabilities {
		lacks[capability.What] = true
	}
	for what, want := range map[string]bool{"word cache": true, "/api/friends/": false, "/api/auth/profile/": true, "/ws/notifications/": true} {
		if lacks[what] != want {
			t.Errorf("%s is lacking: %v, want %v (%+v)", what, lacks[what], want, about.Capabilities)
		}
	}
	missing, err := c.Missing(t.Context())
	if err != nil {
		t.Error(err)
	}
	lacks = map[string]bool{}
	for _, capability := range missing {
		lacks[capability.What] = true
	}
	for what, want := range map[string]bool{"stories": true, "words": true, "users": false} {
		if lacks[what] != want {
			t.Errorf("%s are missing: %v, want %v (%+v)", what, lacks[what], want, missing)
		}
	}
	if target := c.Target(); target.Kind != "checkout" || target.Name != filepath.Base(c.dir) || target.Ref != c.digest {
		t.Errorf("target = %+v", target)
	}
	if made, err := os.Stat(filepath.Join(c.dir, "shop", "media")); err == nil {
		t.Errorf("the settings made %s in the checkout", made.Name())
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Setenv("DJANGO_SETTINGS_MODULE", "")
	for name, row := range map[string]struct{ head, want string }{
		"a package":   {"import kettle", "No module named 'kettle' (shop/settings.py, line 1)"},
		"a value":     {"import os\nraise ValueError('no kettle')", "ValueError: no kettle (shop/settings.py, line 2)"},
		"a variable":  {"import os\nif os.environ['SHOP_KETTLE'] != 'x':\n    raise ValueError('SHOP_KETTLE is wrong')", "(with placeholders for SHOP_KETTLE)"},
		"an app":      {"import os\nos.environ.pop('DJANGO_SETTINGS_MODULE')\nraise SystemExit('no')", "SystemExit: no"},
		"native code": {"import os\nos.kill(os.getpid(), 9)", "signal: killed"},
	} {
		if _, err := open(t, small(row.head)); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, row.want)
		}
	}
}

// TestFillReachesPostgreSQL: the app's programs reach the trial's server from
// their own network, and nothing else.
func TestFillReachesPostgreSQL(t *testing.T) {
	python, reference := referencePython(t)
	bin, err := service.FindPostgres(python)
	if err != nil {
		needed.Skip(t, "%v", err)
	}
	app, err := stranger.Make(reference, filepath.Join(t.TempDir(), "inkwell"))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	c, err := Open(ctx, Options{Dir: app.Dir, Python: python, Home: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if parts := c.Parts(); parts.Settings != app.Settings || parts.ASGI != app.ASGI || parts.Backend != app.Backend || !slices.Equal(c.Dials(), []string{stranger.Dials}) {
		t.Errorf("parts = %+v, dials = %v", parts, c.Dials())
	}
	dir, err := os.MkdirTemp("", "pg-") // where the server's own user gets in
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	server, err := service.StartPostgres(ctx, service.PostgresOptions{BinDir: bin, DataDir: filepath.Join(dir, "data"), LogPath: filepath.Join(dir, "log")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop(context.Background()) })
	if err := server.CreateDatabase(ctx, "tales"); err != nil {
		t.Fatal(err)
	}
	if err := c.Compile(ctx); err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(dir, "manifest.json")
	var said strings.Builder
	if err := c.Fill(ctx, server.URL("tales"), manifest, "stories=3,drawn=1,words=10", 4, 1, io.MultiWriter(&said)); err != nil {
		t.Fatalf("%v\n%s", err, &said)
	}
	m, err := account.ReadManifest(manifest)
	if err != nil || len(m.Users) != 4 || m.Data.PublicStories != 3 || m.Data.Words != 10 {
		t.Errorf("manifest = %+v, %v", m, err)
	}
	// The same wish gives the same accounts in a file of SQLite's.
	set, err := c.Seed(ctx, t.TempDir(), "stories=3,drawn=1,words=10", 4, 1, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	again, err := account.ReadManifest(set.Manifest)
	if err != nil || !slices.Equal(again.Users, m.Users) {
		t.Errorf("users = %+v, %v; want %+v", again.Users, err, m.Users)
	}
	if missing, err := set.Missing(); err != nil || len(missing) != 0 {
		t.Errorf("missing = %v, %v", missing, err)
	}
}

// TestGunicornHasOurSettings, also where the WSGI module names its own for good.
func TestGunicornHasOurSettings(t *testing.T) {
	t.Setenv("DJANGO_SETTINGS_MODULE", "")
	files := small("WSGI_APPLICATION = 'shop.wsgi.application'\n")
	files["shop/wsgi.py"] = "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'\n" +
		"from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
	c, err := open(t, files)
	if err != nil {
		t.Fatal(err)
	}
	settings := c.defaults()
	settings["PIXELTALES_SERVER"], settings["SECRET_KEY"] = "gunicorn", "ours"
	spec, err := c.Spec(t.TempDir(), 0, settings)
	if err != nil {
		t.Fatal(err)
	}
	defer spec.Gate.Close()
	module, name, _ := strings.Cut(spec.Command[len(spec.Command)-1], ":")
	var said strings.Builder
	err = c.manage(t.Context(), settings, &said, "-c",
		"from importlib import import_module\nassert callable(getattr(import_module('"+module+"'), '"+name+"'))\nfrom django.conf import settings\nprint(settings.SECRET_KEY)")
	if err != nil || said.String() != "ours\n" {
		t.Errorf("%s:%s signs with %q, %v; want our key", module, name, &said, err)
	}
}
