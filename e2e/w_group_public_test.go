package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// webBaseFields are webim's base fields of a group: Type, Name, Introduction,
// Notification, FaceUrl, CreateTime, Owner_Account, LastInfoTime, LastMsgTime,
// NextMsgSeq, MemberNum, MaxMemberNum, ApplyJoinOption.
var webBaseFields = []string{
	"kind", "name", "introduction", "announcement", "avatar", "create_time", "owner_id", "last_info_time",
	"last_message_time", "next_seq", "member_count", "max_members", "join_option",
}

// fieldsOf names what is set in a message.
func fieldsOf(m proto.Message) []string {
	var names []string
	m.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		names = append(names, string(f.Name()))
		return true
	})
	return names
}

// webFull is a group in which every base field has something to show.
func webFull(kind troupev1.Kind, id string) *troupev1.CreateGroup {
	op := webGroup(kind, id)
	op.Introduction, op.Announcement, op.Avatar, op.MaxMembers = "about us", "read this", "face.png", 50
	return op
}

// requireBase asserts the base fields of such a group, made and last spoken in
// at the times given.
func requireBase(t *testing.T, g *troupev1.GroupProfile, kind troupev1.Kind, made, spoken int64) {
	t.Helper()
	require.Equal(t, kind, g.GetKind())
	require.Equal(t, "The group", g.GetName())
	require.Equal(t, "about us", g.GetIntroduction())
	require.Equal(t, "read this", g.GetAnnouncement())
	require.Equal(t, "face.png", g.GetAvatar())
	require.Equal(t, made, g.GetCreateTime())
	require.Equal(t, "olga", g.GetOwnerId())
	require.Equal(t, spoken, g.GetLastMessageTime())
	require.EqualValues(t, 3, g.GetNextSeq())
	require.EqualValues(t, 2, g.GetMemberCount())
	require.EqualValues(t, 50, g.GetMaxMembers())
}

func TestWebimPublicInfo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.users("olga", "mike", "out")
	olga, out := p[0], p[2]
	made := w.now()
	olga.createWith(webFull(webPublic, "square"), "mike")
	olga.createWith(webFull(webPrivate, "den"), "mike")
	w.advance(5 * time.Second)
	olga.ok(text("square", "hello"))
	forget(p...)
	found := func(op *troupev1.SearchGroup) []*troupev1.GroupEntry {
		t.Helper()
		return out.ok(op).GetSearchGroup().GetGroups()
	}

	t.Run("W-086", func(t *testing.T) {
		list := found(&troupev1.SearchGroup{GroupIds: []string{"square"}})
		require.Len(t, list, 1)
		require.Zero(t, list[0].GetCode())
		g := list[0].GetGroup()
		require.Equal(t, "square", g.GetGroupId())
		requireBase(t, g, webPublic, made, w.now())
		require.Equal(t, troupev1.JoinOption_JOIN_OPTION_ADMIN_APPROVAL, g.GetJoinOption())
		require.Nil(t, g.GetMute(), "for members only")
		require.Nil(t, g.GetSelf())
		require.Empty(t, g.GetMembers())
		silent(p...)
	})
	t.Run("W-087", func(t *testing.T) {
		for _, field := range webBaseFields {
			g := found(&troupev1.SearchGroup{GroupIds: []string{"square"}, Fields: []string{field}})[0].GetGroup()
			require.ElementsMatch(t, []string{"group_id", field}, fieldsOf(g))
		}
		g := found(&troupev1.SearchGroup{GroupIds: []string{"square"}, Fields: webBaseFields})[0].GetGroup()
		require.ElementsMatch(t, append([]string{"group_id"}, webBaseFields...), fieldsOf(g))
		requireBase(t, g, webPublic, made, w.now())
		refusedQuietly(out, 10004, &troupev1.SearchGroup{GroupIds: []string{"square"}, Fields: []string{"secret"}})
	})
	t.Run("W-088", func(t *testing.T) {
		list := found(&troupev1.SearchGroup{GroupIds: []string{"den", "square", "nowhere"}})
		require.Len(t, list, 3)
		for i, want := range []struct {
			id, name string
			code     int32
		}{{"den", "group_not_searchable", 11011}, {"square", "", 0}, {"nowhere", "group_not_found", 10010}} {
			require.Equal(t, want.id, list[i].GetGroupId())
			require.Equal(t, want.code, list[i].GetCode())
			require.NotNil(t, list[i].Code)
			require.Equal(t, want.name, list[i].GetError())
			require.Equal(t, want.code == 0, list[i].GetGroup() != nil)
		}
	})
}
