package protocol

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// groupFields are the fields of a group profile that can be asked for (spec
// 6.11). group_id is always there.
var groupFields = []string{
	"group_id", "kind", "name", "introduction", "announcement", "avatar", "create_time", "owner_id",
	"last_info_time", "last_message_time", "next_seq", "member_count", "max_members", "join_option",
	"mute_all", "mute", "invite_mode", "invitee_consent", "invite_approval", "custom_fields",
	"audience_count", "likes", "topics", "self", "last_message",
}

// joinedFields are what list_joined_groups answers without being asked.
var joinedFields = []string{"kind", "name", "avatar", "last_message", "last_message_time", "self"}

// memberFields are the fields of a member that can be asked for (spec 6.12).
// user_id is always there.
var memberFields = []string{
	"user_id", "name", "avatar", "role", "join_time", "last_send_time", "mute_until", "name_card", "custom_fields",
}

func checkGroupFields(field string, names []string) *Error {
	return checkNames(field, names, groupFields)
}

func checkMemberFields(field string, names []string) *Error {
	return checkNames(field, names, memberFields)
}

func checkNames(field string, names, known []string) *Error {
	for _, name := range names {
		if !slices.Contains(known, name) {
			return InvalidParameter(field, "unknown field name")
		}
	}
	return nil
}

// JoinedGroupFields returns the fields that list_joined_groups answers: the
// default ones and those asked for (spec 6.11).
func JoinedGroupFields(asked []string) []string {
	return append(slices.Clone(joinedFields), asked...)
}

// wants reports whether a field is to be shown; without names all are.
func wants(fields []string, name string) bool {
	return len(fields) == 0 || slices.Contains(fields, name)
}

// GroupProfile translates a profile with the fields named; without names, all.
// What the reader may not see (p.Public) is left out, whatever is named.
// Unread counts, last messages and members are the caller's to add.
func GroupProfile(p *group.Profile, fields []string) *troupev1.GroupProfile {
	if p == nil {
		return nil
	}
	s := &p.Settings
	out := &troupev1.GroupProfile{GroupId: string(p.Group)}
	show := func(name string, set func()) {
		if wants(fields, name) {
			set()
		}
	}
	show("kind", func() { out.Kind = troupev1.Kind(p.Kind) })
	show("name", func() { out.Name = proto.String(s.Name) })
	show("introduction", func() { out.Introduction = proto.String(s.Introduction) })
	show("announcement", func() { out.Announcement = proto.String(s.Announcement) })
	show("avatar", func() { out.Avatar = proto.String(s.Avatar) })
	show("create_time", func() { out.CreateTime = millis(p.CreateTime) })
	show("owner_id", func() { out.OwnerId = proto.String(string(p.Owner)) })
	show("last_info_time", func() { out.LastInfoTime = millis(p.LastInfoTime) })
	show("last_message_time", func() { out.LastMessageTime = millis(p.LastMessage) })
	show("next_seq", func() { out.NextSeq = proto.Uint64(uint64(p.NextSeq)) })
	show("member_count", func() { out.MemberCount = proto.Uint32(p.MemberCount) })
	show("max_members", func() { out.MaxMembers = proto.Uint32(s.MaxMembers) })
	show("join_option", func() { out.JoinOption = troupev1.JoinOption(s.Modes.JoinOption) })
	show("mute_all", func() { out.MuteAll = proto.Bool(muteAll(s.Mute.Mode)) })
	show("invite_mode", func() { out.InviteMode = troupev1.InviteMode(s.Modes.InviteMode) })
	show("invitee_consent", func() { out.InviteeConsent = troupev1.InviteeConsent(s.Modes.InviteeConsent) })
	show("invite_approval", func() { out.InviteApproval = troupev1.InviteApproval(s.Modes.InviteApproval) })
	show("self", func() { out.Self = selfProfile(p.Self) })
	if p.Kind == group.Livestream {
		show("audience_count", func() { out.AudienceCount = proto.Uint32(p.AudienceCount) })
		show("likes", func() { out.Likes = proto.Uint64(p.Likes) })
	}
	if p.Kind == group.Community {
		show("topics", func() { out.Topics = proto.Bool(s.Topics) })
	}
	if !p.Public {
		show("mute", func() { out.Mute = mute(&s.Mute) })
		show("custom_fields", func() { out.CustomFields = pairs(s.CustomFields, nil) })
	}
	return out
}

// GroupEntry is the entry of one id in get_group_profiles: the profile of a
// result, with the custom fields named by the filter and, if asked for, the
// first members.
func GroupEntry(req *troupev1.GetGroupProfiles, id string, res *group.Result) *troupev1.GroupEntry {
	out := &troupev1.GroupEntry{GroupId: id, Code: proto.Int32(0), Group: GroupProfile(res.Group, req.GetFields())}
	if p := res.Group; p != nil && !p.Public && wants(req.GetFields(), "custom_fields") {
		out.Group.CustomFields = pairs(p.Settings.CustomFields, req.GetCustomFieldFilter())
	}
	if len(req.GetMemberFields()) > 0 && out.Group != nil {
		out.Group.Members = members(res.Members, req.GetMemberFields(), nil)
	}
	return out
}

// SearchEntry is the entry of one id in search_group.
func SearchEntry(req *troupev1.SearchGroup, id string, res *group.Result) *troupev1.GroupEntry {
	return &troupev1.GroupEntry{GroupId: id, Code: proto.Int32(0), Group: GroupProfile(res.Group, req.GetFields())}
}

// FailedEntry is the entry of an id that could not be answered.
func FailedEntry(id string, e *Error) *troupev1.GroupEntry {
	return &troupev1.GroupEntry{GroupId: id, Code: proto.Int32(int32(e.Code)), Error: e.Name}
}

// MemberProfile translates a member with the fields named (without names,
// all) and of its custom fields those of the filter (without one, all). The
// remind type is nobody else's business: see GroupProfile's self.
func MemberProfile(m *group.MemberProfile, fields, customFieldFilter []string) *troupev1.MemberProfile {
	if m == nil {
		return nil
	}
	out := &troupev1.MemberProfile{UserId: string(m.User)}
	show := func(name string, set func()) {
		if wants(fields, name) {
			set()
		}
	}
	show("name", func() { out.Name = m.Name })
	show("avatar", func() { out.Avatar = m.Avatar })
	show("role", func() { out.Role = troupev1.Role(m.Role) })
	show("join_time", func() { out.JoinTime = millis(m.JoinTime) })
	show("last_send_time", func() { out.LastSendTime = millis(m.LastSendTime) })
	show("mute_until", func() { out.MuteUntil = millis(m.MuteUntil) })
	show("name_card", func() { out.NameCard = m.NameCard })
	show("custom_fields", func() { out.CustomFields = pairs(m.CustomFields, customFieldFilter) })
	return out
}

func members(in []group.MemberProfile, fields, filter []string) []*troupev1.MemberProfile {
	out := make([]*troupev1.MemberProfile, len(in))
	for i := range in {
		out[i] = MemberProfile(&in[i], fields, filter)
	}
	return out
}

// selfProfile is a membership as its own user sees it.
func selfProfile(m *group.MemberProfile) *troupev1.MemberProfile {
	out := MemberProfile(m, nil, nil)
	if out == nil {
		return nil
	}
	out.RemindType = troupev1.RemindType(m.Remind)
	if m.Remind == 0 {
		out.RemindType = troupev1.RemindType_REMIND_TYPE_ACCEPT_NOTIFY
	}
	return out
}

// pairs translates custom fields; with a filter, those of the named keys.
func pairs(in []group.Pair, filter []string) []*troupev1.CustomField {
	var out []*troupev1.CustomField
	for _, p := range in {
		if wants(filter, p.Key) {
			out = append(out, &troupev1.CustomField{Key: p.Key, Value: proto.String(p.Value)})
		}
	}
	return out
}

func changedFields(in []group.CustomField) []*troupev1.CustomField {
	out := make([]*troupev1.CustomField, len(in))
	for i, f := range in {
		out[i] = &troupev1.CustomField{Key: f.Key, Value: f.Value}
	}
	return out
}

// mute translates a group mute; ExpiresAt is 0 with mode none (spec 8.2).
func mute(m *group.Mute) *troupev1.Mute {
	if m == nil || m.Mode == group.MuteNone {
		return &troupev1.Mute{Mode: troupev1.MuteMode_MUTE_MODE_NONE.Enum(), ExpiresAt: proto.Int64(0)}
	}
	out := &troupev1.Mute{Mode: troupev1.MuteMode(m.Mode).Enum(), ExpiresAt: millis(m.ExpiresAt)}
	for _, r := range m.Roles {
		out.Roles = append(out.Roles, uint32(r))
	}
	return out
}

// muteAll: the switch of the TIM surface (spec 6.11).
func muteAll(m group.MuteMode) bool { return m == group.MuteOrdinary || m == group.MuteAll }

func millis(t group.Millis) *int64 { return proto.Int64(int64(t)) }
