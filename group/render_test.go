package group_test

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/troupe-im/troupe/group"
)

// render shows a decision as lines of text: the answer, then what is told to
// whom, in order. What is random (message randoms, tokens) is left out.
func render(d *group.Decision) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, "  "+format+"\n", args...) }
	switch {
	case d.Reject != nil:
		line("rejected %s", renderReject(d.Reject))
		return b.String()
	case d.Repeat != nil:
		line("repeat of position %d seq %d%s", d.Repeat.Position, d.Repeat.Seq, map[bool]string{true: " by random"}[d.Repeat.Random])
		return b.String()
	}
	line("%s", renderResult(&d.Result))
	for i := range d.Effects {
		line("%s", renderEffect(&d.Effects[i]))
	}
	for _, e := range d.Events {
		if e.Seq == 0 {
			line("stored %s", strings.TrimPrefix(fmt.Sprintf("%T", e.Body), "*group."))
		}
	}
	return b.String()
}

// fields joins what is not empty.
type fields []string

func (f *fields) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

func (f *fields) text(name, value string) {
	if value != "" {
		f.add("%s=%s", name, value)
	}
}

func (f *fields) number(name string, value int64) {
	if value != 0 {
		f.add("%s=%d", name, value)
	}
}

func (f fields) String() string { return strings.Join(f, " ") }

func renderReject(r *group.Rejection) string {
	f := fields{r.Code.String()}
	f.text("field", r.Field)
	f.text("scope", r.MuteScope)
	f.text("until", moment(r.Until))
	return f.String()
}

// moment shows a time as the time passed since the world's start.
func moment(t group.Millis) string {
	switch t {
	case 0:
		return ""
	case group.NoEnd:
		return "no-end"
	}
	ms := int64(t - start)
	if ms%1000 == 0 {
		return fmt.Sprintf("%ds", ms/1000)
	}
	return fmt.Sprintf("%dms", ms)
}

func renderResult(r *group.Result) string {
	f := fields{r.Code.String()}
	f.text("outcome", r.Outcome.String())
	for _, u := range r.Users {
		f.add("%s:%s", u.User, u.Status)
		if u.Code != 0 {
			f[len(f)-1] += "(" + u.Code.String() + ")"
		}
	}
	f.number("seq", int64(r.Seq))
	f.number("receivers", int64(r.Receivers))
	if g := r.Group; g != nil {
		f.add("group[%s]", renderProfile(g))
	}
	if m := r.Member; m != nil {
		f.add("member[%s]", renderMember(m))
	}
	if m := r.Modes; m != nil {
		f.add("modes[%s]", renderModes(m))
	}
	if m := r.Mute; m != nil {
		f.add("mute[%s]", renderMute(m))
	}
	for i := range r.Members {
		f.add("[%s]", renderMember(&r.Members[i]))
	}
	f.number("total", int64(r.Total))
	f.text("cursor", r.NextCursor)
	if h := r.History; h != nil {
		f.add("stored=%v member=%v from=%d to=%d", h.Stored, h.Member, h.From, h.To)
	}
	return f.String()
}

func renderProfile(p *group.Profile) string {
	var f fields
	f.add("%d", p.MemberCount)
	f.text("owner", string(p.Owner))
	f.number("audience", int64(p.AudienceCount))
	if p.Self != nil {
		f.add("self=%s", p.Self.Role)
	}
	if p.Public {
		f.add("public")
	}
	return f.String()
}

func renderMember(m *group.MemberProfile) string {
	f := fields{string(m.User), m.Role.String()}
	f.text("muted", moment(m.MuteUntil))
	f.text("card", m.NameCard)
	for _, p := range m.CustomFields {
		f.add("%s=%s", p.Key, p.Value)
	}
	if m.Remind != group.AcceptNotify {
		f.add("%s", m.Remind)
	}
	return f.String()
}

func renderModes(m *group.Modes) string {
	return fmt.Sprintf("%s %s %s %s", m.JoinOption, m.InviteMode, m.InviteeConsent, m.InviteApproval)
}

func renderMute(m *group.Mute) string {
	f := fields{m.Mode.String()}
	for _, r := range m.Roles {
		f.add("%s", r)
	}
	f.text("until", moment(m.ExpiresAt))
	return f.String()
}

func renderEffect(e *group.Effect) string {
	f := fields{renderFrame(e.Frame), "->"}
	switch {
	case e.Scope == group.ToUsers:
		f.add("%s", join(e.Users))
	case e.Scope == group.ToAllMembers:
		f.add("all members")
	default:
		f.add("group")
	}
	if e.NotCaller {
		f.add("but the caller")
	}
	for _, u := range e.Entered {
		f.add("+%s", u)
	}
	for _, u := range e.Gone {
		f.add("-%s", u)
	}
	if e.Closed {
		f.add("closed")
	}
	if e.Remind != nil {
		f.add("remind %s %s", e.Remind.User, e.Remind.Remind)
	}
	return f.String()
}

func join(users []group.UserID) string {
	list := make([]string, len(users))
	for i, u := range users {
		list[i] = string(u)
	}
	return strings.Join(list, ",")
}

func renderFrame(frame group.Frame) string {
	switch v := frame.(type) {
	case nil:
		return "listeners"
	case *group.Numbered:
		return renderNumbered(v.Event)
	case *group.Notice:
		return renderNotice(v)
	case *group.ApplicationChange:
		return renderApplication(v)
	case *group.ModesChanged:
		return fmt.Sprintf("group_modes_changed by %s [%s]", v.Operator, renderModes(&v.Modes))
	case *group.GroupMuted:
		return fmt.Sprintf("group_muted by %s [%s]", v.Operator, renderMute(&v.Mute))
	case *group.ConversationChanged:
		f := fields{"conversation_changed"}
		if v.Disabled {
			f.add("disabled")
		}
		f.text("remind", v.Remind.String())
		return f.String()
	}
	return fmt.Sprintf("%T", frame)
}

func renderApplication(a *group.ApplicationChange) string {
	r := &a.Record
	name := "application_updated"
	if a.Added {
		name = "application_added"
	}
	f := fields{name, r.ID.String(), r.State.String()}
	f.text("close", r.CloseReason.String())
	f.add("of %s", r.Applicant)
	if r.Inviter != "" {
		f.add("by %s", r.Inviter)
	}
	f.text("handler", string(r.Handler))
	f.text("handled", quote(r.HandleMessage))
	f.text("message", quote(r.Message))
	if r.Authentication != "" {
		f.add("+auth")
	}
	f.add("as %s", a.Direction)
	return f.String()
}

func renderNotice(n *group.Notice) string {
	f := fields{fmt.Sprintf("notice %d", n.Type)}
	f.text("operator", string(n.Operator))
	f.text("inviter", string(n.Inviter))
	f.text("remark", quote(n.Remark))
	f.text("field", quote(n.UserDefinedField))
	if n.NeedsConsent != nil {
		f.add("needs_consent=%v", *n.NeedsConsent)
	}
	f.number("application", int64(n.Application))
	if n.Authentication != "" {
		f.add("+auth")
	}
	f.text("content", quote(string(n.Content)))
	return f.String()
}

func quote(s string) string {
	if s == "" {
		return ""
	}
	return strconv.Quote(s)
}

func cards(list []group.Card) string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = string(c.User)
		if c.Role != group.Member {
			out[i] += ":" + c.Role.String()
		}
	}
	return strings.Join(out, ",")
}

func renderNumbered(e *group.Event) string {
	f := fields{fmt.Sprintf("#%d", e.Seq)}
	if tip := e.TipEvent(); tip != "" {
		f.add("%s", tip)
		if e.Operator != "" {
			f.add("by %s", e.Operator)
		}
	}
	switch b := e.Body.(type) {
	case *group.Sent:
		f.add("message from %s", cards([]group.Card{b.Sender}))
		for _, el := range b.Elements {
			f.add("%s %q", el.Type, el.Text+el.Data)
		}
	case *group.Joined:
		list := make([]group.Card, len(b.Users))
		for i := range b.Users {
			list[i] = b.Users[i].Card
		}
		f.add("%s %s count=%d", cards(list), b.Method, b.Count)
	case *group.Left:
		f.add("%s %s count=%d", cards(b.Users), b.Reason, b.Count)
	case *group.Kicked:
		f.add("%s", cards(b.Users))
		f.text("reason", quote(b.Reason))
	case *group.RoleChanged:
		f.add("%s from %s", cards([]group.Card{b.User}), b.From)
	case *group.InfoChanged:
		for _, c := range b.Changes {
			f.add("%s=%q", c.Field, c.Value)
			f = append(f, renderFields(c.Fields)...)
		}
	case *group.MembersMuted:
		for _, u := range b.Users {
			f.add("%s muted %ds", u.User, u.Seconds)
		}
	case *group.MemberChanged:
		f.add("%s", b.User)
		if b.NameCard != nil {
			f.add("card=%q", *b.NameCard)
		}
		f = append(f, renderFields(b.Fields)...)
	}
	return f.String()
}

func renderFields(list []group.CustomField) fields {
	var f fields
	for _, c := range list {
		if c.Value == nil {
			f.add("-%s", c.Key)
		} else {
			f.add("%s=%s", c.Key, *c.Value)
		}
	}
	return f
}
