//go:build linux

package crew

import (
	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/report"
)

// What the calls carry, between this program and itself. It is exported for
// net/rpc.

// Nothing is an argument or answer that says nothing.
type Nothing struct{}

// Numbered is a room and a number of it.
type Numbered struct {
	Room string
	Seq  uint64
}

// Timed are latencies that may be missing.
type Timed struct{ Latencies *report.Latencies }

// CrowdArgs describe one process's part of a crowd.
type CrowdArgs struct {
	Alike
	From, To int
	Senders  []string
}

// OpenArgs are a pace of which Timed says that it is noted how long each took.
type OpenArgs struct {
	Crowd, AtOnce int
	PerSecond     float64
	Timed         bool
}

// SitArgs describe one process's part of silent sessions: the users Run-From up
// to Run-To of All, Workers connected at once.
type SitArgs struct {
	Access                 load.Access
	From, To, All, Workers int
}
