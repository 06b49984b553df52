// Package fault puts a proxy between the target and its database, by which
// the connections can be cut and the database made to stall under load.
//
// It is Shopify's toxiproxy as a library. The proxy listens on 127.0.0.1 and
// is gone with the process, so that no fault outlives pixelload.
package fault

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// stall swallows every byte in both directions and keeps the connections, as a
// database does that hangs: see toxiproxy's toxic "timeout" with 0.
const stall = `{"name": "%s", "type": "timeout", "stream": "%[1]s", "attributes": {"timeout": 0}}`

var directions = []string{"upstream", "downstream"}

// Proxy is between the target and one server. Its methods may be called from
// several goroutines.
type Proxy struct {
	proxy    *toxiproxy.Proxy
	upstream url.URL
}

// Start starts a proxy before the server that the database's URL names with
// host and port. The caller closes it.
func Start(databaseURL string) (*Proxy, error) {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return nil, errors.New("starting a proxy before the database: its address is no URL") // err would show the password
	}
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := &Proxy{toxiproxy.NewProxy(server, "database", "127.0.0.1:0", u.Host), *u}
	if err := p.proxy.Start(); err != nil {
		return nil, fmt.Errorf("starting a proxy before the database at %s: %w", u.Host, err)
	}
	return p, nil
}

// URL is the database's URL with the proxy's address in it.
func (p *Proxy) URL() string {
	u := p.upstream
	u.Host = p.proxy.Listen
	return u.String()
}

// Cut closes every connection, whatever is under way on it. The next ones are
// taken again.
func (p *Proxy) Cut() error {
	p.proxy.Stop()
	if err := p.proxy.Start(); err != nil {
		return fmt.Errorf("taking connections again after the cut: %w", err)
	}
	return nil
}

// Stall lets no byte pass from now on. Connections stay open, and new ones are
// taken and never answered.
func (p *Proxy) Stall() error {
	for _, direction := range directions {
		if _, err := p.proxy.Toxics.AddToxicJson(strings.NewReader(fmt.Sprintf(stall, direction))); err != nil {
			return fmt.Errorf("stalling the database: %w", err)
		}
	}
	return nil
}

// Heal ends a stall. What was swallowed does not come back, so the connections
// that lost it are closed.
func (p *Proxy) Heal() error {
	p.proxy.Toxics.ResetToxics(context.Background())
	return p.Cut()
}

// Close closes all connections and takes no more.
func (p *Proxy) Close() { p.proxy.Stop() }
