// Package e2e holds the end-to-end tests: a real server, real sockets, an
// injected clock. A subtest names the rows of docs/spec/features.md that it
// proves; docs/features.md is generated from their results.
//
// A row's test asserts the frames at the receivers and silence at everybody
// else, up to a fence.
package e2e
