package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestTIMCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.users("alice", "bob", "out")
	alice, bob := p[0], p[1]
	made := counts{notices: 1}

	t.Run("T-016", func(t *testing.T) {
		a := alice.ok(&troupev1.CreateGroup{Kind: timPublic, GroupId: "club", Name: "The club", Introduction: "i", Announcement: "n"})
		g := a.GetCreateGroup().GetGroup()
		require.Equal(t, []string{"club", "The club", "i", "n", "alice"},
			[]string{g.GetGroupId(), g.GetName(), g.GetIntroduction(), g.GetAnnouncement(), g.GetOwnerId()})
		require.EqualValues(t, 1, g.GetMemberCount())
		require.Equal(t, start.UnixMilli(), g.GetCreateTime())
		h := w.hears(scene{alice: made})
		h[alice].theNotice(6, "club", "alice")
	})

	t.Run("T-018", func(t *testing.T) {
		g := alice.ok(&troupev1.CreateGroup{GroupId: "crew", Name: "g"}).GetCreateGroup().GetGroup()
		require.Equal(t, timWork, g.GetKind())
		require.Equal(t, timWork, alice.profile("crew").GetKind())
		bob.code(11001, &troupev1.JoinGroup{GroupId: "crew"})
		w.hears(scene{alice: made})
	})

	t.Run("T-019", func(t *testing.T) {
		for _, kind := range []troupev1.Kind{timWork, timPublic, timMeeting, timAVChat} {
			id := "kind" + kind.String()
			require.Equal(t, kind, alice.ok(&troupev1.CreateGroup{Kind: kind, GroupId: id, Name: "g"}).GetCreateGroup().GetGroup().GetKind())
			h := w.hears(scene{alice: made})
			h[alice].theNotice(6, id, "alice")
			require.Equal(t, kind, alice.profile(id).GetKind())
		}
	})

	t.Run("T-020", func(t *testing.T) {
		ids := map[string]bool{}
		for range 2 {
			id := alice.ok(&troupev1.CreateGroup{Kind: timMeeting, Name: "g"}).GetCreateGroup().GetGroup().GetGroupId()
			require.Regexp(t, `^@TGS#3[0-9A-Za-z]{8,}$`, id)
			ids[id] = true
			h := w.hears(scene{alice: made})
			h[alice].theNotice(6, id, "alice")
			bob.ok(&troupev1.JoinGroup{GroupId: id})
			w.hears(alike(counts{tips: 1}, alice, bob))
		}
		require.Len(t, ids, 2)
	})

	t.Run("T-037", func(t *testing.T) {
		alice.ok(&troupev1.CreateGroup{Kind: timPublic, GroupId: "fields", Name: "g", CustomFields: fields("color", "red", "size", "L")})
		w.hears(scene{alice: made})
		require.Equal(t, map[string]string{"color": "red", "size": "L"}, fieldMap(alice.profile("fields").GetCustomFields()))
	})
}

// Limits in bytes: what fits is kept whole, one byte more is refused.
func TestTIMCreateLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.users("alice", "out")
	alice := p[0]
	for _, tc := range []struct {
		row, field string
		max        int
		set        func(*troupev1.CreateGroup, string)
		get        func(*troupev1.GroupProfile) string
	}{
		{
			"T-017", "name", 30, func(op *troupev1.CreateGroup, s string) { op.Name = s },
			func(g *troupev1.GroupProfile) string { return g.GetName() },
		},
		{
			"T-021", "introduction", 240, func(op *troupev1.CreateGroup, s string) { op.Introduction = s },
			func(g *troupev1.GroupProfile) string { return g.GetIntroduction() },
		},
		{
			"T-022", "announcement", 300, func(op *troupev1.CreateGroup, s string) { op.Announcement = s },
			func(g *troupev1.GroupProfile) string { return g.GetAnnouncement() },
		},
		{
			"T-023", "avatar", 100, func(op *troupev1.CreateGroup, s string) { op.Avatar = s },
			func(g *troupev1.GroupProfile) string { return g.GetAvatar() },
		},
	} {
		t.Run(tc.row, func(t *testing.T) {
			for _, kind := range []troupev1.Kind{timWork, timPublic, timMeeting, timAVChat} {
				// Bytes count, not characters.
				for _, fits := range []string{strings.Repeat("x", tc.max), strings.Repeat("ü", tc.max/2)} {
					op := &troupev1.CreateGroup{Kind: kind, GroupId: "no-" + tc.field + kind.String(), Name: "g"}
					tc.set(op, fits+"x")
					require.Equal(t, tc.field, alice.code(10004, op).GetDetails().GetField())
					alice.code(10010, &troupev1.DismissGroup{GroupId: op.GetGroupId()})
					silent(p...)
					op.GroupId = ""
					tc.set(op, fits)
					id := alice.ok(op).GetCreateGroup().GetGroup().GetGroupId()
					w.hears(scene{alice: {notices: 1}})
					require.Equal(t, fits, tc.get(alice.profile(id)))
				}
			}
			if tc.field == "name" {
				alice.code(10004, &troupev1.CreateGroup{Kind: timPublic, GroupId: "unnamed"})
				silent(p...)
			}
		})
	}

	t.Run("T-024", func(t *testing.T) {
		for kind, want := range map[troupev1.Kind]uint32{timWork: 6000, timPublic: 6000, timMeeting: 6000, timAVChat: 0} {
			id := alice.create(kind, "")
			g := alice.profile(id)
			require.Equal(t, want, g.GetMaxMembers(), "%s", kind)
			require.NotNil(t, g.MaxMembers)
		}
		alice.ok(&troupev1.CreateGroup{Kind: timPublic, GroupId: "ceiling", Name: "g", MaxMembers: 6000})
		w.hears(scene{alice: {notices: 1}})
		a := alice.code(10004, &troupev1.CreateGroup{Kind: timPublic, GroupId: "beyond", Name: "g", MaxMembers: 6001})
		require.Equal(t, "max_members", a.GetDetails().GetField())
		silent(p...)
	})
}

// Members that a group begins with.
func TestTIMCreateMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.users("alice", "bob", "carol", "out")
	alice, bob, carol, out := p[0], p[1], p[2], p[3]
	with := func(kind troupev1.Kind, id string, members ...*troupev1.InitialMember) *troupev1.CreateGroup {
		return &troupev1.CreateGroup{Kind: kind, GroupId: id, Name: "g", InitialMembers: members}
	}
	refused := func(code int32, op *troupev1.CreateGroup) *troupev1.Answer {
		a := alice.code(code, op)
		silent(p...)
		alice.code(10010, &troupev1.LeaveGroup{GroupId: op.GetGroupId()})
		return a
	}

	t.Run("T-033", func(t *testing.T) {
		a := refused(10008, with(timAVChat, "show", &troupev1.InitialMember{UserId: "bob"}))
		require.Equal(t, "not_supported_for_kind", a.GetError())
	})

	t.Run("T-105", func(t *testing.T) {
		for _, role := range []troupev1.Role{troupev1.Role_ROLE_OWNER, troupev1.Role_ROLE_MEMBER, 4, 99, 300} {
			for _, kind := range []troupev1.Kind{timWork, timPublic, timMeeting} {
				refused(10004, with(kind, "club", &troupev1.InitialMember{UserId: "carol"}, &troupev1.InitialMember{UserId: "bob", Role: role}))
			}
		}
	})

	t.Run("T-035_T-036", func(t *testing.T) {
		for _, kind := range []troupev1.Kind{timWork, timPublic, timMeeting} {
			a := alice.ok(with(kind, "",
				&troupev1.InitialMember{UserId: "bob", Role: troupev1.Role_ROLE_ADMIN, CustomFields: fields("team", "red", "desk", "4")},
				&troupev1.InitialMember{UserId: "carol"}))
			g := a.GetCreateGroup().GetGroup().GetGroupId()
			h := w.hears(scene{alice: {notices: 1, tips: 1}, bob: {tips: 1}, carol: {tips: 1}})
			h[carol].entered(troupev1.JoinMethod_JOIN_METHOD_CREATED_WITH, "alice", "bob", "carol")
			got := carol.member(g, "bob")
			require.Equal(t, troupev1.Role_ROLE_ADMIN, got.GetRole())
			require.Equal(t, map[string]string{"team": "red", "desk": "4"}, fieldMap(got.GetCustomFields()))
			got = bob.member(g, "carol")
			require.Equal(t, troupev1.Role_ROLE_MEMBER, got.GetRole())
			require.Empty(t, got.GetCustomFields())
			carol.code(10007, &troupev1.KickMembers{GroupId: g, UserIds: []string{"bob"}})
			bob.ok(&troupev1.KickMembers{GroupId: g, UserIds: []string{"carol"}})
			w.hears(scene{alice: {tips: 1}, bob: {tips: 1}, carol: {tips: 1, notices: 1, convs: 1}})
			out.code(11004, text(g, "me too"))
		}
	})

	t.Run("T-034", func(t *testing.T) {
		for _, list := range [][]*troupev1.InitialMember{
			{{}}, {{UserId: "bob"}, {Role: troupev1.Role_ROLE_ADMIN}}, {{CustomFields: fields("team", "red")}, {UserId: "bob"}},
		} {
			refused(10004, with(timPublic, "club", list...))
		}
	})
}
