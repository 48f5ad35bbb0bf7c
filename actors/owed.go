package actors

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
)

// roomSkippedAfter is how long, in ms, shed messages wait for a frame to be
// named by (spec 19.9).
const roomSkippedAfter = 1000

// owed is what was shed in a livestream since its newest frame: the numbers
// from, from+1, … with their priorities.
type owed struct {
	from  group.Seq
	shed  []group.Priority
	since group.Millis
}

// due is when they are named alone; 0: nothing is owed.
func (o *owed) due() group.Millis {
	if len(o.shed) == 0 {
		return 0
	}
	return o.since + roomSkippedAfter
}

// named prepares the frame of a livestream's next number: what was shed before
// is named in its envelope. What is shed itself has none and is only noted.
func (g *groupActor) named(e *group.Event, f *protocol.Frame) *protocol.Frame {
	o := &g.aud.owed
	b, shed := e.Body.(*group.Shed)
	if !shed {
		f = f.AfterShed(uint64(o.from), o.shed)
		*o = owed{}
		return f
	}
	if len(o.shed) == 0 {
		o.from, o.since = e.Seq, g.now
	}
	o.shed = append(o.shed, b.Priority)
	g.setTimer()
	return nil
}

// payOwed names alone what was shed.
func (g *groupActor) payOwed() {
	if g.aud == nil || len(g.aud.owed.shed) == 0 {
		return
	}
	o := g.aud.owed
	g.aud.owed = owed{}
	g.sys.delivery.toRoom(g, protocol.RoomShed(g.entry.id, g.stream, uint64(o.from), o.shed))
}

// spare tells who is not sent a frame, having it in an answer, what was shed
// before: its answer counts as the frame, but names nothing.
func (s *shard) spare(sub *subscription, f *protocol.Frame) {
	if skipped := f.Message().GetSkipped(); skipped != nil {
		s.push(sub.conn, protocol.RoomSkipped(sub.room.aud.group, sub.room.aud.stream, skipped))
	}
}
