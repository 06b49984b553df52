package main

import (
	"strings"
	"testing"
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
