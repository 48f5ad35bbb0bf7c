package naive

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/troupe-im/troupe/group"
)

// Audience is who listened before a command.
type Audience struct {
	Listeners []group.UserID
	Guests    bool
}

// Audience is who listens now: the members, and guests if there are any.
func (m *Model) Audience() Audience {
	return Audience{Listeners: m.members(), Guests: m.guestCount() > 0}
}

// Expand writes a core's effects as one delivery per receiver, carried out in
// order from the audience before the command; it returns who listens after them.
func Expand(in *group.Input, before Audience, effects []group.Effect) ([]Delivery, Audience) {
	var out []Delivery
	now := Audience{Listeners: slices.Clone(before.Listeners), Guests: before.Guests}
	last := now // before a Closed
	for _, e := range effects {
		now.Listeners = union(now.Listeners, e.Entered)
		if e.Frame != nil {
			to := receivers(e, now, last)
			text := frameText(in, e.Frame)
			for _, u := range to {
				what := text(u)
				if e.NotCaller && u == in.Caller.User {
					what += elsewhere
				}
				out = append(out, Delivery{To: u, What: what})
			}
		}
		for _, u := range e.Gone {
			now.Listeners = without(now.Listeners, u)
		}
		if e.Closed {
			last, now = now, Audience{}
		} else if len(now.Listeners) > 0 {
			last = now
		}
	}
	return out, now
}

func receivers(e group.Effect, now, last Audience) []group.UserID {
	switch e.Scope {
	case group.ToUsers:
		return union(e.Users)
	case group.ToAllMembers:
		list := slices.Clone(now.Listeners)
		if len(list) == 0 {
			list = slices.Clone(last.Listeners)
		}
		if _, ok := e.Frame.(*group.Notice); ok && now.Guests {
			list = append(list, Guests)
		}
		return list
	case group.ToGroup:
		list := slices.Clone(now.Listeners)
		if now.Guests {
			list = append(list, Guests)
		}
		return list
	}
	return []group.UserID{"(unknown scope)"}
}

// frameText writes a frame as the model would.
func frameText(in *group.Input, f group.Frame) func(group.UserID) string {
	text := ""
	switch f := f.(type) {
	case *group.Numbered:
		text = eventText(in, f.Event)
	case *group.Notice:
		text = noticeText(f)
	case *group.ApplicationChange:
		text = recordText(f.Added, &f.Record, f.Direction)
	case *group.ModesChanged:
		text = modesText(f.Modes, f.Operator)
	case *group.GroupMuted:
		text = muteText(f.Mute, f.Operator)
	case *group.ConversationChanged:
		text = conversationText(f.Disabled, f.Remind)
	default:
		text = fmt.Sprintf("unknown frame %T", f)
	}
	return func(group.UserID) string { return text }
}

func eventText(in *group.Input, e *group.Event) string {
	tip := func(t group.TipType, pairs ...any) string { return tipText(t, e.Seq, e.Operator, pairs...) }
	switch b := e.Body.(type) {
	case *group.Joined:
		var cards []string
		for _, u := range b.Users {
			cards = append(cards, cardText(u.User, u.Name, u.Role))
		}
		return tip(group.TipJoin, "users", cards, "count", b.Count, "method", b.Method)
	case *group.Left:
		return tip(group.TipQuit, "users", cardTexts(b.Users), "count", b.Count, "reason", b.Reason)
	case *group.Kicked:
		return tip(group.TipKick, "users", cardTexts(b.Users), "text", b.Reason)
	case *group.RoleChanged:
		return roleText(tip, b)
	case *group.InfoChanged:
		var texts []string
		for _, c := range b.Changes {
			texts = append(texts, changeText(c))
		}
		slices.Sort(texts)
		return tip(group.TipGroupInfo, "changes", texts)
	case *group.MembersMuted:
		var done []string
		for _, u := range b.Users {
			done = append(done, fmt.Sprintf("%s:%d", u.User, u.Seconds))
		}
		return tip(group.TipMemberInfo, "muted", done)
	case *group.MemberChanged:
		if b.NameCard != nil {
			return tip(group.TipMemberInfo, "member", b.User, "card", "["+*b.NameCard+"]", "fields", fieldsText(b.Fields))
		}
		return tip(group.TipMemberInfo, "member", b.User, "fields", fieldsText(b.Fields))
	case *group.Sent:
		return sentText(in, e, b)
	case *group.Shed:
		return shedText(e.Seq, b.Priority)
	}
	return fmt.Sprintf("numbered frame of %T", e.Body)
}

func roleText(tip func(group.TipType, ...any) string, b *group.RoleChanged) string {
	switch {
	case b.User.Role == group.Admin:
		return tip(group.TipSetAdmin, "users", cardTexts([]group.Card{b.User}))
	case b.From == group.Admin:
		return tip(group.TipUnsetAdmin, "users", cardTexts([]group.Card{b.User}))
	}
	return tip(group.TipMemberInfo, "member", b.User.User, "role", b.User.Role)
}

func sentText(in *group.Input, e *group.Event, b *group.Sent) string {
	random := strconv.FormatUint(uint64(b.Random), 10)
	if c, ok := in.Command.(group.Send); ok && !c.RandomGiven {
		random = "server's"
	}
	return messageText(e.Seq, cardText(b.Sender.User, b.Sender.Name, b.Sender.Role), random, b.Priority, b.Elements)
}

func cardTexts(list []group.Card) []string {
	var texts []string
	for _, c := range list {
		texts = append(texts, cardText(c.User, c.Name, c.Role))
	}
	return texts
}

// Outcome is what a core made of a command. Of a repeat, Result is the first
// answer, read back.
type Outcome struct {
	Reject  *group.Rejection
	Repeat  bool
	Result  group.Result
	Effects []group.Effect
}

// Diff compares a core's outcome with the prediction; empty if they agree.
// The prediction's lines are marked -, the core's +.
func Diff(in *group.Input, p *Prediction, before, after Audience, o Outcome) string {
	if p.Rejected != nil && o.Reject != nil && p.Rejected.Code == group.CodePermissionDenied && o.Reject.Code == group.CodeNotMember {
		return "" // F1, undecided
	}
	if p.Rejected != nil || o.Reject != nil {
		return cmp.Diff(p.Rejected, o.Reject)
	}
	if p.Repeat && !o.Repeat && len(o.Effects) == 0 {
		o.Repeat = true // not journalled: answered from memory
	}
	if p.Repeat != o.Repeat {
		return fmt.Sprintf("repeat: want %v, got %v", p.Repeat, o.Repeat)
	}
	var b strings.Builder
	want, res := p.Result, o.Result
	if p.Repeat {
		// The profiles shown are the present ones, filled in by the shell.
		want.Group, want.Member, res.Group, res.Member = nil, nil, nil, nil
	}
	if c, ok := in.Command.(group.Send); ok && !c.RandomGiven {
		want.Random = res.Random
	}
	if d := cmp.Diff(plain(in, want), plain(in, res), cmpopts.EquateEmpty()); d != "" {
		fmt.Fprintf(&b, "result:\n%s\n", d)
	}
	got, listening := Expand(in, before, o.Effects)
	if d := cmp.Diff(lines(p.Deliveries), lines(got)); d != "" {
		fmt.Fprintf(&b, "deliveries:\n%s\n", d)
	}
	if d := cmp.Diff(sorted(after.Listeners), sorted(listening.Listeners), cmpopts.EquateEmpty()); d != "" {
		fmt.Fprintf(&b, "who listens afterwards:\n%s\n", d)
	}
	return b.String()
}

// more stands for any cursor.
const more = "more"

// plain brings values that mean the same to one form.
func plain(in *group.Input, r group.Result) group.Result {
	fix := func(p *group.MemberProfile) {
		if p.MuteUntil <= in.Now {
			p.MuteUntil = 0
		}
		if p.Remind == 0 {
			p.Remind = group.AcceptNotify
		}
	}
	if r.Member != nil {
		p := *r.Member
		fix(&p)
		r.Member = &p
	}
	if r.Group != nil {
		g := *r.Group
		if g.Self != nil {
			p := *g.Self
			fix(&p)
			g.Self = &p
		}
		r.Group = &g
	}
	if c, ok := in.Command.(group.ListMembers); r.NextCursor != "" && ok {
		// Opaque; with a filter it may lead to an empty page.
		if r.NextCursor = more; c.Role != group.NoRole {
			r.NextCursor = ""
		}
	}
	r.Members = slices.Clone(r.Members)
	for i := range r.Members {
		fix(&r.Members[i])
	}
	return r
}

func lines(list []Delivery) []string {
	var texts []string
	for _, d := range list {
		texts = append(texts, d.String())
	}
	slices.Sort(texts)
	return texts
}

func sorted(list []group.UserID) []group.UserID {
	return slices.Sorted(slices.Values(list))
}

// Show writes a command with what is given in it.
func Show(in *group.Input) string {
	who := string(in.Caller.User)
	switch {
	case in.Caller.System:
		who = "(server)"
	case in.Caller.AppAdmin:
		who += " (app_admin)"
	}
	text := fmt.Sprintf("%d %s: %s", in.Now, who, show(reflect.ValueOf(in.Command)))
	if in.Request != 0 {
		text += fmt.Sprintf(" (request %d)", in.Request)
	}
	return text
}

// show writes a value without its zero fields.
func show(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Pointer:
		return show(v.Elem())
	case reflect.Struct:
		var parts []string
		for i := range v.NumField() {
			if !v.Field(i).IsZero() {
				parts = append(parts, v.Type().Field(i).Name+": "+show(v.Field(i)))
			}
		}
		return v.Type().Name() + "{" + strings.Join(parts, ", ") + "}"
	case reflect.Slice:
		var parts []string
		for i := range min(v.Len(), 20) {
			parts = append(parts, show(v.Index(i)))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case reflect.String:
		if v.Len() > 60 {
			return fmt.Sprintf("%q… (%d bytes)", v.String()[:20], v.Len())
		}
		return strconv.Quote(v.String())
	}
	return fmt.Sprint(v.Interface())
}

// Learn takes over what only the core can know: the tokens of new records and
// the randoms that it made.
func (m *Model) Learn(events []*group.Event) {
	for _, e := range events {
		for i := range m.facts {
			f := &m.facts[i]
			switch b := e.Body.(type) {
			case *group.Filed:
				if f.what == filed && f.record.ID == b.Record.ID {
					f.record.Authentication, f.record.MsgKey = b.Record.Authentication, b.Record.MsgKey
				}
			case *group.Sent:
				if f.what == said && f.seq == e.Seq {
					f.random = b.Random
				}
			}
		}
	}
}

// Records shows the model's records, for those who make up commands.
func (m *Model) Records() []group.Record { return m.records() }
