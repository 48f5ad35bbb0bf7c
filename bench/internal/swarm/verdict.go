//go:build linux

package swarm

import (
	"errors"
	"fmt"
)

// Verdict is what the judge finds when a run is over.
type Verdict struct {
	Tally
	// Expected are all deliveries that were due: numbers by receivers.
	Expected uint64            `json:"expected"`
	Accepted uint64            `json:"accepted"`
	Refused  map[string]uint64 `json:"refused,omitempty"`
	// Unanswered messages may or may not have been delivered.
	Unanswered uint64   `json:"unanswered"`
	Faults     []string `json:"faults,omitempty"`
}

// Err is what is wrong with it; skipped numbers are when they were not allowed.
func (v *Verdict) Err(skips bool) error {
	var errs []error
	if v.Expected == 0 {
		errs = append(errs, errNothing)
	}
	for _, c := range []struct {
		name string
		n    uint64
	}{
		{"lost", v.Lost}, {"doubled", v.Doubled}, {"changed", v.Changed}, {"reordered", v.Reordered},
		{"foreign", v.Foreign}, {"wrongly named as skipped", v.Wrong}, {"connections ended", v.Ended},
	} {
		if c.n > 0 {
			errs = append(errs, fmt.Errorf("%d %s", c.n, c.name))
		}
	}
	if !skips && v.Skipped+v.Gaps+v.Lagging > 0 {
		errs = append(errs, fmt.Errorf("%d numbers skipped, %d gaps, %d times lagging, though nobody was slow", v.Skipped, v.Gaps, v.Lagging))
	}
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("deliveries: %w", errors.Join(errs...))
}

func (s *Swarm) verdict() (*Verdict, error) {
	ends := s.ends()
	all := s.part(ends)
	for _, p := range s.peers {
		part, err := p.Part(s.byID(ends))
		if err != nil {
			return nil, err
		}
		all.merge(part)
	}
	return s.conclude(all), nil
}

// conclude judges what all saw together.
func (s *Swarm) conclude(all *Part) *Verdict {
	v := &Verdict{Tally: all.Tally, Expected: all.Expected, Faults: all.Faults, Refused: map[string]uint64{}}
	v.match(s, all.Sights)
	v.holes(all)
	if len(v.Faults) > maxFaults {
		v.Faults = v.Faults[:maxFaults]
	}
	return v
}

// match compares what was seen with what was sent.
func (v *Verdict) match(s *Swarm, sights map[string]map[uint64]Sight) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, room := range s.rooms {
		seqs := make(map[Mark]uint64, len(sights[room.ID]))
		for seq, g := range sights[room.ID] {
			if g.Tip {
				continue
			}
			if was, ok := seqs[g.Mark]; ok {
				v.Doubled++
				v.Faults = append(v.Faults, fmt.Sprintf("%s has the numbers %d and %d in %s", g.Mark, was, seq, room.ID))
			}
			seqs[g.Mark] = seq
			if why := s.sentAs(room, g); why != "" {
				v.Foreign++
				v.Faults = append(v.Faults, fmt.Sprintf("number %d of %s: %s %s", seq, room.ID, g.Mark, why))
			}
		}
	}
	for _, p := range s.pubs {
		p.count(v)
	}
}

// sentAs says what is wrong with a sight; nothing: "".
func (s *Swarm) sentAs(room *Room, g Sight) string {
	if int(g.Mark.Publisher) >= len(s.pubs) {
		return "is nobody's"
	}
	p := s.pubs[g.Mark.Publisher]
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.room != room:
		return "was sent to " + p.room.ID
	case g.Mark.Counter >= uint64(len(p.sent)) || p.sent[g.Mark.Counter].due != g.Mark.Due:
		return "was never sent"
	}
	m := p.sent[g.Mark.Counter]
	switch {
	case m.answered && m.seq == 0:
		return "was refused"
	case m.answered && m.seq != g.Seq:
		return fmt.Sprintf("was answered with number %d", m.seq)
	}
	return ""
}

// count adds up a publisher's answers.
func (p *Publisher) count(v *Verdict) {
	p.mu.Lock()
	defer p.mu.Unlock()
	newest := uint64(0)
	for i := range p.sent {
		switch m := &p.sent[i]; {
		case m.seq != 0:
			v.Accepted++
			if m.seq < newest && !p.repeated {
				v.Reordered++
				v.Faults = append(v.Faults, fmt.Sprintf("message %d of %s to %s got number %d, an earlier one %d", i, p.c.User, p.room.ID, m.seq, newest))
			}
			newest = m.seq
		case !m.answered:
			v.Unanswered++
		}
	}
	for name, n := range p.refused {
		v.Refused[name] += n
	}
}

// holes checks what was named as skipped against what others got.
func (v *Verdict) holes(p *Part) {
	for _, h := range p.Holes {
		known, tips := uint64(0), uint64(0)
		for seq := h.From; seq <= h.To; seq++ {
			if g, ok := p.Sights[h.Room][seq]; ok {
				known++
				if g.Tip {
					tips++
				}
			}
		}
		if n := h.To - h.From + 1; tips > h.System || known-tips > n-h.System {
			v.Wrong++
			v.Faults = append(v.Faults, fmt.Sprintf("%s is told that %s skipped %+v: %d of them are known, %d as tips", h.User, h.Room, h.Skipped, known, tips))
		}
	}
}
