package group

// repeats recognises requests and message randoms that were met before, for a
// time (spec 10.2, 18.5). It is not part of the state: after a restart it is
// filled from the journal's tail.
type repeats struct {
	window   int64 // ms
	requests map[uint64]*seen
	randoms  map[randomKey]*seen
	queue    []queued // oldest first, from head on
	head     int
}

type randomKey struct {
	sender UserID
	random uint32
}

// seen is the first run of a request.
type seen struct {
	position Position
	seq      Seq
	time     Millis
	// result is kept for volatile events only, which cannot be read back.
	result *Result
}

type queued struct {
	*seen
	request uint64
	key     randomKey
}

func newRepeats(window int64) repeats {
	return repeats{window: window, requests: map[uint64]*seen{}, randoms: map[randomKey]*seen{}}
}

// lookup finds the first run of what an input repeats; nil if it is new.
func (r *repeats) lookup(in *Input) (s *seen, byRandom bool) {
	if in.Request != 0 {
		if s := r.requests[in.Request]; s != nil && r.holds(s, in.Now) {
			return s, false
		}
	}
	if c, ok := in.Command.(Send); ok && c.RandomGiven {
		if s := r.randoms[randomKey{in.Caller.User, c.Random}]; s != nil && r.holds(s, in.Now) {
			return s, true
		}
	}
	return nil, false
}

func (r *repeats) holds(s *seen, now Millis) bool { return int64(now-s.time) < r.window }

// note remembers an event; keep is the result of a volatile one.
func (r *repeats) note(e *Event, keep *Result, recalled bool) {
	sent, isMessage := e.Body.(*Sent)
	if e.Request == 0 && !isMessage {
		return
	}
	q := queued{seen: &seen{position: e.Position, seq: e.Seq, time: e.Time, result: keep}, request: e.Request}
	if e.Request != 0 && !(recalled && r.requests[e.Request] != nil) {
		r.requests[e.Request] = q.seen
	}
	if isMessage {
		q.key = randomKey{sent.Sender.User, sent.Random}
		if !(recalled && r.randoms[q.key] != nil) {
			r.randoms[q.key] = q.seen
		}
	}
	r.queue = append(r.queue, q)
}

// forget drops what is over at now.
func (r *repeats) forget(now Millis) {
	for r.head < len(r.queue) && !r.holds(r.queue[r.head].seen, now) {
		q := r.queue[r.head]
		r.queue[r.head] = queued{}
		r.head++
		if r.requests[q.request] == q.seen {
			delete(r.requests, q.request)
		}
		if r.randoms[q.key] == q.seen {
			delete(r.randoms, q.key)
		}
	}
	if r.head > 64 && r.head > len(r.queue)/2 {
		n := copy(r.queue, r.queue[r.head:])
		clear(r.queue[n:])
		r.queue, r.head = r.queue[:n], 0
	}
}
