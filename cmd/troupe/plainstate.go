package main

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// inbox is what the stream is called that belongs to no group.
const inbox = "the inbox"

func gap(group string, g *troupev1.Gap) string {
	if group == "" {
		group = inbox
	}
	if g.GetReset_() {
		return group + " begins anew: numbers kept are void"
	}
	return fmt.Sprintf("%s #%d to #%d were not sent", group, g.GetFrom(), g.GetTo())
}

func streams(of []*troupev1.Stream) string {
	var names []string
	for _, s := range of {
		if s.GetInbox() {
			names = append(names, inbox)
			continue
		}
		names = append(names, s.GetGroupId())
	}
	return strings.Join(names, ", ")
}

// enum is a value of one of the schema's enums.
type enum interface {
	fmt.Stringer
	Number() protoreflect.EnumNumber
}

// modes names those that changed.
func modes(m *troupev1.GroupModesChanged) string {
	var changed []string
	for _, f := range []struct {
		field  string
		value  enum
		prefix string
	}{
		{"join_option", m.GetJoinOption(), "JOIN_OPTION_"},
		{"invite_mode", m.GetInviteMode(), "INVITE_MODE_"},
		{"invitee_consent", m.GetInviteeConsent(), "INVITEE_CONSENT_"},
		{"invite_approval", m.GetInviteApproval(), "INVITE_APPROVAL_"},
	} {
		if f.value.Number() != 0 {
			changed = append(changed, f.field+"="+valueName(f.value, f.prefix))
		}
	}
	return m.GetGroupId() + with(" ", strings.Join(changed, " ")) + with(" by ", m.GetOperatorId())
}

// valueName is an enum's value as the JSON sub-protocol writes it.
func valueName(v enum, prefix string) string {
	return strings.ToLower(strings.TrimPrefix(v.String(), prefix))
}

// muted says who may not speak, and for how long.
func muted(m *troupev1.Mute) string {
	until := m.GetExpiresAt()
	if m.GetMode() == troupev1.MuteMode_MUTE_MODE_NONE || m.ExpiresAt != nil && until == 0 {
		return "is not muted"
	}
	s := "is muted for " + valueName(m.GetMode(), "MUTE_MODE_") + " members"
	if len(m.GetRoles()) > 0 {
		s = "is muted for roles " + strings.Trim(fmt.Sprint(m.GetRoles()), "[]")
	}
	if until > 0 {
		s += " until " + time.UnixMilli(until).Format(time.DateTime)
	}
	return s
}

func conversation(c *troupev1.ConversationChanged) string {
	s := "conversation " + c.GetConversation().GetId()
	if c.Disabled != nil {
		state := " enabled"
		if c.GetDisabled() {
			state = " disabled"
		}
		s += state
	}
	if r := c.GetRemindType(); r != 0 {
		s += " remind_type=" + valueName(r, "REMIND_TYPE_")
	}
	return s
}
