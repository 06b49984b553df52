package conformance

import (
	"net/http"
	"testing"
)

// TestHandshakes: who is not let in hears it before the handshake, as an HTTP
// status; an application's close code never gets through.
func TestHandshakes(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.logIn(t)
	var made struct {
		Session struct {
			ID string `json:"session_id"`
		}
	}
	s.mustCall(t, s.people[0], "POST", "/collaborate/create/", map[string]any{"max_participants": 1}, &made)
	full := "/ws/collaborate/" + made.Session.ID + "/"
	host := s.open(t, s.people[0], full)
	host.must(t, "init")
	token, bearer := "?token="+s.people[1].access, http.Header{"Authorization": {"Bearer " + s.people[1].access}}
	tests := []struct {
		name, path string
		header     http.Header
		status     int // 0: let in
	}{
		{"token in the query", "/ws/notifications/" + token, nil, 0},
		{"token in a header", "/ws/notifications/", bearer, 0},
		{"no token", "/ws/notifications/", nil, 403},
		{"no token, a session", full, nil, 403},
		{"nonsense for a token", "/ws/notifications/?token=nonsense", nil, 403},
		{"a refresh token", "/ws/notifications/?token=" + s.people[1].refresh, nil, 403},
		{"nonsense in the query, a token in a header", "/ws/notifications/?token=nonsense", bearer, 403},
		{"no such session", "/ws/collaborate/none-such/" + token, nil, 403},
		{"a full session", full + token, nil, 403},
		{"no such path", "/ws/nothing/" + token, nil, 500},
		{"no slash at the end", "/ws/notifications" + token, nil, 500},
	}
	for _, test := range tests {
		k, status, err := s.dial(test.path, test.header)
		if err != nil || status != test.status {
			t.Errorf("%s: status %d, error %v; want %d", test.name, status, err, test.status)
		}
		if k != nil {
			k.conn.Close()
		}
	}
	// The refused guest never came, but its leaving is told.
	if left := host.must(t, "user_left"); left["user_id"] != s.people[1].number() {
		t.Errorf("user_left = %v, want it of user %d", left, s.people[1].ID)
	}
}
