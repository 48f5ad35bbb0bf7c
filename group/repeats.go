package group

// repeats recognises requests and message randoms that were met before, for a
// time (spec 10.2, 18.5). It is not part of the state: after a restart it is
// filled from the journal's tail.
type repeats struct {
	window   int64 // ms
	requests map[uint64]seen
	randoms  map[randomKey]seen
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

// queued leads to what is to be forgotten.
type queued struct {
	time    Millis
	request uint64
	// key is that of a message.
	isMessage bool
	key       randomKey
}

func newRepeats(window int64) repeats {
	return repeats{window: window, requests: map[uint64]seen{}, randoms: map[randomKey]seen{}}
}

// lookup finds the first run of what an input repeats.
func (r *repeats) lookup(in *Input) (first seen, byRandom, found bool) {
	if in.Request != 0 {
		if s, ok := r.requests[in.Request]; ok && r.holds(s.time, in.Now) {
			return s, false, true
		}
	}
	if c, ok := in.Command.(Send); ok && c.RandomGiven {
		if s, ok := r.randoms[randomKey{in.Caller.User, c.Random}]; ok && r.holds(s.time, in.Now) {
			return s, true, true
		}
	}
	return seen{}, false, false
}

func (r *repeats) holds(since, now Millis) bool { return int64(now-since) < r.window }

// note remembers an event; keep is the result of a volatile one.
func (r *repeats) note(e *Event, keep *Result) {
	sent, isMessage := e.Body.(*Sent)
	if e.Request == 0 && !isMessage {
		return
	}
	s := seen{position: e.Position, seq: e.Seq, time: e.Time, result: keep}
	q := queued{time: e.Time, request: e.Request}
	if e.Request != 0 {
		r.requests[e.Request] = s
	}
	if isMessage {
		q.key, q.isMessage = randomKey{sent.Sender.User, sent.Random}, true
		r.randoms[q.key] = s
	}
	r.queue = append(r.queue, q)
}

// recall remembers an event that may be older than others noted already: of
// two of one request or random the newer holds.
func (r *repeats) recall(e *Event) {
	old := seen{position: e.Position, seq: e.Seq, time: e.Time}
	q := queued{time: e.Time, request: e.Request}
	if have, ok := r.requests[e.Request]; e.Request != 0 && (!ok || have.time <= e.Time) {
		r.requests[e.Request] = old
	}
	if sent, ok := e.Body.(*Sent); ok {
		q.key, q.isMessage = randomKey{sent.Sender.User, sent.Random}, true
		if have, ok := r.randoms[q.key]; !ok || have.time <= e.Time {
			r.randoms[q.key] = old
		}
	}
	r.queue = append(r.queue, q)
}

// forget drops what is over at now.
func (r *repeats) forget(now Millis) {
	for r.head < len(r.queue) && !r.holds(r.queue[r.head].time, now) {
		q := r.queue[r.head]
		r.queue[r.head] = queued{}
		r.head++
		if q.request != 0 {
			if s, ok := r.requests[q.request]; ok && s.time == q.time {
				delete(r.requests, q.request)
			}
		}
		if q.isMessage {
			if s, ok := r.randoms[q.key]; ok && s.time == q.time {
				delete(r.randoms, q.key)
			}
		}
	}
	if r.head > 64 && r.head > len(r.queue)/2 {
		n := copy(r.queue, r.queue[r.head:])
		clear(r.queue[n:])
		r.queue, r.head = r.queue[:n], 0
	}
}
