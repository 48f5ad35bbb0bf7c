package protocol

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// parse reads a request of one operation from its JSON parameters.
func parse(t *testing.T, op, parameters string) *troupev1.Request {
	t.Helper()
	var req *troupev1.Request
	err := DecodeRequests(JSON, []byte(request(op, parameters)), func(r *troupev1.Request) { req = r })
	require.NoError(t, err)
	return req
}

func ptr[T any](v T) *T { return &v }

func TestToCommand(t *testing.T) {
	cases := []struct {
		op, parameters string
		group          group.ID
		want           group.Command
	}{
		{"create_group", `{}`, "", group.Create{Kind: group.Work}},
		{"create_group", `{"kind":"custom","group_id":"club","owner_id":"bob","name":"Club","introduction":"i",
			"announcement":"n","avatar":"a","max_members":9,"join_option":"closed","invite_mode":"admins",
			"invitee_consent":"required","invite_approval":"follow","topics":true,
			"initial_members":[{"user_id":"c"},{"user_id":"d","role":"admin","custom_fields":[{"key":"k","value":"v"}]},
			{"user_id":"c","role":"admin"},{"user_id":"e"}],
			"custom_fields":[{"key":"x","value":""},{"key":"y"}]}`, "club",
			group.Create{
				Group: "club", Kind: group.Custom, OwnerID: "bob", Name: "Club", Introduction: "i", Announcement: "n",
				Avatar: "a", MaxMembers: 9, JoinOption: group.Closed, InviteMode: group.InviteAdmins,
				InviteeConsent: group.ConsentRequired, InviteApproval: group.Follow, Topics: true,
				InitialMembers: []group.InitialMember{
					{User: "c"},
					{User: "d", Role: group.Admin, CustomFields: []group.CustomField{{Key: "k", Value: ptr("v")}}},
					{User: "e"},
				},
				CustomFields: []group.CustomField{{Key: "x", Value: ptr("")}},
			}},
		{"dismiss_group", `{"group_id":"@TGS#2ABCDEFGH"}`, "@TGS#2ABCDEFGH", group.Dismiss{}},
		{"join_group", `{"group_id":"g"}`, "g", group.Join{}},
		{"join_group", `{"group_id":"g","message":"m","user_defined_field":"u","direct_only":true,"kind":"livestream"}`, "g",
			group.Join{Message: "m", UserDefinedField: "u", DirectOnly: true, KindHint: group.Livestream}},
		{"leave_group", `{"group_id":"g"}`, "g", group.Leave{}},
		{"kick_members", `{"group_id":"g","user_ids":["b","a","b"],"reason":"r","silence":true}`, "g",
			group.Kick{Users: []group.UserID{"b", "a"}, Reason: "r", Silence: true}},
		{"invite_members", `{"group_id":"g","user_ids":["b"],"message":"m","explicit":true}`, "g",
			group.Invite{Users: []group.UserID{"b"}, Message: "m", Explicit: true}},
		{"accept_application", `{"group_id":"g","applicant_id":"a","inviter_id":"b","message":"m","authentication":"t","msg_key":"k"}`, "g",
			group.Handle{Accept: true, Applicant: "a", Inviter: "b", Message: "m", Authentication: "t", MsgKey: "k"}},
		{"accept_application", `{"group_id":"g","application_id":"17"}`, "g", group.Handle{Accept: true, ID: 17}},
		{"refuse_application", `{"group_id":"g","applicant_id":"a","reason":"no"}`, "g", group.Handle{Applicant: "a", Message: "no"}},
		{"accept_invitation", `{"group_id":"g","inviter_id":"b"}`, "g", group.Handle{Invitation: true, Accept: true, Inviter: "b"}},
		{"refuse_invitation", `{"group_id":"g","inviter_id":"b","reason":"no"}`, "g", group.Handle{Invitation: true, Inviter: "b", Message: "no"}},
		{"transfer_owner", `{"group_id":"g","new_owner_id":"b"}`, "g", group.TransferOwner{NewOwner: "b"}},
		{"set_member_role", `{"group_id":"g","user_id":"b","role":"admin"}`, "g", group.SetRole{User: "b", Role: group.Admin}},
		{"set_member_role", `{"group_id":"g","user_id":"b","role":255}`, "g", group.SetRole{User: "b", Role: 255}},
		{"update_group_profile", `{"group_id":"g"}`, "g", group.UpdateProfile{}},
		{"update_group_profile", `{"group_id":"g","name":"","introduction":"i","max_members":0,"join_option":"free","mute_all":false,
			"custom_fields":[{"key":"x"}]}`, "g",
			group.UpdateProfile{
				Name: ptr(""), Introduction: ptr("i"), MaxMembers: ptr(uint32(0)), JoinOption: ptr(group.Free), MuteAll: ptr(false),
				CustomFields: []group.CustomField{{Key: "x"}},
			}},
		{"update_group_modes", `{"group_id":"g","invite_mode":"nobody","invite_approval":"bypass"}`, "g",
			group.UpdateModes{InviteMode: ptr(group.InviteNobody), InviteApproval: ptr(group.Bypass)}},
		{"mute_members", `{"group_id":"g","user_ids":["a"],"duration":0}`, "g", group.MuteMembers{Users: []group.UserID{"a"}}},
		{"mute_members", `{"group_id":"g","user_ids":["a"],"duration":31536000}`, "g",
			group.MuteMembers{Users: []group.UserID{"a"}, DurationSeconds: 31_536_000}},
		{"mute_group", `{"group_id":"g","on":true,"mode":"all"}`, "g", group.MuteGroup{On: true, Mode: group.MuteAll, DurationSeconds: -1}},
		{"mute_group", `{"group_id":"g","on":true,"mode":"ordinary","duration":60,"roles":[3]}`, "g",
			group.MuteGroup{On: true, Mode: group.MuteOrdinary, DurationSeconds: 60}},
		{"mute_group", `{"group_id":"g","on":true,"mode":"roles","duration":-1,"roles":[5,3,5]}`, "g",
			group.MuteGroup{On: true, Mode: group.MuteRoles, DurationSeconds: -1, Roles: []group.Role{5, 3}}},
		{"mute_group", `{"group_id":"g","on":false,"mode":"roles","duration":-7}`, "g", group.MuteGroup{}},
		{"set_name_card", `{"group_id":"g"}`, "g", group.SetNameCard{}},
		{"set_name_card", `{"group_id":"g","user_id":"b","name_card":"Bo"}`, "g", group.SetNameCard{User: "b", NameCard: "Bo"}},
		{"set_member_custom_fields", `{"group_id":"g","custom_fields":[{"key":"k"}]}`, "g",
			group.SetMemberFields{Fields: []group.CustomField{{Key: "k"}}}},
		{"set_remind_type", `{"group_id":"g","remind_type":"discard"}`, "g", group.SetRemindType{Remind: group.Discard}},
		{"send_message", `{"conversation":{"type":"group","id":"g"},"random":0,"elements":[{"text":{"text":"hi"}},
			{"face":{"index":4,"data":"f"}},{"custom":{"data":"d","desc":"e","ext":"x"}}]}`, "g",
			group.Send{RandomGiven: true, Elements: []group.Element{
				{Type: group.ElementText, Text: "hi"},
				{Type: group.ElementFace, Index: 4, Data: "f"},
				{Type: group.ElementCustom, Data: "d", Desc: "e", Ext: "x"},
			}}},
		{"send_custom_notice", `{"group_id":"g","content":"AAE="}`, "g", group.SendNotice{Content: []byte{0, 1}}},
		{"send_custom_notice", `{"group_id":"g","content":"AAE=","to_user_ids":["b","b"]}`, "g",
			group.SendNotice{Content: []byte{0, 1}, To: []group.UserID{"b"}}},
		{"list_members", `{"group_id":"g"}`, "g", group.ListMembers{Limit: 100}},
		{"list_members", `{"group_id":"g","limit":500,"offset":7,"role":"admin","cursor":"c","fields":["name","role"]}`, "g",
			group.ListMembers{Limit: 100, Offset: 7, Role: group.Admin, Cursor: "c"}},
		{"get_member_profiles", `{"group_id":"g","user_ids":["a","b","a"]}`, "g", group.GetMembers{Users: []group.UserID{"a", "b"}}},
		{"get_group_history", `{"group_id":"g","req_seq":9,"req_number":1}`, "g", group.GetHistory{}},
		{"login", `{"app_id":"app","user_id":"a","token":"t"}`, "", nil},
		{"guest_join", `{"group_id":"g"}`, "g", nil},
		{"attach", `{"inbox":{},"groups":[{"group_id":"g"},{"group_id":"h","last_seq":0,"epoch":"e"}],"rest":"live"}`, "", nil},
		{"list_applications", `{"group_id":"g","count":200,"cursor":"0","order":"oldest","directions":["invitation_sent"],"states":["joined"]}`, "g", nil},
		{"list_joined_groups", `{"limit":200,"fields":["member_count"]}`, "", nil},
		{"get_group_profiles", `{"group_ids":["g"],"member_fields":["name"]}`, "", nil},
		{"search_joined_groups", `{"keywords":["a"],"count":100,"cursor":"7"}`, "", nil},
		{"delete_applications", `{"applications":[{"application_id":"3"},{"seq":4,"random":0}]}`, "", nil},
		{"mark_applications_read", `{}`, "", nil},
		{"list_system_notices", `{"count":100}`, "", nil},
		{"delete_user", `{"user_id":"bob","erase_messages":true}`, "", nil},
		{"ping", `{}`, "", nil},
	}
	for i, c := range cases {
		t.Run(fmt.Sprintf("%s %d", c.op, i), func(t *testing.T) {
			call, err := ToCommand(parse(t, c.op, c.parameters))
			require.Nil(t, err, "%v", err)
			require.Equal(t, c.op, call.Op.String())
			require.Equal(t, c.group, call.Group)
			require.Empty(t, cmp.Diff(c.want, call.Command))
		})
	}
}

// quoted makes a JSON list of n different ids.
func quoted(n int) string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%q", fmt.Sprintf("u%d", i))
	}
	return "[" + strings.Join(ids, ",") + "]"
}

func repeated(n int, item string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
}

func TestToCommandRefuses(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	cases := []struct {
		op, parameters string
		name, field    string
	}{
		{"create_group", `{"group_id":"#a"}`, "invalid_group_id", "group_id"},
		{"create_group", `{"group_id":"@TGS#1"}`, "invalid_group_id", "group_id"},
		{"create_group", `{"group_id":"a b"}`, "invalid_group_id", "group_id"},
		{"create_group", `{"kind":7}`, "invalid_parameter", "kind"},
		{"create_group", `{"kind":-1}`, "invalid_parameter", "kind"},
		{"create_group", `{"owner_id":"@TIM#x"}`, "invalid_account", "owner_id"},
		{"create_group", `{"name":" \u3000\t"}`, "invalid_parameter", "name"},
		{"create_group", `{"introduction":"` + long(241) + `"}`, "invalid_parameter", "introduction"},
		{"create_group", `{"announcement":"` + long(301) + `"}`, "invalid_parameter", "announcement"},
		{"create_group", `{"join_option":5}`, "invalid_parameter", "join_option"},
		{"create_group", `{"invite_mode":6}`, "invalid_parameter", "invite_mode"},
		{"create_group", `{"invitee_consent":3}`, "invalid_parameter", "invitee_consent"},
		{"create_group", `{"invite_approval":3}`, "invalid_parameter", "invite_approval"},
		{"create_group", `{"initial_members":[{"user_id":"a","role":"owner"}]}`, "invalid_parameter", "initial_members"},
		{"create_group", `{"initial_members":[{"user_id":"a","role":"member"}]}`, "invalid_parameter", "initial_members"},
		{"create_group", `{"initial_members":[{"user_id":""}]}`, "invalid_parameter", "initial_members"},
		{"create_group", `{"initial_members":[{"user_id":"a","custom_fields":[{"key":"-","value":""}]}]}`, "invalid_parameter", "initial_members"},
		{"create_group", `{"custom_fields":[{"key":"","value":"v"}]}`, "invalid_parameter", "custom_fields"},
		{"create_group", `{"custom_fields":[{"key":"` + long(33) + `","value":"v"}]}`, "invalid_parameter", "custom_fields"},
		{"create_group", `{"custom_fields":[{"key":"k","value":"` + long(513) + `"}]}`, "invalid_parameter", "custom_fields"},
		{"create_group", `{"custom_fields":[{"key":"k","value":"1"},{"key":"k"}]}`, "invalid_parameter", "custom_fields"},
		{"create_group", `{"custom_fields":` + repeated(21, `{"key":"k"}`) + `}`, "invalid_parameter", "custom_fields"},
		{"join_group", `{}`, "invalid_group_id", "group_id"},
		{"join_group", `{"group_id":"g","message":"` + long(301) + `"}`, "invalid_parameter", "message"},
		{"join_group", `{"group_id":"g","user_defined_field":"` + long(1001) + `"}`, "invalid_parameter", "user_defined_field"},
		{"join_group", `{"group_id":"g","kind":9}`, "invalid_parameter", "kind"},
		{"kick_members", `{"group_id":"g"}`, "invalid_parameter", "user_ids"},
		{"kick_members", `{"group_id":"g","user_ids":["a",""]}`, "invalid_parameter", "user_ids"},
		{"kick_members", `{"group_id":"g","user_ids":` + quoted(301) + `}`, "too_many_users", "user_ids"},
		{"kick_members", `{"group_id":"g","user_ids":["a"],"reason":"` + strings.Repeat("é", 129) + `"}`, "invalid_parameter", "reason"},
		{"invite_members", `{"group_id":"g","user_ids":` + quoted(301) + `}`, "too_many_users", "user_ids"},
		{"invite_members", `{"group_id":"g","user_ids":["a"],"message":"` + long(301) + `"}`, "invalid_parameter", "message"},
		{"accept_application", `{"group_id":"g"}`, "invalid_parameter", "applicant_id"},
		{"accept_application", `{"group_id":"g","application_id":"0"}`, "invalid_parameter", "application_id"},
		{"accept_application", `{"group_id":"g","application_id":"07"}`, "invalid_parameter", "application_id"},
		{"accept_application", `{"group_id":"g","application_id":"x"}`, "invalid_parameter", "application_id"},
		{"accept_application", `{"group_id":"g","applicant_id":"a","inviter_id":"a b"}`, "invalid_account", "inviter_id"},
		{"accept_application", `{"group_id":"g","applicant_id":"a","message":"` + long(129) + `"}`, "invalid_parameter", "message"},
		{"refuse_application", `{"group_id":"g","applicant_id":"a","reason":"` + long(129) + `"}`, "invalid_parameter", "reason"},
		{"accept_invitation", `{"group_id":"g"}`, "invalid_parameter", "inviter_id"},
		{"refuse_invitation", `{"group_id":"g","inviter_id":"b","reason":"` + long(129) + `"}`, "invalid_parameter", "reason"},
		{"transfer_owner", `{"group_id":"g"}`, "invalid_parameter", "new_owner_id"},
		{"set_member_role", `{"group_id":"g","user_id":"a"}`, "invalid_parameter", "role"},
		{"set_member_role", `{"group_id":"g","user_id":"a","role":"owner"}`, "invalid_parameter", "role"},
		{"set_member_role", `{"group_id":"g","user_id":"a","role":256}`, "invalid_parameter", "role"},
		{"set_member_role", `{"group_id":"g","role":"admin"}`, "invalid_parameter", "user_id"},
		{"update_group_profile", `{"group_id":"g","name":"  "}`, "invalid_parameter", "name"},
		{"update_group_profile", `{"group_id":"g","introduction":"` + long(241) + `"}`, "invalid_parameter", "introduction"},
		{"update_group_modes", `{"group_id":"g","invite_mode":-1}`, "invalid_parameter", "invite_mode"},
		{"mute_members", `{"group_id":"g","user_ids":["a"]}`, "invalid_parameter", "duration"},
		{"mute_members", `{"group_id":"g","user_ids":["a"],"duration":-1}`, "invalid_parameter", "duration"},
		{"mute_members", `{"group_id":"g","user_ids":["a"],"duration":31536001}`, "invalid_parameter", "duration"},
		{"mute_members", `{"group_id":"g","user_ids":` + quoted(301) + `,"duration":1}`, "too_many_users", "user_ids"},
		{"mute_group", `{"group_id":"g","on":true}`, "invalid_parameter", "mode"},
		{"mute_group", `{"group_id":"g","on":true,"mode":"none"}`, "invalid_parameter", "mode"},
		{"mute_group", `{"group_id":"g","on":true,"mode":4}`, "invalid_parameter", "mode"},
		{"mute_group", `{"group_id":"g","on":true,"mode":"all","duration":0}`, "invalid_parameter", "duration"},
		{"mute_group", `{"group_id":"g","on":true,"mode":"all","duration":31536001}`, "invalid_parameter", "duration"},
		{"mute_group", `{"group_id":"g","on":true,"mode":"roles"}`, "invalid_parameter", "roles"},
		{"mute_group", `{"group_id":"g","on":true,"mode":"roles","roles":[256]}`, "invalid_parameter", "roles"},
		{"mute_group", `{"group_id":"g","on":true,"mode":"roles","roles":[1,2,3,4,5,6,7,8,9,10,11]}`, "invalid_parameter", "roles"},
		{"set_name_card", `{"group_id":"g","name_card":"` + long(51) + `"}`, "invalid_parameter", "name_card"},
		{"set_name_card", `{"group_id":"g","user_id":" "}`, "invalid_account", "user_id"},
		{"set_remind_type", `{"group_id":"g"}`, "invalid_parameter", "remind_type"},
		{"send_message", `{}`, "invalid_parameter", "conversation"},
		{"send_message", `{"conversation":{"type":"c2c","id":"a"}}`, "invalid_parameter", "conversation"},
		{"send_message", `{"conversation":{"type":"group","id":""}}`, "invalid_group_id", "group_id"},
		{"send_message", `{"conversation":{"type":"group","id":"g"}}`, "invalid_parameter", "elements"},
		{"send_message", `{"conversation":{"type":"group","id":"g"},"elements":[{}]}`, "invalid_parameter", "elements"},
		{"send_message", `{"conversation":{"type":"group","id":"g"},"elements":[{"group_tip":{}}]}`, "invalid_parameter", "elements"},
		{"send_message", `{"conversation":{"type":"group","id":"g"},"elements":[{"text":{}}]}`, "invalid_parameter", "elements"},
		{"send_message", `{"conversation":{"type":"group","id":"g"},"elements":[{"custom":{"desc":"d"}}]}`, "invalid_parameter", "elements"},
		{"send_message", `{"conversation":{"type":"group","id":"g"},"elements":[{"face":{"data":"` + long(1001) + `"}}]}`, "invalid_parameter", "elements"},
		{"send_message", `{"conversation":{"type":"group","id":"g"},"elements":` + repeated(51, `{"face":{"index":1}}`) + `}`, "invalid_parameter", "elements"},
		{"send_message", `{"conversation":{"type":"group","id":"g"},"elements":[{"text":{"text":"` + long(8000) + `"}},{"custom":{"data":"` + long(899) + `"}}]}`, "message_too_large", "elements"},
		{"send_custom_notice", `{"group_id":"g"}`, "invalid_parameter", "content"},
		{"list_members", `{"group_id":"g","limit":0}`, "invalid_parameter", "limit"},
		{"list_members", `{"group_id":"g","role":256}`, "invalid_parameter", "role"},
		{"list_members", `{"group_id":"g","fields":["shoe_size"]}`, "invalid_parameter", "fields"},
		{"get_member_profiles", `{"group_id":"g"}`, "invalid_parameter", "user_ids"},
		{"get_group_history", `{"group_id":"g","req_number":101}`, "invalid_parameter", "req_number"},
		{"get_group_history", `{"group_id":"g","req_number":0}`, "invalid_parameter", "req_number"},
		{"login", `{}`, "invalid_parameter", "user_id"},
		{"login", `{"user_id":"a","device_id":"` + long(65) + `"}`, "invalid_parameter", "device_id"},
		{"login", `{"user_id":"a","token":"t","resume_ticket":"r"}`, "invalid_parameter", "resume_ticket"},
		{"guest_join", `{}`, "invalid_group_id", "group_id"},
		{"attach", `{"inbox":{"last_seq":3}}`, "invalid_parameter", "inbox"},
		{"attach", `{"groups":[{"group_id":"g","last_seq":0}]}`, "invalid_parameter", "groups"},
		{"attach", `{"rest":2}`, "invalid_parameter", "rest"},
		{"list_joined_groups", `{"limit":201}`, "invalid_parameter", "limit"},
		{"list_joined_groups", `{"fields":["nope"]}`, "invalid_parameter", "fields"},
		{"list_joined_groups", `{"user_id":"a b"}`, "invalid_account", "user_id"},
		{"get_group_profiles", `{}`, "invalid_parameter", "group_ids"},
		{"get_group_profiles", `{"group_ids":` + quoted(51) + `}`, "invalid_parameter", "group_ids"},
		{"get_group_profiles", `{"group_ids":["g"],"member_fields":["unread"]}`, "invalid_parameter", "member_fields"},
		{"search_group", `{"group_ids":["g"],"fields":["nope"]}`, "invalid_parameter", "fields"},
		{"search_joined_groups", `{}`, "invalid_parameter", "keywords"},
		{"search_joined_groups", `{"keywords":["a"," "]}`, "invalid_parameter", "keywords"},
		{"search_joined_groups", `{"keywords":["a","b","c","d","e","f"]}`, "invalid_parameter", "keywords"},
		{"search_joined_groups", `{"keywords":["a"],"count":0}`, "invalid_parameter", "count"},
		{"search_joined_groups", `{"keywords":["a"],"cursor":"x"}`, "invalid_cursor", ""},
		{"list_applications", `{"group_id":"a b"}`, "invalid_group_id", "group_id"},
		{"list_applications", `{"count":201}`, "invalid_parameter", "count"},
		{"list_applications", `{"order":3}`, "invalid_parameter", "order"},
		{"list_applications", `{"directions":[0]}`, "invalid_parameter", "directions"},
		{"list_applications", `{"states":[8]}`, "invalid_parameter", "states"},
		{"list_applications", `{"cursor":"-1"}`, "invalid_cursor", ""},
		{"delete_applications", `{}`, "invalid_parameter", "applications"},
		{"delete_applications", `{"applications":[{}]}`, "invalid_parameter", "applications"},
		{"delete_applications", `{"applications":[{"application_id":"x"}]}`, "invalid_parameter", "applications"},
		{"list_system_notices", `{"count":101}`, "invalid_parameter", "count"},
		{"delete_user", `{"erase_messages":true}`, "invalid_parameter", "user_id"},
		{"delete_user", `{"user_id":"@DELETED#0123456789"}`, "invalid_account", "user_id"},
	}
	for i, c := range cases {
		t.Run(fmt.Sprintf("%s %d", c.op, i), func(t *testing.T) {
			call, err := ToCommand(parse(t, c.op, c.parameters))
			require.NotNil(t, err)
			require.Equal(t, c.name, err.Name)
			require.Equal(t, c.field, err.Field())
			require.Zero(t, call)
			require.Equal(t, err.Code, Check(parse(t, c.op, c.parameters)).Code)
		})
	}
}

func TestRequestIDLength(t *testing.T) {
	for n, ok := range map[int]bool{0: false, 1: true, 36: true, 37: false} {
		err := Check(&troupev1.Request{RequestId: strings.Repeat("i", n), Op: &troupev1.Request_Ping{Ping: &troupev1.Ping{}}})
		require.Equal(t, ok, err == nil, n)
		if err != nil {
			require.Equal(t, "request_id", err.Field())
		}
	}
	err := Check(&troupev1.Request{RequestId: "a"})
	require.Equal(t, CodeInvalidRequest, err.Code)
}

func TestLimitsAreInclusive(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct{ op, parameters string }{
		{"create_group", `{"introduction":"` + long(240) + `","announcement":"` + long(300) + `"}`},
		{"kick_members", `{"group_id":"` + long(64) + `","user_ids":` + quoted(300) + `,"reason":"` + strings.Repeat("é", 128) + `"}`},
		{"join_group", `{"group_id":"g","message":"` + long(300) + `","user_defined_field":"` + long(1000) + `"}`},
		{"set_name_card", `{"group_id":"g","name_card":"` + long(50) + `"}`},
		{"send_message", `{"conversation":{"type":"group","id":"g"},"elements":[{"text":{"text":"` + long(8898) + `"}}]}`},
		{"get_group_profiles", `{"group_ids":` + quoted(50) + `}`},
		{"get_member_profiles", `{"group_id":"g","user_ids":` + quoted(80) + `}`},
	} {
		require.Nil(t, Check(parse(t, c.op, c.parameters)), c.op)
	}
	call, err := ToCommand(parse(t, "get_member_profiles", `{"group_id":"g","user_ids":`+quoted(80)+`}`))
	require.Nil(t, err)
	require.Len(t, call.Command.(group.GetMembers).Users, 50)
}

func TestDuplicatesCountOnce(t *testing.T) {
	ids := strings.TrimSuffix(quoted(300), "]") + `,"u1","u2"]`
	require.Nil(t, Check(parse(t, "kick_members", `{"group_id":"g","user_ids":`+ids+`}`)))
	require.Equal(t, []string{"b", "a"}, Distinct([]string{"b", "a", "b", "a"}))
}

func TestCheckUserID(t *testing.T) {
	for id, ok := range map[string]bool{
		"a": true, "~!*'": true, "@alice": true, "tim@TIM#": true, strings.Repeat("u", 64): true,
		"": false, "a b": false, "é": false, "a\x7f": false, "a\x00": false, strings.Repeat("u", 65): false,
		"@TIM#SYSTEM": false, "@TGS#1": false, "@GUEST#1": false, "@DELETED#1": false,
	} {
		require.Equal(t, ok, CheckUserID("user_id", id) == nil, "%q", id)
	}
}

func TestCheckGroupID(t *testing.T) {
	for id, want := range map[string]struct{ known, fresh bool }{
		"a":                         {true, true},
		"!#$%&()+-:;<=.>?@[]^_{}|~": {true, true},
		"@club":                     {true, true},
		"@TGS#2J4SZEAEL":            {true, false},
		"@TIM#SYSTEM":               {false, false},
		"#a":                        {false, false},
		"":                          {false, false},
		"a,b":                       {false, false},
		"a/b":                       {false, false},
		"a b":                       {false, false},
		"é":                         {false, false},
		strings.Repeat("g", 64):     {true, true},
		strings.Repeat("g", 65):     {false, false},
	} {
		require.Equal(t, want.known, CheckGroupID(id) == nil, "%q", id)
		require.Equal(t, want.fresh, CheckNewGroupID(id) == nil, "%q", id)
	}
}

func TestCursors(t *testing.T) {
	for s, want := range map[string]uint64{"": 0, "0": 0, "1": 1, "18446744073709551615": 1<<64 - 1} {
		n, err := ParseCursor(s)
		require.Nil(t, err, s)
		require.Equal(t, want, n)
	}
	for _, s := range []string{"-1", "+1", "01", "00", "1 ", "x", "18446744073709551616"} {
		_, err := ParseCursor(s)
		require.NotNil(t, err, s)
		require.Equal(t, group.CodeInvalidCursor, err.Code)
	}
	require.Empty(t, FormatCursor(0))
	require.Equal(t, "17", FormatCursor(17))
}
