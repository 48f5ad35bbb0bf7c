package actors

import (
	"errors"
	"fmt"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// sweepTimers bounds how many sleeping groups one round wakes.
const sweepTimers = 500

// sweeper wakes what is due and puts to sleep what is idle (spec 19.17 c).
func (s *System) sweeper() {
	var old retention
	ticker := s.clock.NewTicker(s.cfg.SweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-ticker.Chan():
			s.sweep()
			old.step(s)
		}
	}
}

func (s *System) sweep() {
	now := s.clock.Now()
	s.ticks(now)
	s.wakeDue(group.Millis(now.UnixMilli()))
	s.directory.sweep(now.UnixMilli(), s.cfg.PassivateAfter)
	s.deleter.again()
}

// wakeDue sends a tick to the groups whose timers are over; asleep ones wake. A
// row that cannot be read keeps nobody else from being woken.
func (s *System) wakeDue(now group.Millis) {
	var due []group.ID
	err := s.journal.View(func(tx persistence.Tx) error {
		var faults []error
		for _, t := range persistence.DueTimers(tx, now, sweepTimers) {
			row, ok, err := persistence.ReadGroupRow(tx, t.Stream)
			if ok {
				due = append(due, row.Group)
			}
			if err != nil {
				faults = append(faults, fmt.Errorf("stream %d: %w", t.Stream, err))
			}
		}
		return errors.Join(faults...)
	})
	if err != nil {
		s.fault("read timers", err)
	}
	for _, id := range due {
		e := s.directory.take(id, true)
		e.lastUsed.Store(s.now())
		e.send(s, &tick{sweeper: true})
		e.waiting.Add(-1)
	}
}

// retention frees, little by little, what is past its time (spec 19.17 c).
// Owned by the sweeper.
type retention struct {
	at   persistence.SweepCursor
	next int64 // ms: when the next round begins
}

const (
	// retentionEvery is the pause between two rounds over all rows.
	retentionEvery = int64(3600_000)
	retentionRows  = 200
	// retentionTrim entries go at once, some 10 ms of a commit: more, in the time
	// of a sweep, than a server stores.
	retentionTrim = 10_000
)

// reached reports whether a moment has come that was set pause before it, all in
// ms. If it is further away than that the clock went back: it is not waited for.
func reached(now, moment, pause int64) bool { return now >= moment || moment-now > pause }

func (r *retention) step(s *System) {
	if !reached(s.now(), r.next, retentionEvery) {
		return
	}
	var ops []persistence.RowOp
	next := r.at
	err := s.journal.View(func(tx persistence.Tx) (err error) {
		ops, next, err = persistence.Sweep(tx, r.at, group.Millis(s.now()), retentionRows, retentionTrim)
		return err
	})
	if err != nil {
		s.fault("sweep old rows", err)
	}
	if len(ops) > 0 {
		if _, err := s.committer.waitFor(persistence.Append{Rows: ops, FromReserve: true}); err != nil {
			s.fault("remove old rows", err)
			return
		}
	}
	r.at = next
	if next.Done() {
		s.decree(&decreeCall{}) // removes the bans that are over
		r.at, r.next = persistence.SweepCursor{}, s.now()+retentionEvery
	}
}
