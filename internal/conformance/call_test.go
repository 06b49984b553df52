package conformance

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// reply is an answer as a recording notes it.
type reply struct {
	status                int
	contentType, location string
	body                  any // JSON with its numbers as written; "<html>"; "" when empty
}

// send makes one call; body is what goes over the wire.
func (s *server) send(method, path string, body []byte, header http.Header) (reply, error) {
	request, err := http.NewRequest(method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	request.Header = header
	request.Host = header.Get("Host")
	response, err := s.client.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return reply{}, err
	}
	r := reply{status: response.StatusCode, location: response.Header.Get("Location")}
	r.contentType, _, _ = strings.Cut(response.Header.Get("Content-Type"), ";")
	r.body, err = decodeBody(r.contentType, text)
	return r, err
}

func decodeBody(contentType string, text []byte) (any, error) {
	switch {
	case len(text) == 0:
		return "", nil
	case contentType == "text/html":
		return "<html>", nil
	}
	return decodeJSON(text)
}

// decodeJSON keeps numbers as they are written, so that 1 and 1.0 differ where that matters.
func decodeJSON(text []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return value, decoder.Decode(&value)
}

// call makes a call to the API as the person and returns the status; answer, if
// not nil, takes the JSON that came.
func (s *server) call(t *testing.T, as person, method, path string, body, answer any) int {
	t.Helper()
	header := http.Header{"Content-Type": {"application/json"}}
	if as.access != "" {
		header.Set("Authorization", "Bearer "+as.access)
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.send(method, "/api"+path, text, header)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	if answer != nil {
		again, _ := json.Marshal(r.body)
		if err := json.Unmarshal(again, answer); err != nil {
			t.Fatalf("%s %s: status %d, %s: %v", method, path, r.status, again, err)
		}
	}
	return r.status
}

// mustCall is call for what has to succeed.
func (s *server) mustCall(t *testing.T, as person, method, path string, body, answer any) {
	t.Helper()
	if status := s.call(t, as, method, path, body, answer); status >= 300 {
		t.Fatalf("%s %s: status %d", method, path, status)
	}
}
