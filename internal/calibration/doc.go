// Package calibration is a target whose memory is known: it holds what it is
// told to hold, and says so. What pixelload measures of it can be compared
// with the truth.
//
// It is programmed by settings, at its start (as arguments) and over HTTP:
//
//	POST /?anon=100&socket=0.5   change what it holds
//	GET /                        what it holds, as JSON
//	GET /page?delay=200ms        a page: leaves garbage behind, answers after the delay
//	POST /collect                a full collection: frees the garbage
//	any path with an upgrade     a WebSocket: memory for each one that is open
//
// The settings; all amounts are in MiB and may have decimals:
//
//	anon      anonymous memory
//	leak      more anonymous memory every second, never given back
//	socket    anonymous memory for each open WebSocket
//	garbage   anonymous memory that each page leaves behind
//	every     that many pages bring a collection; 0: only POST /collect does
//	cache     page cache: the beginning of a file, read anew
//	buffers   written into TCP connections that nobody reads
//	own       anonymous memory of each child forked later
//	children  forked processes: they share all that the program holds
//
// An amount of anonymous memory includes the page tables that map it, since
// the kernel charges those too. It is mapped in small pages and outside Go's
// heap, so neither huge pages nor Go's collector blur it.
package calibration
