package gateway

import (
	"sync"
	"time"

	"github.com/troupe-im/troupe/protocol"
)

// queueRules is what all queues have in common; fixed after construction.
type queueRules struct {
	// frames and bytes bound what waits (spec 18.6).
	frames, bytes int
	times         ladderTimes
	// roomSkipped: so long spared numbers wait for a frame to be named by.
	roomSkipped time.Duration
	levels      levelFrames
	counts      queueCounter
}

// fits: an empty queue would let so many frames in and keep its level.
func (r *queueRules) fits(frames, bytes int) bool {
	return frames*2 < r.frames && bytes*2 < r.bytes
}

// levelFrames are the frames that tell a level and its reason.
type levelFrames [levelClosed][reasons]*protocol.Frame

func newLevelFrames() (t levelFrames) {
	for lv := range t {
		for why := range t[lv] {
			t[lv][why] = protocol.LevelChanged(level(lv).String(), reason(why).String())
		}
	}
	return t
}

// queueCounter is told what happens in queues.
type queueCounter interface {
	// step is a change of level.
	step(level, reason)
	// leftOut is a frame that was not let in, thrown out or replaced.
	leftOut(protocol.Class)
}

// keptSlots is how many slots a pooled queue may keep.
const keptSlots = 64

// queues are the queues of connections for which nothing waits.
var queues = sync.Pool{New: func() any { return new(queue) }}

func newQueue(rules *queueRules, codec protocol.Codec) *queue {
	q := queues.Get().(*queue)
	q.rules, q.codec = rules, codec
	return q
}

// release gives a spent queue back.
func (q *queue) release() {
	slots, ahead := q.slots[:0], q.urgent[:0]
	if cap(slots) > keptSlots {
		slots = nil
	}
	*q = queue{slots: slots, urgent: ahead}
	queues.Put(q)
}
