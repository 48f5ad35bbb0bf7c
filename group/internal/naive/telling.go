package naive

import (
	"fmt"
	"slices"
	"strings"

	"github.com/troupe-im/troupe/group"
)

// Guests stands for all guest connections of a livestream as one receiver.
const Guests group.UserID = "(guests)"

// Delivery is one frame as one receiver gets it, on all devices.
type Delivery struct {
	To   group.UserID
	What string
}

// String gives the line that differences are shown in.
func (d Delivery) String() string { return string(d.To) + " ← " + d.What }

// describe writes a frame as one line: a title and its named values; values
// that are zero or empty are left out.
func describe(title string, pairs ...any) string {
	var b strings.Builder
	b.WriteString(title)
	for i := 0; i+1 < len(pairs); i += 2 {
		text := fmt.Sprint(pairs[i+1])
		switch text {
		case "", "0", "false", "[]", "map[]", "<nil>":
			continue
		}
		fmt.Fprintf(&b, " %v=%s", pairs[i], text)
	}
	return b.String()
}

func cardText(u group.UserID, name string, r group.Role) string {
	return fmt.Sprintf("%s(%s,%d)", u, name, r)
}

func tipText(t group.TipType, seq group.Seq, operator group.UserID, pairs ...any) string {
	return describe(fmt.Sprintf("tip %d", t), append([]any{"seq", seq, "operator", operator}, pairs...)...)
}

// elsewhere marks a frame that the calling connection itself does not get.
const elsewhere = " (not on the calling connection)"

func messageText(seq group.Seq, sender, random string, p group.Priority, elements []group.Element) string {
	return describe("message", "seq", seq, "sender", sender, "random", random, "priority", p, "elements", fmt.Sprintf("%+v", elements))
}

// shedText stands for what receivers are told of a shed message.
func shedText(seq group.Seq, p group.Priority) string {
	return describe("shed", "seq", seq, "priority", p)
}

// noticeText shows what spec 14.2 promises; authentication and msg_key are the
// server's own and only their presence is shown.
func noticeText(n *group.Notice) string {
	consent := "no word"
	if n.NeedsConsent != nil {
		consent = fmt.Sprint(*n.NeedsConsent)
	}
	token := ""
	if n.Type == group.NoticeJoinRequest {
		token = fmt.Sprint(n.Authentication != "" && n.MsgKey != "")
	}
	return describe(fmt.Sprintf("notice %d", n.Type), "operator", n.Operator, "inviter", n.Inviter,
		"group", n.GroupName, "remark", n.Remark, "time", n.Time, "field", n.UserDefinedField,
		"consent", consent, "application", uint64(n.Application), "content", string(n.Content), "token", token)
}

func recordText(added bool, r *group.Record, d group.Direction) string {
	title := "application_updated"
	if added {
		title = "application_added"
	}
	return describe(title, "direction", d, "id", uint64(r.ID), "type", r.Type, "applicant", r.Applicant,
		"inviter", r.Inviter, "inviter role", r.InviterRole, "explicit", r.Explicit, "message", r.Message,
		"field", r.UserDefinedField, "state", r.State, "closed", r.CloseReason, "handler", r.Handler,
		"handled", r.HandleMessage, "created", r.CreatedAt, "updated", r.UpdatedAt, "expires", r.ExpiresAt)
}

func modesText(m group.Modes, operator group.UserID) string {
	return describe("group_modes_changed", "operator", operator, "modes", m)
}

func muteText(m group.Mute, operator group.UserID) string {
	return describe("group_muted", "operator", operator, "mode", m.Mode, "roles", m.Roles, "expires", m.ExpiresAt)
}

func conversationText(disabled bool, r group.RemindType) string {
	if disabled {
		return "conversation_changed disabled"
	}
	if r == 0 {
		r = group.AcceptNotify
	}
	return describe("conversation_changed", "remind", r)
}

func changeText(c group.Change) string {
	if c.Field == group.FieldCustomFields {
		return fmt.Sprintf("%d:%s", c.Field, fieldsText(c.Fields))
	}
	return fmt.Sprintf("%d:%q", c.Field, c.Value)
}

func fieldsText(list []group.CustomField) string {
	var parts []string
	for _, f := range list {
		if f.Value == nil {
			parts = append(parts, "-"+f.Key)
		} else {
			parts = append(parts, f.Key+"="+*f.Value)
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

// tell gives a frame to users, each once.
func (m *Model) tell(text string, users ...group.UserID) {
	for _, u := range union(users) {
		m.out = append(m.out, Delivery{To: u, What: text})
	}
}

// tellAll gives a frame to all members, to others named besides, and to guests.
func (m *Model) tellAll(text string, besides ...group.UserID) {
	m.tell(text, union(m.members(), besides)...)
	if m.guestCount() > 0 {
		m.tell(text, Guests)
	}
}

// tip takes the next number and tells a tip to all members and those besides.
func (m *Model) tip(besides []group.UserID, t group.TipType, operator group.UserID, pairs ...any) {
	kept := m.policy.MemberTips != "off"
	if t >= group.TipGroupInfo {
		kept = m.policy.ProfileTips
	}
	if !kept {
		return
	}
	m.note(fact{what: number})
	m.tellAll(tipText(t, m.lastSeq(), operator, pairs...), besides...)
}

// notice tells users a system notice.
func (m *Model) notice(n group.Notice, users ...group.UserID) {
	n.Time, n.GroupName = m.now, m.settings().Name
	m.tell(noticeText(&n), users...)
}

// conversation tells users of their conversation (spec 10.6); livestreams have none.
func (m *Model) conversation(disabled bool, users ...group.UserID) {
	if m.policy.Connected {
		return
	}
	for _, u := range users {
		m.tell(conversationText(disabled, m.remind(u)), u)
	}
}

// card shows a user as it is now.
func (m *Model) card(u group.UserID) string { return cardText(u, m.nameOf(u), m.role(u)) }

func (m *Model) cards(users []group.UserID) []string {
	var list []string
	for _, u := range users {
		list = append(list, m.card(u))
	}
	return list
}

// nameOf is the user's profile name: as stamped of the caller and of those that
// the command names.
func (m *Model) nameOf(u group.UserID) string {
	if u == m.in.Caller.User {
		return m.in.Caller.Name
	}
	return m.in.Fact(u).Name
}

func (m *Model) avatarOf(u group.UserID) string {
	if u == m.in.Caller.User {
		return m.in.Caller.Avatar
	}
	return m.in.Fact(u).Avatar
}

// factOf is a fact about a user as it is now.
func (m *Model) factOf(w what, u group.UserID) fact {
	return fact{what: w, user: u, name: m.nameOf(u), avatar: m.avatarOf(u), role: m.role(u)}
}
