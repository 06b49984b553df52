// Package conformance holds the reference app against PixelTales: exchanges
// recorded from the application are replayed against a live server, and the
// rules that no recording can hold (who hears an echo, queues that overflow,
// pings that go unanswered) are tried one by one. It has tests only.
//
// The recordings are not part of the project. PIXELTALES_TRANSCRIPTS names
// their folder; without it they are looked for beside the repository, in
// shared/data/transcripts.
package conformance
