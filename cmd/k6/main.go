// Command k6 is k6 with the k6/x/pixeltales extension built in.
package main

import (
	k6cmd "go.k6.io/k6/v2/cmd"

	_ "github.com/pixeltales/pixelload"
)

func main() { k6cmd.Execute() }
