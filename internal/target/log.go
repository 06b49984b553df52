package target

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
)

// logTail is how much of a log's end is looked at.
const logTail = 64 << 10

// LogTail returns the last n lines of the target's output, without the
// secrets of its environment; "" where there is no output.
func (p *Process) LogTail(n int) string {
	file, err := os.Open(p.spec.LogPath)
	if err != nil {
		return ""
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil {
		_, _ = file.Seek(max(0, info.Size()-logTail), io.SeekStart)
	}
	data, err := io.ReadAll(io.LimitReader(file, logTail))
	if err != nil {
		return ""
	}
	lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	tail := bytes.Join(lines[max(0, len(lines)-n):], []byte("\n"))
	return redact(strings.ToValidUTF8(string(tail), "?"), p.spec.Env)
}

// redact replaces the values of secret variables of env in text.
func redact(text string, env []string) string {
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		if value != "" && isSecret(name) {
			text = strings.ReplaceAll(text, value, "["+name+"]")
		}
	}
	return text
}

// isSecret reports whether a variable's name says that its value is a secret.
// A database's address holds a password.
func isSecret(name string) bool {
	words := []string{"SECRET", "PASSWORD", "TOKEN", "KEY", "DATABASE_URL", "REDIS_URL"}
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(strings.ToUpper(name), word) })
}
