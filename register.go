// Package pixelload registers the k6 extension k6/x/pixeltales and its output.
// Importing it (as cmd/k6 and xk6 do) is all that is needed to use them.
package pixelload
