package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/troupe-im/troupe/client"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// plainEvent is an event for people; flat stands in for what has no form of
// its own, as what a newer server may say.
func plainEvent(e client.Event, flat []byte) string {
	switch {
	case e.Gap != nil:
		return gap(e.Group, e.Gap)
	case e.Lost != nil:
		return "detached from " + e.Lost.GetGroupId() + with(": ", e.Lost.GetError())
	}
	switch v := e.Event.GetEvent().(type) {
	case *troupev1.Event_Message:
		m := v.Message
		return fmt.Sprintf("%s %s #%d %s%s", clock(m.GetTime()), m.GetConversation().GetId(), m.GetSeq(), said(m), spared(e.Skipped))
	case *troupev1.Event_SystemNotice:
		n := v.SystemNotice
		return fmt.Sprintf("%s notice %d: group %s %s%s", clock(n.GetTime()), n.GetNoticeType(), n.GetGroupId(),
			with("by ", n.GetOperatorId()), with(" ", n.GetRemark()))
	case *troupev1.Event_RoomSkipped:
		return v.RoomSkipped.GetGroupId() + spared(v.RoomSkipped.GetSkipped())
	case *troupev1.Event_RoomCounters:
		c := v.RoomCounters
		return fmt.Sprintf("%s likes %d, audience %d", c.GetGroupId(), c.GetLikes(), c.GetAudienceCount())
	case *troupev1.Event_ApplicationAdded:
		return application(v.ApplicationAdded.GetRecord())
	case *troupev1.Event_ApplicationUpdated:
		return application(v.ApplicationUpdated.GetRecord())
	case *troupev1.Event_GroupModesChanged:
		return modes(v.GroupModesChanged)
	case *troupev1.Event_GroupMuted:
		return v.GroupMuted.GetGroupId() + " " + muted(v.GroupMuted.GetMute()) + with(" by ", v.GroupMuted.GetOperatorId())
	case *troupev1.Event_ConversationChanged:
		return conversation(v.ConversationChanged)
	case *troupev1.Event_KickedOffline:
		return "kicked offline: " + v.KickedOffline.GetReason()
	case *troupev1.Event_Lagging:
		return "too slow, detached from " + streams(v.Lagging.GetStreams())
	case *troupev1.Event_LevelChanged:
		return fmt.Sprintf("connection at level %s: %s", v.LevelChanged.GetLevel(), v.LevelChanged.GetReason())
	}
	return string(flat)
}

// oneLine shows control characters instead of obeying them: what others write
// must neither begin a line of its own nor command the terminal.
func oneLine(s string) string {
	if !strings.ContainsFunc(s, unicode.IsControl) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsControl(r) {
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func clock(ms int64) string { return time.UnixMilli(ms).Format("15:04:05") }

func with(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

// spared names what this device was not sent (spec 19.9).
func spared(s *troupev1.Skipped) string {
	if s == nil {
		return ""
	}
	var counts []string
	for _, c := range []struct {
		n    uint64
		what string
	}{{s.GetHigh(), "high"}, {s.GetNormal(), "normal"}, {s.GetLow(), "low"}, {s.GetSystem(), "system"}} {
		if c.n > 0 {
			counts = append(counts, fmt.Sprint(c.n, " ", c.what))
		}
	}
	return fmt.Sprintf(" (skipped #%d to #%d: %s)", s.GetFromSeq(), s.GetToSeq(), strings.Join(counts, ", "))
}

func application(r *troupev1.Application) string {
	state := valueName(r.GetState(), "APPLICATION_STATE_")
	return fmt.Sprintf("%s application %s: %s to %s, %s%s", clock(r.GetUpdatedAt()), r.GetApplicationId(),
		r.GetApplicantId(), r.GetGroupId(), state, with(" by ", r.GetHandlerId()))
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
