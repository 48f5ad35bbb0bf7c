// Command bench drives a real server through real WebSockets and judges or
// measures what comes of it. It starts the server as a process of its own, with
// the committed limits profile (profile.yaml), or takes one that runs already:
//
//	go run ./bench replay             recorded chat; every delivery is judged
//	go run ./bench messages           accepted messages a second
//	go run ./bench joinstorm          many joiners of one livestream
//	go run ./bench idle               memory per connection
//
// A run ends in a summary; --json FILE and --html FILE keep all of it as a
// document and as a page with charts (docs/benchmarks.md says how to read them).
// Documents are set beside each other:
//
//	go run ./bench compare before.json after.json
//
// The exit status is 1 if anything was lost, doubled, changed or out of order,
// or a scenario could not be carried out. Nothing imports this package, and it
// imports the client and the protocol only.
package main
