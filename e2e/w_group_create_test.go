package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// The three group types of webim.
const (
	webPrivate, webPublic, webChatRoom = troupev1.Kind_KIND_WORK, troupev1.Kind_KIND_PUBLIC, troupev1.Kind_KIND_MEETING
)

// webGroup is a group as webim's createGroup makes it.
func webGroup(kind troupev1.Kind, id string) *troupev1.CreateGroup {
	return &troupev1.CreateGroup{Kind: kind, GroupId: id, Name: "The group"}
}

func TestWebimCreateGroup(t *testing.T) {
	t.Parallel()
	t.Run("W-077", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("olga", "mike", "out")
		olga, mike := p[0], p[1]
		made := olga.ok(&troupev1.CreateGroup{
			Kind: webPublic, GroupId: "g", OwnerId: "olga", Name: "The group", Announcement: "read this",
			Introduction: "about us", Avatar: "face.png", InitialMembers: []*troupev1.InitialMember{{UserId: "mike"}},
		}).GetCreateGroup()
		require.Equal(t, "g", made.GetGroup().GetGroupId())
		h := w.hears(scene{olga: {notices: 1, tips: 1}, mike: {tips: 1}})
		h[olga].theNotice(6, "g", "olga")
		h[mike].entered(troupev1.JoinMethod_JOIN_METHOD_CREATED_WITH, "olga", "mike")
		got := mike.profile("g")
		require.Equal(t, webPublic, got.GetKind())
		require.Equal(t, "olga", got.GetOwnerId())
		require.Equal(t, "The group", got.GetName())
		require.Equal(t, "read this", got.GetAnnouncement())
		require.Equal(t, "about us", got.GetIntroduction())
		require.Equal(t, w.now(), got.GetCreateTime())
		require.EqualValues(t, 2, got.GetMemberCount())
	})
	t.Run("W-078", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("root", "olga", "mike")
		root, olga, mike := p[0], p[1], p[2]
		named := webGroup(webPublic, "g")
		named.OwnerId = "olga"
		refusedQuietly(mike, 10007, named)
		require.Equal(t, "olga", root.ok(named).GetCreateGroup().GetGroup().GetOwnerId())
		h := w.hears(scene{olga: {notices: 1}})
		require.Equal(t, "g", h[olga].notices[0].GetGroupId())
		require.EqualValues(t, 6, h[olga].notices[0].GetNoticeType())
		require.Equal(t, []string{"olga"}, olga.roster("g"))
		require.Equal(t, troupev1.Role_ROLE_OWNER, olga.profile("g").GetSelf().GetRole())
		own := webGroup(webPublic, "own")
		own.OwnerId = "mike"
		mike.ok(own)
		w.hears(scene{mike: {notices: 1}})
		require.Equal(t, "mike", mike.profile("own").GetOwnerId())
		nobody := webGroup(webPublic, "nobody")
		nobody.OwnerId = "ghost"
		refusedQuietly(root, 10019, nobody)
	})
	t.Run("W-079", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("olga", "ned")
		olga, ned := p[0], p[1]
		for kind, join := range map[troupev1.Kind]int32{webPrivate: 11001, webPublic: 25424, webChatRoom: 0} {
			id := kind.String()
			require.Equal(t, kind, olga.ok(webGroup(kind, id)).GetCreateGroup().GetGroup().GetKind())
			w.hears(scene{olga: {notices: 1}})
			require.Equal(t, kind, olga.profile(id).GetKind())
			ned.code(join, &troupev1.JoinGroup{GroupId: id})
			forget(p...)
		}
	})
	t.Run("W-080", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("olga", "out")
		for _, kind := range []troupev1.Kind{webPrivate, webPublic, webChatRoom} {
			for _, name := range []string{"", " ", "  \t", strings.Repeat("x", 31), strings.Repeat("群", 10) + "."} {
				op := webGroup(kind, "odd")
				op.Name = name
				refusedQuietly(p[0], 10004, op)
			}
			for i, name := range []string{strings.Repeat("x", 30), strings.Repeat("群", 10)} {
				op := webGroup(kind, kind.String()+string(rune('0'+i)))
				op.Name = name
				p[0].ok(op)
				require.Equal(t, name, p[0].profile(op.GroupId).GetName())
				w.hears(scene{p[0]: {notices: 1}})
			}
		}
		refusedQuietly(p[1], 10010, &troupev1.JoinGroup{GroupId: "odd"})
	})
	t.Run("W-083", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("olga", "mike", "out")
		op := webGroup(webPublic, "g")
		op.Avatar = strings.Repeat("f", 101)
		refusedQuietly(p[0], 10004, op)
		op.Avatar = op.Avatar[1:]
		p[0].createWith(op, "mike")
		for _, q := range p {
			require.Equal(t, op.Avatar, q.profile("g").GetAvatar())
		}
	})
	t.Run("W-084", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("olga", "mike", "ned", "out")
		olga, mike, ned, out := p[0], p[1], p[2], p[3]
		for _, kind := range []troupev1.Kind{webPrivate, webPublic, webChatRoom} {
			op := webGroup(kind, kind.String())
			op.InitialMembers = []*troupev1.InitialMember{{UserId: "mike"}, {UserId: "ned"}, {UserId: "ghost"}}
			got := olga.ok(op).GetCreateGroup()
			require.Equal(t, map[string]troupev1.Outcome{
				"mike": troupev1.Outcome_OUTCOME_JOINED, "ned": troupev1.Outcome_OUTCOME_JOINED, "ghost": troupev1.Outcome_OUTCOME_FAILED,
			}, outcomes(got.GetUsers()))
			w.hears(scene{olga: {notices: 1, tips: 1}, mike: {tips: 1}, ned: {tips: 1}})
			require.Equal(t, []string{"olga", "mike", "ned"}, ned.roster(op.GroupId))
			require.Empty(t, ned.records(&troupev1.ListApplications{}).GetApplications())
			mike.ok(text(op.GroupId, "hello"))
			w.hears(scene{olga: {messages: 1}, ned: {messages: 1}})
			refusedQuietly(out, 11004, text(op.GroupId, "hello"))
		}
	})
}
