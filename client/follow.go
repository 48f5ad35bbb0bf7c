package client

import (
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Numbers of tips and notices that end a membership (spec 14.1, 14.2).
const (
	tipLeft         = 2
	tipKicked       = 3
	noticeKicked    = 4
	noticeDismissed = 5
	noticeLeft      = 8
	noticeRecycled  = 11
)

// groupOfEvent is the group that an event is about; empty for the inbox's own.
func groupOfEvent(e *troupev1.Event) string {
	switch v := e.GetEvent().(type) {
	case *troupev1.Event_Message:
		if v.Message.GetConversation().GetType() == troupev1.ConversationType_CONVERSATION_TYPE_GROUP {
			return v.Message.GetConversation().GetId()
		}
	case *troupev1.Event_SystemNotice:
		return v.SystemNotice.GetGroupId()
	case *troupev1.Event_ApplicationAdded:
		return v.ApplicationAdded.GetRecord().GetGroupId()
	case *troupev1.Event_ApplicationUpdated:
		return v.ApplicationUpdated.GetRecord().GetGroupId()
	case *troupev1.Event_GroupModesChanged:
		return v.GroupModesChanged.GetGroupId()
	case *troupev1.Event_GroupMuted:
		return v.GroupMuted.GetGroupId()
	case *troupev1.Event_ConversationChanged:
		if v.ConversationChanged.GetConversation().GetType() == troupev1.ConversationType_CONVERSATION_TYPE_GROUP {
			return v.ConversationChanged.GetConversation().GetId()
		}
	case *troupev1.Event_RoomSkipped:
		return v.RoomSkipped.GetGroupId()
	case *troupev1.Event_RoomCounters:
		return v.RoomCounters.GetGroupId()
	}
	return ""
}

// follow takes from an event what it changes for the client itself. Guarded by
// Client.mu.
func (c *Client) follow(e *troupev1.Event, group string) {
	switch v := e.GetEvent().(type) {
	case *troupev1.Event_Message:
		if c.endedByTip(v.Message) {
			c.streams.remove(group)
		}
	case *troupev1.Event_SystemNotice:
		switch v.SystemNotice.GetNoticeType() {
		case noticeKicked, noticeDismissed, noticeLeft, noticeRecycled:
			// An old notice may come after a new membership: ask.
			c.recheck(group)
		}
	case *troupev1.Event_ConversationChanged:
		c.followConversation(v.ConversationChanged, group)
	case *troupev1.Event_RoomSkipped:
		if s := c.streams.get(group); s != nil {
			s.last = max(s.last, v.RoomSkipped.GetSkipped().GetToSeq())
		}
	case *troupev1.Event_Lagging:
		c.lagged = true
		signal(c.work)
	}
}

// endedByTip reports whether a message is the last of a membership: the tip
// that the user itself left or was removed.
func (c *Client) endedByTip(m *troupev1.Message) bool {
	for _, el := range m.GetElements() {
		tip := el.GetGroupTip()
		if t := tip.GetTipType(); t != tipLeft && t != tipKicked {
			continue
		}
		for _, u := range tip.GetUsers() {
			if u.GetUserId() == c.opts.User {
				return true
			}
		}
	}
	return false
}

func (c *Client) followConversation(e *troupev1.ConversationChanged, group string) {
	s := c.streams.get(group)
	if s == nil || group == inbox {
		return
	}
	if e.GetDisabled() {
		c.recheck(group)
		return
	}
	if e.GetRemindType() != troupev1.RemindType_REMIND_TYPE_UNSPECIFIED {
		s.discard = e.GetRemindType() == troupev1.RemindType_REMIND_TYPE_DISCARD
	}
}

// recheck asks the server whether the user still listens to a group.
func (c *Client) recheck(group string) {
	if group == inbox || c.opts.guest != "" || c.streams.get(group) == nil {
		return
	}
	c.streams.verify(group)
	signal(c.work)
}
