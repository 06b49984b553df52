package trial

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pixeltales/pixelload/internal/account"
	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
)

// Running is a target that runs already: it is neither started, limited nor
// stopped, so there is one trial of it and no fresh start.
type Running struct {
	Pass     guard.Pass // to load it
	Target   *target.Attached
	Accounts *account.Manifest // those that the users have there; at least one
	Path     string            // of the file they are from
	Secret   memory.Secret     // the target's, to mint tokens with; none: users log in
}

// attend does the trial of a target that runs already.
func (p *Plan) attend(ctx context.Context, n int, dir string) error {
	r := p.Running
	s := site{dir: dir, accounts: r.Path, secret: r.Secret.Reveal(), password: r.Accounts.Password}
	var err error
	if s.token, err = r.token(ctx, r.Accounts.Users[0]); err != nil {
		r.Target.Leave()
		return errors.Join(err, r.Target.Source().Close())
	}
	return p.over(ctx, n, s, attached(r, p.crowd()))
}

func (r *Running) token(ctx context.Context, user account.User) (string, error) {
	if r.Secret.Set() {
		return account.Mint(r.Secret.Reveal(), user.ID, time.Now())
	}
	return target.LogIn(ctx, r.Pass, user.Email, r.Accounts.Password)
}

// leastFelt is less than answering once at each endpoint takes: 20 requests.
const leastFelt = 20 * time.Millisecond

// felt does what loads the target, and refuses one on another machine whose
// memory is read here and that did nothing meanwhile. On this machine it is
// known from who listens.
func (r *Running) felt(load func() error) error {
	before, seen := r.Target.Spent()
	if err := load(); err != nil || !r.Pass.Remote() {
		return err
	}
	after, _ := r.Target.Spent()
	switch {
	case !seen:
		return fmt.Errorf("the memory of %s may be another's than that of %s, as none of its processes can be seen from here: %w: run pixelload on the target's machine",
			r.Target.Name(), r.Pass.URL, guard.ErrRefused)
	case after-before < leastFelt:
		return fmt.Errorf("%s answered at each endpoint, and %s took %v of processor time meanwhile: its memory is another's: %w: run pixelload on the target's machine, and name what serves there",
			r.Pass.URL, r.Target.Name(), after-before, guard.ErrRefused)
	}
	return nil
}

// crowd is how many accounts are used: the first one touches the endpoints.
func (p *Plan) crowd() int {
	most := 1
	for _, phase := range p.Header.Phases {
		most = max(most, phase.Users)
	}
	return most
}

// tidy removes the stories that the first users have made since then, and
// returns how many.
func (r *Running) tidy(ctx context.Context, users int, since time.Time) (removed int, err error) {
	var errs []error
	for _, user := range r.Accounts.Users[:min(users, len(r.Accounts.Users))] {
		token, err := r.token(ctx, user)
		if err == nil {
			var n int
			n, err = target.Tidy(ctx, r.Pass, token, since)
			removed += n
		}
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	return removed, errors.Join(errs...)
}

// tidying is how long removing what the users made may take, and hurried how
// long when somebody waits for an interrupted run.
const (
	tidying = time.Minute
	hurried = time.Second
)

// tidyUp makes the target as it was, as far as that can be, and notes what
// stays.
func (r *recorder) tidyUp(ctx context.Context) {
	patience := tidying
	if ctx.Err() != nil {
		patience = hurried
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	removed, err := r.subject.tidy(bounded, r.started)
	r.event(run.Event{Kind: run.EventTidied, Count: int64(removed),
		Text: "what stays in the target: the users' sessions with their strokes, likes, comments, ratings and messages"})
	if err != nil {
		r.note(fmt.Errorf("removing the stories that the users made: %w", err))
	}
}
