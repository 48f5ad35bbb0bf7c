package protocol

import (
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// EventOfNumbered shows a numbered event as its receivers see it: a message,
// or a tip (spec 10.1, 14.1). It is the same for live frames, attach and
// history. Nil for an event that has no such view.
func EventOfNumbered(id group.ID, ev *group.Event) *troupev1.Message {
	m := &troupev1.Message{
		Conversation: GroupConversation(id),
		Time:         int64(ev.Time),
		Seq:          uint64(ev.Seq),
	}
	if sent, ok := ev.Body.(*group.Sent); ok {
		m.SenderId, m.Sender, m.Random = string(sent.Sender.User), card(&sent.Sender), sent.Random
		m.Elements, m.Priority = elements(sent.Elements), troupev1.Priority(sent.Priority)
		return m
	}
	t := tip(ev)
	if t == nil {
		return nil
	}
	t.GroupId, t.GroupName = string(id), ev.GroupName
	t.Time, t.Seq = int64(ev.Time), uint64(ev.Seq)
	t.OperatorId = proto.String(string(ev.Operator))
	m.Elements = []*troupev1.Element{{Element: &troupev1.Element_GroupTip{GroupTip: t}}}
	return m
}

// GroupConversation names the conversation of a group.
func GroupConversation(id group.ID) *troupev1.Conversation {
	return &troupev1.Conversation{Type: troupev1.ConversationType_CONVERSATION_TYPE_GROUP, Id: string(id)}
}

func card(c *group.Card) *troupev1.UserCard {
	return &troupev1.UserCard{
		UserId: string(c.User), Name: c.Name, Avatar: c.Avatar, NameCard: c.NameCard, Role: troupev1.Role(c.Role),
	}
}

func cards(in []group.Card) []*troupev1.UserCard {
	out := make([]*troupev1.UserCard, len(in))
	for i := range in {
		out[i] = card(&in[i])
	}
	return out
}

func elements(in []group.Element) []*troupev1.Element {
	out := make([]*troupev1.Element, len(in))
	for i, e := range in {
		out[i] = &troupev1.Element{}
		switch e.Type {
		case group.ElementText:
			out[i].Element = &troupev1.Element_Text{Text: &troupev1.Text{Text: e.Text}}
		case group.ElementFace:
			out[i].Element = &troupev1.Element_Face{Face: &troupev1.Face{Index: e.Index, Data: e.Data}}
		case group.ElementCustom:
			out[i].Element = &troupev1.Element_Custom{Custom: &troupev1.Custom{Data: e.Data, Desc: e.Desc, Ext: e.Ext}}
		}
	}
	return out
}

// tipEvents are the names of tips by their type (spec 14.1).
var tipEvents = [...]string{
	group.TipJoin:       "member_joined",
	group.TipQuit:       "member_left",
	group.TipKick:       "member_kicked",
	group.TipSetAdmin:   "admin_set",
	group.TipUnsetAdmin: "admin_cancelled",
	group.TipGroupInfo:  "group_info_changed",
	group.TipMemberInfo: "member_info_changed",
}

// leaveReasons are the reasons of tip 2.
var leaveReasons = [...]string{
	group.LeaveOwnWill:        "leave",
	group.LeaveMoved:          "moved",
	group.LeaveDisconnected:   "disconnected",
	group.LeaveAccountDeleted: "account_deleted",
}

// fieldNames are the names of changed fields in tip 6.
var fieldNames = [...]string{
	group.FieldAvatar:       "avatar",
	group.FieldName:         "name",
	group.FieldOwner:        "owner",
	group.FieldAnnouncement: "announcement",
	group.FieldIntroduction: "introduction",
	group.FieldJoinOption:   "join_option",
	group.FieldMaxMembers:   "max_members",
	group.FieldMuteAll:      "mute_all",
	group.FieldCustomFields: "custom_fields",
}

// nameAt looks a name up; "" if there is none.
func nameAt[N ~uint8](names []string, n N) string {
	if int(n) < len(names) {
		return names[n]
	}
	return ""
}

func newTip(t group.TipType) *troupev1.GroupTip {
	return &troupev1.GroupTip{TipType: uint32(t), Event: tipEvents[t]}
}

// tip makes what is particular to each sort of tip.
func tip(ev *group.Event) *troupev1.GroupTip {
	var t *troupev1.GroupTip
	switch b := ev.Body.(type) {
	case *group.Joined:
		t = newTip(group.TipJoin)
		t.JoinMethod = troupev1.JoinMethod(b.Method)
		for i := range b.Users {
			t.Users = append(t.Users, card(&b.Users[i].Card))
		}
		t.UserCount = max(b.Count, uint32(len(b.Users)))
	case *group.Left:
		t = newTip(group.TipQuit)
		t.Reason, t.Users = nameAt(leaveReasons[:], b.Reason), cards(b.Users)
		t.UserCount = max(b.Count, uint32(len(b.Users)))
	case *group.Kicked:
		t = newTip(group.TipKick)
		t.Reason, t.Users, t.UserCount = b.Reason, cards(b.Users), uint32(len(b.Users))
	case *group.RoleChanged:
		t = roleTip(b)
	case *group.InfoChanged:
		t = newTip(group.TipGroupInfo)
		for i := range b.Changes {
			t.Changes = append(t.Changes, change(&b.Changes[i]))
		}
	case *group.MembersMuted:
		t = newTip(group.TipMemberInfo)
		for _, u := range b.Users {
			t.Members = append(t.Members, &troupev1.MemberChange{UserId: string(u.User), MuteSeconds: proto.Int64(u.Seconds)})
		}
	case *group.MemberChanged:
		t = newTip(group.TipMemberInfo)
		t.Members = []*troupev1.MemberChange{{
			UserId: string(b.User), NameCard: b.NameCard, CustomFields: changedFields(b.Fields),
		}}
	}
	return t
}

// roleTip: custom roles alone are a change of member info (spec 6.8).
func roleTip(b *group.RoleChanged) *troupev1.GroupTip {
	var t *troupev1.GroupTip
	switch {
	case b.User.Role == group.Admin:
		t = newTip(group.TipSetAdmin)
	case b.From == group.Admin:
		t = newTip(group.TipUnsetAdmin)
	default:
		t = newTip(group.TipMemberInfo)
		t.Members = []*troupev1.MemberChange{{UserId: string(b.User.User), Role: troupev1.Role(b.User.Role)}}
		return t
	}
	t.Users, t.UserCount = []*troupev1.UserCard{card(&b.User)}, 1
	return t
}

func change(c *group.Change) *troupev1.Change {
	out := &troupev1.Change{Field: nameAt(fieldNames[:], c.Field)}
	if c.Field == group.FieldCustomFields {
		out.CustomFields = changedFields(c.Fields)
	} else {
		out.Value = proto.String(c.Value)
	}
	return out
}
