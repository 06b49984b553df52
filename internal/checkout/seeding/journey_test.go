package seeding

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/account"
)

// call sends a request and returns the answer, of which it also takes the JSON apart.
func call(t *testing.T, method, url, token string, body, into any) []byte {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s, %v: %.300s", method, url, answer.Status, err, said)
	}
	if err := json.Unmarshal(said, into); err != nil {
		t.Fatalf("%s %s: %v: %.300s", method, url, err, said)
	}
	return said
}

type story struct {
	ID         int
	Title      string
	AuthorName string `json:"author_name"`
	CanvasData string `json:"canvas_data"`
	CoverImage string `json:"cover_image"`
	Published  bool   `json:"is_published"`
}

// drawn says whether the story has its cover and six pages drawn by hand.
func (s story) drawn(t *testing.T) bool {
	t.Helper()
	var pages []struct {
		Order      int
		CanvasData string
	}
	if err := json.Unmarshal([]byte(s.CanvasData), &pages); err != nil {
		t.Fatalf("%s: %v", s.Title, err)
	}
	if len(pages) != 7 || pages[0].CanvasData != s.CoverImage {
		t.Fatalf("%s has %d pictures; want the cover, as stored beside them, and 6 pages", s.Title, len(pages))
	}
	return strings.HasPrefix(s.CoverImage, "data:image/png;base64,")
}

// journey is what a user does first, against a seeded app. It returns the
// bytes of the public list.
func journey(t *testing.T, api string, manifest *account.Manifest) int {
	t.Helper()
	user := manifest.Users[len(manifest.Users)-1]
	var login struct {
		Access string
		User   struct {
			ID          int
			DisplayName string `json:"display_name"`
			UserType    string `json:"user_type"`
		}
	}
	call(t, "POST", api+"/auth/login/", "", map[string]string{"email": user.Email, "password": manifest.Password}, &login)
	if login.User.ID != user.ID || login.User.DisplayName != "User 0005" || login.User.UserType != "child" {
		t.Errorf("login of %+v = %+v", user, login.User)
	}

	var words struct{ Words []string }
	call(t, "GET", api+"/profanity/active/?language=all", "", nil, &words)
	if len(words.Words) != manifest.Data.Words {
		t.Errorf("%d words; want the manifest's %d", len(words.Words), manifest.Data.Words)
	}

	var list struct {
		Count   int
		Results []story
	}
	bytes := len(call(t, "GET", api+"/stories/?public=true&page_size=100", login.Access, nil, &list))
	drawn := 0
	for _, s := range list.Results {
		if s.drawn(t) {
			drawn++
		}
	}
	if got := (counts{list.Count, drawn}); got != (counts{manifest.Data.PublicStories, manifest.Data.DrawnStories}) {
		t.Errorf("stories and drawn ones in the list = %+v; want the manifest's %+v", got, manifest.Data)
	}
	// The list is the stories' text and little more.
	if ratio := float64(bytes) / float64(manifest.Data.PublicBytes); ratio < 1 || ratio > 1.05 {
		t.Errorf("the public list has %d bytes, %.3f times the manifest's public_bytes", bytes, ratio)
	}

	first := list.Results[0]
	var detail struct{ Story story }
	call(t, "GET", fmt.Sprintf("%s/stories/%d/", api, first.ID), login.Access, nil, &detail)
	if d := cmp.Diff(first, detail.Story); d != "" || !first.Published || first.AuthorName == "" {
		t.Errorf("detail of a published story with an author (-list +detail): %s", d)
	}

	var own struct{ Count int }
	call(t, "GET", api+"/stories/", login.Access, nil, &own)
	if want := manifest.Data.PublicStories/users + 1; own.Count != want {
		t.Errorf("%d stories of the user's own; want the draft and the published ones, %d", own.Count, want)
	}
	for path, want := range map[string]string{
		"/auth/profile/":           `"display_name":"User 0005"`,
		"/friends/":                `"name":"User 0001"`,
		"/messages/conversations/": `"content":"hello"`,
	} {
		if said := call(t, "GET", api+path, login.Access, nil, new(any)); !strings.Contains(string(said), want) {
			t.Errorf("GET %s = %.200s; want %s in it", path, said, want)
		}
	}
	return bytes
}

type counts struct{ stories, drawn int }
