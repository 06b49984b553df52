package checkout

import (
	"maps"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pixeltales/pixelload/internal/isolate"
	"github.com/pixeltales/pixelload/internal/target"
)

// nobody is an address of the loopback where nothing can listen: what leads
// there calls no stranger's server.
const nobody = "127.0.0.1:9"

// surround returns the gate and the environment of one program of the app:
// settings are a variant's, dir is for scratch files, port is its own.
func (c *Checkout) surround(dir string, settings map[string]string, port int) (*isolate.Gate, []string, error) {
	scratch, err := os.MkdirTemp(dir, "app-")
	if err != nil {
		return nil, nil, err
	}
	gate, err := isolate.New(scratch, c.python, services(settings))
	if err != nil {
		return nil, nil, err
	}
	all := maps.Clone(c.placeholders)
	// What the settings of a PixelTales look for, before those of the variant.
	maps.Copy(all, map[string]string{
		"DEBUG": "false", "RENDER": "true", "REDIS_URL": "redis://" + nobody + "/0",
		"HOME": scratch, "TMPDIR": scratch,
	})
	maps.Copy(all, settings)
	maps.Copy(all, map[string]string{
		"DJANGO_SETTINGS_MODULE": "pixelload_app.settings", "PIXELLOAD_SETTINGS": c.settings, "PIXELLOAD_ASGI": c.asgi, "PIXELLOAD_WSGI": c.found.WSGI,
		"PIXELLOAD_SCRATCH": scratch, "PYTHONDONTWRITEBYTECODE": "1",
		"PYTHONPATH": strings.TrimPrefix(settings["PYTHONPATH"]+":"+c.code, ":"),
	})
	gate.Load(all, port)
	return gate, target.Env(all), nil
}

// services are the ports of the servers that the settings lead to.
func services(settings map[string]string) (ports []int) {
	for _, name := range []string{"DATABASE_URL", "REDIS_URL"} {
		address, err := url.Parse(settings[name])
		if err != nil {
			continue
		}
		if port, err := strconv.Atoi(address.Port()); err == nil {
			ports = append(ports, port)
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}
