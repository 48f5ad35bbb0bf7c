package protocol

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// fillValue gives a value that is not zero to anything of the core's types.
func fillValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface: // an event's body is the test's to choose
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillValue(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillValue(v.Index(0))
	case reflect.Struct:
		for i := range v.NumField() {
			fillValue(v.Field(i))
		}
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int64, reflect.Int32:
		v.SetInt(5)
	default:
		v.SetUint(5) // also kind livestream, so that its own fields show
	}
}

// requireComplete sets each field of T in turn and requires that the
// translation shows a difference, but for the fields left out on purpose.
func requireComplete[T any](t *testing.T, translate func(*T) proto.Message, leftOut ...string) {
	t.Helper()
	var zero T
	fields := reflect.TypeOf(zero)
	named := map[string]bool{}
	for _, name := range leftOut {
		_, ok := fields.FieldByName(name)
		require.True(t, ok, "%s has no field %s", fields, name)
		named[name] = true
	}
	for i := range fields.NumField() {
		name := fields.Field(i).Name
		with, without := new(T), new(T)
		fillValue(reflect.ValueOf(with).Elem())
		fillValue(reflect.ValueOf(without).Elem())
		reflect.ValueOf(without).Elem().Field(i).SetZero()
		shown := !proto.Equal(translate(with), translate(without))
		require.Equal(t, !named[name], shown, "%s.%s", fields, name)
	}
}

// TestCoreIsTranslatedCompletely: a field that the core gains is either shown
// on the wire or named here as left out.
func TestCoreIsTranslatedCompletely(t *testing.T) {
	requireComplete(t, func(p *group.Profile) proto.Message { return GroupProfile(p, nil) })
	requireComplete(t, func(s *group.Settings) proto.Message {
		return GroupProfile(&group.Profile{Kind: group.Community, Settings: *s}, nil)
	})
	requireComplete(t, func(m *group.MemberProfile) proto.Message { return selfProfile(m) }, "JoinSeq", "VisibleFrom")
	requireComplete(t, func(m *group.Mute) proto.Message { return mute(m) })
	requireComplete(t, func(m *group.Modes) proto.Message { return modesResult(m) })
	requireComplete(t, func(r *group.Record) proto.Message { return Application(r, group.ApplicationReceived) },
		"ApplicantName", "NeededApproval", "ReachedInvitee", "ToldAt")
	requireComplete(t, func(n *group.Notice) proto.Message { return SystemNotice("g", n, 1) })
	requireComplete(t, func(c *group.Card) proto.Message { return card(c) })
	requireComplete(t, func(s *group.Sent) proto.Message { return EventOfNumbered("g", &group.Event{Body: s}) })
	requireComplete(t, func(b *group.Joined) proto.Message { return tip(&group.Event{Body: b}) }, "Folded")
	requireComplete(t, func(b *group.Left) proto.Message {
		b.Reason = min(b.Reason, group.LeaveAccountDeleted)
		return tip(&group.Event{Body: b})
	}, "Folded")
	requireComplete(t, func(b *group.Kicked) proto.Message { return tip(&group.Event{Body: b}) }, "Silent")
	requireComplete(t, func(b *group.InfoChanged) proto.Message { return tip(&group.Event{Body: b}) },
		"Modes", "Mute", "MaxMembers", "Owner", "OldOwner")
	requireComplete(t, func(b *group.MutedUser) proto.Message {
		return tip(&group.Event{Body: &group.MembersMuted{Users: []group.MutedUser{*b}}})
	}, "Until")
	requireComplete(t, func(b *group.MemberChanged) proto.Message { return tip(&group.Event{Body: b}) })
	requireComplete(t, func(e *group.Event) proto.Message {
		e.Body = &group.Kicked{}
		return EventOfNumbered("g", e)
	}, "Position", "Ordinal", "Request", "Result", "Body")
	requireComplete(t, func(u *group.UserResult) proto.Message {
		u.Status = max(u.Status, 5) + 2 // failed, or none
		return userResults([]group.UserResult{*u})[0]
	}, "Status")
	requireComplete(t, func(r *group.Rejection) proto.Message { return ErrorAnswer("r", ErrorFrom(r)) }, "MuteScope", "Until")
	requireComplete(t, func(r *group.Rejection) proto.Message {
		r.Code = group.CodeMuted
		return ErrorAnswer("r", ErrorFrom(r))
	}, "Code", "Field")
	requireComplete(t, func(f *group.ModesChanged) proto.Message { return FrameOf("g", 1, false, f, 0).Message() })
	requireComplete(t, func(f *group.GroupMuted) proto.Message { return FrameOf("g", 1, false, f, 0).Message() })
	requireComplete(t, func(f *group.ConversationChanged) proto.Message { return FrameOf("g", 1, false, f, 0).Message() })
	requireComplete(t, func(f *group.ApplicationChange) proto.Message { return FrameOf("g", 1, false, f, 0).Message() })
}

// samples are valid parameters that differ from what is in bases.
var samples = map[string]string{
	"application_id": "4711", "user_ids": "zoe", "to_user_ids": "zoe", "group_id": "other", "name": "Pier",
}

// TestRequestsAreTranslatedCompletely: every parameter of a command changes the
// command.
func TestRequestsAreTranslatedCompletely(t *testing.T) {
	bases := map[Op]string{
		OpKickMembers: `{"group_id":"g","user_ids":["a"]}`, OpInviteMembers: `{"group_id":"g","user_ids":["a"]}`,
		OpAcceptApplication: `{"group_id":"g","applicant_id":"a"}`, OpRefuseApplication: `{"group_id":"g","applicant_id":"a"}`,
		OpAcceptInvitation: `{"group_id":"g","inviter_id":"a"}`, OpRefuseInvitation: `{"group_id":"g","inviter_id":"a"}`,
		OpTransferOwner: `{"group_id":"g","new_owner_id":"a"}`, OpSetMemberRole: `{"group_id":"g","user_id":"a","role":"member"}`,
		OpMuteMembers:      `{"group_id":"g","user_ids":["a"],"duration":9}`,
		OpMuteGroup:        `{"group_id":"g","on":true,"mode":"roles","roles":[9]}`,
		OpSetRemindType:    `{"group_id":"g","remind_type":"accept_notify"}`,
		OpSendMessage:      `{"conversation":{"type":"group","id":"g"},"elements":[{"text":{"text":"a"}}]}`,
		OpSendLike:         `{"group_id":"g","count":5}`,
		OpSendCustomNotice: `{"group_id":"g","content":"AA=="}`, OpGetMemberProfiles: `{"group_id":"g","user_ids":["a"]}`,
	}
	// Read from the request by whoever answers it.
	elsewhere := map[string]bool{
		"list_members.fields": true, "get_member_profiles.custom_field_filter": true,
		"get_group_history.req_seq": true, "get_group_history.req_number": true,
		"mute_group.on": true, // false by itself is the base of everything else
	}
	for _, row := range Ops() {
		base := bases[row.Op]
		if base == "" {
			base = `{"group_id":"g"}`
		}
		if !row.NeedsGroup || row.Op == OpGuestJoin {
			continue
		}
		before, err := ToCommand(parse(t, row.Name, base))
		require.Nil(t, err, row.Name)
		req := parse(t, row.Name, base)
		fields := req.ProtoReflect().WhichOneof(requestOneof).Message().Fields()
		for i := range fields.Len() {
			f := fields.Get(i)
			name := row.Name + "." + string(f.Name())
			changed := parse(t, row.Name, base)
			setSample(changed.ProtoReflect().Get(requestOneof.Fields().ByName(protoreflect.Name(row.Name))).Message(), f)
			after, err := ToCommand(changed)
			require.Nil(t, err, "%s: %v", name, err)
			require.Equal(t, elsewhere[name], cmp.Equal(before, after), name)
		}
	}
}

func setSample(m protoreflect.Message, f protoreflect.FieldDescriptor) {
	text := samples[string(f.Name())]
	if text == "" {
		text = "bob"
	}
	switch {
	case f.Name() == "fields":
		m.Mutable(f).List().Append(protoreflect.ValueOfString("name"))
	case f.Name() == "conversation":
		m.Set(f, protoreflect.ValueOfMessage(GroupConversation("other").ProtoReflect()))
	case f.Name() == "elements":
		m.Mutable(f).List().Append(protoreflect.ValueOfMessage((&troupev1.Element{
			Element: &troupev1.Element_Face{Face: &troupev1.Face{Index: 3}}}).ProtoReflect()))
	case f.Name() == "initial_members":
		m.Mutable(f).List().Append(protoreflect.ValueOfMessage((&troupev1.InitialMember{UserId: "zoe"}).ProtoReflect()))
	case f.Name() == "custom_fields":
		m.Mutable(f).List().Append(protoreflect.ValueOfMessage((&troupev1.CustomField{Key: "k", Value: ptr("v")}).ProtoReflect()))
	case f.IsList() && f.Kind() == protoreflect.StringKind:
		m.Mutable(f).List().Append(protoreflect.ValueOfString(text))
	case f.IsList():
		m.Mutable(f).List().Append(protoreflect.ValueOfUint32(3))
	case f.Kind() == protoreflect.StringKind:
		m.Set(f, protoreflect.ValueOfString(text))
	case f.Kind() == protoreflect.BytesKind:
		m.Set(f, protoreflect.ValueOfBytes([]byte("zz")))
	case f.Kind() == protoreflect.BoolKind:
		m.Set(f, protoreflect.ValueOfBool(true))
	case f.Kind() == protoreflect.EnumKind:
		m.Set(f, protoreflect.ValueOfEnum(2))
	case f.Kind() == protoreflect.Int64Kind:
		m.Set(f, protoreflect.ValueOfInt64(60))
	case f.Kind() == protoreflect.Uint32Kind:
		m.Set(f, protoreflect.ValueOfUint32(7))
	case f.Kind() == protoreflect.Uint64Kind:
		m.Set(f, protoreflect.ValueOfUint64(7))
	}
}
