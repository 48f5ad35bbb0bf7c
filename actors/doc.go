// Package actors is the runtime: it runs the pure core of package group inside
// supervised actors, commits what they decide, and tells everyone concerned.
// It is the only importer of protoactor-go. It holds no rules of chat, knows
// no sockets and no database.
//
//	root
//	├── groups (supervisor)      restarts a failed group actor from the journal
//	│   └── group actor …        one per awake group: a group.Machine and what it holds back
//	├── registry 0…n             users by hash: devices, presence, the livestream a user is in
//	├── shard 0…n                connections by hash of their user: who listens to what
//	├── decrees                  bans and revocations, one change after the other
//	└── session actor …          one per connection: phase, identity, requests in order
//
// Beside them run plain goroutines, because they wait for the disk: the
// committer (one), the readers (few) and the sweeper (one).
//
// Who sends what to whom: a session sends calls to group actors (through the
// directory), logins to its registry, attachments to its shard. A group actor
// sends appends to the committer, and when they are stable the answer to the
// caller's connection, then frames to the shards and presence to the
// registries. Nothing that reports a change leaves before the change is
// stable. Nobody waits inside Receive for another actor.
package actors
