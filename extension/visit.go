package extension

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"go.k6.io/k6/v2/lib"

	"github.com/pixeltales/pixelload/internal/account"
	"github.com/pixeltales/pixelload/internal/persona"
)

// visit is one stay of one user, from its arrival to its leaving.
type visit struct {
	options *userOptions
	world   *world
	state   *lib.State
	metrics *metricSet
	emit    emitter
	http    *client
	index   int
	seat    persona.Seat
	who     account.User
	began   time.Time     // of the test's phases
	arrival time.Duration // after that

	// active ends when the user stops doing things, whole when it has left.
	active, whole context.Context
	tasks         sync.WaitGroup

	page    *member // of its group's ledger
	seq     int64   // of the last draw; of all of the user's stays
	reports reporter
	pushes  pushes

	landed        atomic.Bool   // its first page was loaded
	reachable     chan struct{} // closed when the notification socket is first open
	onceReachable sync.Once

	hasProfile bool // was opened before
	asked      int  // to be the user's friends
}

// Purposes of random numbers: each has its own sequence, so that what one
// goroutine draws does not depend on the others.
const (
	forLibrary = iota
	forCanvas
	forPages
	forChair
	forVote
)

// random returns the sequence of the purpose: the same for a seed and a user.
// A purpose that comes again has a number, from its 41st bit on.
func (v *visit) random(purpose uint64) *rand.Rand {
	return rand.New(rand.NewPCG(v.options.Seed, uint64(v.index)<<8|purpose)) //nolint:gosec // a repeatable sequence is the point
}

// phase returns the name of the phase that it is now.
func (v *visit) phase() string { return v.options.Phases.at(time.Since(v.began)) }

// run lives through the stay. It returns when everything it started has ended.
func (v *visit) run(ctx context.Context, until time.Time) {
	active, stop := context.WithDeadline(ctx, until)
	defer stop()
	whole, leave := context.WithCancel(ctx)
	defer leave()
	v.active, v.whole, v.reachable = active, whole, make(chan struct{})
	arrivedIn := v.phase()
	v.http.refused = sync.OnceFunc(func() {
		v.emit.push(v.metrics.visitsFailed, v.phase(), 1)
		stop()
	})
	v.world.users.change(1, func(now float64) { v.emit.push(v.metrics.users, v.phase(), now) })
	group := v.world.enter(v.seat.Group)
	v.page = group.book.page(v.index)
	reported := v.reports.start(v.wire(), v.page)

	v.start(func() { v.arrive(group) })
	<-active.Done()
	v.page.part()
	v.drain(ctx)
	if ctx.Err() != nil {
		v.page.forget()
	}
	v.page.giveUp(receiverLeft)
	leave()
	v.tasks.Wait()

	reported()
	v.world.leave(v.seat.Group)
	if v.landed.Load() && errors.Is(active.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
		v.emit.push(v.metrics.visits, arrivedIn, 1)
	}
	v.world.users.change(-1, func(now float64) { v.emit.push(v.metrics.users, v.phase(), now) })
}

// start runs a task of the visit. A panic in it is a failed visit and a line
// in the log: unrescued it would end k6 and with it the whole test.
func (v *visit) start(task func()) {
	v.tasks.Add(1)
	go func() {
		defer v.tasks.Done()
		defer v.rescue()
		task()
	}()
}

func (v *visit) rescue() {
	if p := recover(); p != nil {
		v.emit.push(v.metrics.visitsFailed, v.phase(), 1)
		v.state.Logger.Errorf("user %d: %v", v.index, p)
	}
}

// arrive logs in, loads the first page and does what the persona does: a tour
// in one tab, a session in another.
func (v *visit) arrive(g *group) {
	if !v.options.Habits.Pages {
		v.landed.Store(true)
		return // the visit ends with its time
	}
	first := v.newTab()
	first.words.load()
	if !v.login() {
		return
	}
	v.start(func() { v.hold(v.notifications()) })
	v.shell()
	v.landed.Store(true)
	switch {
	case v.seat.TwoTabs:
		v.start(v.tabOne)
		v.start(func() { v.secondTab(g) })
	case v.seat.Role == persona.Alone:
		v.start(first.tour)
	case len(v.seat.Tour) == 0:
		first.showBar(true)
		v.start(func() { first.collaborate(g) })
	default:
		v.start(first.tour)
		v.start(func() { v.secondTab(g) })
	}
}

// secondTab loads the app once more, for a session.
func (v *visit) secondTab(g *group) {
	t := v.newTab()
	v.start(t.words.load)
	v.start(v.shell)
	t.collaborate(g)
}

// pace is how fast lists and frames reach the user.
func (v *visit) pace() pace {
	switch speed := v.options.Habits.ReadBytesASecond; {
	case !v.seat.Slow:
		return 0
	case speed == 0:
		return never
	default:
		return pace(speed)
	}
}

// login gets a token: minted when the target's secret is known, else from the
// target, again after a pause until it answers.
func (v *visit) login() bool {
	if v.options.SecretKey != "" {
		token, ok := v.mint(v.whole)
		v.http.credentials.logIn(token, v.mint)
		return ok
	}
	c := call{name: "login", method: "POST", path: "/auth/login/"}
	c.body, _ = json.Marshal(map[string]string{"email": v.who.Email, "password": v.options.manifest.Password})
	for {
		got, status := v.askForTokens(v.whole, c)
		switch {
		case got.Access != "":
			v.http.credentials.logIn(got.Access, v.refresh(got.Refresh))
			return true
		case status == http.StatusUnauthorized: // nor will the same password do later
			v.http.refused()
			return false
		case !wait(v.active, pageTimeout):
			return false
		}
	}
}

type tokens struct{ Access, Refresh string }

// askForTokens makes a call that answers with tokens; the status is that of
// an answer without.
func (v *visit) askForTokens(ctx context.Context, c call) (got tokens, status int) {
	c.keep = true
	a := v.http.once(ctx, c, "")
	if !a.ok() || json.Unmarshal(a.body, &got) != nil {
		return tokens{}, a.status
	}
	return got, a.status
}

// mint makes a token as the target would.
func (v *visit) mint(context.Context) (string, bool) {
	token, err := account.Mint(v.options.SecretKey, v.who.ID, time.Now())
	return token, err == nil
}

// refresh returns how to get another access token for the refresh token.
func (v *visit) refresh(token string) func(context.Context) (string, bool) {
	c := call{name: "refresh", method: "POST", path: "/auth/refresh/"}
	c.body, _ = json.Marshal(map[string]string{"refresh": token})
	return func(ctx context.Context) (string, bool) {
		got, _ := v.askForTokens(ctx, c)
		return got.Access, got.Access != ""
	}
}

// drain waits for what is under way: deliveries to the user, and its calls.
func (v *visit) drain(ctx context.Context) {
	deadline := time.Now().Add(drainTime)
	for v.page.undecided() > 0 || v.http.busy.Load() > 0 {
		if time.Now().After(deadline) || !wait(ctx, 20*time.Millisecond) {
			return
		}
	}
}

// path formats a path with an id in it.
func path(format string, id int) string { return fmt.Sprintf(format, strconv.Itoa(id)) }
