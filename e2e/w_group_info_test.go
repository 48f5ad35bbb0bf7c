package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func (p *peer) joinedGroups(op *troupev1.ListJoinedGroups) *troupev1.ListJoinedGroupsResult {
	p.t.Helper()
	return p.ok(op).GetListJoinedGroups()
}

func idsOf(list []*troupev1.GroupProfile) []string {
	var ids []string
	for _, g := range list {
		ids = append(ids, g.GetGroupId())
	}
	return ids
}

func TestWebimJoinedGroups(t *testing.T) {
	t.Parallel()
	t.Run("W-101", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("olga", "mike", "root")
		olga, mike, root := p[0], p[1], p[2]
		for i, kind := range []troupev1.Kind{webPublic, webPrivate, webPublic, webChatRoom, webPublic} {
			w.advance(time.Second)
			olga.createWith(webGroup(kind, fmt.Sprint("g", i)), "mike")
		}
		olga.createWith(webGroup(webPublic, "own"))
		own := &troupev1.ListJoinedGroups{UserId: "mike"}
		require.Equal(t, []string{"g0", "g1", "g2", "g3", "g4"}, idsOf(mike.joinedGroups(own).GetGroups()))
		page := mike.joinedGroups(&troupev1.ListJoinedGroups{UserId: "mike", Offset: 1, Limit: 3})
		require.Equal(t, []string{"g1", "g2", "g3"}, idsOf(page.GetGroups()))
		require.EqualValues(t, 5, page.GetTotal())
		require.Equal(t, []string{"g0", "g2", "g4"}, idsOf(mike.joinedGroups(&troupev1.ListJoinedGroups{Kind: webPublic}).GetGroups()))
		require.Equal(t, []string{"g2"}, idsOf(mike.joinedGroups(&troupev1.ListJoinedGroups{Kind: webPublic, Offset: 1, Limit: 1}).GetGroups()))
		require.Empty(t, mike.joinedGroups(&troupev1.ListJoinedGroups{Offset: 5, Limit: 3}).GetGroups())
		require.Equal(t, []string{"g0", "g1", "g2", "g3", "g4"}, idsOf(root.joinedGroups(own).GetGroups()))
		refusedQuietly(olga, 10007, own)
		refusedQuietly(mike, 10004, &troupev1.ListJoinedGroups{Limit: 201})
	})
	t.Run("W-102", func(t *testing.T) {
		w := newWorld(t)
		olga := w.users("olga", "mike", "out")[0]
		made := w.now()
		olga.createWith(webFull(webPublic, "g"), "mike")
		w.advance(5 * time.Second)
		olga.ok(text("g", "hello"))
		byDefault := fieldsOf(first(t, olga.joinedGroups(&troupev1.ListJoinedGroups{}).GetGroups()))
		require.ElementsMatch(t, []string{"group_id", "kind", "name", "avatar", "last_message", "last_message_time", "self"}, byDefault)
		for _, field := range webBaseFields {
			g := first(t, olga.joinedGroups(&troupev1.ListJoinedGroups{Fields: []string{field}}).GetGroups())
			want := append([]string{}, byDefault...)
			if !strings.Contains(" kind name avatar last_message_time ", " "+field+" ") {
				want = append(want, field)
			}
			require.ElementsMatch(t, want, fieldsOf(g))
		}
		g := first(t, olga.joinedGroups(&troupev1.ListJoinedGroups{Fields: webBaseFields}).GetGroups())
		requireBase(t, g, webPublic, made, w.now())
	})
	t.Run("W-103", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPublic, "g"))
		self := func(p *peer) *troupev1.MemberProfile {
			t.Helper()
			return first(t, p.joinedGroups(&troupev1.ListJoinedGroups{}).GetGroups()).GetSelf()
		}
		joined := z.w.now()
		z.w.advance(time.Second)
		z.owner.ok(text("g", "one"))
		z.admin.ok(text("g", "two"))
		z.owner.ok(&troupev1.SetNameCard{GroupId: "g", NameCard: "no message"})
		for p, want := range map[*peer]struct {
			role   troupev1.Role
			unread uint32
		}{z.owner: {troupev1.Role_ROLE_OWNER, 1}, z.admin: {troupev1.Role_ROLE_ADMIN, 1}, z.member: {troupev1.Role_ROLE_MEMBER, 2}} {
			me := self(p)
			require.Equal(t, want.role, me.GetRole())
			require.Equal(t, joined, me.GetJoinTime())
			require.Equal(t, troupev1.RemindType_REMIND_TYPE_ACCEPT_NOTIFY, me.GetRemindType())
			require.Equal(t, want.unread, me.GetUnread(), "%s", p.user)
		}
		z.member.ok(&troupev1.SetRemindType{GroupId: "g", RemindType: troupev1.RemindType_REMIND_TYPE_DISCARD})
		require.Equal(t, troupev1.RemindType_REMIND_TYPE_DISCARD, self(z.member).GetRemindType())
		require.Equal(t, proto.Uint32(0), self(z.member).Unread)
	})
}

func TestWebimGroupInfo(t *testing.T) {
	t.Parallel()
	t.Run("W-104", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPublic, "g"))
		joined := z.w.now()
		z.w.advance(time.Second)
		z.member.ok(text("g", "hello"))
		z.owner.ok(&troupev1.MuteMembers{GroupId: "g", UserIds: []string{"mike"}, Duration: proto.Int64(60)})
		list := z.admin.ok(&troupev1.GetGroupProfiles{
			GroupIds: []string{"g", "nowhere"}, Fields: []string{"name", "owner_id", "member_count"},
			MemberFields: []string{"role", "join_time", "last_send_time", "mute_until"},
		}).GetGetGroupProfiles().GetGroups()
		require.Len(t, list, 2)
		require.EqualValues(t, 10010, list[1].GetCode())
		g := list[0].GetGroup()
		require.ElementsMatch(t, []string{"group_id", "name", "owner_id", "member_count", "members"}, fieldsOf(g))
		require.Len(t, g.GetMembers(), 3)
		for i, want := range []*troupev1.MemberProfile{
			{UserId: "olga", Role: troupev1.Role_ROLE_OWNER, LastSendTime: proto.Int64(0), MuteUntil: proto.Int64(0)},
			{UserId: "adam", Role: troupev1.Role_ROLE_ADMIN, LastSendTime: proto.Int64(0), MuteUntil: proto.Int64(0)},
			{UserId: "mike", Role: troupev1.Role_ROLE_MEMBER, LastSendTime: proto.Int64(z.w.now()), MuteUntil: proto.Int64(z.w.now() + 60_000)},
		} {
			want.JoinTime = &joined
			require.True(t, proto.Equal(want, g.GetMembers()[i]), "want %v\ngot  %v", want, g.GetMembers()[i])
		}
		outside := first(t, z.out.ok(&troupev1.GetGroupProfiles{GroupIds: []string{"g"}, MemberFields: []string{"role"}}).GetGetGroupProfiles().GetGroups())
		require.Empty(t, outside.GetGroup().GetMembers())
	})
	t.Run("W-105", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPublic, "g"))
		z.w.advance(time.Second)
		edit := &troupev1.UpdateGroupProfile{
			GroupId: "g", Name: proto.String(strings.Repeat("n", 30)), Avatar: proto.String(strings.Repeat("a", 100)),
			Announcement: proto.String(strings.Repeat("告", 100)), Introduction: proto.String(strings.Repeat("介", 80)),
		}
		refusedQuietly(z.member, 10007, edit)
		for _, long := range []*troupev1.UpdateGroupProfile{
			{Name: proto.String(edit.GetName() + ".")}, {Name: proto.String(" ")}, {Avatar: proto.String(edit.GetAvatar() + ".")},
			{Announcement: proto.String(edit.GetAnnouncement() + ".")}, {Introduction: proto.String(edit.GetIntroduction() + ".")},
		} {
			long.GroupId = "g"
			refusedQuietly(z.owner, 10004, long)
		}
		require.Equal(t, "The group", z.member.profile("g").GetName())
		got := z.admin.ok(edit).GetUpdateGroupProfile().GetGroup()
		z.hears(z.all(counts{tips: 1}, nil))
		for _, g := range []*troupev1.GroupProfile{got, z.member.profile("g")} {
			require.Equal(t, edit.GetName(), g.GetName())
			require.Equal(t, edit.GetAvatar(), g.GetAvatar())
			require.Equal(t, edit.GetAnnouncement(), g.GetAnnouncement())
			require.Equal(t, edit.GetIntroduction(), g.GetIntroduction())
			require.Equal(t, z.w.now(), g.GetLastInfoTime())
		}
		z.owner.ok(edit)
		z.hears(nil)
	})
}

func TestWebimMemberInfo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.users("olga", "out")
	var names []string
	for i := range 105 {
		names = append(names, fmt.Sprintf("u%03d", i))
	}
	unregistered := p[1]
	w.known(names...)
	olga := p[0]
	olga.createWith(webGroup(webPublic, "g"), names...)
	list := func(op *troupev1.ListMembers) *troupev1.ListMembersResult {
		t.Helper()
		op.GroupId = "g"
		return olga.ok(op).GetListMembers()
	}
	everybody := append([]string{"olga"}, names...)
	ids := func(r *troupev1.ListMembersResult) []string {
		var l []string
		for _, m := range r.GetMembers() {
			l = append(l, m.GetUserId())
		}
		return l
	}
	t.Run("W-106", func(t *testing.T) {
		r := list(&troupev1.ListMembers{Limit: proto.Uint32(10), Fields: []string{"role", "join_time"}})
		require.EqualValues(t, 106, r.GetMemberCount())
		require.Equal(t, everybody[:10], ids(r))
		for _, m := range r.GetMembers() {
			require.ElementsMatch(t, []string{"user_id", "role", "join_time"}, fieldsOf(m))
		}
		require.Len(t, list(&troupev1.ListMembers{Limit: proto.Uint32(1000)}).GetMembers(), 100, "more is cut")
		refusedQuietly(unregistered, 11004, &troupev1.ListMembers{GroupId: "g"})
		refusedQuietly(olga, 10004, &troupev1.ListMembers{GroupId: "g", Fields: []string{"secret"}})
	})
	t.Run("W-107", func(t *testing.T) {
		require.Equal(t, everybody[:50], ids(list(&troupev1.ListMembers{Offset: 0, Limit: proto.Uint32(50)})))
		require.Equal(t, everybody[50:100], ids(list(&troupev1.ListMembers{Offset: 50, Limit: proto.Uint32(50)})))
		require.Equal(t, everybody[100:], ids(list(&troupev1.ListMembers{Offset: 100, Limit: proto.Uint32(50)})))
		require.Empty(t, ids(list(&troupev1.ListMembers{Offset: 106, Limit: proto.Uint32(50)})))
	})
	t.Run("W-108", func(t *testing.T) {
		until := func() *int64 {
			t.Helper()
			return first(t, list(&troupev1.ListMembers{Offset: 1, Limit: proto.Uint32(1), Fields: []string{"mute_until"}}).GetMembers()).MuteUntil
		}
		require.Equal(t, proto.Int64(0), until())
		mute := func(seconds int64) {
			t.Helper()
			olga.ok(&troupev1.MuteMembers{GroupId: "g", UserIds: []string{"u000"}, Duration: &seconds})
		}
		mute(60)
		require.Equal(t, proto.Int64(w.now()+60_000), until())
		mute(0)
		require.Equal(t, proto.Int64(0), until())
	})
}
