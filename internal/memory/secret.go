package memory

import "fmt"

// Secret is a token that prints as [secret], however it is printed or encoded.
// The zero value is none.
type Secret struct{ value string }

// NewSecret keeps a token.
func NewSecret(value string) Secret { return Secret{value: value} }

// Format writes [secret] for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText writes [secret], in JSON and slog too.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

const redacted = "[secret]"
