package persona

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestParseMix(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"", "user"},
		{"reader", "reader=1"},
		{" artist=1, reader=2", "artist=1,reader=2"},
		{"slow-reader=3,host", "host=1,slow-reader=3"},
	}
	for _, test := range tests {
		mix, err := ParseMix(test.text)
		if err != nil || mix.String() != test.want {
			t.Errorf("ParseMix(%q) = %v, %v; want %s", test.text, mix, err, test.want)
		}
	}
	for text, want := range map[string]string{
		"painter=1":         `persona "painter": want one of user, host`,
		"reader=x":          "want NAME=NUMBER",
		"reader=0":          "share is 0",
		"reader=-1":         "share is -1",
		"reader,reader=2":   "there twice",
		"reader=1,":         `persona ""`,
		"reader=1000000000": "want 1 to 1000",
	} {
		if _, err := ParseMix(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseMix(%q): error %v, want %q", text, err, want)
		}
	}
}

// The default mix seats users as ever: five to a session, the lowest first.
func TestDefaultSeats(t *testing.T) {
	t.Parallel()
	for i := range 23 {
		s := Mix(nil).Seat(i)
		if s.Name != Default || s.Group != i/GroupSize || s.First != (i%GroupSize == 0) || s.Hosted {
			t.Errorf("user %d: %+v", i, s)
		}
	}
}

func TestSeats(t *testing.T) {
	t.Parallel()
	tests := []struct{ mix, want string }{
		{"reader=2,artist=1", "artist:0* reader reader artist:0 reader reader artist:0"},
		{"host,guest=4", "host:0*h guest:0h guest:0h guest:0h guest:0h host:1*h guest:1h"},
		{"guest=1", "guest:0* guest:0 guest:0 guest:0 guest:0 guest:1* guest:1"},
		{"host,guest=8", "host:0*h guest:0h guest:0h guest:0h guest:0h guest:1* guest:1"},
		{"lurker=1,writer=1,host=1", "host:0*h writer:0h lurker host:1*h writer:1h lurker host:2*h"},
	}
	for _, test := range tests {
		mix, err := ParseMix(test.mix)
		if err != nil {
			t.Fatal(err)
		}
		var seats []string
		for i := range 7 {
			seats = append(seats, describe(mix.Seat(i)))
		}
		if got := strings.Join(seats, " "); got != test.want {
			t.Errorf("%s: %s, want %s", test.mix, got, test.want)
		}
	}
}

func describe(s Seat) string {
	if s.Group < 0 {
		return s.Name
	}
	text := fmt.Sprintf("%s:%d", s.Name, s.Group)
	if s.First {
		text += "*"
	}
	if s.Hosted {
		text += "h"
	}
	return text
}

func TestListRequestsOfMixes(t *testing.T) {
	t.Parallel()
	even := func(seconds int) [2]time.Duration {
		return [2]time.Duration{time.Duration(seconds) * time.Second, time.Duration(seconds) * time.Second}
	}
	tests := []struct {
		mix   string
		think [2]time.Duration
		want  float64
	}{
		{"", Think, 2},
		{"lurker", Think, 0},
		{"user,lurker=3", Think, 0.5},
		{"slow-reader", even(60), 2}, // at 0 and 30 s, and 60 s is the next stay
		{"slow-reader", even(20), 3},
		{"reader", even(20), 1.2}, // 2 in 5 stays of 20 s
		{"reader", Think, 1.05},   // 2 x 1.75 in 5 x 40 s
	}
	for _, test := range tests {
		mix, err := ParseMix(test.mix)
		if err != nil {
			t.Fatal(err)
		}
		if got := mix.ListRequestsAMinute(test.think); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%q with %v: %g lists a minute, want %g", test.mix, test.think, got, test.want)
		}
	}
}

// The formula against a walk through a million stays.
func TestListsAStay(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // repeatable
	a, b := 12*time.Second, 100*time.Second
	sum := 0
	const stays = 1_000_000
	for range stays {
		sum += 1 + int((a+time.Duration(random.Int64N(int64(b-a))))/ListInterval)
	}
	if got, want := float64(sum)/stays, listsAStay(a, b); math.Abs(got-want) > 0.01 {
		t.Errorf("%g lists a stay, the formula says %g", got, want)
	}
}
