//go:build !unix

package extension

import "time"

// cpuTime is not asked here: the generator's own share is not known on this system.
func cpuTime() (time.Duration, bool) { return 0, false }
