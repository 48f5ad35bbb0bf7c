package protocol

import (
	"strconv"

	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// FrameOf makes the frame of what receivers are told of a group.
//
//   - id and stream name the group; live says that its kind has no history, so
//     that numbered frames are of class live (spec 18.2).
//   - inboxSeq is the number of a [group.Notice] in its receiver's inbox; 0
//     for guests, who get it like a control frame (spec 19.11). Other frames
//     ignore it.
//
// It returns nil for a numbered event that nobody is shown.
func FrameOf(id group.ID, stream group.StreamID, live bool, f group.Frame, inboxSeq uint64) *Frame {
	switch f := f.(type) {
	case *group.Numbered:
		return numberedFrame(id, stream, live, f.Event)
	case *group.Notice:
		out := EventFrame(ClassNumbered, NoticeEvent(id, f, inboxSeq))
		out.Seq = inboxSeq
		if inboxSeq == 0 {
			out.Class = ClassControl
		}
		return out
	case *group.ApplicationChange:
		return applicationFrame(f)
	case *group.ModesChanged:
		return stateFrame("group_modes_changed", id, stream, &troupev1.Event{Event: &troupev1.Event_GroupModesChanged{
			GroupModesChanged: modesChanged(id, f)}})
	case *group.GroupMuted:
		return stateFrame("group_muted", id, stream, &troupev1.Event{Event: &troupev1.Event_GroupMuted{
			GroupMuted: &troupev1.GroupMuted{
				GroupId: string(id), Mute: mute(&f.Mute), OperatorId: proto.String(string(f.Operator))}}})
	case *group.ConversationChanged:
		// It goes with the inbox: who left is not attached to the group any more.
		return stateFrame("conversation_changed", id, 0, &troupev1.Event{Event: &troupev1.Event_ConversationChanged{
			ConversationChanged: &troupev1.ConversationChanged{
				Conversation: GroupConversation(id), Disabled: proto.Bool(f.Disabled),
				RemindType: troupev1.RemindType(f.Remind)}}})
	}
	return nil
}

func numberedFrame(id group.ID, stream group.StreamID, live bool, ev *group.Event) *Frame {
	m := EventOfNumbered(id, ev)
	if m == nil {
		return nil
	}
	out := EventFrame(ClassNumbered, MessageEvent(m))
	if live {
		out.Class = ClassLive
	}
	out.Stream, out.Seq = stream, uint64(ev.Seq)
	var sent *group.Sent
	sent, out.Discardable = ev.Body.(*group.Sent)
	if live {
		out.Priority = group.PrioritySystem
		if out.Discardable {
			out.Priority = sent.Priority
		}
	}
	return out
}

// MessageEvent is a message or tip as an event.
func MessageEvent(m *troupev1.Message) *troupev1.Event {
	return &troupev1.Event{Event: &troupev1.Event_Message{Message: m}}
}

// applicationFrame goes with the inbox of those concerned.
func applicationFrame(f *group.ApplicationChange) *Frame {
	content := &troupev1.ApplicationEvent{
		Record: Application(&f.Record, f.Direction), Direction: troupev1.Direction(f.Direction),
	}
	event := &troupev1.Event{Event: &troupev1.Event_ApplicationUpdated{ApplicationUpdated: content}}
	name := "application_updated"
	if f.Added {
		event, name = &troupev1.Event{Event: &troupev1.Event_ApplicationAdded{ApplicationAdded: content}}, "application_added"
	}
	out := EventFrame(ClassState, event)
	out.Subject = name + ":" + f.Record.ID.String()
	return out
}

func stateFrame(name string, id group.ID, stream group.StreamID, e *troupev1.Event) *Frame {
	out := EventFrame(ClassState, e)
	out.Stream, out.Subject = stream, name+":"+string(id)
	return out
}

func modesChanged(id group.ID, f *group.ModesChanged) *troupev1.GroupModesChanged {
	return &troupev1.GroupModesChanged{
		GroupId:        string(id),
		JoinOption:     troupev1.JoinOption(f.Modes.JoinOption),
		InviteMode:     troupev1.InviteMode(f.Modes.InviteMode),
		InviteeConsent: troupev1.InviteeConsent(f.Modes.InviteeConsent),
		InviteApproval: troupev1.InviteApproval(f.Modes.InviteApproval),
		OperatorId:     proto.String(string(f.Operator)),
	}
}

// RoomCounters tells a room its likes and its audience (spec 19.10). Of those
// that wait only the newest is sent.
func RoomCounters(id group.ID, stream group.StreamID, likes uint64, audience uint32) *Frame {
	out := stateFrame("room_counters", id, stream, &troupev1.Event{Event: &troupev1.Event_RoomCounters{
		RoomCounters: &troupev1.RoomCounters{GroupId: string(id), Likes: &likes, AudienceCount: &audience}}})
	out.Class = ClassHint
	return out
}

// Reasons of KickedOffline (spec 14.3).
const (
	KickedAnotherDevice  = "another_device"
	KickedTooManyDevices = "too_many_devices"
	KickedTokenExpired   = "token_expired"
	KickedByAdmin        = "by_admin"
	KickedBanned         = "banned"
	KickedTokenRevoked   = "token_revoked"
	KickedAccountDeleted = "account_deleted"
)

// KickedOffline makes the last frame of a dropped device.
func KickedOffline(reason string) *Frame {
	return EventFrame(ClassControl, &troupev1.Event{Event: &troupev1.Event_KickedOffline{
		KickedOffline: &troupev1.KickedOffline{Reason: reason}}})
}

// Lagging names the streams that were detached from a slow connection (spec
// 19.11).
func Lagging(inbox bool, groups []group.ID) *Frame {
	var streams []*troupev1.Stream
	if inbox {
		streams = append(streams, &troupev1.Stream{Inbox: true})
	}
	for _, id := range groups {
		streams = append(streams, &troupev1.Stream{GroupId: string(id)})
	}
	return EventFrame(ClassControl, &troupev1.Event{Event: &troupev1.Event_Lagging{
		Lagging: &troupev1.Lagging{Streams: streams}}})
}

// Levels and reasons of LevelChanged (spec 19.11).
const (
	LevelFull       = "full"
	LevelFolded     = "folded"
	LevelNewestOnly = "newest_only"
	LevelPull       = "pull"

	ReasonHalf      = "half"
	ReasonHigh      = "high"
	ReasonFull      = "full"
	ReasonBlocked   = "blocked"
	ReasonRecovered = "recovered"
)

// LevelChanged tells a connection its new level.
func LevelChanged(level, reason string) *Frame {
	return EventFrame(ClassControl, &troupev1.Event{Event: &troupev1.Event_LevelChanged{
		LevelChanged: &troupev1.LevelChanged{Level: level, Reason: reason}}})
}

// RoomSkipped names alone what a connection was spared of a livestream (spec
// 19.9). Its Seq is the newest number it names.
func RoomSkipped(id group.ID, stream group.StreamID, s *troupev1.Skipped) *Frame {
	out := EventFrame(ClassLive, &troupev1.Event{Event: &troupev1.Event_RoomSkipped{
		RoomSkipped: &troupev1.RoomSkipped{GroupId: string(id), Skipped: s}}})
	out.Stream, out.Seq = stream, s.GetToSeq()
	out.Subject = "room_skipped:" + strconv.FormatUint(uint64(stream), 10)
	return out
}
