package guard

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// WellKnown is the path at which a host confirms that it may be loaded.
const WellKnown = "/.well-known/loadtest-allow"

const (
	// confirming is how long one address may take to confirm.
	confirming = 10 * time.Second
	// longestToken bounds what is read of its answer.
	longestToken = 4 << 10
)

// Token is the line with which a host confirms. It names the host, so that the
// same files under another name, such as production's, confirm nothing.
func Token(host string) string { return "pixelload may load " + host }

// toConfirm is what a host has to do, in words.
func toConfirm(u *url.URL) string {
	return fmt.Sprintf("let %s%s answer with the line %q", origin(u), WellKnown, Token(u.Hostname()))
}

// confirm asks each address of the host whether it may be loaded, and returns
// those that say so.
func confirm(ctx context.Context, u *url.URL, addrs []netip.Addr) ([]netip.AddrPort, error) {
	n, _ := port(u) // it was checked
	var confirmed []netip.AddrPort
	var why error
	for _, addr := range addrs {
		at := netip.AddrPortFrom(addr, n)
		if err := ask(ctx, u, at); err != nil {
			why = fmt.Errorf("%s: %w", at, err)
			continue
		}
		confirmed = append(confirmed, at)
	}
	if len(confirmed) == 0 {
		return nil, refuse(toConfirm(u), "%s is allowed, and does not confirm it: %w", u.Hostname(), why)
	}
	return confirmed, nil
}

// ask asks one address. The question carries no credential, and the answer leads nowhere.
func ask(ctx context.Context, u *url.URL, at netip.AddrPort) error {
	client := http.Client{
		Transport:     &http.Transport{DialContext: only(at), DisableKeepAlives: true},
		Timeout:       confirming,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, origin(u)+WellKnown, nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "pixelload")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers with status %d", WellKnown, response.StatusCode)
	}
	lines := bufio.NewScanner(io.LimitReader(response.Body, longestToken))
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) == Token(u.Hostname()) {
			return nil
		}
	}
	return fmt.Errorf("%s has no such line", WellKnown)
}
