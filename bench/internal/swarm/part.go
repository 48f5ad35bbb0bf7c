//go:build linux

package swarm

import "fmt"

// Part is what some of the receivers saw of a run.
type Part struct {
	Tally    Tally
	Expected uint64
	Faults   []string
	// Sights are all numbers that were seen, by room.
	Sights map[string]map[uint64]Sight
	Holes  []Hole
}

// Hole is what the server named as skipped, judged when the run is over.
type Hole struct {
	Room, User string
	Skipped
}

// part is what the receivers of this process saw.
func (s *Swarm) part(ends []uint64) *Part {
	p := newPart()
	s.each(func(l *loop) { p.merge(l.close(ends)) })
	return p
}

func newPart() *Part { return &Part{Sights: map[string]map[uint64]Sight{}} }

// merge adds what others saw; of a number all must have seen the same.
func (p *Part) merge(o *Part) {
	p.Tally.add(&o.Tally)
	p.Expected += o.Expected
	p.Faults = append(p.Faults, o.Faults...)
	p.Holes = append(p.Holes, o.Holes...)
	for room, sights := range o.Sights {
		if p.Sights[room] == nil {
			p.Sights[room] = make(map[uint64]Sight, len(sights))
		}
		for _, g := range sights {
			p.see(room, g)
		}
	}
}

func (p *Part) see(room string, g Sight) {
	if was, ok := p.Sights[room][g.Seq]; ok && was != g {
		p.Tally.Changed++
		p.Faults = append(p.Faults, fmt.Sprintf("number %d of %s is %s to some and %s to others", g.Seq, room, was.Mark, g.Mark))
	}
	p.Sights[room][g.Seq] = g
}

// close is what a loop's receivers saw, and what they were due and did not get.
func (l *loop) close(ends []uint64) *Part {
	p := newPart()
	for _, c := range l.members {
		for i := range c.seats {
			s := &c.seats[i]
			if s.left {
				if s.start > 0 {
					p.Expected += s.next - s.start
				}
				continue
			}
			end := ends[s.view.room.index]
			if n := s.due(end); n > 0 {
				l.Lost += n
				l.fault("%s waits for %d of %s and %d in all up to %d", c.User, max(s.next, s.first), s.view.room.ID, n, end)
			}
			start := s.start
			if start == 0 {
				start = s.first
			}
			if to := max(end+1, s.next); start > 0 && to > start {
				p.Expected += to - start
			}
		}
	}
	p.Expected += l.past
	p.Tally.add(&l.Tally)
	p.Faults, p.Holes = append(p.Faults, l.faults...), append(p.Holes, l.holes...)
	for _, w := range l.views {
		if w == nil {
			continue
		}
		p.Sights[w.room.ID] = make(map[uint64]Sight, len(w.log))
		for _, g := range w.log {
			p.see(w.room.ID, g)
		}
	}
	return p
}
