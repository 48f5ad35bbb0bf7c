package gateway

import (
	"time"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
)

// What is left out of a queue, and what is said of it (spec 19.11).

// throwOut makes room: hints, then live frames of low, normal, high and system
// priority, the oldest first.
func (q *queue) throwOut(now time.Duration) {
	q.part()
	for i := q.head; i < len(q.slots) && q.atBound(); i++ {
		if f := q.slots[i].frame; f != nil && f.Class == protocol.ClassHint {
			q.remove(i, now)
		}
	}
	for p := range priorities {
		for i := q.head; i < len(q.slots) && q.atBound(); i++ {
			if f := q.slots[i].frame; f != nil && f.Class == protocol.ClassLive && priorityOf(f) == p {
				q.remove(i, now)
			}
		}
	}
}

// fold applies the present level to what waits already.
func (q *queue) fold(now time.Duration) {
	q.part()
	for i := len(q.slots) - 1; i >= q.head; i-- {
		f := q.slots[i].frame
		if f == nil {
			continue
		}
		if !q.wanted(f) {
			q.remove(i, now)
			continue
		}
		q.replaceOlder(f, i, now)
	}
}

// replaceOlder removes from the slots before end what f makes obsolete at the
// present level. The newer one does not take the older one's place, as it must
// not overtake what stands between (spec 18.2).
func (q *queue) replaceOlder(f *protocol.Frame, end int, now time.Duration) {
	if !q.replaces(f) {
		return
	}
	for i := q.head; i < end; i++ {
		old := q.slots[i].frame
		if old == nil || old.Class != f.Class {
			continue
		}
		if f.Class == protocol.ClassLive && old.Stream == f.Stream || f.Class != protocol.ClassLive && old.Subject == f.Subject {
			q.remove(i, now)
		}
	}
}

// replaces: at the present level f may stand for older ones.
func (q *queue) replaces(f *protocol.Frame) bool {
	switch f.Class {
	case protocol.ClassHint:
		return f.Subject != ""
	case protocol.ClassState:
		return f.Subject != "" && q.ladder.level >= levelFolded
	case protocol.ClassLive:
		return q.ladder.level >= levelNewestOnly
	}
	return false
}

// remove throws a waiting frame out. A live one is named by the next waiting
// frame of its room, or later.
func (q *queue) remove(i int, now time.Duration) {
	s := q.slots[i]
	if s.frame == nil {
		return
	}
	q.slots[i] = slot{}
	q.frames--
	q.bytes -= len(s.frame.Bytes(q.codec))
	q.rules.counts.leftOut(s.frame.Class)
	if s.frame.Class != protocol.ClassLive {
		return
	}
	lost := sparedBy(s.frame)
	if s.before != nil {
		lost.merge(*s.before)
	}
	q.owe(s.frame, lost, i+1, now)
}

// leaveOut notes that a newcomer was not let in.
func (q *queue) leaveOut(f *protocol.Frame, now time.Duration) {
	q.rules.counts.leftOut(f.Class)
	if f.Class == protocol.ClassLive {
		q.owe(f, sparedBy(f), len(q.slots), now)
	}
}

// owe has lost named by the first frame of f's room from slot start on, or by
// the room's next frame.
func (q *queue) owe(f *protocol.Frame, lost spared, start int, now time.Duration) {
	if lost.empty() {
		return
	}
	for i := start; i < len(q.slots); i++ {
		s := &q.slots[i]
		if s.frame == nil || s.frame.Class != protocol.ClassLive || s.frame.Stream != f.Stream {
			continue
		}
		if s.before == nil {
			s.before = new(spared)
		}
		s.before.merge(lost)
		return
	}
	d := q.debtOf(f.Stream, roomOf(f), now)
	d.merge(lost)
}

// debtOf finds or makes the debt of a room.
func (q *queue) debtOf(stream group.StreamID, room string, now time.Duration) *debt {
	for i := range q.debts {
		if q.debts[i].stream == stream {
			return &q.debts[i]
		}
	}
	q.debts = append(q.debts, debt{stream: stream, room: room, since: now})
	return &q.debts[len(q.debts)-1]
}

// settle takes what a room owes, to be named by its frame f; nil if nothing.
func (q *queue) settle(f *protocol.Frame) *spared {
	if f.Class != protocol.ClassLive {
		return nil
	}
	for i := range q.debts {
		if q.debts[i].stream == f.Stream {
			s := q.debts[i].spared
			q.debts = append(q.debts[:i], q.debts[i+1:]...)
			return &s
		}
	}
	return nil
}

// payDebts names alone what no frame has named for too long (spec 19.9).
func (q *queue) payDebts(now time.Duration) {
	if q.ladder.level >= levelPull {
		return
	}
	kept := q.debts[:0]
	for _, d := range q.debts {
		if now-d.since < q.rules.roomSkipped || q.atBound() {
			kept = append(kept, d)
			continue
		}
		f := d.roomSkipped()
		q.append(slot{frame: f}, len(f.Bytes(q.codec)), now)
	}
	q.debts = kept
}
