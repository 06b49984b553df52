package extension

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"go.k6.io/k6/v2/lib"

	"github.com/pixeltales/pixelload/internal/account"
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
	who     account.User
	began   time.Time     // of the test's phases
	arrival time.Duration // after that

	// active ends when the user stops doing things, whole when it has left.
	active, whole context.Context
	tasks         sync.WaitGroup

	page    *member // of its session's ledger
	reports reporter
}

// Purposes of random numbers: each has its own sequence, so that what one
// goroutine draws does not depend on the others.
const (
	forLibrary = iota
	forCanvas
)

// random returns the sequence of the purpose: the same for a seed and a user.
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
	v.active, v.whole = active, whole
	v.emit.push(v.metrics.users, v.phase(), float64(v.world.users.Add(1)))
	group := v.world.enter(v.index)
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
	v.world.leave(v.index)
	v.emit.push(v.metrics.users, v.phase(), float64(v.world.users.Add(-1)))
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

// parallel makes the calls side by side and returns when all are answered.
func (v *visit) parallel(calls ...call) {
	var all sync.WaitGroup
	for _, c := range calls {
		all.Add(1)
		v.start(func() {
			defer all.Done()
			v.http.do(v.whole, c)
		})
	}
	all.Wait()
}

// arrive logs in, loads the first page and takes up both tabs.
func (v *visit) arrive(g *group) {
	v.words()
	if !v.login() {
		return
	}
	v.start(func() { v.hold(v.notifications()) })
	v.shell()
	v.start(v.tabOne)
	v.start(func() { v.tabTwo(g) })
}

// login gets a token: minted when the target's secret is known, else from the
// target, again after a pause until it is given.
func (v *visit) login() bool {
	if v.options.SecretKey != "" {
		token, err := account.Mint(v.options.SecretKey, v.who.ID, time.Now())
		v.http.token = token
		return err == nil
	}
	body, _ := json.Marshal(map[string]string{"email": v.who.Email, "password": v.options.manifest.Password})
	for {
		a := v.http.do(v.whole, call{name: "login", method: "POST", path: "/auth/login/", body: body, keep: true})
		var tokens struct{ Access string }
		if a.ok() && json.Unmarshal(a.body, &tokens) == nil && tokens.Access != "" {
			v.http.token = tokens.Access
			return true
		}
		if !wait(v.active, pageTimeout) {
			return false
		}
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
