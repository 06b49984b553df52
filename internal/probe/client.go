package probe

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/pixeltales/pixelload/internal/guard"
)

// patience is how long one answer may take: nobody gives up on a page here.
const patience = 60 * time.Second

// keepBytes of an answer are kept, to learn ids from; the rest is only counted.
const keepBytes = 64 << 10

// A client asks as one user. It uses no proxy, follows no redirect and reaches
// what the guard allows only.
type client struct {
	http       *http.Client
	url, token string
}

func newClient(url, token string) *client {
	return &client{
		url: url, token: token,
		http: &http.Client{
			Transport:     &http.Transport{DialContext: guard.Dialer().DialContext},
			Timeout:       patience,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

func (c *client) close() { c.http.CloseIdleConnections() }

// answer is what came back.
type answer struct {
	status int
	head   []byte // its first bytes
	bytes  int64
}

func (a answer) ok() bool { return a.status >= 200 && a.status < 300 }

// do makes one call and reads its answer to the end.
func (c *client) do(ctx context.Context, method, path, body string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Accept", "application/json")
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	head, err := io.ReadAll(io.LimitReader(response.Body, keepBytes))
	if err != nil {
		return answer{}, err
	}
	rest, err := io.Copy(io.Discard, response.Body)
	return answer{status: response.StatusCode, head: head, bytes: int64(len(head)) + rest}, err
}
