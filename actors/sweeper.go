package actors

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// sweepTimers bounds how many sleeping groups one round wakes.
const sweepTimers = 500

// sweeper wakes what is due and puts to sleep what is idle (spec 19.17 c).
func (s *System) sweeper() {
	ticker := s.clock.NewTicker(s.cfg.SweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-ticker.Chan():
			s.sweep()
		}
	}
}

func (s *System) sweep() {
	now := s.clock.Now()
	s.ticks(now)
	s.wakeDue(group.Millis(now.UnixMilli()))
	s.directory.sweep(now.UnixMilli(), s.cfg.PassivateAfter)
}

// wakeDue sends a tick to the groups whose timers are over; asleep ones wake.
func (s *System) wakeDue(now group.Millis) {
	var due []group.ID
	err := s.journal.View(func(tx persistence.Tx) error {
		for _, t := range persistence.DueTimers(tx, now, sweepTimers) {
			row, ok, err := persistence.ReadGroupRow(tx, t.Stream)
			if err != nil {
				return err
			}
			if ok {
				due = append(due, row.Group)
			}
		}
		return nil
	})
	if err != nil {
		s.fault("read timers", err)
		return
	}
	for _, id := range due {
		e := s.directory.take(id, true)
		e.lastUsed.Store(s.now())
		e.send(s, &tick{sweeper: true})
		e.waiting.Add(-1)
	}
}
