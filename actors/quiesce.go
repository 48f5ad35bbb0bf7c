package actors

import (
	"context"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// barrier comes back when an actor has dealt with all it was sent before.
type barrier struct{ done *sync.WaitGroup }

// Quiesce waits until nothing is under way: no call unanswered (but those that
// wait for a room's budget, so for the clock), nothing to commit or read, no
// account being deleted, every frame handed to its connections. It is for orderly
// stops and for tests that assert silence; while clients keep sending it does
// not return before ctx ends.
func (s *System) Quiesce(ctx context.Context) error {
	for {
		before := s.activity()
		if s.idle() {
			s.pass([]*actor.PID{s.decrees})
			s.pass(s.delivery.shards)
			s.pass(s.registries)
			s.pass(s.delivery.shards)
			if s.idle() && s.activity() == before {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// activity counts what was ever started; equal twice means nothing was.
func (s *System) activity() uint64 {
	s.readers.mu.Lock()
	n := s.readers.count
	s.readers.mu.Unlock()
	s.committer.mu.Lock()
	n += s.committer.count
	s.committer.mu.Unlock()
	return n + s.calls.Load() + s.told.Load()
}

func (s *System) idle() bool {
	waiting := s.untaken.Load() > 0 || s.gathering.Load() > 0 || s.deleter.busy.Load() > 0
	s.directory.each(func(e *groupEntry) { waiting = waiting || !e.still() })
	s.readers.mu.Lock()
	waiting = waiting || len(s.readers.queue) > 0 || s.readers.working > 0
	s.readers.mu.Unlock()
	s.committer.mu.Lock()
	waiting = waiting || len(s.committer.queue) > 0 || s.committer.working
	s.committer.mu.Unlock()
	return !waiting
}

// pass sends a barrier through the actors and waits for all.
func (s *System) pass(pids []*actor.PID) {
	var done sync.WaitGroup
	done.Add(len(pids))
	for _, pid := range pids {
		s.root.Send(pid, &barrier{&done})
	}
	done.Wait()
}
