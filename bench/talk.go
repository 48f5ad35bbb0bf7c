//go:build linux

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/report"
	"github.com/troupe-im/troupe/bench/internal/swarm"
)

// unansweredMost is how many messages of a publisher may wait for their answer;
// the protocol's limit of a connection is 64.
const unansweredMost = 60

// stuckAfter is how long a closed loop waits for a delivery.
const stuckAfter = load.AnswerWithin

// talk is what the publishers of a room say.
type talk struct {
	s        *swarm.Swarm
	pubs     []*swarm.Publisher
	rate     float64 // messages a second; 0 = closed loop
	inFlight int

	sent  uint64
	heard *swarm.Heard // set for a closed loop
}

func newTalk(s *swarm.Swarm, r *livestreamRoom, rate float64, inFlight int) *talk {
	t := &talk{s: s, pubs: r.pubs, rate: rate, inFlight: inFlight}
	if rate == 0 {
		t.heard = s.Heard(r.room, r.listeners.Loops())
	}
	return t
}

// record has the times to answers noted.
func (t *talk) record(acks *report.Recorder) {
	for _, p := range t.pubs {
		p.Record(acks.Lane())
	}
}

// run talks for d and waits until everybody has heard it.
func (t *talk) run(ctx context.Context, d time.Duration) error {
	var err error
	if t.rate > 0 {
		err = t.steadily(ctx, d)
	} else {
		err = t.closely(ctx, d)
	}
	if err != nil {
		return err
	}
	return t.s.Settle(ctx, patience)
}

// steadily sends when messages are due, whatever became of those before.
func (t *talk) steadily(ctx context.Context, d time.Duration) error {
	began, every := swarm.Now(), 1e9/t.rate
	for n := 0; ; n++ {
		due := began + int64(float64(n)*every)
		if due >= began+int64(d) {
			return nil
		}
		time.Sleep(time.Duration(due - swarm.Now()))
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := t.send(ctx, due); err != nil {
			return err
		}
	}
}

// aside talks until it is hushed, which says how it went.
func (t *talk) aside(ctx context.Context) (hush func() error) {
	talking, stop := context.WithCancel(ctx)
	said := make(chan error, 1)
	go func() { // ends when hushed
		err := t.steadily(talking, time.Hour)
		if talking.Err() != nil {
			err = nil
		}
		said <- err
	}()
	return func() error {
		stop()
		return <-said
	}
}

// closely sends as long as not too many are on their way.
func (t *talk) closely(ctx context.Context, d time.Duration) error {
	for end := swarm.Now() + int64(d); swarm.Now() < end; {
		if t.sent-t.heard.ByAll(t.sent) >= uint64(t.inFlight) {
			select {
			case <-t.heard.Stirred():
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-time.After(stuckAfter):
				return fmt.Errorf("nobody heard anything for %s", stuckAfter)
			}
			continue
		}
		if err := t.send(ctx, swarm.Now()); err != nil {
			return err
		}
	}
	return nil
}

// send has the next publisher speak.
func (t *talk) send(ctx context.Context, due int64) error {
	p := t.pubs[t.sent%uint64(len(t.pubs))]
	for p.Unanswered() >= unansweredMost {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		time.Sleep(200 * time.Microsecond)
	}
	t.sent++
	return p.Send(due)
}
