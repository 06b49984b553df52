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

// A client asks as one user, for as long as its pass lets it.
type client struct {
	http       *http.Client
	url, token string
}

func newClient(pass guard.Pass, token string) *client {
	return &client{http: pass.Client(patience), url: pass.URL, token: token}
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
