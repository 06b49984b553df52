package target

import (
	"context"
	"net/http"

	"github.com/pixeltales/pixelload/internal/guard"
)

// Probe asks the target at url, as the user of token, for something that only
// its database knows, and waits for the answer as long as ctx lets it. An error
// means that there was none.
func Probe(ctx context.Context, url, token string) (status int, err error) {
	c := newClient(guard.Here(url), token)
	defer c.close()
	c.http.Timeout = 0
	status, _, err = c.do(ctx, http.MethodGet, "/stories/?page_size=1&search=nothing-like-it", "")
	return status, err
}
