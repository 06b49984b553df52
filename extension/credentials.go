package extension

import (
	"context"
	"sync"
)

// credentials are a user's access token, and how to get another one when the
// target refuses it in mid-visit: once. A second refusal is the user's end;
// asking for tokens again and again would measure nothing but that. The zero
// value is nobody, before the login.
type credentials struct {
	mu      sync.Mutex
	token   string
	renew   func(context.Context) (token string, ok bool)
	renewed bool
}

// logIn begins with the token; renew gets another one.
func (c *credentials) logIn(token string, renew func(context.Context) (string, bool)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token, c.renew = token, renew
}

// access returns the token that is good now; empty before the login. It waits
// for one that is being asked for.
func (c *credentials) access() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token
}

// replace gets a token in place of the refused one. Of many calls that are
// refused together one asks, and the others take what it got. It returns
// false when there is no other token to be had.
func (c *credentials) replace(ctx context.Context, refused string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token != refused {
		return true
	}
	if c.renewed || c.renew == nil {
		return false
	}
	c.renewed = true
	token, ok := c.renew(ctx)
	if ok {
		c.token = token
	}
	return ok
}
