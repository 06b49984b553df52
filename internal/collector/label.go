package collector

import (
	"fmt"
	"hash/crc32"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLabel is the longest label value in bytes.
const maxLabel = 128

// clean makes a label value of a name that comes from outside: valid UTF-8
// without control or formatting characters, at most maxLabel bytes. A changed
// name ends with a checksum of the original, so that two stay two.
func clean(name string) string {
	out := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '_'
		}
		return r
	}, name[:min(len(name), maxLabel)])
	if out == name {
		return name
	}
	mark := fmt.Sprintf("~%08x", crc32.ChecksumIEEE([]byte(name)))
	out = out[:min(len(out), maxLabel-len(mark))]
	for !utf8.ValidString(out) { // a character was cut
		out = out[:len(out)-1]
	}
	return out + mark
}
