package explain

import (
	"cmp"
	"fmt"
	"slices"
)

// remedies are what helps against a kind, whatever call has it.
var remedies = map[string]string{
	Leak:      "find what keeps them (see holders and lines) and let go of it; until then restart after so many requests",
	Cache:     "bound the cache: a size, an age, or fewer distinct keys",
	Queue:     "bound the queue and drop or close when it is full; wait for the reader before taking more",
	Garbage:   "break the cycle (see loops), or collect after large answers; load fewer rows and columns, so that less hangs in it",
	Once:      "paid once in a process: load less of it, or count it as a part of idle",
	Connected: "it is as many times that as sockets are open: hold less for each, or fewer sockets a user",
	Large:     "answer in pages or as a stream, and leave out columns that the answer does not need",
	Left:      "run a Python target, or page the answer and see whether less stays",
	Small:     "none is worth it",
}

// Judge says what the evidence shows.
func Judge(e Evidence) *Document {
	e.Start, e.Subjects, e.Crowds = some(e.Start), some(e.Subjects), some(e.Crowds)
	e.Shares, e.NotMeasured = some(e.Shares), some(e.NotMeasured)
	d := &Document{SchemaVersion: SchemaVersion, Outcome: Complete, Reasons: []string{}, CannotTell: cannotTell(e), Rows: []Row{}, Personas: []Persona{}, Evidence: e}
	switch {
	case e.Interrupted:
		d.Outcome, d.Reasons = Interrupted, []string{"interrupted: what was measured until then is shown"}
	case e.Ended != "":
		d.Outcome, d.Reasons = Partial, []string{e.Ended}
	}
	rates := ratesOf(e.Crowds)
	most := int64(0)
	for _, s := range e.Subjects {
		r := rowOf(s, rates, e.Shares)
		d.Rows = append(d.Rows, r)
		most = max(most, r.RiseBytes)
	}
	slices.SortStableFunc(d.Rows, func(a, b Row) int { return cmp.Compare(b.Bytes, a.Bytes) })
	for i := range d.Rows {
		r := &d.Rows[i]
		r.Rank = i + 1
		if most > 0 && r.Basis == measuredRise {
			share := float64(r.RiseBytes) / float64(most)
			r.Share = &share
		}
	}
	for _, c := range e.Crowds {
		d.Personas = append(d.Personas, personaOf(c, e.Shares))
	}
	return d
}

// some is the list, an empty one where there is none: nothing is a list as well.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// measuredRise is what all rows rank by that no growth is computed of.
const measuredRise = "largest rise of U"

func rowOf(s Subject, rates map[string]rate, shares []float64) Row {
	main, also := s.cost()
	r := Row{
		Name: s.Name, What: s.What, Of: s.Of, Kind: main.kind, Also: append([]string{}, also...),
		Bytes: main.bytes, Basis: main.basis, RiseBytes: s.rise(), Parts: s.highest(), Remedy: remedies[main.kind],
		Garbage: known(perCall(s.Bursts, Burst.garbage)), Held: known(perCall(s.Bursts, Burst.held)),
		InFlight: known(s.inFlight()), LeftPerMiB: known(leftPerMiB(s.Bursts)),
		CPU: s.cpuACall(),
	}
	// A growth has no size of its own, all else counts with what it came to.
	if r.Basis == "" || r.RiseBytes > r.Bytes {
		r.Bytes, r.Basis = r.RiseBytes, measuredRise
	}
	for _, b := range s.Bursts {
		r.Calls += b.Calls
	}
	if s.Pile != nil {
		r.Calls += s.Pile.Calls
	}
	for _, b := range s.Distinct {
		r.Calls += b.Calls
	}
	for _, st := range s.Standing {
		r.Calls += st.Messages
	}
	r.Evidence = main.evidence
	if asked := rates[s.Name]; s.Of == Endpoint && asked.n > 0 {
		r.Asked, r.AskedSeconds, r.Users = asked.n, asked.seconds, asked.users(perCall(s.Bursts, Burst.cpu), shares)
	}
	return r
}

func personaOf(c Crowd, shares []float64) Persona {
	p := Persona{Name: c.Persona, Users: c.Users, Seconds: c.Seconds, RiseBytes: c.PeakBytes - c.BeforeBytes, UsersAt: []UsersAt{}}
	if c.TrimmedBytes != nil && c.CollectedBytes != nil {
		garbage, held, free := *c.TrimmedBytes-*c.CollectedBytes, *c.CollectedBytes-c.BeforeBytes, c.AfterBytes-*c.TrimmedBytes
		p.GarbageBytes, p.HeldBytes, p.FreeBytes = &garbage, &held, &free
	}
	if c.CPUSeconds == nil || c.Users == 0 || c.Seconds <= 0 {
		return p
	}
	cpu := *c.CPUSeconds / c.Seconds / float64(c.Users)
	p.CPU = &cpu
	for _, share := range shares {
		if cpu > 0 {
			p.UsersAt = append(p.UsersAt, UsersAt{CPUs: share, Users: share / cpu})
		}
	}
	return p
}

// cannotTell is what stays open.
func cannotTell(e Evidence) []string {
	open := []string{}
	if e.NoHook != "" {
		open = append(open, "no start-up hook answers ("+e.NoHook+"): garbage, held and free memory are one figure, and no object or line is named")
	}
	if len(e.Crowds) == 0 {
		open = append(open, "no users were driven: what a persona adds, and how many users a share of the processor serves")
	}
	if n := len(e.NotMeasured); n > 0 {
		late := ""
		if n := wanting(e.NotMeasured); n > 0 {
			late = fmt.Sprintf(", %d of them for want of time (a run with nothing beside it may reach them)", n)
		}
		open = append(open, fmt.Sprintf("%d calls and messages were not measured%s: not_measured says why", n, late))
	}
	return open
}

// wanting are those that there was no time for.
func wanting(all []Missing) (n int) {
	for _, m := range all {
		if m.NoTime {
			n++
		}
	}
	return n
}
