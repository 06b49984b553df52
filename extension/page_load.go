package extension

import "fmt"

// LoadPage makes the calls of one full page load, as Visit does on arrival: the
// word list, then the frame's own calls side by side. It returns when all are
// answered. The first of a User logs in, between the two.
func (u *User) LoadPage() (err error) {
	defer rescue("User.loadPage()", &err)
	if _, err := u.module.active("User.loadPage()"); err != nil {
		return err
	}
	if !u.module.enter("User.loadPage()", u.options.target, 1) {
		return nil
	}
	defer u.options.target.leave(1)
	if u.reload == nil {
		if u.reload, err = u.stranger(); err != nil {
			return fmt.Errorf("User.loadPage(): %w", err)
		}
	}
	v := u.reload
	v.active, v.whole = u.module.vu.Context(), u.module.vu.Context()
	v.newTab().words.load()
	if v.http.credentials.access() != "" || v.login() {
		v.shell()
	}
	v.tasks.Wait()
	return nil
}

// stranger is a visit of someone who has not logged in, and keeps the account.
func (u *User) stranger() (*visit, error) {
	state, ctx, index := u.module.vu.State(), u.module.vu.Context(), u.index()
	if index >= len(u.options.manifest.Users) {
		u.module.world.release(index)
		return nil, fmt.Errorf("accounts %s: no account for user %d", u.options.Accounts, index)
	}
	v := &visit{
		options: u.options, world: u.module.world, state: state, metrics: u.module.metrics, index: index,
		emit: emitter{samples: state.Samples, tags: state.Tags.GetCurrentValues().Tags},
		who:  u.options.manifest.Users[index], began: u.module.world.start(ctx),
	}
	v.http = newClient(u.options.URL, state, v.emit, v.metrics, v.phase)
	v.http.throttle.limit = u.options.target.limit
	v.http.lacks = u.lacks()
	v.http.refused = func() { v.emit.push(v.metrics.visitsFailed, v.phase(), 1) }
	return v, nil
}
