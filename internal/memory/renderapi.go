package memory

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// renderAPI asks Render's API about one service.
type renderAPI struct {
	base    *url.URL
	service string
	token   Secret
	client  *http.Client
}

func newRenderAPI(o RenderOptions) (*renderAPI, error) {
	base, err := url.Parse(cmp.Or(o.URL, renderURL))
	if err != nil {
		return nil, fmt.Errorf("opening Render: %w", err)
	}
	if ip := net.ParseIP(base.Hostname()); base.Scheme != "https" && !ip.IsLoopback() && base.Hostname() != "localhost" {
		return nil, fmt.Errorf("opening Render: %s would carry the token in the clear: use https", base.Redacted())
	}
	if o.Token == (Secret{}) || !strings.HasPrefix(o.Service, "srv-") {
		return nil, fmt.Errorf("opening Render: want a token and a service id srv-..., not %q", o.Service)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // the token goes nowhere else
	return &renderAPI{base: base, service: o.Service, token: o.Token, client: &http.Client{CheckRedirect: stay}}, nil
}

// rateLimited says that the API is to be left alone for a while.
type rateLimited struct{ until time.Time }

func (r *rateLimited) Error() string {
	return "too many requests: the API is asked again at " + r.until.UTC().Format(time.TimeOnly)
}

// get asks for one page and decodes it.
func (a *renderAPI) get(ctx context.Context, path string, query url.Values, into any) error {
	target := a.base.JoinPath(path)
	target.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return fmt.Errorf("asking for %s: %w", path, err)
	}
	req.Header.Set("Authorization", "Bearer "+a.token.Reveal())
	resp, err := a.client.Do(req)
	if err != nil {
		return fmt.Errorf("asking for %s: %w", path, err)
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusTooManyRequests:
		return &rateLimited{until: parseReset(resp.Header.Get("Ratelimit-Reset"), time.Now())}
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("asking for %s: the API answered %s: check the token", path, resp.Status)
	default:
		return fmt.Errorf("asking for %s: the API answered %s", path, resp.Status)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}

// parseReset reads when requests are allowed again. The documentation says a
// Unix time and shows a number of seconds: a number below a billion is one.
func parseReset(text string, now time.Time) time.Time {
	const leastTime = 1e9
	v, err := strconv.ParseInt(text, 10, 64)
	at := time.Unix(v, 0)
	switch {
	case err != nil || v < 0:
		at = now.Add(longestWait)
	case v < leastTime:
		at = now.Add(time.Duration(v) * time.Second)
	}
	return slices.MinFunc([]time.Time{at, now.Add(time.Hour)}, time.Time.Compare)
}

// A renderPoint is a figure of one instance; err where several had one at t.
type renderPoint struct {
	t        time.Time
	instance string
	bytes    uint64
	err      error
}

// metric asks for the points of a metric, oldest first.
func (a *renderAPI) metric(ctx context.Context, name string, from, to time.Time) ([]renderPoint, error) {
	var answer []renderSeries
	path := "metrics/" + name
	err := a.get(ctx, path, url.Values{
		"resource":          {a.service},
		"startTime":         {from.UTC().Format(time.RFC3339)},
		"endTime":           {to.UTC().Format(time.RFC3339)},
		"resolutionSeconds": {strconv.Itoa(int(renderResolution.Seconds()))},
	}, &answer)
	if err != nil {
		return nil, err
	}
	points, err := parseRender(answer)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return points, nil
}

// A renderSeries is the points of one set of labels.
type renderSeries struct {
	Labels []struct{ Field, Value string }
	Values []struct {
		Timestamp time.Time
		Value     *float64 // null: no figure
	}
	Unit string
}

// renderUnits are bytes a unit. Render gives a 512 MB plan's limit as 512Mi in
// its events; the units here are taken at their word.
var renderUnits = map[string]float64{
	"bytes": 1, "byte": 1, "B": 1,
	"KB": 1e3, "kB": 1e3, "MB": 1e6, "GB": 1e9,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
}

// parseRender sorts the points by time. One that is told twice counts once, the
// last time; where several instances have one at the same time, none counts.
func parseRender(all []renderSeries) ([]renderPoint, error) {
	at := map[time.Time]renderPoint{}
	for _, series := range all {
		instance := series.label("instance")
		if instance == "" {
			return nil, errors.New("a series has no label instance: one instance cannot be told from a sum of several")
		}
		unit, ok := renderUnits[series.Unit]
		if !ok {
			return nil, fmt.Errorf("unknown unit %q", series.Unit)
		}
		for _, v := range series.Values {
			if v.Value == nil {
				continue
			}
			bytes := *v.Value * unit
			if v.Timestamp.IsZero() || math.IsNaN(bytes) || bytes < 0 || bytes >= 1<<63 {
				return nil, fmt.Errorf("a point at %s is %g %s", v.Timestamp, *v.Value, series.Unit)
			}
			t := v.Timestamp.UTC()
			p := renderPoint{t: t, instance: instance, bytes: uint64(math.Round(bytes))}
			if other, ok := at[t]; ok {
				p.err = other.err
				if other.instance != instance {
					p.err = fmt.Errorf("several instances at once, %s and %s: measure with one", other.instance, instance)
				}
			}
			at[t] = p
		}
	}
	points := make([]renderPoint, 0, len(at))
	for _, p := range at {
		points = append(points, p)
	}
	slices.SortFunc(points, func(a, b renderPoint) int { return a.t.Compare(b.t) })
	return points, nil
}

func (s *renderSeries) label(field string) string {
	for _, l := range s.Labels {
		if l.Field == field {
			return l.Value
		}
	}
	return ""
}

// A renderEvent is an instance that failed.
type renderEvent struct {
	at  time.Time
	oom bool
}

func (e renderEvent) String() string {
	text := "an instance failed at " + e.at.UTC().Format(time.TimeOnly)
	if e.oom {
		text += ", out of memory"
	}
	return text
}

// failures asks for the instances that failed, oldest first, page by page.
func (a *renderAPI) failures(ctx context.Context, from, to time.Time) ([]renderEvent, error) {
	const page, most = 100, 50
	found := map[string]renderEvent{}
	for cursor, n := "", 0; n < most; n++ {
		query := url.Values{
			"type":      {"server_failed"},
			"startTime": {from.UTC().Format(time.RFC3339)},
			"endTime":   {to.UTC().Format(time.RFC3339)},
			"limit":     {strconv.Itoa(page)},
		}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		var answer []renderItem
		if err := a.get(ctx, "services/"+url.PathEscape(a.service)+"/events", query, &answer); err != nil {
			return nil, err
		}
		for _, item := range answer {
			if e := item.Event; e.Type == "server_failed" && !e.Timestamp.Before(from) {
				found[e.ID] = renderEvent{at: e.Timestamp.UTC(), oom: outOfMemory(e.Details)}
			}
		}
		if len(answer) < page || answer[len(answer)-1].Cursor == cursor {
			break
		}
		cursor = answer[len(answer)-1].Cursor
	}
	events := make([]renderEvent, 0, len(found))
	for _, e := range found {
		events = append(events, e)
	}
	slices.SortFunc(events, func(a, b renderEvent) int { return a.at.Compare(b.at) })
	return events, nil
}

// A renderItem is an event and where the next page begins.
type renderItem struct {
	Cursor string
	Event  struct {
		ID, Type  string
		Timestamp time.Time
		Details   json.RawMessage
	}
}

// outOfMemory reads the details of a failure, which come in two shapes: with
// and without a reason around them. Others are another failure's.
func outOfMemory(details []byte) bool {
	var in struct {
		OOMKilled map[string]any
		Reason    struct{ OOMKilled map[string]any }
	}
	_ = json.Unmarshal(details, &in) // a shape that is not known has neither
	return in.OOMKilled != nil || in.Reason.OOMKilled != nil
}
