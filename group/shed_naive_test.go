package group_test

import (
	"slices"

	"github.com/troupe-im/troupe/group"
)

// naiveShedder is spec 19.9 word by word: every millisecond it looks at
// everything that waits.
type naiveShedder struct {
	budget          group.RoomBudget
	at              group.Millis
	messages, bytes int64 // thousandths
	waiting         []offer
	passed          map[group.UserID]group.Millis
	rings           [group.PriorityHigh + 1]naiveRing
	out             []group.Verdict[int]
}

// offer is one message.
type offer struct {
	id       int
	at       group.Millis
	from     group.UserID
	priority group.Priority
	bytes    int64
}

// naiveRing has the senders of one priority in the order of their turns; the
// first has its turn, and given says that it has its 512 bytes for it.
type naiveRing struct {
	order     []group.UserID
	allowance map[group.UserID]int64
	given     bool
}

func newNaiveShedder(b group.RoomBudget) *naiveShedder {
	return &naiveShedder{
		budget: b, messages: int64(b.Messages) * 1000, bytes: int64(b.Bytes) * 1000, passed: map[group.UserID]group.Millis{},
	}
}

func (s *naiveShedder) fits(o offer) bool {
	return s.messages >= 1000 && s.bytes >= min(o.bytes, int64(s.budget.Bytes))*1000
}

// to brings the time forward, millisecond by millisecond. Nothing happens
// while nothing waits, so then it jumps.
func (s *naiveShedder) to(now group.Millis) {
	for s.at < now {
		step := group.Millis(1)
		if len(s.waiting) == 0 {
			step = now - s.at
		}
		s.at += step
		s.messages = min(s.messages+int64(step)*int64(s.budget.Messages), int64(s.budget.Messages)*1000)
		s.bytes = min(s.bytes+int64(step)*int64(s.budget.Bytes), int64(s.budget.Bytes)*1000)
		s.settle()
	}
	s.settle()
}

// settle passes what can pass now and sheds what has waited a second.
func (s *naiveShedder) settle() {
	for len(s.waiting) > 0 {
		next, turn := s.first()
		if s.fits(next) {
			if turn {
				s.rings[next.priority].allowance[next.from] -= next.bytes
			}
			s.take(next)
			s.pass(next)
			continue
		}
		oldest := s.waiting[0]
		if s.at-oldest.at < 1000 {
			return
		}
		cause := group.ShedBytes
		if s.messages < 1000 {
			cause = group.ShedMessages
		}
		s.take(oldest)
		s.shed(oldest, cause)
	}
}

func (s *naiveShedder) pass(o offer) {
	s.messages -= 1000
	s.bytes -= o.bytes * 1000
	s.passed[o.from] = s.at
	s.out = append(s.out, group.Verdict[int]{Item: o.id, At: s.at})
}

func (s *naiveShedder) shed(o offer, cause group.ShedCause) {
	count, size := int64(1), o.bytes
	for _, w := range s.waiting {
		count++
		size += w.bytes
	}
	retry := int64(1)
	for ; s.messages+retry*int64(s.budget.Messages) < count*1000 || s.bytes+retry*int64(s.budget.Bytes) < size*1000; retry++ {
	}
	s.out = append(s.out, group.Verdict[int]{Item: o.id, At: s.at, Shed: cause, RetryAfter: retry})
}

// first is what passes next; turn: by its sender's turn.
func (s *naiveShedder) first() (next offer, turn bool) {
	p := group.PriorityLow
	for _, w := range s.waiting {
		p = max(p, w.priority)
	}
	for _, w := range s.waiting {
		if last, ok := s.passed[w.from]; w.priority == p && (!ok || s.at-last >= 1000) {
			return w, false
		}
	}
	r := &s.rings[p]
	for {
		u := r.order[0]
		if !r.given {
			r.allowance[u] += 512
			r.given = true
		}
		for _, w := range s.waiting {
			if w.priority == p && w.from == u {
				next = w
				break
			}
		}
		if next.bytes <= r.allowance[u] {
			return next, true
		}
		r.order, r.given = append(r.order[1:], u), false
	}
}

func (s *naiveShedder) offer(o offer) {
	s.to(o.at)
	if len(s.waiting) == 0 && s.fits(o) {
		s.pass(o)
		return
	}
	if o.bytes > 2*int64(s.budget.Bytes) {
		s.shed(o, group.ShedBytes)
		return
	}
	r := &s.rings[o.priority]
	if !slices.Contains(r.order, o.from) {
		if r.allowance == nil {
			r.allowance = map[group.UserID]int64{}
		}
		r.order = append(r.order, o.from)
	}
	s.waiting = append(s.waiting, o)
	s.settle()
	for {
		size := int64(0)
		for _, w := range s.waiting {
			size += w.bytes
		}
		cause := group.ShedMessages
		if len(s.waiting) <= 2*int(s.budget.Messages) {
			if size <= 2*int64(s.budget.Bytes) {
				return
			}
			cause = group.ShedBytes
		}
		victim := s.victim()
		s.take(victim)
		s.shed(victim, cause)
	}
}

// victim is the newest message of the sender with most bytes waiting in the
// lowest priority; of senders with equal bytes that with the newest message.
func (s *naiveShedder) victim() offer {
	p := group.PriorityHigh
	for _, w := range s.waiting {
		p = min(p, w.priority)
	}
	bytes := map[group.UserID]int64{}
	for _, w := range s.waiting {
		if w.priority == p {
			bytes[w.from] += w.bytes
		}
	}
	var victim offer
	most := int64(-1)
	for _, w := range slices.Backward(s.waiting) {
		if w.priority == p && bytes[w.from] > most {
			most, victim = bytes[w.from], w
		}
	}
	return victim
}

// take removes a message; a sender with nothing waiting loses its turn and
// what is left of its allowance.
func (s *naiveShedder) take(o offer) {
	s.waiting = slices.DeleteFunc(s.waiting, func(w offer) bool { return w.id == o.id })
	if slices.ContainsFunc(s.waiting, func(w offer) bool { return w.from == o.from && w.priority == o.priority }) {
		return
	}
	r := &s.rings[o.priority]
	delete(r.allowance, o.from)
	if r.order[0] == o.from {
		r.given = false
	}
	r.order = slices.DeleteFunc(r.order, func(u group.UserID) bool { return u == o.from })
}
