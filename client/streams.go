package client

import (
	"slices"
	"strings"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// inbox is the name of the inbox among the streams; groups have their ids.
const inbox = ""

// stream is what a client knows of one numbered sequence (spec 18.2).
type stream struct {
	name  string
	epoch string // empty: attached by "rest" and not yet asked for by name
	last  uint64 // newest number that was delivered, answered or given up
	// own holds the numbers above last that answers to own sends gave; they
	// count as frames (spec 18.4) but may overtake those of others.
	own map[uint64]bool
	// asked: an attach from last is under way; what comes before its answer
	// comes again after it.
	asked bool
	// complete: an attach was answered; the next frame may jump (remind type
	// discard) and lacks nothing.
	complete bool
	discard  bool
}

// verdict says what becomes of a frame.
type verdict uint8

const (
	deliver verdict = 1
	drop    verdict = 2
	missing verdict = 3 // numbers are missing: attach again with the last one
)

// take judges a numbered frame and, if it is delivered, moves on.
func (s *stream) take(seq uint64, skipped bool) verdict {
	if s.asked || seq <= s.last {
		return drop
	}
	for n := s.last + 1; s.own[n]; n++ {
		s.last = n
		delete(s.own, n)
	}
	if seq <= s.last {
		return drop
	}
	if seq > s.last+1 && !skipped && !s.discard && !s.complete && s.lacks(seq) {
		return missing
	}
	s.last, s.complete = seq, false
	return deliver
}

// lacks reports whether a number between last and seq is nobody's.
func (s *stream) lacks(seq uint64) bool {
	for n := s.last + 1; n < seq; n++ {
		if !s.own[n] {
			return true
		}
	}
	return false
}

// sent counts the number of an own send.
func (s *stream) sent(seq uint64) {
	switch {
	case seq <= s.last:
	case seq == s.last+1:
		s.last = seq
	default:
		if s.own == nil {
			s.own = map[uint64]bool{}
		}
		s.own[seq] = true
	}
}

// streams are those of one client, guarded by its lock.
type streams struct {
	known map[string]*stream
	// check names the streams to be attached by name as soon as possible, later
	// those that were refused, until the next tick.
	check, later []string
}

func (t *streams) get(name string) *stream { return t.known[name] }

func (t *streams) add(name string) *stream {
	if t.known == nil {
		t.known = map[string]*stream{}
	}
	s := &stream{name: name}
	t.known[name] = s
	return s
}

func (t *streams) remove(name string) { delete(t.known, name) }

// verify marks a stream to be attached by name from its last number.
func (t *streams) verify(name string) {
	if !slices.Contains(t.check, name) {
		t.check = append(t.check, name)
	}
}

// from is the part of an attach that names a stream.
func (s *stream) from() *troupev1.GroupFrom {
	g := &troupev1.GroupFrom{GroupId: s.name}
	if s.epoch != "" {
		last := s.last
		g.LastSeq, g.Epoch = &last, s.epoch
	}
	return g
}

// resume makes the calls that attach what is known and the groups named
// besides, at most limit groups each.
func (t *streams) resume(mode AttachMode, more []string, limit int) []*troupev1.Attach {
	var groups []*troupev1.GroupFrom
	first := &troupev1.Attach{}
	for _, s := range t.known {
		if s.name != inbox {
			groups = append(groups, s.from())
		}
	}
	for _, name := range more {
		if t.known[name] == nil {
			groups = append(groups, &troupev1.GroupFrom{GroupId: name})
		}
	}
	slices.SortFunc(groups, func(a, b *troupev1.GroupFrom) int { return strings.Compare(a.GroupId, b.GroupId) })
	if mode != AttachManual || t.known[inbox] != nil {
		first.Inbox = t.inboxFrom()
	}
	if mode == AttachLive {
		first.Rest = troupev1.Rest_REST_LIVE
	}
	return split(first, groups, limit)
}

func (t *streams) inboxFrom() *troupev1.InboxFrom {
	from := &troupev1.InboxFrom{}
	if s := t.known[inbox]; s != nil && s.epoch != "" {
		last := s.last
		from.LastSeq, from.Epoch = &last, s.epoch
	}
	return from
}

// split spreads groups over calls. The rest comes with the last one, so that
// it attaches only what none of them names.
func split(a *troupev1.Attach, groups []*troupev1.GroupFrom, limit int) []*troupev1.Attach {
	rest := a.Rest
	a.Rest = troupev1.Rest_REST_NONE
	calls := []*troupev1.Attach{a}
	for chunk := range slices.Chunk(groups, limit) {
		last := calls[len(calls)-1]
		if len(last.Groups) > 0 {
			last = &troupev1.Attach{}
			calls = append(calls, last)
		}
		last.Groups = chunk
	}
	calls[len(calls)-1].Rest = rest
	if len(calls) == 1 && a.Inbox == nil && len(a.Groups) == 0 && rest == troupev1.Rest_REST_NONE {
		return nil
	}
	return calls
}
