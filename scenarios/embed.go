// Package scenarios carries what users do (k6 scripts) and, as data, what is
// judged: the document's claims, the variants of the target and the hosting
// plans.
package scenarios

import "embed"

// Files holds the data and the scripts of this folder.
//
//go:embed *.yaml *.js
var Files embed.FS
