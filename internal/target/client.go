package target

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/pixeltales/pixelload/internal/guard"
)

// touchPatience is how long one answer may take. The first one imports half of
// the application.
const touchPatience = 30 * time.Second

// A client asks the target as one user. It reaches the target only, wherever a
// name or an answer leads.
type client struct {
	http  *http.Client
	pass  guard.Pass
	token string // empty for nobody
	// ahead is how much later it is at the target than here, as its last answer
	// says; what is below inexact, to which it is told, is no difference.
	ahead time.Duration
}

// inexact is the exactness of an answer's Date, with some of its way here.
const inexact = 2 * time.Second

func newClient(pass guard.Pass, token string) *client {
	return &client{http: pass.Client(touchPatience), pass: pass, token: token}
}

func (c *client) close() { c.http.CloseIdleConnections() }

// do makes one call below /api and returns its answer.
func (c *client) do(ctx context.Context, method, path, body string) (status int, answer []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, method, c.pass.URL+"/api"+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		c.ahead = time.Until(date)
		if c.ahead.Abs() < inexact {
			c.ahead = 0
		}
	}
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// LogIn asks the target for an access token.
func LogIn(ctx context.Context, pass guard.Pass, email, password string) (token string, err error) {
	c := newClient(pass, "")
	defer c.close()
	body, err := json.Marshal(map[string]string{"email": email, "password": password})
	if err != nil {
		return "", fmt.Errorf("logging in: %w", err)
	}
	status, answer, err := c.do(ctx, http.MethodPost, "/auth/login/", string(body))
	if err != nil {
		return "", fmt.Errorf("logging in as %s: %w", email, err)
	}
	var got struct{ Access string }
	if status >= 300 || json.Unmarshal(answer, &got) != nil || got.Access == "" {
		return "", fmt.Errorf("logging in as %s: the target answers with status %d: are these accounts the target's own?", email, status)
	}
	return got.Access, nil
}
