package protocol

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// TestAuditParameters: contents of messages and notices, tokens and keys are
// left out, and nothing else.
func TestAuditParameters(t *testing.T) {
	for call, want := range map[string]string{
		`{"send_message":{"conversation":{"type":"group","id":"g"},"elements":[{"text":{"text":"secret"}}],"priority":"high"}}`:                                                    `{"send_message":{"conversation":{"type":"group","id":"g"},"priority":"high"}}`,
		`{"send_custom_notice":{"group_id":"g","content":"AAAA","to_user_ids":["a"]}}`:                                                                                             `{"send_custom_notice":{"group_id":"g","to_user_ids":["a"]}}`,
		`{"login":{"app_id":"x","user_id":"a","token":"secret"}}`:                                                                                                                  `{"login":{"app_id":"x","user_id":"a"}}`,
		`{"login":{"user_id":"a","resume_ticket":"secret"}}`:                                                                                                                       `{"login":{"user_id":"a"}}`,
		`{"invite_members":{"group_id":"g","user_ids":["a"],"message":"secret"}}`:                                                                                                  `{"invite_members":{"group_id":"g","user_ids":["a"]}}`,
		`{"accept_application":{"group_id":"g","applicant_id":"a","message":"secret","authentication":"secret","msg_key":"secret"}}`:                                               `{"accept_application":{"group_id":"g","applicant_id":"a"}}`,
		`{"refuse_application":{"group_id":"g","applicant_id":"a","reason":"full","authentication":"secret","msg_key":"secret"}}`:                                                  `{"refuse_application":{"group_id":"g","applicant_id":"a","reason":"full"}}`,
		`{"kick_members":{"group_id":"g","user_ids":["a","b"],"reason":"spam","silence":true}}`:                                                                                    `{"kick_members":{"group_id":"g","user_ids":["a","b"],"reason":"spam","silence":true}}`,
		`{"create_group":{"group_id":"g","owner_id":"a","initial_members":[{"user_id":"b","custom_fields":[{"key":"k","value":"v"}]}],"custom_fields":[{"key":"k","value":"v"}]}}`: `{"create_group":{"group_id":"g","owner_id":"a","initial_members":[{"user_id":"b","custom_fields":[{"key":"k","value":"v"}]}],"custom_fields":[{"key":"k","value":"v"}]}}`,
	} {
		req := new(troupev1.Request)
		require.NoError(t, UnmarshalJSON([]byte(call), req), call)
		req.RequestId = "r"
		before, err := MarshalJSON(req)
		require.NoError(t, err)
		got, err := MarshalJSON(ReadAuditParameters(AuditParameters(req)))
		require.NoError(t, err)
		require.Equal(t, want, string(got))
		after, err := MarshalJSON(req)
		require.NoError(t, err)
		require.Equal(t, string(before), string(after), "the request itself stays")
	}
	require.Nil(t, ReadAuditParameters([]byte{0xff}))
}

// TestRedactedParameters: a parameter that is new is either shown in the audit
// log or named here.
func TestRedactedParameters(t *testing.T) {
	var names []string
	calls := requestOneof.Fields()
	for i := range calls.Len() {
		fields := calls.Get(i).Message().Fields()
		for k := range fields.Len() {
			f := fields.Get(k)
			if isRedacted(f) {
				names = append(names, string(calls.Get(i).Name())+"."+string(f.Name()))
			}
			require.True(t, isRedacted(f) || f.Kind() != protoreflect.BytesKind, "bytes are contents: %s", f.FullName())
		}
	}
	require.Equal(t, []string{
		"login.token", "login.resume_ticket", "join_group.message", "join_group.user_defined_field", "invite_members.message",
		"accept_application.message", "accept_application.authentication", "accept_application.msg_key",
		"refuse_application.authentication", "refuse_application.msg_key", "send_message.elements", "send_custom_notice.content",
	}, names)
}

func TestAuditTarget(t *testing.T) {
	for call, want := range map[string]string{
		`{"kick_members":{"group_id":"g","user_ids":["a"]}}`:          "g",
		`{"set_member_role":{"group_id":"g","user_id":"a"}}`:          "g",
		`{"send_message":{"conversation":{"type":"group","id":"g"}}}`: "g",
		`{"list_joined_groups":{"user_id":"a"}}`:                      "a",
		`{"get_group_profiles":{"group_ids":["g"]}}`:                  "g",
		`{"get_group_profiles":{"group_ids":["g","h"]}}`:              "",
		`{"set_ban":{"user_id":"a","duration":1}}`:                    "a",
		`{"lift_ban":{"address":"192.0.2.9/24"}}`:                     "192.0.2.0/24",
		`{"lift_ban":{"address":"::ffff:192.0.2.9"}}`:                 "192.0.2.9",
		`{"lift_ban":{"address":"?"}}`:                                "?",
		`{"list_audit":{"target":"g","actor":"a"}}`:                   "",
		`{}`: "",
	} {
		req := new(troupev1.Request)
		require.NoError(t, UnmarshalJSON([]byte(call), req), call)
		require.Equal(t, want, AuditTarget(req), call)
	}
}

func TestForAppAdmins(t *testing.T) {
	for call, want := range map[string]bool{
		`{"set_ban":{}}`: true,
		`{"send_custom_notice":{"group_id":"g"}}`:              true,
		`{"kick_members":{"group_id":"g"}}`:                    false,
		`{"kick_members":{"group_id":"g","silence":true}}`:     true,
		`{"create_group":{"owner_id":"ann"}}`:                  false,
		`{"create_group":{"owner_id":"bob"}}`:                  true,
		`{"set_remind_type":{"group_id":"g"}}`:                 false,
		`{"set_remind_type":{"group_id":"g","user_id":"bob"}}`: true,
		`{"list_joined_groups":{"user_id":"bob"}}`:             true,
		`{"revoke_tokens":{}}`:                                 false,
		`{"revoke_tokens":{"user_id":"bob"}}`:                  true,
		`{"delete_user":{"user_id":"ann"}}`:                    false,
		`{"delete_user":{"user_id":"bob"}}`:                    true,
		`{"set_name_card":{"group_id":"g","user_id":"bob"}}`:   false,
	} {
		req := new(troupev1.Request)
		require.NoError(t, UnmarshalJSON([]byte(call), req), call)
		require.Equal(t, want, ForAppAdmins(req, "ann"), call)
	}
}
