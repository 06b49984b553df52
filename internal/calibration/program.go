//go:build linux

package calibration

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Program is the memory and what changes it. Make it with New.
type Program struct {
	mu sync.Mutex // protects all that follows

	anon, leaked, garbage, sockets pages

	leak   float64 // bytes a second
	since  time.Time
	before int64 // leaked then

	each float64 // bytes for each open socket
	open int

	perPage float64 // bytes of garbage
	every   int     // pages until a collection; 0: never
	pages   int     // since the last one

	cache    cache
	buffers  buffers
	own      float64 // bytes of each child forked later
	children []*child
	killed   int
}

// Holding is what a Program holds; amounts are in bytes, anonymous ones with
// their page tables.
type Holding struct {
	Anon    int64 `json:"anon_bytes"`
	Leaked  int64 `json:"leaked_bytes"`
	Garbage int64 `json:"garbage_bytes"`
	Sockets int64 `json:"sockets_bytes"`
	// Touched is the sum of the four without their page tables.
	Touched int64 `json:"touched_bytes"`
	Cache   int64 `json:"cache_bytes"`
	// Buffers is what the kernel holds for TCP connections in its own count:
	// more than was written.
	Buffers  int64 `json:"buffers_bytes"`
	Open     int   `json:"open_sockets"`
	Children int   `json:"children"` // alive
	// Killed counts the children that ended although nobody ended them.
	Killed int `json:"children_killed"`
}

// New makes a program that holds nothing. Its page cache is of the file, or
// of a temporary one when file is "".
func New(file string) *Program {
	return &Program{since: time.Now(), cache: cache{path: file}}
}

// mib is the unit of all settings.
const mib = 1 << 20

// most is more than any machine has, and keeps sums in their range.
const most = 1 << 24

// order is that of the settings when several are given at once: what children
// share and own is there before they are forked.
var order = []string{"anon", "leak", "socket", "garbage", "every", "cache", "buffers", "own", "children"}

// Set changes settings; the package comment lists them. It does nothing when
// one of them cannot be understood.
func (p *Program) Set(settings url.Values) error {
	amounts := map[string]float64{}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if !slices.Contains(order, name) {
			return fmt.Errorf("%q is no setting: it is one of %s", name, strings.Join(order, ", "))
		}
		amount, err := strconv.ParseFloat(settings.Get(name), 64)
		if err != nil || !(amount >= 0 && amount <= most) { // a NaN is neither
			return fmt.Errorf("%s=%s: write a number of MiB, or of things, from 0 to %d", name, settings.Get(name), most)
		}
		amounts[name] = amount
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range order {
		if amount, given := amounts[name]; given {
			if err := p.set(name, amount); err != nil {
				return fmt.Errorf("setting %s=%v: %w", name, amount, err)
			}
		}
	}
	return nil
}

func (p *Program) set(name string, amount float64) error {
	bytes := int64(math.Round(amount * mib))
	switch name {
	case "anon":
		return p.anon.set(bytes)
	case "leak":
		err := p.keepLeaking()
		p.leak, p.since, p.before = amount*mib, time.Now(), p.leaked.bytes
		return err
	case "socket":
		p.each = amount * mib
		return p.fitSockets()
	case "garbage":
		p.perPage = amount * mib
	case "every":
		p.every = int(amount)
	case "cache":
		return p.cache.set(bytes)
	case "buffers":
		return p.buffers.set(bytes)
	case "own":
		p.own = amount * mib
	case "children":
		return p.fork(int(amount))
	}
	return nil
}

// Leak lets the memory grow until done is closed. What is leaked is a function
// of the time since the rate was set, so late ticks do not slow it down.
func (p *Program) Leak(done <-chan struct{}) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return nil
		case <-tick.C:
		}
		p.mu.Lock()
		err := p.keepLeaking()
		p.mu.Unlock()
		if err != nil {
			return fmt.Errorf("leaking: %w", err)
		}
	}
}

func (p *Program) keepLeaking() error {
	if p.leak == 0 {
		return nil
	}
	return p.leaked.set(p.before + int64(p.leak*time.Since(p.since).Seconds()))
}

func (p *Program) fitSockets() error { return p.sockets.set(int64(p.each * float64(p.open))) }

// Connect counts an open socket; change is 1 or -1.
func (p *Program) Connect(change int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open += change
	return p.fitSockets()
}

// Page leaves the garbage of one page behind, and collects when it is time.
func (p *Program) Page() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pages++
	if p.every > 0 && p.pages >= p.every {
		return p.collect()
	}
	return p.garbage.set(p.garbage.bytes + int64(p.perPage))
}

// Collect frees the garbage.
func (p *Program) Collect() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.collect()
}

func (p *Program) collect() error {
	p.pages = 0
	return p.garbage.set(0)
}

// fork makes the living children n, if they live.
func (p *Program) fork(n int) error {
	p.bury()
	for len(p.children) > n {
		last := len(p.children) - 1
		if err := p.children[last].end(); err != nil {
			return err
		}
		p.children = p.children[:last]
	}
	for range n - len(p.children) {
		c, err := fork(int64(p.own))
		if err != nil {
			return err
		}
		p.children = append(p.children, c)
	}
	return nil
}

// bury counts the children that were killed.
func (p *Program) bury() {
	p.children = slices.DeleteFunc(p.children, func(c *child) bool {
		if !c.killed() {
			return false
		}
		p.killed++
		return true
	})
}

// Holding tells what the program holds.
func (p *Program) Holding() (Holding, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bury()
	inBuffers, err := p.buffers.bytes()
	return Holding{
		Anon: p.anon.bytes, Leaked: p.leaked.bytes, Garbage: p.garbage.bytes, Sockets: p.sockets.bytes,
		Touched: p.anon.touched() + p.leaked.touched() + p.garbage.touched() + p.sockets.touched(),
		Cache:   p.cache.bytes, Buffers: inBuffers,
		Open: p.open, Children: len(p.children), Killed: p.killed,
	}, err
}

// Close gives everything back.
func (p *Program) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	errs := []error{p.fork(0), p.cache.close(), p.buffers.close()}
	for _, held := range []*pages{&p.anon, &p.leaked, &p.garbage, &p.sockets} {
		errs = append(errs, held.set(0))
	}
	return errors.Join(errs...)
}
