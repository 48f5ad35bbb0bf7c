package protocol

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/emptypb"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestMarshalJSON(t *testing.T) {
	cases := map[string]struct {
		message proto.Message
		want    string
	}{
		"empty":              {&troupev1.Ping{}, `{}`},
		"zero values":        {&troupev1.KickMembers{GroupId: "", Silence: false, UserIds: []string{}}, `{}`},
		"optional zero":      {&troupev1.SendMessageResult{Seq: 1, Random: proto.Uint32(0)}, `{"seq":1,"random":0}`},
		"optional empty":     {&troupev1.CustomField{Key: "k", Value: proto.String("")}, `{"key":"k","value":""}`},
		"enum by name":       {&troupev1.UpdateGroupModes{JoinOption: troupev1.JoinOption_JOIN_OPTION_ADMIN_APPROVAL}, `{"join_option":"admin_approval"}`},
		"enum without name":  {&troupev1.SetMemberRole{Role: 17}, `{"role":17}`},
		"enum c2c":           {&troupev1.Conversation{Type: troupev1.ConversationType_CONVERSATION_TYPE_C2C}, `{"type":"c2c"}`},
		"big numbers":        {&troupev1.SendMessageResult{Seq: 1<<64 - 1, Time: -1 << 63}, `{"seq":18446744073709551615,"time":-9223372036854775808}`},
		"bytes":              {&troupev1.SendCustomNotice{Content: []byte{0xfb, 0xff}}, `{"content":"+/8="}`},
		"lists":              {&troupev1.MuteGroup{Roles: []uint32{3, 5}}, `{"roles":[3,5]}`},
		"oneof":              {&troupev1.Element{Element: &troupev1.Element_Text{Text: &troupev1.Text{Text: "hi"}}}, `{"text":{"text":"hi"}}`},
		"empty member":       {&troupev1.Request{RequestId: "1", Op: &troupev1.Request_Ping{Ping: &troupev1.Ping{}}}, `{"request_id":"1","ping":{}}`},
		"empty in a list":    {&troupev1.ListMembersResult{Members: []*troupev1.MemberProfile{{}, {UserId: "a"}}}, `{"members":[{},{"user_id":"a"}]}`},
		"escapes":            {&troupev1.Text{Text: "a\"b\\c\n\r\t\x00\x1f</é\u2028😀"}, `{"text":"a\"b\\c\n\r\t\u0000\u001f</é` + "\u2028" + `😀"}`},
		"not UTF-8":          {&troupev1.Text{Text: "a\xffb\xc3"}, `{"text":"a` + "\uFFFD" + `b` + "\uFFFD" + `"}`},
		"replacement itself": {&troupev1.Text{Text: "\uFFFD"}, `{"text":"` + "\uFFFD" + `"}`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := MarshalJSON(c.message)
			require.NoError(t, err)
			require.Equal(t, c.want, string(got))
			if strings.Contains(name, "UTF-8") {
				return
			}
			back := c.message.ProtoReflect().New().Interface()
			require.NoError(t, UnmarshalJSON(got, back))
			require.Empty(t, cmp.Diff(c.message, back, protocmp.Transform(), protocmp.IgnoreEmptyMessages()))
		})
	}
}

func TestJSONOfForeignMessage(t *testing.T) {
	_, err := MarshalJSON(&emptypb.Empty{})
	require.Error(t, err)
	require.Error(t, UnmarshalJSON([]byte(`{}`), &emptypb.Empty{}))
}

func TestUnmarshalJSONAccepts(t *testing.T) {
	cases := map[string]struct {
		text string
		want proto.Message
	}{
		"blanks":           {" \t\r\n{ \"key\" : \"a\" ,\n\"value\":\"b\" } \n", &troupev1.CustomField{Key: "a", Value: proto.String("b")}},
		"enum number":      {`{"join_option":2}`, &troupev1.UpdateGroupModes{JoinOption: 2}},
		"custom role":      {`{"role":200}`, &troupev1.SetMemberRole{Role: 200}},
		"named role":       {`{"role":"admin"}`, &troupev1.SetMemberRole{Role: 2}},
		"escapes":          {`{"text":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00x"}`, &troupev1.Text{Text: "\"\\/\b\f\n\r\té😀x"}},
		"escaped key":      {`{"te\u0078t":"a"}`, &troupev1.Text{Text: "a"}},
		"limits":           {`{"index":-2147483648}`, &troupev1.Face{Index: -1 << 31}},
		"minus zero":       {`{"index":-0}`, &troupev1.Face{}},
		"empty list":       {`{"user_ids":[]}`, &troupev1.KickMembers{}},
		"explicit zero":    {`{"duration":0}`, &troupev1.MuteMembers{Duration: proto.Int64(0)}},
		"explicit false":   {`{"mute_all":false}`, &troupev1.UpdateGroupProfile{MuteAll: proto.Bool(false)}},
		"zero of implicit": {`{"silence":false,"reason":""}`, &troupev1.KickMembers{}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := c.want.ProtoReflect().New().Interface()
			require.NoError(t, UnmarshalJSON([]byte(c.text), got))
			require.Empty(t, cmp.Diff(c.want, got, protocmp.Transform()))
		})
	}
}

// request wraps the parameters of an operation.
func request(op, parameters string) string {
	return `{"request_id":"r1","` + op + `":` + parameters + `}`
}

func TestDecodeJSONRefuses(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	cases := map[string]struct {
		text  string
		name  string
		field string
		id    string
	}{
		"nothing":             {"", "invalid_request", "", ""},
		"blanks only":         {" \n\t", "invalid_request", "", ""},
		"zero byte":           {"\x00", "invalid_request", "", ""},
		"no object":           {`[]`, "invalid_request", "", ""},
		"no operation":        {`{"request_id":"r1"}`, "invalid_request", "", "r1"},
		"unknown operation":   {request("fly", `{}`), "invalid_request", "fly", "r1"},
		"two operations":      {`{"request_id":"r1","ping":{},"logout":{}}`, "invalid_request", "logout", "r1"},
		"operation twice":     {`{"request_id":"r1","ping":{},"ping":{}}`, "invalid_request", "ping", "r1"},
		"operation no object": {request("ping", `1`), "invalid_request", "ping", "r1"},
		"operation null":      {request("ping", `null`), "invalid_request", "ping", "r1"},
		"id no string":        {`{"request_id":1,"ping":{}}`, "invalid_request", "request_id", ""},
		"id after the fault":  {`{"fly":{"x":[1,-2.5e3,null]},"request_id":"r1"}`, "invalid_request", "fly", "r1"},
		"cut off":             {`{"request_id":"r1","ping":{}`, "invalid_request", "", "r1"},
		"trailing comma":      {`{"request_id":"r1","ping":{},}`, "invalid_request", "", "r1"},
		"trailing text":       {request("ping", `{}`) + " x", "invalid_request", "", "r1"},
		"two on one line":     {request("ping", `{}`) + request("ping", `{}`), "invalid_request", "", "r1"},
		"unknown field":       {request("leave_group", `{"group":"g"}`), "invalid_parameter", "group", "r1"},
		"field twice":         {request("leave_group", `{"group_id":"g","group_id":"g"}`), "invalid_request", "leave_group.group_id", "r1"},
		"wrong type":          {request("leave_group", `{"group_id":7}`), "invalid_parameter", "group_id", "r1"},
		"null":                {request("leave_group", `{"group_id":null}`), "invalid_parameter", "group_id", "r1"},
		"string for number":   {request("mute_members", `{"duration":"5"}`), "invalid_parameter", "duration", "r1"},
		"fraction":            {request("mute_members", `{"duration":5.5}`), "invalid_parameter", "duration", "r1"},
		"exponent":            {request("mute_members", `{"duration":5e3}`), "invalid_parameter", "duration", "r1"},
		"leading zero":        {request("mute_members", `{"duration":05}`), "invalid_request", "mute_members.duration", "r1"},
		"over int64":          {request("mute_members", `{"duration":9223372036854775808}`), "invalid_parameter", "duration", "r1"},
		"under int64":         {request("mute_members", `{"duration":-9223372036854775809}`), "invalid_parameter", "duration", "r1"},
		"over uint64":         {request("get_group_history", `{"req_seq":18446744073709551616}`), "invalid_parameter", "req_seq", "r1"},
		"over uint32":         {request("send_message", `{"random":4294967296}`), "invalid_parameter", "random", "r1"},
		"negative":            {request("send_message", `{"random":-1}`), "invalid_parameter", "random", "r1"},
		"over int32":          {request("send_message", `{"elements":[{"face":{"index":2147483648}}]}`), "invalid_parameter", "elements[0].face.index", "r1"},
		"enum name":           {request("create_group", `{"kind":"club"}`), "invalid_parameter", "kind", "r1"},
		"enum fraction":       {request("create_group", `{"kind":1.5}`), "invalid_parameter", "kind", "r1"},
		"boolean":             {request("kick_members", `{"silence":1}`), "invalid_parameter", "silence", "r1"},
		"list":                {request("kick_members", `{"user_ids":"a"}`), "invalid_parameter", "user_ids", "r1"},
		"list item":           {request("kick_members", `{"user_ids":["a",1]}`), "invalid_parameter", "user_ids[1]", "r1"},
		"list comma":          {request("kick_members", `{"user_ids":["a",]}`), "invalid_parameter", "user_ids[1]", "r1"},
		"base64":              {request("send_custom_notice", `{"content":"a"}`), "invalid_parameter", "content", "r1"},
		"base64 tail bits":    {request("send_custom_notice", `{"content":"QR=="}`), "invalid_parameter", "content", "r1"},
		"two elements":        {request("send_message", `{"elements":[{"text":{},"face":{}}]}`), "invalid_request", "send_message.elements[0].face", "r1"},
		"raw control":         {request("send_message", "{\"elements\":[{\"text\":{\"text\":\"a\nb\"}}]}"), "invalid_request", "send_message.elements[0].text.text", "r1"},
		"not UTF-8":           {request("leave_group", "{\"group_id\":\"\xff\"}"), "invalid_request", "leave_group.group_id", "r1"},
		"escaped not UTF-8":   {request("leave_group", "{\"group_id\":\"\\n\xff\"}"), "invalid_request", "leave_group.group_id", "r1"},
		"lone surrogate":      {request("leave_group", `{"group_id":"\ud800"}`), "invalid_request", "leave_group.group_id", "r1"},
		"swapped surrogates":  {request("leave_group", `{"group_id":"\ude00\ud83d"}`), "invalid_request", "leave_group.group_id", "r1"},
		"short escape":        {request("leave_group", `{"group_id":"\u12"}`), "invalid_request", "leave_group.group_id", "r1"},
		"bad escape":          {request("leave_group", `{"group_id":"\x"}`), "invalid_request", "leave_group.group_id", "r1"},
		"deep unknown":        {`{"request_id":"r1","x":` + deep + `}`, "invalid_request", "x", "r1"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := DecodeRequests(JSON, []byte(c.text), func(*troupev1.Request) {})
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.name, e.Name, e.Message)
			require.Equal(t, c.field, e.Field())
			require.Equal(t, c.id, e.RequestID)
		})
	}
}

// TestDepthBound: the schema is flat enough for a client, which passes over
// what it does not know, but not endlessly.
func TestDepthBound(t *testing.T) {
	for _, c := range []struct {
		depth int
		ok    bool
	}{{14, true}, {17, false}, {5000, false}} {
		text := `{"answer":{"new":` + strings.Repeat("[", c.depth) + strings.Repeat("]", c.depth) + `}}`
		err := DecodeFrames(JSON, []byte(text), func(*troupev1.Frame) {})
		require.Equal(t, c.ok, err == nil, c.depth)
	}
}

func TestDecodeFramesPassesOverTheNew(t *testing.T) {
	text := `{"answer":{"request_id":"a","likes":{"n":[1,{"x":true}]},"join_group":{"outcome":"dancing","group":{"kind":"club","name":"n"}}}}` +
		"\n\r\n" + `{"sparkle":1}` + "\n"
	var got []*troupev1.Frame
	require.NoError(t, DecodeFrames(JSON, []byte(text), func(f *troupev1.Frame) { got = append(got, f) }))
	require.Len(t, got, 2)
	require.Equal(t, "n", got[0].GetAnswer().GetJoinGroup().GetGroup().GetName())
	require.Zero(t, got[0].GetAnswer().GetJoinGroup().GetOutcome())
	require.Nil(t, got[1].Frame)

	require.Error(t, DecodeFrames(JSON, []byte(`{"answer":{"request_id":1}}`), func(*troupev1.Frame) {}))
	require.Error(t, DecodeFrames(Binary, []byte{9}, func(*troupev1.Frame) {}))
}

func TestLongUnknownKeyIsCut(t *testing.T) {
	text := `{"request_id":"r1","` + strings.Repeat("é", 500) + `":{}}`
	err := DecodeRequests(JSON, []byte(text), func(*troupev1.Request) {})
	var e *Error
	require.ErrorAs(t, err, &e)
	require.LessOrEqual(t, len(e.Field()), 80)
}
