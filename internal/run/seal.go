package run

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
)

// sealBytes is the length of `,"crc":"01234567"}` and the line's end.
const sealBytes = len(`,"crc":"01234567"}`) + 1

// seal turns a JSON object into a line: the object with the checksum of
// everything before it as its last field.
func seal(object []byte) []byte {
	body := bytes.TrimSuffix(object, []byte("}"))
	return fmt.Appendf(nil, "%s,\"crc\":\"%08x\"}\n", body, crc32.ChecksumIEEE(body))
}

// unseal returns the object that was sealed, or says why the line is none.
func unseal(line []byte) ([]byte, error) {
	if len(line) < sealBytes || line[len(line)-1] != '\n' {
		return nil, errors.New("the line is cut")
	}
	body := line[:len(line)-sealBytes]
	object := append(bytes.Clone(body), '}')
	if !bytes.Equal(seal(object), line) {
		return nil, errors.New("the line's checksum is wrong")
	}
	return object, nil
}
