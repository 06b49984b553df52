package memory

import "fmt"

// Secret is a token that prints as [secret], however it is printed or encoded.
// The zero value is none.
type Secret struct {
	// value is behind a pointer: fmt cannot ask an unexported field of another
	// struct how it wants to be printed, and prints the address.
	value *string
}

// NewSecret keeps a token; an empty one is none.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{&value}
}

// Set says that there is one.
func (s Secret) Set() bool { return s.value != nil }

// Reveal returns the token, to hand it to the one whom it is for.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Format writes [secret] for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText writes [secret], in JSON and slog too.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

const redacted = "[secret]"
