package config

import "context"

type key struct{}

// With hands the file on to what a command does.
func With(ctx context.Context, f *File) context.Context { return context.WithValue(ctx, key{}, f) }

// From returns the file that was handed on; one that says nothing where there
// is none.
func From(ctx context.Context) *File {
	if f, ok := ctx.Value(key{}).(*File); ok {
		return f
	}
	return &File{}
}
