package checkout

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// lastLine keeps the last line with text that was written to it.
type lastLine struct{ text []byte }

func (l *lastLine) Write(p []byte) (int, error) {
	l.text = append(l.text, p...)
	if trimmed := bytes.TrimRight(l.text, " \r\n"); len(trimmed) > 0 {
		if i := bytes.LastIndexByte(trimmed, '\n'); i >= 0 {
			l.text = bytes.Clone(l.text[i+1:])
		}
	}
	return len(p), nil
}

func (l *lastLine) String() string { return string(bytes.TrimSpace(l.text)) }

// mostFiles is how many requirement files one may include, one another in a
// circle among them.
const mostFiles = 50

// flatten returns the lines of a requirements file with those of the files that
// it includes, so that they decide the environment and nothing else does. A
// package in a local folder would be built there, in the checkout.
func flatten(path string) (string, error) {
	var lines strings.Builder
	files := 0
	var add func(path string) error
	add = func(path string) error {
		if files++; files > mostFiles {
			return fmt.Errorf("%s: requirements include one another", path)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("reading the app's requirements: %w", err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			line = strings.TrimSpace(line)
			option, rest, _ := strings.Cut(strings.Replace(line, "=", " ", 1), " ")
			switch {
			case option == "-r" || option == "--requirement":
				if err := add(filepath.Join(filepath.Dir(path), strings.TrimSpace(rest))); err != nil {
					return err
				}
			case option == "-c" || option == "--constraint":
				constraints := filepath.Join(filepath.Dir(path), strings.TrimSpace(rest))
				text, err := os.ReadFile(constraints)
				if err != nil {
					return fmt.Errorf("%s, line %d: %w", path, i+1, err)
				}
				fmt.Fprintf(&lines, "-c %s\n# of content %x\n", constraints, sha256.Sum256(text))
			case isLocal(line):
				return fmt.Errorf("%s, line %d: %q is a local folder, which pip would build in the checkout: "+
					"name an interpreter that has the packages with --app-python", path, i+1, line)
			case line != "" && !strings.HasPrefix(line, "#"):
				lines.WriteString(line + "\n")
			}
		}
		return nil
	}
	err := add(path)
	return lines.String(), err
}

func isLocal(line string) bool {
	for _, prefix := range []string{"-e", "--editable", ".", "/", "file:"} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return strings.Contains(line, "@ file:")
}
