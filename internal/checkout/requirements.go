package checkout

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// mostFiles is how many requirement files one may include, one another in a
// circle among them.
const mostFiles = 50

// flatten returns the lines of a requirements file with those of the files that
// it includes, so that they decide the environment and nothing else does. No
// error quotes a line: an address in it may hold a token.
func flatten(path string) (string, error) {
	var f flattened
	err := f.add(path)
	return f.lines.String(), err
}

type flattened struct {
	lines strings.Builder
	files int
}

func (f *flattened) add(path string) error {
	if f.files++; f.files > mostFiles {
		return fmt.Errorf("%s: requirements include one another", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the app's requirements: %w", err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := f.take(filepath.Dir(path), line); err != nil {
			return fmt.Errorf("%s, line %d: %w", path, i+1, err)
		}
	}
	return nil
}

// fileOption is an option of pip's about a file: the value of a short one may
// follow without a blank.
var fileOption = regexp.MustCompile(`^(?:-([rcfe])\s*|--(requirement|constraint|find-links|editable)(?:\s*=\s*|\s+))(.*?)(?:\s+#.*)?$`)

// take adds one line of a file in dir. pip runs elsewhere, so paths become
// whole ones.
func (f *flattened) take(dir, line string) error {
	match := fileOption.FindStringSubmatch(line)
	if match == nil {
		return f.keep(line, line)
	}
	value := match[3]
	switch match[1] + match[2] {
	case "r", "requirement":
		if isAddress(value) {
			return errors.New("a file on a server, which pixelload does not read: name one with --app-requirements that has its lines")
		}
		return f.add(under(dir, value))
	case "c", "constraint":
		return f.constrain(dir, value)
	case "f", "find-links":
		if there := under(dir, value); !isAddress(value) && exists(there) {
			value = there
		}
		fmt.Fprintf(&f.lines, "--find-links %s\n", value)
		return nil
	default: // a package that is not copied when it is installed
		return f.keep(line, "./"+value)
	}
}

func (f *flattened) constrain(dir, value string) error {
	if isAddress(value) {
		fmt.Fprintf(&f.lines, "--constraint %s\n", value)
		return nil
	}
	text, err := os.ReadFile(under(dir, value))
	if err == nil {
		fmt.Fprintf(&f.lines, "-c %s\n# of content %x\n", under(dir, value), sha256.Sum256(text))
	}
	return err
}

// keep adds the line as it is, unless what it requires is local: pip would
// build that where it lies, in the checkout.
func (f *flattened) keep(line, required string) error {
	if isLocal(required) {
		return errors.New("a package in a local folder, which pip would build in the checkout: " +
			"name an interpreter that has the packages with --app-python")
	}
	f.lines.WriteString(line + "\n")
	return nil
}

var fileAddress = regexp.MustCompile(`(^|@\s*|/)file:`)

// isLocal says that a requirement is a path: what stands before the marker and
// the comment holds a slash, or begins with a dot, and is no address.
func isLocal(required string) bool {
	if strings.HasPrefix(required, "-") {
		return false // an option
	}
	required, _, _ = strings.Cut(required, ";")
	required, _, _ = strings.Cut(required, " #")
	if isAddress(required) {
		return fileAddress.MatchString(required)
	}
	return strings.HasPrefix(required, ".") || strings.Contains(required, "/") || strings.HasPrefix(required, "file:")
}

func isAddress(value string) bool { return strings.Contains(value, "://") }

func under(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
