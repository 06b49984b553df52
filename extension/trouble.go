package extension

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/gorilla/websocket"
)

// trouble is what was wrong with a call's answer, a handshake or a frame: the
// tag `class` of pixeltales_troubles. The zero value is no trouble.
//
// There are no others, so that the metric has few series.
type trouble string

const (
	malformed    trouble = "malformed"    // not the JSON that belongs there
	protocol     trouble = "protocol"     // a frame that RFC 6455 forbids
	oversize     trouble = "oversize"     // an answer above answerLimit, a frame above frameLimit
	unauthorized trouble = "unauthorized" // 401: the token is refused
	rejected     trouble = "rejected"     // another 4xx, or a handshake answered by anything but 101
	throttled    trouble = "throttled"    // 429, or 503 with Retry-After
	heldBack     trouble = "held_back"    // a call that waited because of that: load that was not offered on time
	serverError  trouble = "server_error" // 5xx
	redirected   trouble = "redirected"   // 3xx: nothing is followed, wherever it leads
	timedOut     trouble = "timeout"      // no answer within the SPA's patience
	unencrypted  trouble = "tls"          // no TLS where it belongs, or a certificate that is not good
	unconnected  trouble = "connection"   // refused, reset or cut
	silent       trouble = "silent"       // a socket whose peer answers no ping
)

// troubleOf classifies an HTTP status.
func troubleOf(status int, header http.Header) trouble {
	switch {
	case status == http.StatusUnauthorized:
		return unauthorized
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable && header.Get("Retry-After") != "":
		return throttled
	case status >= 500:
		return serverError
	case status >= 400:
		return rejected
	case status >= 300:
		return redirected
	}
	return ""
}

// troubleWith classifies why there is no answer.
func troubleWith(err error) trouble {
	var slow net.Error
	var record tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errTooLong):
		return oversize
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return timedOut
	case errors.As(err, &record), errors.As(err, &certificate), errors.Is(err, http.ErrSchemeMismatch):
		return unencrypted
	}
	return unconnected
}

// troubleReading classifies why a socket could not be read on. A server that
// says goodbye is no trouble.
func troubleReading(err error) trouble {
	var closed *websocket.CloseError
	switch {
	case errors.Is(err, websocket.ErrReadLimit):
		return oversize
	case errors.As(err, &closed):
		if closed.Code == websocket.CloseAbnormalClosure {
			return unconnected // cut without a close frame
		}
		return ""
	case errors.Is(err, errNotText), errors.Is(err, errBadFrame), strings.HasPrefix(err.Error(), "websocket: "): // the library's, without a type
		return protocol
	}
	return unconnected
}

// count emits one trouble, and nothing for none.
func (t trouble) count(e emitter, m *metricSet, phase, name string) {
	if t != "" {
		e.push(m.troubles, phase, 1, "class", string(t), "name", name)
	}
}
