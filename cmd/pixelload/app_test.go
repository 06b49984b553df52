package main

import (
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/persona"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/trial"
)

// TestCampaignsOfCheckoutsHaveTheirOwnFolders: those of two apps are no series.
func TestCampaignsOfCheckoutsHaveTheirOwnFolders(t *testing.T) {
	for app, want := range map[string]string{
		"reference": "claims-light-seed1", "": "claims-light-seed1", "/src/inkwell": "claims-light-seed1-inkwell", "/src/inkwell/": "claims-light-seed1-inkwell",
	} {
		o := campaignOptions{name: "claims", data: "light", seed: 1, app: appOptions{app: app}}
		if got := o.id(); got != want {
			t.Errorf("--app %q: %s, want %s", app, got, want)
		}
	}
}

func TestFlagsOfACheckoutNeedOne(t *testing.T) {
	for _, o := range []appOptions{{backend: "x"}, {asgi: "x"}, {python: "x"}, {requirements: "x"}} {
		o.app = "reference"
		if _, err := o.find(t.Context()); err == nil || !strings.Contains(err.Error(), "--app-backend") {
			t.Errorf("%+v: error %v", o, err)
		}
	}
}

// socketless is a checkout whose application has no WebSockets.
type socketless struct{ trial.App }

func (socketless) Target() run.Target   { return run.Target{Kind: "checkout"} }
func (socketless) About() *run.Checkout { return &run.Checkout{NoSockets: true} }
func (socketless) Python() string       { return "" }

// TestLackOfSockets: it is the checkout's where the server would take them, and
// the variant's own where it would not.
func TestLackOfSockets(t *testing.T) {
	for server, lacks := range map[string]bool{"daphne": true, "gunicorn": false} {
		p := trial.Plan{App: socketless{}, Variant: claim.Variant{Server: server}}
		checkOptions{}.header(&p, persona.Mix{})
		if h := p.Header; !h.NoSockets || h.Checkout.NoSockets != lacks {
			t.Errorf("%s: no sockets %v, for want of the checkout %v; want true, %v", server, h.NoSockets, h.Checkout.NoSockets, lacks)
		}
	}
}
