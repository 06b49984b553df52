package config_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/config"
)

// TestLookOpensWhatItKnows: a checkout holds more than text, and a pipe never
// ends.
func TestLookOpensWhatItKnows(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"pipe", "compose.yaml"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "old"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "old", "render.yaml"), []byte("services: [{type: web, plan: starter}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "render.yaml"), []byte("services: [{type: web, plan: free}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	looked := make(chan config.Survey, 1)
	go func() {
		s, err := config.Look(dir)
		if err != nil {
			t.Error(err)
		}
		looked <- s
	}()
	select {
	case s := <-looked:
		if diff := cmp.Diff(config.Survey{Plan: "free", PlanFile: "render.yaml"}, s); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it waits for what a pipe has to say")
	}
}
