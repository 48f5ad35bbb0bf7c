package actors

import (
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// restarts lets a failed actor start again, whatever the failure: the message
// that failed is lost (its caller is told), so it cannot fail twice, and a
// group that cannot be loaded answers unavailable instead of failing again.
func (s *System) restarts(kind string) actor.SupervisorStrategy {
	return actor.NewOneForOneStrategy(1<<30, time.Second, func(reason any) actor.Directive {
		s.metrics.restarts.WithLabelValues(kind).Inc()
		s.log.Error("actor restarted", slog.String("kind", kind), slog.Any("err", reason))
		return actor.RestartDirective
	})
}

// awaited is a message that somebody waits for.
type awaited interface {
	// lost follows when the actor has failed at the message. It runs on the
	// actor's goroutine, which may have left its work half done.
	lost()
}

// survivor is an actor whose state outlives its restarts. It knows the message
// in hand, so that a failure does not lose who waits for it.
type survivor struct {
	actor.Actor
	inHand any
}

// Receive implements actor.Actor.
func (s *survivor) Receive(ctx actor.Context) {
	if _, restarts := ctx.Message().(*actor.Restarting); !restarts {
		s.inHand = ctx.Message()
		s.Actor.Receive(ctx)
	} else if m, ok := s.inHand.(awaited); ok {
		m.lost()
	}
	s.inHand = nil
}

// supervisor is the parent of all group actors.
type supervisor struct{ sys *System }

// spawn asks the supervisor for a group actor.
type spawn struct{ entry *groupEntry }

// Receive implements actor.Actor.
func (p *supervisor) Receive(ctx actor.Context) {
	if m, ok := ctx.Message().(*spawn); ok {
		pid := ctx.Spawn(p.sys.groupProps(m.entry))
		m.entry.ready(p.sys, pid)
	}
}

// deadLetters answers the callers of messages that found no actor.
func (s *System) deadLetters(event any) {
	letter, ok := event.(*actor.DeadLetterEvent)
	if !ok {
		return
	}
	s.metrics.deadLetters.Inc()
	switch m := letter.Message.(type) {
	case *call:
		m.refuse(errUnavailable())
	case *barrier:
		m.done.Done()
	}
}
