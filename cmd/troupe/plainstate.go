package main

import (
	"fmt"
	"strings"
	"time"

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

// modes names those that changed.
func modes(m *troupev1.GroupModesChanged) string {
	var changed []string
	for _, f := range []struct {
		field string
		value fmt.Stringer
		zero  bool
		enum  string
	}{
		{"join_option", m.GetJoinOption(), m.GetJoinOption() == 0, "JOIN_OPTION_"},
		{"invite_mode", m.GetInviteMode(), m.GetInviteMode() == 0, "INVITE_MODE_"},
		{"invitee_consent", m.GetInviteeConsent(), m.GetInviteeConsent() == 0, "INVITEE_CONSENT_"},
		{"invite_approval", m.GetInviteApproval(), m.GetInviteApproval() == 0, "INVITE_APPROVAL_"},
	} {
		if !f.zero {
			changed = append(changed, f.field+"="+valueName(f.value, f.enum))
		}
	}
	return m.GetGroupId() + with(" ", strings.Join(changed, " ")) + with(" by ", m.GetOperatorId())
}

// valueName is an enum's value as the JSON sub-protocol writes it.
func valueName(v fmt.Stringer, enum string) string {
	return strings.ToLower(strings.TrimPrefix(v.String(), enum))
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
