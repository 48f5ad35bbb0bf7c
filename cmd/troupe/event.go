package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func codeRow(code int32) (protocol.CodeRow, bool) { return protocol.RowOf(group.Code(code)) }

// event prints one event.
func (p *printer) event(e client.Event) error {
	line, err := flatEvent(e)
	if err == nil && !p.asJSON {
		line = []byte(plainEvent(e, line))
	}
	if err != nil {
		return err
	}
	return p.line(line)
}

// state prints connection_changed (spec 14.3).
func (p *printer) state(s client.State, cause error) error {
	var o object
	o.text("event", "connection_changed")
	o.text("state", s.String())
	if cause != nil {
		o.text("reason", cause.Error())
	}
	if !p.asJSON {
		return p.line([]byte("connection " + s.String()))
	}
	return p.line(o.bytes())
}

// flatEvent is an event as one object: its name and its fields.
func flatEvent(e client.Event) ([]byte, error) {
	var o object
	var err error
	switch {
	case e.Gap != nil:
		o.text("event", "gap")
		o.text("group_id", e.Group)
		err = o.flat(e.Gap)
	case e.Lost != nil:
		o.text("event", "detached")
		err = o.flat(e.Lost)
	default:
		name, m := chosen(e.Event, "event")
		o.text("event", name)
		if err = o.flat(m); err == nil && e.Skipped != nil {
			err = o.message("skipped", e.Skipped)
		}
	}
	return o.bytes(), err
}

// plainEvent is an event for people; flat stands in for what has no form of
// its own.
func plainEvent(e client.Event, flat []byte) string {
	if m := e.Event.GetMessage(); m != nil {
		return fmt.Sprintf("%s %s #%d %s", clock(m.GetTime()), m.GetConversation().GetId(), m.GetSeq(), said(m))
	}
	if n := e.Event.GetSystemNotice(); n != nil {
		return fmt.Sprintf("%s notice %d: group %s %s%s", clock(n.GetTime()), n.GetNoticeType(), n.GetGroupId(),
			with("by ", n.GetOperatorId()), with(" ", n.GetRemark()))
	}
	return string(flat)
}

func clock(ms int64) string { return time.UnixMilli(ms).Format("15:04:05") }

func with(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

func said(m *troupev1.Message) string {
	var parts []string
	for _, el := range m.GetElements() {
		switch v := el.GetElement().(type) {
		case *troupev1.Element_Text:
			parts = append(parts, v.Text.GetText())
		case *troupev1.Element_Face:
			parts = append(parts, fmt.Sprintf("[face %d]", v.Face.GetIndex()))
		case *troupev1.Element_Custom:
			parts = append(parts, "[custom "+v.Custom.GetData()+"]")
		case *troupev1.Element_GroupTip:
			return tip(v.GroupTip)
		}
	}
	return m.GetSenderId() + ": " + strings.Join(parts, " ")
}

func tip(t *troupev1.GroupTip) string {
	var who []string
	for _, u := range t.GetUsers() {
		who = append(who, u.GetUserId())
	}
	var what []string
	for _, c := range t.GetChanges() {
		what = append(what, c.GetField()+"="+c.GetValue())
	}
	return "* " + t.GetEvent() + with(" by ", t.GetOperatorId()) + with(": ", strings.Join(who, ", ")) +
		with(" ", strings.Join(what, " ")) + with(" ", t.GetReason())
}
