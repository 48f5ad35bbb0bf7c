package group

// repeats recognises requests and message randoms that were met before, for a
// time (spec 10.2, 18.5). It is not part of the state: after a restart it is
// filled from the journal's tail.
//
// A flooded group remembers hundreds of thousands of messages, so what is
// looked at out of order is small: the maps lead from a hash to a place in log,
// which is written and read from end to end.
//
// Invariants: the entry numbered n is at log[n mod len(log)], for n from first
// to next; each map holds the newest entry of a hash, whose earlier ones are
// chained, down to a number that is not kept.
type repeats struct {
	window            int64 // ms
	requests, randoms map[uint64]uint32
	log               []remembered // a ring; its length is a power of two
	// first and next number entries modulo 2³².
	first, next uint32
}

// leastLog is the length of the log at the beginning.
const leastLog = 8

// remembered is one event whose repeats are recognised.
type remembered struct {
	seen
	request uint64 // 0: none
	// sender is empty unless the event is a message.
	sender UserID
	random uint32
	// The entries before this one with the same hash.
	beforeRequest, beforeRandom uint32
}

// seen is the first run of a request.
type seen struct {
	position Position
	seq      Seq
	time     Millis
	// result is kept for volatile events only, which cannot be read back.
	result *Result
}

func newRepeats(window int64) repeats {
	return repeats{
		window: window, requests: map[uint64]uint32{}, randoms: map[uint64]uint32{}, log: make([]remembered, leastLog),
	}
}

func (r *repeats) at(n uint32) *remembered { return &r.log[n&uint32(len(r.log)-1)] }

// kept: the entry has not been forgotten.
func (r *repeats) kept(n uint32) bool { return n-r.first < r.next-r.first }

// lookup finds the first run of what an input repeats.
func (r *repeats) lookup(in *Input) (first seen, byRandom, found bool) {
	if in.Request != 0 {
		if e := r.ofRequest(in.Request); e != nil && r.holds(e.time, in.Now) {
			return e.seen, false, true
		}
	}
	if c, ok := in.Command.(Send); ok && c.RandomGiven {
		if e := r.ofRandom(in.Caller.User, c.Random); e != nil && r.holds(e.time, in.Now) {
			return e.seen, true, true
		}
	}
	return seen{}, false, false
}

func (r *repeats) holds(since, now Millis) bool { return int64(now-since) < r.window }

// ofRequest is the newest event of a request; nil if there is none.
func (r *repeats) ofRequest(request uint64) *remembered {
	var found *remembered
	n, ok := r.requests[request]
	for ; ok && r.kept(n); n = r.at(n).beforeRequest {
		if e := r.at(n); e.request == request && (found == nil || e.time > found.time) {
			found = e
		}
	}
	return found
}

// ofRandom is the newest message of a sender with a random; nil if there is none.
func (r *repeats) ofRandom(sender UserID, random uint32) *remembered {
	var found *remembered
	n, ok := r.randoms[hashRandom(sender, random)]
	for ; ok && r.kept(n); n = r.at(n).beforeRandom {
		if e := r.at(n); e.random == random && e.sender == sender && (found == nil || e.time > found.time) {
			found = e
		}
	}
	return found
}

// note remembers an event; keep is the result of a volatile one. It may be
// older than others noted already: of two of one request or random the one
// with the later time holds.
func (r *repeats) note(e *Event, keep *Result) {
	sent, isMessage := e.Body.(*Sent)
	if e.Request == 0 && !isMessage {
		return
	}
	if r.next-r.first == uint32(len(r.log)) {
		r.resize(2 * len(r.log))
	}
	n := r.next
	r.next++
	to := r.at(n)
	*to = remembered{
		seen:    seen{position: e.Position, seq: e.Seq, time: e.Time, result: keep},
		request: e.Request,
	}
	if e.Request != 0 {
		to.beforeRequest = r.lead(r.requests, e.Request, n)
	}
	if isMessage {
		to.sender, to.random = sent.Sender.User, sent.Random
		to.beforeRandom = r.lead(r.randoms, hashRandom(to.sender, to.random), n)
	}
}

// lead has a hash lead to entry n and returns to which it led, or to one that
// is not kept.
func (r *repeats) lead(index map[uint64]uint32, hash uint64, n uint32) uint32 {
	before, ok := index[hash]
	index[hash] = n
	if !ok {
		return r.first - 1
	}
	return before
}

func (r *repeats) resize(size int) {
	log := make([]remembered, size)
	for n := r.first; n != r.next; n++ {
		log[n&uint32(size-1)] = *r.at(n)
	}
	r.log = log
}

// forget drops what is over at now.
func (r *repeats) forget(now Millis) {
	for r.first != r.next && !r.holds(r.at(r.first).time, now) {
		e := r.at(r.first)
		if e.request != 0 {
			unlead(r.requests, e.request, r.first)
		}
		if e.sender != "" {
			unlead(r.randoms, hashRandom(e.sender, e.random), r.first)
		}
		*e = remembered{}
		r.first++
	}
	if len(r.log) > 1024 && int(r.next-r.first) < len(r.log)/8 {
		// Neither the ring nor Go's maps shrink by themselves.
		r.resize(len(r.log) / 4)
		r.requests, r.randoms = rebuilt(r.requests), rebuilt(r.randoms)
	}
}

func rebuilt(index map[uint64]uint32) map[uint64]uint32 {
	smaller := make(map[uint64]uint32, len(index))
	for hash, n := range index {
		smaller[hash] = n
	}
	return smaller
}

// unlead forgets a hash unless it leads to an entry newer than n.
func unlead(index map[uint64]uint32, hash uint64, n uint32) {
	if index[hash] == n {
		delete(index, hash)
	}
}

// hashRandom need not be secret, as what the entries hold tells equal ones
// apart; the randoms of one sender never share a hash.
func hashRandom(sender UserID, random uint32) uint64 {
	// FNV-1a, then the random spread over all bits by an odd factor.
	h := uint64(14695981039346656037)
	for i := range len(sender) {
		h = (h ^ uint64(sender[i])) * 1099511628211
	}
	return h ^ uint64(random)*0x9e3779b97f4a7c15
}
