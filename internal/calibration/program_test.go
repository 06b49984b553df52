//go:build linux

package calibration

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestDataPages(t *testing.T) {
	t.Parallel()
	if pageSize != 4096 {
		t.Skipf("the numbers are of pages of 4 KiB, and here they have %d bytes", pageSize)
	}
	for bytes, want := range map[int64]int64{
		0: 0, 4095: 0, 4096: 0, 8192: 1, // one page needs a table
		513 * 4096: 512, 1026 * 4096: 1024, 400 << 20: 102200,
	} {
		if got := dataPages(bytes); got != want {
			t.Errorf("dataPages(%d) = %d; want %d", bytes, got, want)
		}
	}
}

// What was set is held, and given back in any order.
func TestPagesFollow(t *testing.T) {
	t.Parallel()
	var p pages
	for _, bytes := range []int64{1 << 20, 8 << 20, 3 << 20, 3<<20 + 4096, 16 << 20, 0, 2 << 20, 0} {
		if err := p.set(bytes); err != nil {
			t.Fatal(err)
		}
		if got, want := p.touched(), dataPages(bytes)*pageSize; got != want || p.bytes != bytes {
			t.Errorf("set(%d) touched %d and holds %d; want %d touched", bytes, got, p.bytes, want)
		}
	}
}

// A setting that cannot be understood changes nothing, and the answer says why.
func TestBadSettings(t *testing.T) {
	t.Parallel()
	p := New("")
	for settings, want := range map[string]string{
		"anon=1&anom=2":  `"anom" is no setting`,
		"anon=1&leak=-1": "leak=-1: write a number of MiB",
		"anon=NaN":       "anon=NaN: write a number of MiB",
		"anon=1e9":       "from 0 to 16777216",
		"anon=1&every=":  "every=: write a number",
	} {
		response := httptest.NewRecorder()
		p.Handler().ServeHTTP(response, httptest.NewRequest(http.MethodPost, "/?"+settings, nil))
		if body := response.Body.String(); response.Code != http.StatusBadRequest || !strings.Contains(body, want) {
			t.Errorf("POST /?%s = %d, %q; want 400 with %q", settings, response.Code, body, want)
		}
	}
	if h, err := p.Holding(); err != nil || h != (Holding{}) {
		t.Errorf("holding = %+v, %v; want nothing", h, err)
	}
}

func TestCloseGivesEverythingBack(t *testing.T) {
	t.Parallel()
	p := New("")
	if err := p.Set(url.Values{"anon": {"2"}, "cache": {"1"}, "buffers": {"1"}, "garbage": {"1"}}); err != nil {
		t.Fatal(err)
	}
	if err := p.Page(); err != nil {
		t.Fatal(err)
	}
	h, err := p.Holding()
	if err != nil || h.Anon != 2<<20 || h.Cache != 1<<20 || h.Garbage != 1<<20 || h.Buffers < 1<<20 {
		t.Errorf("holding = %+v, %v; want 2 MiB, and 1 MiB of each other", h, err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if h, err := p.Holding(); err != nil || h != (Holding{}) {
		t.Errorf("holding = %+v, %v; want nothing", h, err)
	}
}
