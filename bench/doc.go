// Command bench drives a real server through real WebSockets and judges or
// measures what comes of it. It starts the server as a process of its own, with
// the committed limits profile (profile.yaml), or takes one that runs already:
//
//	go run ./bench replay             recorded chat; every delivery is judged
//	go run ./bench messages           accepted messages a second
//	go run ./bench livestream         few speak, many listen
//	go run ./bench smallgroups        many small durable groups
//	go run ./bench joinstorm          many joiners of one livestream
//	go run ./bench reconnect          everybody's connection breaks at once
//	go run ./bench slow               some read nothing for a while (slow.yaml)
//	go run ./bench mixed              groups of all sizes, members that move
//	go run ./bench idle               memory per connection
//
// All but the first two need Linux, and all but those and the last run on the
// load generator of internal/swarm, which knows of every delivery whether it was
// due, in order and unchanged. One process opens as many connections as its limit
// of open files leaves room for; livestream, joinstorm and idle start further
// ones if that is not enough (--processes, internal/crew), and the judgement is
// one over all. Publishers that talk at a rate keep to it whatever the
// server does, and a delivery's latency counts from when its message was due.
// The server's processor time is the system's figure, and stands beside that of
// a program that only writes the same bytes (internal/floor), before and after.
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
