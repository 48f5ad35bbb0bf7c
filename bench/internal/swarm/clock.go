//go:build linux

package swarm

import (
	"time"

	"golang.org/x/sys/unix"
)

// base ties Go's monotonic clock, which is cheap to read, to the machine's,
// which all processes share.
var base = newClock()

type clock struct {
	began time.Time
	at    int64
}

func newClock() clock {
	var t unix.Timespec
	// It fails only for a clock that does not exist.
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return clock{time.Now(), t.Nano()}
}

// Now is the machine's monotonic clock in nanoseconds: the same in all
// processes, not touched by changes of the wall clock.
func Now() int64 { return base.at + int64(time.Since(base.began)) }
