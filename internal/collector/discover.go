package collector

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// Discovery finds containers that come and go. Whether the engine could be
// asked is told as of a source by the Discovery's name.
type Discovery struct {
	Name string // such as the label that is looked for
	List func() ([]Target, error)
}

// discovered are the targets of one Discovery. While it cannot ask, those it
// knows are read on.
type discovered struct {
	Discovery
	log      *slog.Logger
	listings flight[error]

	mu    sync.Mutex
	known map[string]*target
	err   error
}

// targets looks for targets and returns those that are known, by name.
func (d *discovered) targets(s scrape) []*target {
	look := s
	look.patience /= 2 // an engine that hangs leaves time to read what is known
	look.deadline = time.Now().Add(look.patience)
	err, ok := d.listings.do(look, d.list)
	up := 1.0
	if err != nil || !ok {
		up = 0
	}
	s.send(sourceUp, up, d.Name, "docker")
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]*target, 0, len(d.known))
	for _, t := range d.known {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *target) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// list asks for the targets and begins and ends following them.
func (d *discovered) list() error {
	found, err := d.List()
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case err != nil && d.err == nil:
		d.log.Warn("cannot look for containers", "for", d.Name, "err", err)
	case err == nil && d.err != nil:
		d.log.Info("containers are found again", "for", d.Name, "found", len(found))
	}
	d.err = err
	if err != nil {
		return err
	}
	known := map[string]*target{}
	for _, f := range found {
		t := newTarget(f, d.log)
		if old, ok := d.known[t.Name]; ok {
			t = old
		}
		known[t.Name] = t
	}
	for name, t := range d.known {
		if known[name] == nil {
			go t.close() // a reading that hangs would hold it up
		}
	}
	d.known = known
	return nil
}

func (d *discovered) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range d.known {
		go t.close()
	}
}
