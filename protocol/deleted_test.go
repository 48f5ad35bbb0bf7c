package protocol

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// gone has bob deleted at 100, and somebody else of that name after it.
type gone struct{ erased group.Millis }

const shownAs = "@DELETED#ABCDEFGHIJ"

func (g gone) At(u group.UserID, at group.Millis) *DeletedUser {
	if at < 100 {
		return g.Present(u)
	}
	return nil
}

func (g gone) Present(u group.UserID) *DeletedUser {
	if u == "bob" {
		return &DeletedUser{ID: shownAs, Erased: g.erased}
	}
	return nil
}

// Every string field that could name something is one of these.
var (
	userFields = []string{
		"user_id", "user_ids", "sender_id", "operator_id", "owner_id", "applicant_id", "inviter_id", "handler_id",
	}
	otherFields = []string{"group_id", "application_id", "session_id", "device_id", "request_id", "ban_id", "id"}
	// ownWords are ids that the caller gave itself.
	ownWords = []protoreflect.FullName{"troupe.v1.UserResult.user_id", "troupe.v1.LoginResult.user_id"}
)

// fillNamed fills a message with bob at a moment; its lists have one element.
// Of a oneof the member named is set, or the last.
func fillNamed(m protoreflect.Message, at int64, member protoreflect.Name) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() {
			if o.Fields().ByName(member) == nil {
				member = o.Fields().Get(o.Fields().Len() - 1).Name()
			}
			if f.Name() != member {
				continue
			}
		}
		message := f.Kind() == protoreflect.MessageKind
		switch {
		case f.IsList() && message:
			fillNamed(m.Mutable(f).List().AppendMutable().Message(), at, member)
		case message:
			fillNamed(m.Mutable(f).Message(), at, member)
		case f.IsList() && f.Kind() == protoreflect.StringKind:
			m.Mutable(f).List().Append(protoreflect.ValueOfString("bob"))
		case f.IsList():
		case f.FullName() == "troupe.v1.Change.field":
			m.Set(f, protoreflect.ValueOfString("owner"))
		case f.Kind() == protoreflect.StringKind:
			m.Set(f, protoreflect.ValueOfString("bob"))
		case f.Kind() == protoreflect.Int64Kind:
			m.Set(f, protoreflect.ValueOfInt64(at))
		}
	}
}

// eachString calls fn with every string of a message that is set, but for those
// of the audit log and of bans, which app_admins read: they keep users as they
// were called.
func eachString(m protoreflect.Message, fn func(protoreflect.FieldDescriptor, string)) {
	switch m.Descriptor().FullName() {
	case "troupe.v1.AuditEntry", "troupe.v1.Ban":
		return
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		message := f.Kind() == protoreflect.MessageKind
		switch {
		case f.IsList():
			for i := range v.List().Len() {
				if message {
					eachString(v.List().Get(i).Message(), fn)
				} else if f.Kind() == protoreflect.StringKind {
					fn(f, v.List().Get(i).String())
				}
			}
		case message:
			eachString(v.Message(), fn)
		case f.Kind() == protoreflect.StringKind:
			fn(f, v.String())
		}
		return true
	})
}

// everyFrame gives a frame of every answer and every event; the last fills in
// elements as tips.
func everyFrame(at int64) map[string]*troupev1.Frame {
	out := map[string]*troupev1.Frame{}
	for _, side := range []string{"answer", "event"} {
		inner := (*troupev1.Frame)(nil).ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(side)).Message()
		for i := range inner.Oneofs().Len() {
			members := inner.Oneofs().Get(i).Fields()
			for j := range members.Len() {
				name := members.Get(j).Name()
				f := new(troupev1.Frame)
				fillNamed(f.ProtoReflect().Mutable(f.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(side))).Message(), at, name)
				if inner.Oneofs().Get(i).IsSynthetic() {
					continue
				}
				out[side+" "+string(name)] = f
			}
		}
	}
	return out
}

// TestDeletedUsersAreShownNowhere: a field that the schema gains is shown
// rightly, or this fails.
func TestDeletedUsersAreShownNowhere(t *testing.T) {
	shown := 0
	for name, f := range everyFrame(99) {
		ShowDeleted(f, gone{})
		eachString(f.ProtoReflect(), func(fd protoreflect.FieldDescriptor, text string) {
			field, in := string(fd.Name()), fd.Parent().Name()
			require.True(t, !strings.HasSuffix(field, "id") && !strings.HasSuffix(field, "ids") ||
				slices.Contains(userFields, field) || slices.Contains(otherFields, field), "%s: does it name a user?", fd.FullName())
			switch {
			case slices.Contains(ownWords, fd.FullName()):
				require.Equal(t, "bob", text)
			case slices.Contains(userFields, field), fd.FullName() == "troupe.v1.Change.value":
				require.Equal(t, shownAs, text, "%s: %s", name, fd.FullName())
				shown++
			case in == "UserCard", in == "MemberProfile", in == "MemberChange":
				require.Fail(t, "of a deleted user", "%s: %s", name, fd.FullName())
			default:
				require.Equal(t, map[bool]string{true: "owner", false: "bob"}[fd.FullName() == "troupe.v1.Change.field"], text)
			}
		})
	}
	require.Greater(t, shown, 100, "the frames name users")
}

// TestOthersAreShownAsTheyAre: whoever came after the deleted user, and
// everybody else.
func TestOthersAreShownAsTheyAre(t *testing.T) {
	for name, f := range everyFrame(100) {
		before := proto.CloneOf(f)
		ShowDeleted(f, elsewhere{})
		require.True(t, proto.Equal(before, f), name)
		ShowDeleted(f, later{})
		require.True(t, proto.Equal(before, f), name)
	}
}

// elsewhere has deleted somebody, later has deleted bob and given the id away.
type elsewhere struct{}

func (elsewhere) At(u group.UserID, _ group.Millis) *DeletedUser { return gone{}.Present(u + "by") }
func (elsewhere) Present(u group.UserID) *DeletedUser            { return gone{}.Present(u + "by") }

type later struct{ gone }

func (later) Present(group.UserID) *DeletedUser { return nil }

func TestErasedMessagesAreShownAsRecalled(t *testing.T) {
	m := EventOfNumbered("g", &group.Event{Seq: 7, Time: 50, Body: &group.Sent{
		Sender: group.Card{User: "bob", Name: "Bob", Avatar: "b.png", NameCard: "Bobby", Role: group.Admin}, Random: 9,
		Elements: []group.Element{{Type: group.ElementText, Text: "hi"}}, Priority: group.PriorityHigh,
	}})
	f := EventFrame(ClassNumbered, MessageEvent(m)).Message()
	ShowDeleted(f, gone{erased: 80})
	want := &troupev1.Message{
		Conversation: GroupConversation("g"), SenderId: shownAs, Time: 50, Seq: 7, Random: 9, Priority: troupev1.Priority_PRIORITY_HIGH,
		Sender:   &troupev1.UserCard{UserId: shownAs, Role: troupev1.Role_ROLE_ADMIN, Deleted: true},
		Recalled: &troupev1.Recalled{By: proto.String(""), Time: 80},
	}
	require.True(t, proto.Equal(want, m), "%v", m)
}
