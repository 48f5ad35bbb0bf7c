// Command cells shows that the end-to-end tests of the checklist can fail.
//
//	go test -c -o .out/e2e.test ./e2e
//	go run ./internal/cells -binary .out/e2e.test -dir e2e yes
//	go run ./internal/cells -binary .out/e2e.test -dir e2e alone
//	go run ./internal/cells -binary .out/e2e.test -dir e2e -file e2e/testdata/cells.txt flips
//
// yes runs every test against a server that answers each request with code 0
// and does nothing: no subtest named after a row may pass. alone runs each such
// subtest by itself: it must not need a sibling. flips changes one
// cell of the policy table at a time: the rows that the file names with the
// cell must pass without the change and fail with it. It is a tool of this
// repository; nothing imports it.
package main
