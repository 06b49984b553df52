package target

import (
	"cmp"
	"context"
	"slices"
)

// Kind is how many objects there are of one class, or allocations of one line.
type Kind struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
	Bytes int64  `json:"bytes"` // their own, without what they refer to
}

// Garbage is what a full collection was needed for.
type Garbage struct {
	Objects int64  `json:"objects"`
	Bytes   int64  `json:"bytes"` // of the objects and of the text they hold
	Kinds   []Kind `json:"kinds"` // the largest first
	// Loops are ways by which an object refers to itself, as class names.
	Loops [][]string `json:"loops"`
}

// State is what the processes of a target have open and waiting.
type State struct {
	Threads     int `json:"threads"`
	Tasks       int `json:"tasks"` // of asyncio, not done
	Connections int `json:"connections"`
	Queued      int `json:"queued"` // items in asyncio's queues, those of a channel layer included
}

// Routes are the paths that a Django app answers, with <NAME> or <TYPE:NAME> for
// what varies.
type Routes struct {
	HTTP []struct {
		Path    string   `json:"path"`
		Methods []string `json:"methods"` // empty: not known
	} `json:"http"`
	Sockets []string `json:"sockets"`
}

// Trim gives memory back that is free already, so that garbage is told from it.
func (h *Hook) Trim(ctx context.Context) error {
	_, err := askAll(ctx, h, "trim", zero[struct{}])
	return err
}

// Garbage collects, and says what it was that only a collection frees.
func (h *Hook) Garbage(ctx context.Context) (Garbage, error) {
	all, err := askAll(ctx, h, "garbage", zero[Garbage])
	var sum Garbage
	for _, g := range all {
		sum.Objects += g.Objects
		sum.Bytes += g.Bytes
		sum.Kinds = addKinds(sum.Kinds, g.Kinds)
		sum.Loops = append(sum.Loops, g.Loops...)
	}
	return sum, err
}

// Count counts the living objects by kind, the largest first.
func (h *Hook) Count(ctx context.Context) ([]Kind, error) { return h.kinds(ctx, "count") }

// Holders are the kinds of what refers to objects of the kind.
func (h *Hook) Holders(ctx context.Context, kind string) ([]Kind, error) {
	return h.kinds(ctx, "holders "+kind)
}

// State says what the processes have open and waiting.
func (h *Hook) State(ctx context.Context) (State, error) {
	all, err := askAll(ctx, h, "state", zero[State])
	var sum State
	for _, s := range all {
		sum.Threads += s.Threads
		sum.Tasks += s.Tasks
		sum.Connections += s.Connections
		sum.Queued += s.Queued
	}
	return sum, err
}

// Routes are those of the first process that has any: all of them serve the
// same app.
func (h *Hook) Routes(ctx context.Context) (Routes, error) {
	all, err := askAll(ctx, h, "routes", zero[Routes])
	for _, r := range all {
		if len(r.HTTP)+len(r.Sockets) > 0 {
			return r, err
		}
	}
	return Routes{}, err
}

// Trace starts tracing each allocation; until Untrace the target is slower and
// larger, so nothing else may be measured.
func (h *Hook) Trace(ctx context.Context) error {
	_, err := askAll(ctx, h, "trace-start", zero[struct{}])
	return err
}

// Untrace ends the tracing.
func (h *Hook) Untrace(ctx context.Context) error {
	_, err := askAll(ctx, h, "trace-stop", zero[struct{}])
	return err
}

// Mark is where the next Lines begin.
func (h *Hook) Mark(ctx context.Context) error {
	_, err := askAll(ctx, h, "trace-mark", zero[struct{}])
	return err
}

// Lines are the app's own lines that have allocated since Mark what still lives,
// the largest first.
func (h *Hook) Lines(ctx context.Context) ([]Kind, error) { return h.kinds(ctx, "trace-top") }

func (h *Hook) kinds(ctx context.Context, command string) (sum []Kind, err error) {
	all, err := askAll(ctx, h, command, zero[struct{ Kinds []Kind }])
	for _, a := range all {
		sum = addKinds(sum, a.Kinds)
	}
	return sum, err
}

func zero[T any](int) (t T) { return t }

// addKinds adds those of another process, and sorts them by size.
func addKinds(sum, more []Kind) []Kind {
	for _, k := range more {
		i := slices.IndexFunc(sum, func(s Kind) bool { return s.Name == k.Name })
		if i < 0 {
			sum = append(sum, k)
			continue
		}
		sum[i].Count += k.Count
		sum[i].Bytes += k.Bytes
	}
	slices.SortFunc(sum, func(a, b Kind) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return sum
}
