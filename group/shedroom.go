package group

import (
	"container/heap"
	"container/list"
)

// The waiting room of a [Shedder]: per priority the senders with something
// waiting there, in three orders.

// waiter is one waiting item.
type waiter[T any] struct {
	item    T
	arrived Millis
	// number is the order of arrival.
	number uint64
	bytes  int64
	flow   *flow[T]
	// inAge and inFlow are its places.
	inAge, inFlow *list.Element
}

// sender is somebody of whom something waits, or passed lately.
type sender[T any] struct {
	id    UserID
	flows [PriorityHigh + 1]*flow[T] // nil: nothing waits there
	// passed is when something passed last; recent: less than freshMillis ago.
	passed Millis
	recent bool
}

// flow is what waits of one sender at one priority, oldest first; never empty.
type flow[T any] struct {
	sender    *sender[T]
	priority  Priority
	queue     list.List // of *waiter[T]
	bytes     int64
	allowance int64
	inRing    *list.Element
	// places in the two heaps, -1: not in it.
	inFresh, inHeavy int
}

func (f *flow[T]) head() *waiter[T] { return f.queue.Front().Value.(*waiter[T]) }
func (f *flow[T]) tail() *waiter[T] { return f.queue.Back().Value.(*waiter[T]) }
func (f *flow[T]) fresh() bool      { return f.inFresh >= 0 }

// level is one priority.
type level[T any] struct {
	// ring has all flows, turn is whose turn it is (nil: the first's), given:
	// this turn has added to its allowance.
	ring  *list.List
	turn  *list.Element
	given bool
	// fresh has those of whom nothing passed lately, longest waiting first.
	fresh flowHeap[T]
	// heavy has all, most bytes first, then whose newest message is newest.
	heavy flowHeap[T]
}

func newLevel[T any]() level[T] {
	return level[T]{
		ring: list.New(),
		fresh: flowHeap[T]{
			place: func(f *flow[T]) *int { return &f.inFresh },
			less:  func(a, b *flow[T]) bool { return a.head().number < b.head().number },
		},
		heavy: flowHeap[T]{
			place: func(f *flow[T]) *int { return &f.inHeavy },
			less: func(a, b *flow[T]) bool {
				if a.bytes != b.bytes {
					return a.bytes > b.bytes
				}
				return a.tail().number > b.tail().number
			},
		},
	}
}

// next is the flow whose head passes next. It gives turns until an allowance
// covers a message; asked again it gives the same.
func (l *level[T]) next() *flow[T] {
	if len(l.fresh.flows) > 0 {
		return l.fresh.flows[0]
	}
	for {
		if l.turn == nil {
			l.turn = l.ring.Front()
		}
		f := l.turn.Value.(*flow[T])
		if !l.given {
			f.allowance += turnBytes
			l.given = true
		}
		if f.head().bytes <= f.allowance {
			return f
		}
		l.turn, l.given = l.turn.Next(), false
	}
}

// enter gives a flow the last turn of this round.
func (l *level[T]) enter(f *flow[T]) {
	if l.turn == nil {
		f.inRing = l.ring.PushBack(f)
		return
	}
	f.inRing = l.ring.InsertBefore(f, l.turn)
}

// leave takes an empty flow out of the ring; its allowance is lost with it.
func (l *level[T]) leave(f *flow[T]) {
	if l.turn == f.inRing {
		l.turn, l.given = l.turn.Next(), false
	}
	l.ring.Remove(f.inRing)
}

// chosen is the flow that passes next of all. Something must wait.
func (s *Shedder[T]) chosen() *flow[T] {
	for p := PriorityHigh; ; p-- {
		if s.levels[p].ring.Len() > 0 {
			return s.levels[p].next()
		}
	}
}

// heaviest is the newest message of the sender with most bytes waiting in the
// lowest priority that waits.
func (s *Shedder[T]) heaviest() *waiter[T] {
	for p := PriorityLow; ; p++ {
		if l := &s.levels[p]; l.ring.Len() > 0 {
			return l.heavy.flows[0].tail()
		}
	}
}

func (s *Shedder[T]) senderOf(id UserID) *sender[T] {
	if u := s.senders[id]; u != nil {
		return u
	}
	return &sender[T]{id: id}
}

// forget drops a sender of whom there is nothing to know.
func (s *Shedder[T]) forget(u *sender[T]) {
	if !u.recent && u.flows == [PriorityHigh + 1]*flow[T]{} {
		delete(s.senders, u.id)
	}
}

// add lets a message wait.
func (s *Shedder[T]) add(u *sender[T], p Priority, w *waiter[T]) {
	s.senders[u.id] = u
	l := &s.levels[p]
	s.arrivals++
	w.number = s.arrivals
	w.inAge = s.age.PushBack(w)
	s.size += w.bytes
	f := u.flows[p]
	if f != nil {
		w.flow, w.inFlow = f, f.queue.PushBack(w)
		f.bytes += w.bytes
		heap.Fix(&l.heavy, f.inHeavy)
		return
	}
	f = &flow[T]{sender: u, priority: p, bytes: w.bytes, inFresh: -1, inHeavy: -1}
	u.flows[p] = f
	w.flow, w.inFlow = f, f.queue.PushBack(w)
	l.enter(f)
	heap.Push(&l.heavy, f)
	if !u.recent {
		heap.Push(&l.fresh, f)
	}
}

// remove takes a waiting message out, wherever it stands.
func (s *Shedder[T]) remove(w *waiter[T]) {
	f := w.flow
	l := &s.levels[f.priority]
	s.age.Remove(w.inAge)
	s.size -= w.bytes
	f.bytes -= w.bytes
	if f.queue.Len() > 1 {
		f.queue.Remove(w.inFlow)
		heap.Fix(&l.heavy, f.inHeavy)
		if f.fresh() {
			heap.Fix(&l.fresh, f.inFresh)
		}
		return
	}
	l.heavy.remove(f)
	if f.fresh() {
		l.fresh.remove(f)
	}
	l.leave(f)
	f.queue.Remove(w.inFlow)
	f.sender.flows[f.priority] = nil
	s.forget(f.sender)
}

// freshen forgets the oldest pass; if it was its sender's last, the sender
// goes first again.
func (s *Shedder[T]) freshen() {
	p := s.passes.Remove(s.passes.Front()).(pass[T])
	u := p.sender
	if !u.recent || u.passed != p.at {
		return
	}
	u.recent = false
	for _, f := range u.flows {
		if f != nil {
			heap.Push(&s.levels[f.priority].fresh, f)
		}
	}
	s.forget(u)
}

// flowHeap is a heap of flows that knows where each stands.
type flowHeap[T any] struct {
	flows []*flow[T]
	place func(*flow[T]) *int
	less  func(a, b *flow[T]) bool
}

func (h *flowHeap[T]) Len() int           { return len(h.flows) }
func (h *flowHeap[T]) Less(i, j int) bool { return h.less(h.flows[i], h.flows[j]) }
func (h *flowHeap[T]) Swap(i, j int) {
	h.flows[i], h.flows[j] = h.flows[j], h.flows[i]
	*h.place(h.flows[i]), *h.place(h.flows[j]) = i, j
}
func (h *flowHeap[T]) Push(x any) {
	f := x.(*flow[T])
	*h.place(f) = len(h.flows)
	h.flows = append(h.flows, f)
}
func (h *flowHeap[T]) Pop() any {
	last := len(h.flows) - 1
	f := h.flows[last]
	h.flows[last] = nil
	h.flows = h.flows[:last]
	*h.place(f) = -1
	return f
}

func (h *flowHeap[T]) remove(f *flow[T]) { heap.Remove(h, *h.place(f)) }
