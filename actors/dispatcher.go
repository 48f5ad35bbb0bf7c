package actors

import "github.com/troupe-im/troupe/internal/warm"

// dispatcher runs actors on goroutines whose stacks have grown already.
type dispatcher struct{ *warm.Pool }

// Schedule implements actor.Dispatcher.
func (d dispatcher) Schedule(fn func()) { d.Go(fn) }

// Throughput implements actor.Dispatcher: after so many messages an actor lets
// others run.
func (dispatcher) Throughput() int { return 300 }
