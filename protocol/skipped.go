package protocol

import (
	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// shed are the numbers from, from+1, … of a livestream, with their priorities,
// that nobody is shown.
type shed struct {
	from       uint64
	priorities []group.Priority
	// alone: the frame is room_skipped of the room named.
	alone bool
	room  group.ID
}

// AfterShed is the same frame for a room whose messages from number from on,
// up to the frame's, were shed: its envelope names them for everybody at once
// (spec 19.9). The slice must not be changed any more.
func (f *Frame) AfterShed(from uint64, priorities []group.Priority) *Frame {
	if len(priorities) == 0 {
		return f
	}
	g := f.WithSkipped(skippedOf(from, priorities))
	g.shed = &shed{from: from, priorities: priorities}
	return g
}

// RoomShed is room_skipped for a room: nothing followed what was shed.
func RoomShed(id group.ID, stream group.StreamID, from uint64, priorities []group.Priority) *Frame {
	f := RoomSkipped(id, stream, skippedOf(from, priorities))
	f.shed = &shed{from: from, priorities: priorities, alone: true, room: id}
	return f
}

// First is the lowest number that the frame brings or names to a whole room; 0
// if it has none.
func (f *Frame) First() uint64 {
	if f.shed != nil {
		return f.shed.from
	}
	return f.Seq
}

// For is the frame for a receiver that has, or was told of, everything up to
// number last, which is below the frame's: it is not told of that again.
func (f *Frame) For(last uint64) *Frame {
	if f.shed == nil || f.shed.from > last {
		return f
	}
	return f.clipped(last)
}

func (f *Frame) clipped(last uint64) *Frame {
	known := int(last + 1 - f.shed.from)
	switch left := f.shed.priorities[min(known, len(f.shed.priorities)):]; {
	case f.shed.alone:
		return RoomShed(f.shed.room, f.Stream, last+1, left)
	case len(left) == 0:
		return f.WithSkipped(nil)
	default:
		return f.WithSkipped(skippedOf(last+1, left))
	}
}

func skippedOf(from uint64, priorities []group.Priority) *troupev1.Skipped {
	s := &troupev1.Skipped{FromSeq: from, ToSeq: from + uint64(len(priorities)) - 1}
	for _, p := range priorities {
		countSkipped(s, p)
	}
	return s
}

func countSkipped(s *troupev1.Skipped, p group.Priority) {
	switch p {
	case group.PriorityLow:
		s.Low++
	case group.PriorityNormal:
		s.Normal++
	case group.PriorityHigh:
		s.High++
	default:
		s.System++
	}
}

// AddSkipped adds to what a receiver was spared, nil at first, a live frame
// that it does not get: its own number, and what it would have named.
func AddSkipped(s *troupev1.Skipped, f *Frame) *troupev1.Skipped {
	named := f.frame.GetSkipped()
	alone := f.frame.GetEvent().GetRoomSkipped()
	if alone != nil {
		named = alone.GetSkipped()
	}
	if f.Seq == 0 && named == nil {
		return s
	}
	if s == nil {
		s = &troupev1.Skipped{FromSeq: f.Seq}
		if named != nil {
			s.FromSeq = named.GetFromSeq()
		}
	}
	s.ToSeq = max(s.ToSeq, named.GetToSeq(), f.Seq)
	s.Low += named.GetLow()
	s.Normal += named.GetNormal()
	s.High += named.GetHigh()
	s.System += named.GetSystem()
	if f.Seq != 0 && alone == nil {
		countSkipped(s, f.Priority)
	}
	return s
}
