package target

import (
	"errors"
	"testing"
	"time"
)

func TestParseThrottled(t *testing.T) {
	tests := []struct {
		name, in string
		want     time.Duration
		ok       bool
	}{
		{"v1", "nr_periods 9\nnr_throttled 8\nthrottled_time 3356510000\n", 3356510 * time.Microsecond, true},
		{"v2", "usage_usec 1\nnr_throttled 73\nthrottled_usec 3356510\nnr_bursts 0\n", 3356510 * time.Microsecond, true},
		{"no cpu controller", "usage_usec 1\nuser_usec 1\nsystem_usec 0\n", 0, false},
		{"malformed", "throttled_usec many\n", 0, false},
		{"empty", "", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := parseThrottled(tt.in); got != tt.want || ok != tt.ok {
				t.Errorf("parseThrottled(%q) = %v, %v; want %v, %v", tt.in, got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestRetry(t *testing.T) {
	tries := 0
	err := retry(time.Minute, func() error {
		if tries++; tries < 3 {
			return errors.New("not yet")
		}
		return nil
	})
	if err != nil || tries != 3 {
		t.Errorf("retry = %v after %d tries; want success at the third", err, tries)
	}
	if err := retry(0, func() error { return errors.New("never") }); err == nil || err.Error() != "never" {
		t.Errorf("retry = %v; want the last error", err)
	}
}

// A target without a cgroup has nothing to kill, remove or throttle.
func TestNoGroup(t *testing.T) {
	var g *group
	if err := errors.Join(g.kill(), g.remove()); err != nil {
		t.Error(err)
	}
	if err := g.setCPUs(1); err == nil {
		t.Error("setCPUs without a cgroup succeeds")
	}
	if got := g.entering([]string{"serve"}); len(got) != 1 {
		t.Errorf("entering no cgroup = %q; want the command alone", got)
	}
}

func TestRedact(t *testing.T) {
	env := []string{"SECRET_KEY=abc123", "DATABASE_URL=postgres://u:pw@h/d", "PORT=8000", "API_TOKEN="}
	in := "port 8000, key abc123, connecting to postgres://u:pw@h/d"
	if got, want := redact(in, env), "port 8000, key [SECRET_KEY], connecting to [DATABASE_URL]"; got != want {
		t.Errorf("redact = %q; want %q", got, want)
	}
}

func TestExitString(t *testing.T) {
	tests := []struct {
		in   Exit
		want string
	}{
		{Exit{}, "exit status 0"},
		{Exit{Code: 3, OOMKills: 1}, "exit status 3"}, // only a child was killed
		{Exit{Code: -1, Signal: 15}, "ended by signal 15 (terminated)"},
		{Exit{Code: -1, Signal: 9}, "ended by signal 9 (killed)"},
		{Exit{Code: -1, Signal: 9, OOMKills: 2}, "killed by the kernel: out of memory"},
	}
	for _, tt := range tests {
		if got := tt.in.String(); got != tt.want {
			t.Errorf("%+v = %q; want %q", tt.in, got, tt.want)
		}
	}
}
