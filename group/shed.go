package group

import "container/list"

const (
	// savedMillis is how long a budget is saved up, and how long a message may
	// wait (spec 19.9).
	savedMillis = 1000
	// freshMillis: so long nothing of a sender passed, then it goes first.
	freshMillis = 1000
	// roomSeconds is the budget's worth that may wait.
	roomSeconds = 2
	// turnBytes is what one turn adds to a sender's allowance.
	turnBytes = 512
)

// Shedder keeps the messages of one livestream within its budget (spec 19.9).
// It knows neither clock nor messages, only items of the caller's: each is
// offered once and comes back once, from [Shedder.Next] or [Shedder.Clear].
//
// Whoever calls late gets the same decisions in the same order as who calls
// every millisecond. Spread over all calls, a message costs the logarithm of
// the number of senders that wait and a turn per 512 bytes, whatever else waits.
//
// Use it from one goroutine.
type Shedder[T any] struct {
	budget RoomBudget // fixed after construction
	at     Millis     // up to here everything is decided
	// messages and bytes are the credit, in thousandths.
	messages, bytes int64

	levels   [PriorityHigh + 1]level[T]
	senders  map[UserID]*sender[T]
	passes   list.List // of pass[T], those of the last freshMillis
	age      list.List // of *waiter[T], in order of arrival
	size     int64     // bytes waiting
	arrivals uint64
	decided  []Verdict[T]
}

// Verdict is what became of one item.
type Verdict[T any] struct {
	Item T
	// At is when; earlier than the moment asked for if the caller comes late.
	At Millis
	// Shed is zero if it passes.
	Shed ShedCause
	// RetryAfter, of what is shed, is how many ms the budget needs for all that
	// waits and this.
	RetryAfter int64
}

// pass notes that something of a sender passed.
type pass[T any] struct {
	sender *sender[T]
	at     Millis
}

// NewShedder makes one with all credit. The budget must not be zero.
func NewShedder[T any](b RoomBudget) *Shedder[T] {
	s := &Shedder[T]{budget: b, senders: map[UserID]*sender[T]{}}
	s.messages, s.bytes = s.fullMessages(), s.fullBytes()
	for p := range s.levels {
		s.levels[p] = newLevel[T]()
	}
	return s
}

// Waiting is the number of items that wait.
func (s *Shedder[T]) Waiting() int { return s.age.Len() }

// Offer takes a message of bytes (spec 10.1) in. A priority that is none of
// low, normal and high counts as normal.
func (s *Shedder[T]) Offer(now Millis, from UserID, p Priority, bytes int, item T) {
	if p < PriorityLow || p > PriorityHigh {
		p = PriorityNormal
	}
	s.run(now)
	u := s.senderOf(from)
	w := &waiter[T]{item: item, arrived: s.at, bytes: int64(bytes)}
	switch {
	case s.age.Len() == 0 && s.covers(w.bytes):
		s.pass(u, w)
		return
	case w.bytes > roomSeconds*int64(s.budget.Bytes):
		// It can never wait; others are not shed for it.
		s.forget(u)
		s.drop(w, ShedBytes)
		return
	}
	s.add(u, p, w)
	s.run(now)
	for s.age.Len() > roomSeconds*int(s.budget.Messages) || s.size > roomSeconds*int64(s.budget.Bytes) {
		cause := ShedBytes
		if s.age.Len() > roomSeconds*int(s.budget.Messages) {
			cause = ShedMessages
		}
		victim := s.heaviest()
		s.remove(victim)
		s.drop(victim, cause)
	}
}

// Next gives the next decision up to now; false: there is none.
func (s *Shedder[T]) Next(now Millis) (Verdict[T], bool) {
	s.run(now)
	if len(s.decided) == 0 {
		return Verdict[T]{}, false
	}
	v := s.decided[0]
	s.decided[0] = Verdict[T]{}
	s.decided = s.decided[1:]
	if len(s.decided) == 0 {
		s.decided = nil
	}
	return v, true
}

// Due is when Next may have something to give; 0: not before the next Offer.
func (s *Shedder[T]) Due() Millis {
	switch {
	case len(s.decided) > 0:
		return s.at
	case s.age.Len() == 0:
		return 0
	}
	at, _ := s.upcoming()
	return at
}

// Clear gives back, in order of arrival, all that was not given by Next, and
// forgets it.
func (s *Shedder[T]) Clear() []T {
	items := make([]T, 0, len(s.decided)+s.age.Len())
	for _, v := range s.decided {
		items = append(items, v.Item)
	}
	s.decided = nil
	for e := s.age.Front(); e != nil; e = s.age.Front() {
		w := e.Value.(*waiter[T])
		s.remove(w)
		items = append(items, w.item)
	}
	return items
}

// happening is what happens next by itself. At one moment the first comes first.
type happening uint8

const (
	nothing happening = iota
	freshens
	passes
	expires
)

// run lets everything happen that is due by now, in its order.
func (s *Shedder[T]) run(now Millis) {
	for {
		at, what := s.upcoming()
		if what == nothing || at > now {
			break
		}
		s.earn(at)
		switch what {
		case freshens:
			s.freshen()
		case passes:
			f := s.chosen()
			w := f.head()
			if !f.fresh() {
				f.allowance -= w.bytes
			}
			s.remove(w)
			s.pass(f.sender, w)
		case expires:
			w := s.age.Front().Value.(*waiter[T])
			s.remove(w)
			s.drop(w, s.short())
		}
	}
	s.earn(now)
}

func (s *Shedder[T]) upcoming() (Millis, happening) {
	at, what := Millis(0), nothing
	sooner := func(t Millis, h happening) {
		if t = max(t, s.at); what == nothing || t < at {
			at, what = t, h
		}
	}
	if e := s.passes.Front(); e != nil {
		sooner(e.Value.(pass[T]).at+freshMillis, freshens)
	}
	if e := s.age.Front(); e != nil {
		sooner(s.at+s.lacks(s.chosen().head().bytes), passes)
		sooner(e.Value.(*waiter[T]).arrived+savedMillis, expires)
	}
	return at, what
}

// pass lets one item through.
func (s *Shedder[T]) pass(u *sender[T], w *waiter[T]) {
	s.messages -= 1000
	s.bytes -= w.bytes * 1000
	u.passed, u.recent = s.at, true
	for _, f := range u.flows {
		if f != nil && f.fresh() {
			s.levels[f.priority].fresh.remove(f)
		}
	}
	s.senders[u.id] = u
	s.passes.PushBack(pass[T]{u, s.at})
	s.decided = append(s.decided, Verdict[T]{Item: w.item, At: s.at})
}

// drop sheds an item that no longer waits.
func (s *Shedder[T]) drop(w *waiter[T], cause ShedCause) {
	messages := int64(s.age.Len()+1)*1000 - s.messages
	bytes := (s.size+w.bytes)*1000 - s.bytes
	retry := max(ceilDiv(messages, int64(s.budget.Messages)), ceilDiv(bytes, int64(s.budget.Bytes)), 1)
	s.decided = append(s.decided, Verdict[T]{Item: w.item, At: s.at, Shed: cause, RetryAfter: retry})
}
