package gateway

import (
	"slices"
	"time"

	"github.com/troupe-im/troupe/protocol"
)

// slot is one waiting frame, or one block of frames while nothing has to be
// left out; both are nil if it was thrown out.
type slot struct {
	frame *protocol.Frame
	block *protocol.Block
	// before names what was left out before it; nil if nothing was.
	before *spared
}

// urgent is one frame ahead of the slots.
type urgent struct {
	data []byte
	// names: the lagging frame; isLevel: level_changed.
	names, isLevel bool
}

// queue is what waits for one connection, with its level. A connection at
// level full for which nothing waits has none. It is not safe for concurrent
// use and does no I/O.
//
// Invariants: frames and bytes count the slots that are not thrown out, the
// urgent frames and what is being written (inFlight).
type queue struct {
	rules *queueRules
	codec protocol.Codec

	ladder ladder
	slots  []slot
	head   int
	blocks int // slots that hold one
	urgent []urgent
	frames int
	bytes  int
	// pull is why pull was entered; pullTold: the client was told, or will be.
	pull     reason
	pullTold bool
	debts    []debt
	// waiters are called when the queue has drained.
	waiters []func()

	flight flight
	// pong answers the newest ping; ping is to be sent; final is the close frame.
	pong, final []byte
	ping        bool
}

// flight is what is being written.
type flight struct {
	frames, bytes int
	// raw counts the bytes of WebSocket control frames, which do not wait.
	raw     int
	classes protocol.Classes
	// names: the lagging frame is among them. last: the close frame is.
	names, last bool
}

var pingFrame = []byte{0x89, 0}

func (q *queue) fill() int {
	return max(q.frames*1000/q.rules.frames, q.bytes*1000/q.rules.bytes)
}

func (q *queue) atBound() bool {
	return q.frames >= q.rules.frames || q.bytes >= q.rules.bytes
}

// waiting: frames wait or are being written.
func (q *queue) waiting() bool { return q.frames > 0 }

// spent: the connection needs no queue any more.
func (q *queue) spent() bool {
	return !q.waiting() && q.ladder.level == levelFull && len(q.debts) == 0 && len(q.waiters) == 0 &&
		q.pong == nil && !q.ping && q.final == nil
}

// push lets a frame in by its class and the level. lag: level pull was entered
// and the streams are to be detached.
func (q *queue) push(f *protocol.Frame, size int, now time.Duration) (ok, lag bool) {
	if !q.wanted(f) {
		q.leaveOut(f, now)
		return false, false
	}
	q.replaceOlder(f, len(q.slots), now)
	if q.atBound() {
		q.throwOut(now)
	}
	if q.atBound() {
		switch {
		case f.Class == protocol.ClassLive || f.Class == protocol.ClassHint:
			q.leaveOut(f, now)
			return false, false
		case f.Class == protocol.ClassAnswer && q.ladder.level == levelPull && !q.ladder.named:
			q.leaveOut(f, now)
			return false, false
		}
		q.enterPull(q.ladder.overflow(now), now)
		lag = true
		if f.Class == protocol.ClassNumbered || f.Class == protocol.ClassState {
			q.leaveOut(f, now)
			return false, lag
		}
		if f.Class == protocol.ClassControl && q.atBound() {
			// Nothing but control frames waits: there is no lower level.
			q.apply(q.ladder.end(), now)
			q.leaveOut(f, now)
			return false, false
		}
	}
	if f.Class == protocol.ClassControl {
		q.ahead(urgent{data: f.Bytes(q.codec)}, now)
	} else {
		q.append(slot{frame: f, before: q.settle(f)}, size, now)
	}
	q.apply(q.ladder.filled(now, q.fill()), now)
	return true, lag
}

// wanted is the table of spec 19.11. Numbered frames pass in pull once the
// streams are detached: what comes then was attached anew.
func (q *queue) wanted(f *protocol.Frame) bool {
	lv := q.ladder.level
	switch f.Class {
	case protocol.ClassHint:
		return lv < levelFolded
	case protocol.ClassLive:
		return lv < levelFolded || lv < levelPull && priorityOf(f) != priorityLow
	case protocol.ClassState:
		return lv < levelPull
	case protocol.ClassNumbered:
		return lv < levelPull || q.ladder.named
	case protocol.ClassAnswer:
		// Behind the lagging frame it would speak of streams that are detached.
		return !f.Attaches || lv < levelPull || q.ladder.named
	}
	return true
}

func (q *queue) append(s slot, size int, now time.Duration) {
	if !q.waiting() {
		q.ladder.wait(now)
	}
	if len(q.slots) == cap(q.slots) && q.head > len(q.slots)/2 {
		q.compact()
	}
	q.slots = append(q.slots, s)
	if s.block != nil {
		q.blocks++
		q.frames += len(s.block.Frames())
	} else {
		q.frames++
	}
	q.bytes += size
}

// pushBlock lets a block in as one, if each of its frames would be let in and
// change nothing; else it reports false and does nothing.
func (q *queue) pushBlock(b *protocol.Block, size int, now time.Duration) bool {
	frames := b.Frames()
	switch {
	case q.ladder.level != levelFull || len(q.debts) > 0:
		return false
	case b.Classes()[protocol.ClassHint] > 0 || b.Classes()[protocol.ClassControl] > 0:
		return false
	case !q.rules.fits(q.frames+len(frames), q.bytes+size):
		// It may be time for a lower level.
		return false
	case len(frames) == 1:
		q.append(slot{frame: frames[0]}, size, now)
	default:
		q.append(slot{block: b}, size, now)
	}
	return true
}

// part makes of waiting blocks the frames they hold, so that some can be left out.
func (q *queue) part() {
	if q.blocks == 0 {
		return
	}
	slots := make([]slot, 0, q.frames)
	for _, s := range q.slots[q.head:] {
		switch {
		case s.block != nil:
			for _, f := range s.block.Frames() {
				slots = append(slots, slot{frame: f})
			}
		case s.frame != nil:
			slots = append(slots, s)
		}
	}
	q.slots, q.head, q.blocks = slots, 0, 0
}

// compact moves the waiting slots to the front and forgets those thrown out.
func (q *queue) compact() {
	n := 0
	for _, s := range q.slots[q.head:] {
		if s.frame != nil || s.block != nil {
			q.slots[n] = s
			n++
		}
	}
	clear(q.slots[n:])
	q.slots, q.head = q.slots[:n], 0
}

// ahead queues a frame before all slots.
func (q *queue) ahead(u urgent, now time.Duration) {
	if !q.waiting() {
		q.ladder.wait(now)
	}
	q.urgent = append(q.urgent, u)
	q.frames++
	q.bytes += len(u.data)
}

// lagged queues the two frames of pull. Without lagging the streams stay
// attached, and what was spared is named later.
func (q *queue) lagged(lagging *protocol.Frame, now time.Duration) {
	if q.ladder.level < levelPull {
		q.enterPull(q.ladder.overflow(now), now)
	}
	if !q.pullTold || lagging == nil {
		q.pullTold = true
		q.ahead(urgent{data: q.rules.levels[levelPull][q.pull].Bytes(q.codec), isLevel: true, names: lagging == nil}, now)
	}
	if lagging != nil {
		q.debts = nil
		q.ahead(urgent{data: lagging.Bytes(q.codec), names: true}, now)
	}
	q.ladder.name()
}

// tick does what only time does; lag as in push.
func (q *queue) tick(now time.Duration) (lag bool) {
	s := q.ladder.tick(now, q.fill(), q.waiting(), q.rules.times)
	if s.changed && s.to == levelPull {
		q.enterPull(s, now)
		return true
	}
	q.apply(s, now)
	q.payDebts(now)
	return false
}

// due is when tick may next have something to do.
func (q *queue) due() (time.Duration, bool) {
	at, ok := q.ladder.due(q.waiting(), q.rules.times)
	for i := range q.debts {
		if t := q.debts[i].since + q.rules.roomSkipped; !ok || t < at {
			at, ok = t, true
		}
	}
	return at, ok
}

// apply tells the client of a change of level and folds what waits.
func (q *queue) apply(s step, now time.Duration) {
	if !s.changed {
		return
	}
	q.rules.counts.step(s.to, s.why)
	if s.to >= levelPull {
		return
	}
	q.ahead(urgent{data: q.rules.levels[s.to][s.why].Bytes(q.codec), isLevel: true}, now)
	if s.why == reasonHalf || s.why == reasonHigh {
		q.fold(now)
	}
}

// enterPull throws away everything but the control frames.
func (q *queue) enterPull(s step, now time.Duration) {
	if s.changed {
		q.pull, q.pullTold = s.why, false
		q.rules.counts.step(s.to, s.why)
	}
	q.part()
	for i := q.head; i < len(q.slots); i++ {
		q.remove(i, now)
	}
	q.compact()
	q.urgent = slices.DeleteFunc(q.urgent, func(u urgent) bool {
		// If pull was entered already, its frame stays.
		stale := s.changed && u.isLevel
		if stale {
			q.frames--
			q.bytes -= len(u.data)
		}
		return stale
	})
}

// lagging: level pull was entered, and nobody has said yet what of.
func (q *queue) lagging() bool { return q.ladder.level == levelPull && !q.ladder.named }

// slow: the sweeper is to come every tick.
func (q *queue) slow() bool { return q.ladder.level != levelFull || len(q.debts) > 0 }

// room is the number of frames that fit before the queue is half full.
func (q *queue) room() int {
	if q.bytes*2 >= q.rules.bytes {
		return 0
	}
	return max(q.rules.frames/2-q.frames, 0)
}

// drained: there is room worth waking somebody for. Waiting for an empty queue
// might be waiting for ever while others push.
func (q *queue) drained() bool { return q.fill() < fillRecovered/2 }

// end keeps of what waits what a close leaves to be sent, and puts the close
// frame behind it.
func (q *queue) end(k keep, final []byte) {
	if k != keepAll {
		q.part()
	}
	for i := q.head; i < len(q.slots) && k != keepAll; i++ {
		f := q.slots[i].frame
		if f == nil || k == keepAnswers && f.Class == protocol.ClassAnswer {
			continue
		}
		q.slots[i] = slot{}
		q.frames--
		q.bytes -= len(f.Bytes(q.codec))
	}
	if k == keepNothing {
		for _, u := range q.urgent {
			q.frames--
			q.bytes -= len(u.data)
		}
		q.urgent = q.urgent[:0]
	}
	q.debts = nil
	q.ping, q.pong = false, nil
	q.final = final
}
