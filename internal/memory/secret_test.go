package memory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestSecretIsNeverPrinted by whatever prints it, on its own or within others.
func TestSecretIsNeverPrinted(t *testing.T) {
	const token = "canary"
	s := NewSecret(token)
	within := struct {
		Shown  Secret
		hidden Secret
		at     *Secret
	}{s, s, &s}
	var said []string
	for _, v := range []any{s, &s, within, &within, []Secret{s}, map[string]Secret{"a": s}, map[Secret]int{s: 1}} {
		for _, verb := range "vTtbcdoOqxXUeEfFgGspw" {
			for _, flags := range []string{"", "+", "#", "0", " ", "-20.3"} {
				said = append(said, fmt.Sprintf("%"+flags+string(verb), v))
			}
		}
		said = append(said, fmt.Sprint(v), fmt.Errorf("%w: %v", errors.ErrUnsupported, v).Error())
		text, err := json.Marshal(v)
		said = append(said, string(text), fmt.Sprint(err))
		text, err = yaml.Marshal(v)
		said = append(said, string(text), fmt.Sprint(err))
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("a", "token", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("a", "token", v)
		said = append(said, log.String())
	}
	func() {
		defer func() { said = append(said, fmt.Sprint(recover())) }()
		panic(s)
	}()
	for _, text := range said {
		for _, form := range []string{token, fmt.Sprintf("%x", token), fmt.Sprintf("%X", token), fmt.Sprint([]byte(token))} {
			if strings.Contains(text, form) {
				t.Errorf("%q tells it", text)
			}
		}
	}
	if s.Reveal() != token || !s.Set() || (Secret{}).Set() || (Secret{}).Reveal() != "" || NewSecret("").Set() {
		t.Error("it is not what it was made of")
	}
}
