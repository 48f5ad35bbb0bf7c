//go:build linux

package swarm

// passOwn moves over numbers that answers gave already.
func (j *judge) passOwn(s *seat) {
	for moved := true; moved; {
		moved = false
		for i, n := range s.own {
			if n == s.next {
				s.own = append(s.own[:i], s.own[i+1:]...)
				s.next++
				j.Own++
				moved = true
				break
			}
		}
	}
}

// ownAnswer says that the receiver's own message got a number.
func (j *judge) ownAnswer(user string, s *seat, seq uint64) {
	if s.next != 0 && seq < s.next {
		j.Doubled++
		j.fault("the answer to %s gives number %d of %s, which was passed", user, seq, s.view.room.ID)
		return
	}
	if s.next == 0 && s.first != 0 {
		s.next, s.start = s.first, s.first
	}
	s.own = append(s.own, seq)
	j.passOwn(s)
}

// arrive judges the number: afterwards next is seq, unless it came before.
func (j *judge) arrive(user string, s *seat, seq uint64) {
	switch {
	case s.next == 0:
		s.start = seq
		if s.first != 0 && seq > s.first {
			s.start = s.first
			j.lose(user, s, s.first, seq)
		}
		s.next = seq
		j.passOwn(s)
	case seq > s.next:
		j.lose(user, s, s.next, seq)
		s.next = seq
	case seq < s.next:
		for i, h := range s.holes {
			if h == seq {
				s.holes = append(s.holes[:i], s.holes[i+1:]...)
				j.Lost--
				j.Reordered++
				j.fault("%s got number %d of %s after %d", user, seq, s.view.room.ID, s.next-1)
				return
			}
		}
		j.Doubled++
		j.fault("%s got number %d of %s again, or late, after %d", user, seq, s.view.room.ID, s.next-1)
	}
}

// lose counts the numbers from next up to seq as lost, own ones aside.
func (j *judge) lose(user string, s *seat, next, seq uint64) {
	lost := uint64(0)
	for n := next; n < seq; n++ {
		if i := indexOf(s.own, n); i >= 0 {
			s.own = append(s.own[:i], s.own[i+1:]...)
			j.Own++
			continue
		}
		lost++
		if len(s.holes) < 1024 {
			s.holes = append(s.holes, n)
		}
	}
	if lost > 0 {
		j.Lost += lost
		j.fault("%s got number %d of %s where %d was due: %d missing without a word", user, seq, s.view.room.ID, next, lost)
	}
}

func indexOf(list []uint64, n uint64) int {
	for i, v := range list {
		if v == n {
			return i
		}
	}
	return -1
}

// skip judges what the server says it left out before the frame with number
// seq; seq 0 = it says so alone (spec 19.9).
func (j *judge) skip(user string, s *seat, k Skipped, seq uint64) {
	sum := k.High + k.Normal + k.Low + k.System
	n := k.To - k.From + 1
	wrong := k.From == 0 || k.To < k.From || sum != n || s.next != 0 && k.From != s.next || seq != 0 && k.To != seq-1
	if wrong {
		j.Wrong++
		j.fault("%s is told that %s skipped %+v, %d was due, before %d", user, s.view.room.ID, k, s.next, seq)
		return
	}
	if s.next == 0 {
		s.start = k.From
	}
	j.Skipped += n
	j.holes = append(j.holes, Hole{s.view.room.ID, user, k})
	s.next = k.To + 1
	j.passOwn(s)
}
