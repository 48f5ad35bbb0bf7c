package gateway

import (
	"time"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// priority orders live frames for throwing out, lowest first (spec 19.11).
type priority uint8

const (
	priorityLow priority = iota
	priorityNormal
	priorityHigh
	prioritySystem
	priorities
)

// priorityOf is the priority of a live frame (spec 19.9).
func priorityOf(f *protocol.Frame) priority {
	switch f.Priority {
	case group.PriorityLow:
		return priorityLow
	case group.PriorityNormal:
		return priorityNormal
	case group.PriorityHigh:
		return priorityHigh
	}
	return prioritySystem
}

// spared names numbers of a livestream that a connection was not sent (spec 19.9).
type spared struct {
	from, to uint64
	counts   [priorities]uint64
}

// sparedBy is what is to be named when a live frame is left out: its own
// number and what it would have named itself.
func sparedBy(f *protocol.Frame) spared { return sparedFrom(protocol.AddSkipped(nil, f)) }

func sparedFrom(m *troupev1.Skipped) spared {
	return spared{
		from: m.GetFromSeq(), to: m.GetToSeq(),
		counts: [priorities]uint64{m.GetLow(), m.GetNormal(), m.GetHigh(), m.GetSystem()},
	}
}

func (s *spared) empty() bool { return s.to == 0 }

func (s *spared) merge(o spared) {
	if o.empty() {
		return
	}
	if s.empty() || o.from < s.from {
		s.from = o.from
	}
	s.to = max(s.to, o.to)
	for i := range s.counts {
		s.counts[i] += o.counts[i]
	}
}

func (s *spared) message() *troupev1.Skipped {
	return &troupev1.Skipped{
		FromSeq: s.from, ToSeq: s.to,
		Low: s.counts[priorityLow], Normal: s.counts[priorityNormal],
		High: s.counts[priorityHigh], System: s.counts[prioritySystem],
	}
}

// withSpared is the frame with what was left out before it in its envelope;
// only this connection gets it. A room_skipped says all of it itself.
func withSpared(f *protocol.Frame, s *spared) *protocol.Frame {
	all := *s
	if r := f.Message().GetEvent().GetRoomSkipped(); r != nil {
		all.merge(sparedFrom(r.GetSkipped()))
		return (&debt{spared: all, stream: f.Stream, room: r.GetGroupId()}).roomSkipped()
	}
	all.merge(sparedFrom(f.Message().GetSkipped()))
	return f.WithSkipped(all.message())
}

// roomOf is the public id of the room of a live frame.
func roomOf(f *protocol.Frame) string {
	e := f.Message().GetEvent()
	if id := e.GetRoomSkipped().GetGroupId(); id != "" {
		return id
	}
	return e.GetMessage().GetConversation().GetId()
}

// debt is what one room still has to name: no frame of the room has been let
// in since.
type debt struct {
	spared
	stream group.StreamID
	room   string
	since  time.Duration
}

// roomSkipped is the frame that pays a debt alone.
func (d *debt) roomSkipped() *protocol.Frame {
	f := protocol.NewFrame(protocol.ClassLive, &troupev1.Frame{Frame: &troupev1.Frame_Event{Event: &troupev1.Event{
		Event: &troupev1.Event_RoomSkipped{RoomSkipped: &troupev1.RoomSkipped{GroupId: d.room, Skipped: d.message()}},
	}}})
	f.Stream = d.stream
	return f
}
