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

// A client asks the target as one user. It uses no proxy and reaches this
// machine only, wherever a name or an answer leads.
type client struct {
	http       *http.Client
	url, token string // the token is empty for nobody
}

func newClient(url, token string) *client {
	transport := &http.Transport{DialContext: guard.Dialer().DialContext}
	return &client{http: &http.Client{Transport: transport, Timeout: touchPatience}, url: url, token: token}
}

func (c *client) close() { c.http.CloseIdleConnections() }

// do makes one call below /api and returns its answer.
func (c *client) do(ctx context.Context, method, path, body string) (status int, answer []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, method, c.url+"/api"+path, strings.NewReader(body))
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
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// LogIn asks the target at url for an access token.
func LogIn(ctx context.Context, url, email, password string) (token string, err error) {
	c := newClient(url, "")
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
