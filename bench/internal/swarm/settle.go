//go:build linux

package swarm

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/troupe-im/troupe/bench/internal/report"
)

// Begin says that every receiver that sits in a room now must get number seq
// and all after it. It fails if a peer does.
func (s *Swarm) Begin(r *Room, seq uint64) error {
	for _, p := range s.peers {
		if err := p.Begin(r.ID, seq); err != nil {
			return err
		}
	}
	s.each(func(l *loop) {
		for _, c := range l.members {
			if st := c.seatOf([]byte(r.ID)); st != nil && st.next == 0 {
				st.first = seq
			}
		}
	})
	return nil
}

// Record has latencies from now on noted by r: deliveries from due to read, to
// all but newcomers, on the loops with these numbers, or on all if none is
// named, and with all peers. It fails if a peer does.
func (s *Swarm) Record(r *report.Recorder, loops ...int) error {
	if err := s.recordThere(r, false); err != nil {
		return err
	}
	s.each(func(l *loop) {
		if len(loops) == 0 || slices.Contains(loops, l.number) {
			l.lane = r.Lane()
		}
	})
	return nil
}

// RecordNewcomers does for newcomers what Record does for all others.
func (s *Swarm) RecordNewcomers(r *report.Recorder) error {
	if err := s.recordThere(r, true); err != nil {
		return err
	}
	s.each(func(l *loop) { l.late = r.Lane() })
	return nil
}

// recordThere has the peers note.
func (s *Swarm) recordThere(r *report.Recorder, newcomers bool) error {
	for _, p := range s.peers {
		since, err := p.Record(newcomers)
		if err != nil {
			return err
		}
		r.From(since)
	}
	return nil
}

// TallyOf is what came so far to one loop.
func (s *Swarm) TallyOf(loop int) (t Tally) {
	s.loops[loop].ask(func() { t = s.loops[loop].Tally })
	return t
}

// Tally is what came so far.
func (s *Swarm) Tally() Tally {
	t := s.Status().Tally
	for _, p := range s.peers {
		there := p.Status().Tally
		t.add(&there)
	}
	return t
}

// Finish waits until every answer and every delivery due is there, at most as
// long as patience after the last progress, and judges all.
func (s *Swarm) Finish(ctx context.Context, patience time.Duration) (*Verdict, error) {
	if err := s.Settle(ctx, patience); err != nil {
		return nil, err
	}
	return s.verdict()
}

// Settle waits as Finish does.
func (s *Swarm) Settle(ctx context.Context, patience time.Duration) error {
	last, since := -1, time.Now()
	for {
		n, err := s.open()
		if err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
		if n != last {
			last, since = n, time.Now()
		}
		if time.Since(since) > patience {
			return nil // the verdict names what is missing
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// open counts what is still due.
func (s *Swarm) open() (int, error) {
	n := 0
	s.mu.RLock()
	for _, p := range s.pubs {
		n += p.Unanswered()
	}
	s.mu.RUnlock()
	ends := s.ends()
	n += s.due(ends)
	for _, p := range s.peers {
		there, err := p.Due(s.byID(ends))
		if err != nil {
			return 0, err
		}
		n += there
	}
	return n, nil
}

// due counts what is due here.
func (s *Swarm) due(ends []uint64) (n int) {
	s.each(func(l *loop) {
		for _, c := range l.members {
			for i := range c.seats {
				st := &c.seats[i]
				n += int(st.due(ends[st.view.room.index]))
			}
		}
	})
	return n
}

// due is how many numbers up to end a seat still waits for.
func (s *seat) due(end uint64) uint64 {
	from := s.next
	if s.left {
		return 0
	}
	if from == 0 {
		from = s.first
	}
	if from == 0 || from > end {
		return 0
	}
	n := end + 1 - from
	for _, o := range s.own {
		if o >= from && o <= end {
			n--
		}
	}
	return n
}

// Named is how many users the tips of joining named so far, as seen by anybody
// who has a seat in the room.
func (s *Swarm) Named(r *Room) (uint64, error) {
	seen := s.NamedHere(r)
	for _, p := range s.peers {
		there, err := p.Named(r.ID)
		if err != nil {
			return 0, err
		}
		maps.Copy(seen, there)
	}
	n := uint64(0)
	for _, users := range seen {
		n += users
	}
	return n, nil
}

// TipBytes is the mean size of the tips of a room that this process still has, in
// bytes on the wire; 0 = it has none.
func (s *Swarm) TipBytes(r *Room) int {
	n, sum := 0, 0
	s.each(func(l *loop) {
		for i := range l.view(r).ring {
			if e := &l.view(r).ring[i]; e.tip {
				n, sum = n+1, sum+max(len(e.frame), len(e.event))
			}
		}
	})
	return sum / max(n, 1)
}

// NamedHere is that by the number of each tip, as seen in this process.
func (s *Swarm) NamedHere(r *Room) map[uint64]uint64 {
	seen := map[uint64]uint64{}
	s.each(func(l *loop) {
		for _, g := range l.view(r).log {
			if g.Users > 0 {
				seen[g.Seq] = g.Users
			}
		}
	})
	return seen
}

// ends are the newest numbers that were accepted, by room.
func (s *Swarm) ends() []uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	ends := make([]uint64, len(s.rooms))
	for _, p := range s.pubs {
		p.mu.Lock()
		// Answers come nearly in order: the newest is near the end.
		for i := max(0, len(p.sent)-256); i < len(p.sent); i++ {
			ends[p.room.index] = max(ends[p.room.index], p.sent[i].seq)
		}
		p.mu.Unlock()
	}
	return ends
}
