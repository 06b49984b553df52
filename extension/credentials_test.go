package extension

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// doorkeeper is a server whose access tokens are good for a while only.
type doorkeeper struct {
	*fakeServer
	mu       sync.Mutex
	life     time.Duration // of the first token
	renewals int           // 0: a renewed token is no better
	began    time.Time
}

func newDoorkeeper(t *testing.T, life time.Duration, renewals int) *doorkeeper {
	t.Helper()
	d := &doorkeeper{life: life, renewals: renewals}
	d.fakeServer = answering(t, d.answer)
	return d
}

func (d *doorkeeper) answer(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.began.IsZero() {
		d.began = time.Now()
	}
	path := strings.TrimPrefix(r.URL.Path, "/api")
	switch {
	case path == "/auth/login/":
		d.note(path)
		jsonText(`{"access":"first","refresh":"again"}`)(w, r)
	case path == "/auth/refresh/":
		d.note(path)
		jsonText(`{"access":"second","refresh":"again"}`)(w, r)
	case d.letsIn(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")):
		d.rest(w, r)
	default:
		d.note("refused")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"detail":"Given token not valid for any token type"}`))
	}
}

func (d *doorkeeper) letsIn(token string) bool {
	switch token {
	case "":
		return true // the word list, before the login
	case "second":
		return d.renewals > 0
	}
	return time.Since(d.began) < d.life
}

// The token runs out in mid-visit: it is renewed once, and the visit goes on.
func TestTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	server := newDoorkeeper(t, time.Second, 1)
	sums := visitOnce(t, server.fakeServer, 6, `{secretKey: ''}`)
	if n := server.called("/auth/refresh/"); n != 1 {
		t.Errorf("asked for another token %d times, want once", n)
	}
	if n := server.called("/auth/login/"); n != 1 {
		t.Errorf("logged in %d times, want once", n)
	}
	if sums["pixeltales_visits_failed"] != 0 || sums[inClass(unauthorized)] == 0 {
		t.Errorf("visits failed %g, troubles %v; want the visit to go on", sums["pixeltales_visits_failed"], troublesIn(sums))
	}
	if n := server.called("GET /stories/?public=true&page_size=100"); n == 0 {
		t.Error("the list was not asked for after that")
	}
}

// The other token is refused as well: the user has failed, and asks no more.
func TestUserFailsWhenTokensAreRefused(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]string{"logged in": `{secretKey: ''}`, "minted": `{}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newDoorkeeper(t, 0, 0)
			began := time.Now()
			sums := visitOnce(t, server.fakeServer, 30, options)
			if took := time.Since(began); took > 15*time.Second {
				t.Errorf("the visit ended after %v, want at once", took)
			}
			if sums["pixeltales_visits_failed"] != 1 || sums["pixeltales_visits"] != 0 {
				t.Errorf("visits failed %g, whole %g; want 1 and none", sums["pixeltales_visits_failed"], sums["pixeltales_visits"])
			}
			if n := server.called("/auth/refresh/") + server.called("/auth/login/"); n > 2 {
				t.Errorf("asked for tokens %d times, want one login and one renewal at most", n)
			}
			if n := server.called("refused"); n > 20 {
				t.Errorf("%d calls with refused tokens, want few", n)
			}
		})
	}
}

// A password that is refused is not tried again.
func TestNoPasswordLoop(t *testing.T) {
	t.Parallel()
	server := newFakeServer(t)
	server.wrong = func(r *http.Request) (int, string) {
		if strings.HasSuffix(r.URL.Path, "/auth/login/") {
			server.note("login")
			return 401, `{}`
		}
		return 0, ""
	}
	began := time.Now()
	sums := visitOnce(t, server, 30, `{secretKey: ''}`)
	if n := server.called("login"); n != 1 || sums["pixeltales_visits_failed"] != 1 || time.Since(began) > 10*time.Second {
		t.Errorf("%d logins, %g visits failed after %v; want 1 and 1 at once", n, sums["pixeltales_visits_failed"], time.Since(began))
	}
}

func (f *fakeServer) note(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[what]++
}
