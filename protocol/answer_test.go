package protocol

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func sampleMember() *group.MemberProfile {
	return &group.MemberProfile{
		User: "bob", Name: "Bob", Avatar: "b.png", Role: group.Admin, JoinTime: 10, LastSendTime: 20, MuteUntil: 30,
		NameCard: "Bo", CustomFields: []group.Pair{{Key: "k", Value: "v"}, {Key: "l", Value: ""}}, Remind: group.AcceptSilent, JoinSeq: 4,
	}
}

func sampleProfile() *group.Profile {
	return &group.Profile{
		Group: "harbour", Kind: group.Custom, Owner: "alice", CreateTime: 1, LastInfoTime: 2, LastMessage: 3, NextSeq: 9,
		MemberCount: 2, AudienceCount: 5, Self: sampleMember(),
		Settings: group.Settings{
			Name: "Harbour", Avatar: "h.png", MaxMembers: 6000, Topics: true,
			Modes:        group.Modes{JoinOption: group.Free, InviteMode: group.InviteAnyMember, InviteeConsent: group.ConsentNone, InviteApproval: group.Follow},
			Mute:         group.Mute{Mode: group.MuteRoles, Roles: []group.Role{3}, ExpiresAt: 99},
			CustomFields: []group.Pair{{Key: "k", Value: "v"}, {Key: "l", Value: "w"}},
		},
	}
}

type goldenAnswer struct {
	op, parameters string
	result         group.Result
}

// goldenAnswers are the answers of each sort, by name.
func goldenAnswers() map[string]goldenAnswer {
	users := []group.UserResult{{User: "b", Status: group.Entered}, {User: "c", Status: group.Failed, Code: group.CodeUserNotFound}}
	p, m := sampleProfile(), sampleMember()
	g := `{"group_id":"harbour"}`
	return map[string]goldenAnswer{
		"answer_create_group":             {"create_group", `{}`, group.Result{Group: p, Users: users}},
		"answer_dismiss_group":            {"dismiss_group", g, group.Result{}},
		"answer_join_group":               {"join_group", g, group.Result{Code: group.CodeWaitApproval, Outcome: group.WaitApproval}},
		"answer_leave_group":              {"leave_group", g, group.Result{}},
		"answer_kick_members":             {"kick_members", `{"group_id":"g","user_ids":["b"]}`, group.Result{Users: users, Group: p}},
		"answer_invite_members":           {"invite_members", `{"group_id":"g","user_ids":["b"]}`, group.Result{Code: group.CodeWaitInvitee, Users: users}},
		"answer_accept_application":       {"accept_application", g, group.Result{Outcome: group.Entered}},
		"answer_refuse_application":       {"refuse_application", g, group.Result{}},
		"answer_accept_invitation":        {"accept_invitation", g, group.Result{Outcome: group.Entered, Group: p}},
		"answer_refuse_invitation":        {"refuse_invitation", g, group.Result{}},
		"answer_transfer_owner":           {"transfer_owner", g, group.Result{Group: p}},
		"answer_set_member_role":          {"set_member_role", g, group.Result{Group: p, Member: m}},
		"answer_update_group_profile":     {"update_group_profile", g, group.Result{Group: p}},
		"answer_update_group_modes":       {"update_group_modes", g, group.Result{Modes: &p.Settings.Modes}},
		"answer_mute_members":             {"mute_members", g, group.Result{Users: []group.UserResult{{User: "b", Status: group.Muted}}, Member: m}},
		"answer_mute_group":               {"mute_group", g, group.Result{Mute: &p.Settings.Mute}},
		"answer_unmute_group":             {"mute_group", g, group.Result{Mute: &group.Mute{}}},
		"answer_set_name_card":            {"set_name_card", g, group.Result{Member: m}},
		"answer_set_member_custom_fields": {"set_member_custom_fields", g, group.Result{Member: m}},
		"answer_set_remind_type":          {"set_remind_type", g, group.Result{Group: p}},
		"answer_send_message":             {"send_message", `{}`, group.Result{Seq: 9, Time: 5, Random: 0}},
		"answer_send_custom_notice":       {"send_custom_notice", g, group.Result{Receivers: 0}},
		"answer_list_members": {"list_members", `{"group_id":"g","fields":["role"]}`,
			group.Result{Members: []group.MemberProfile{*m}, Total: 2, NextCursor: "n"}},
		"answer_get_member_profiles": {"get_member_profiles", `{"group_id":"g","user_ids":["b"],"custom_field_filter":["l"]}`,
			group.Result{Members: []group.MemberProfile{*m}}},
	}
}

func TestGoldenAnswers(t *testing.T) {
	for name, c := range goldenAnswers() {
		t.Run(name, func(t *testing.T) {
			text, err := MarshalJSON(AnswerFor(parse(t, c.op, c.parameters), &c.result))
			require.NoError(t, err)
			golden(t, name, string(text)+"\n")
		})
	}
}

// TestEveryCommandHasItsAnswer: whatever a group carries out is answered with
// the result of its own operation.
func TestEveryCommandHasItsAnswer(t *testing.T) {
	for _, row := range Ops() {
		if !row.NeedsGroup || row.Op == OpGuestJoin || row.Op == OpGetGroupHistory {
			continue // their results come from elsewhere
		}
		req := &troupev1.Request{RequestId: "r"}
		m := req.ProtoReflect()
		fd := requestOneof.Fields().ByNumber(protoreflect.FieldNumber(row.Op))
		m.Set(fd, m.NewField(fd))
		a := AnswerFor(req, &group.Result{})
		r := a.ProtoReflect()
		set := r.WhichOneof(r.Descriptor().Oneofs().ByName("result"))
		require.NotNil(t, set, row.Name)
		require.Equal(t, row.Name, string(set.Name()))
	}
}

func TestErrorAnswerKeepsNoLongID(t *testing.T) {
	require.Equal(t, "id", ErrorAnswer("id", NewError(CodeBusy)).GetRequestId())
	require.Empty(t, ErrorAnswer(string(make([]byte, 37)), NewError(CodeBusy)).GetRequestId())
}

func TestGroupProfileFields(t *testing.T) {
	p := sampleProfile()
	full := GroupProfile(p, nil)
	require.Equal(t, []string{"k", "l"}, keysOf(full.CustomFields))
	require.Nil(t, full.AudienceCount, "only livestreams have an audience")
	require.Nil(t, full.Topics, "only communities have topics")
	require.False(t, full.GetMuteAll(), "mode roles is not mute all")

	some := GroupProfile(p, []string{"name", "likes", "mute"})
	require.Equal(t, "harbour", some.GetGroupId())
	require.Equal(t, "Harbour", some.GetName())
	require.Equal(t, troupev1.MuteMode_MUTE_MODE_ROLES, some.GetMute().GetMode())
	require.Zero(t, some.GetKind())
	require.Nil(t, some.MemberCount)
	require.Nil(t, some.GetSelf())

	public := *p
	public.Public, public.Self = true, nil
	for _, fields := range [][]string{nil, {"mute", "custom_fields", "name"}} {
		out := GroupProfile(&public, fields)
		require.Nil(t, out.Mute)
		require.Nil(t, out.CustomFields)
		require.Equal(t, "Harbour", out.GetName())
	}
	for mode, all := range map[group.MuteMode]bool{group.MuteNone: false, group.MuteOrdinary: true, group.MuteAll: true} {
		q := *p
		q.Settings.Mute.Mode = mode
		require.Equal(t, all, GroupProfile(&q, nil).GetMuteAll())
	}
	live := *p
	live.Kind = group.Livestream
	require.Equal(t, uint32(5), GroupProfile(&live, nil).GetAudienceCount())
	community := *p
	community.Kind = group.Community
	require.True(t, GroupProfile(&community, nil).GetTopics())
	require.Nil(t, GroupProfile(nil, nil))
}

// TestGroupFieldsAreThoseOfTheSchema: every name that may be asked for is a
// field of the message.
func TestGroupFieldsAreThoseOfTheSchema(t *testing.T) {
	known := (*troupev1.GroupProfile)(nil).ProtoReflect().Descriptor().Fields()
	for _, name := range groupFields {
		require.NotNil(t, known.ByTextName(name), name)
	}
	member := (*troupev1.MemberProfile)(nil).ProtoReflect().Descriptor().Fields()
	for _, name := range memberFields {
		require.NotNil(t, member.ByTextName(name), name)
	}
}

func TestJoinedGroupFields(t *testing.T) {
	out := GroupProfile(sampleProfile(), JoinedGroupFields([]string{"member_count"}))
	require.Equal(t, uint32(2), out.GetMemberCount())
	require.Equal(t, "Harbour", out.GetName())
	require.NotNil(t, out.LastMessageTime)
	require.Equal(t, troupev1.RemindType_REMIND_TYPE_ACCEPT_SILENT, out.GetSelf().GetRemindType())
	require.Nil(t, out.OwnerId)
	require.Nil(t, GroupProfile(sampleProfile(), JoinedGroupFields(nil)).MemberCount)
}

func TestRemindTypeIsPrivate(t *testing.T) {
	require.Zero(t, MemberProfile(sampleMember(), nil, nil).GetRemindType())
	p := sampleProfile()
	p.Self.Remind = 0
	require.Equal(t, troupev1.RemindType_REMIND_TYPE_ACCEPT_NOTIFY, GroupProfile(p, nil).GetSelf().GetRemindType())
}

func TestMemberProfileFields(t *testing.T) {
	out := MemberProfile(sampleMember(), []string{"custom_fields"}, []string{"l", "none"})
	require.Equal(t, "bob", out.GetUserId())
	require.Empty(t, out.GetName())
	require.Nil(t, out.JoinTime)
	require.Equal(t, []string{"l"}, keysOf(out.CustomFields))
	require.Nil(t, MemberProfile(nil, nil, nil))
}

func TestGroupEntries(t *testing.T) {
	res := &group.Result{Group: sampleProfile(), Members: []group.MemberProfile{*sampleMember()}}
	req := &troupev1.GetGroupProfiles{CustomFieldFilter: []string{"l"}, MemberFields: []string{"role"}}
	out := GroupEntry(req, "harbour", res)
	require.Equal(t, int32(0), out.GetCode())
	require.NotNil(t, out.Code)
	require.Equal(t, []string{"l"}, keysOf(out.GetGroup().GetCustomFields()))
	require.Len(t, out.GetGroup().GetMembers(), 1)
	require.Empty(t, out.GetGroup().GetMembers()[0].GetName())

	require.Empty(t, GroupEntry(&troupev1.GetGroupProfiles{}, "harbour", res).GetGroup().GetMembers())
	named := &troupev1.GetGroupProfiles{Fields: []string{"name"}, CustomFieldFilter: []string{"l"}}
	require.Empty(t, GroupEntry(named, "harbour", res).GetGroup().GetCustomFields(), "not asked for")

	public := *res.Group
	public.Public = true
	require.Empty(t, GroupEntry(req, "harbour", &group.Result{Group: &public}).GetGroup().GetCustomFields())

	require.Equal(t, "Harbour", SearchEntry(&troupev1.SearchGroup{}, "harbour", res).GetGroup().GetName())
	failed := FailedEntry("x", NewError(group.CodeGroupNotFound))
	require.True(t, proto.Equal(&troupev1.GroupEntry{GroupId: "x", Code: proto.Int32(10010), Error: "group_not_found"}, failed))
}

func keysOf(in []*troupev1.CustomField) []string {
	var out []string
	for _, f := range in {
		out = append(out, f.GetKey())
	}
	return out
}
