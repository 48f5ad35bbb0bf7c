package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/cmd/troupe/config"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Lists long enough to meet their limits.
func TestTIMCrowd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *config.Config) { c.Limits.ConnectionsPerAddress = 0 })
	crowd := make([]string, 501)
	for i := range crowd {
		crowd[i] = fmt.Sprintf("user%03d", i)
	}
	w.known(crowd...)
	p := w.users("alice", "user000", "out")
	alice, first, out := p[0], p[1], p[2]
	initial := func(kind troupev1.Kind, id string, users []string) *troupev1.CreateGroup {
		op := &troupev1.CreateGroup{Kind: kind, GroupId: id, Name: "g"}
		for _, u := range users {
			op.InitialMembers = append(op.InitialMembers, &troupev1.InitialMember{UserId: u})
		}
		return op
	}

	t.Run("T-032", func(t *testing.T) {
		for _, kind := range []troupev1.Kind{timWork, timPublic, timMeeting} {
			id := "big" + kind.String()
			require.Equal(t, "too_many_users", alice.code(10005, initial(kind, id, crowd)).GetError())
			alice.code(10010, &troupev1.LeaveGroup{GroupId: id})
			silent(p...)
			a := alice.ok(initial(kind, id, crowd[:500])).GetCreateGroup()
			require.Len(t, a.GetUsers(), 500)
			require.EqualValues(t, 501, a.GetGroup().GetMemberCount())
			for _, r := range a.GetUsers() {
				require.Equal(t, troupev1.Outcome_OUTCOME_JOINED, r.GetStatus(), r.GetUserId())
			}
			h := w.hears(scene{alice: {notices: 1, tips: 1}, first: {tips: 1}})
			require.EqualValues(t, 500, h[first].tips[0].GetUserCount())
			require.Equal(t, crowd[:500], userIDs(h[first].tips[0]))
		}
	})

	t.Run("T-082", func(t *testing.T) {
		g := alice.create(timWork, "crew")
		add := func(users []string) *troupev1.InviteMembers {
			return &troupev1.InviteMembers{GroupId: g, UserIds: users}
		}
		require.Equal(t, "too_many_users", alice.code(10005, add(crowd[:301])).GetError())
		silent(p...)
		require.Equal(t, []string{"alice"}, alice.roster(g))
		a := alice.ok(add(crowd[:300])).GetInviteMembers()
		require.Len(t, a.GetUsers(), 300)
		require.EqualValues(t, 301, a.GetGroup().GetMemberCount())
		h := w.hears(scene{alice: {tips: 1}, first: {tips: 1, notices: 1}})
		require.EqualValues(t, 300, h[alice].tips[0].GetUserCount())
		require.Equal(t, crowd[:300], userIDs(h[first].tips[0]))
	})

	g := alice.create(timMeeting, "hall", crowd[:249]...)
	everybody := append([]string{"alice"}, crowd[:249]...)
	page := func(offset uint32, limit *uint32) *troupev1.ListMembersResult {
		return first.ok(&troupev1.ListMembers{GroupId: g, Offset: offset, Limit: limit}).GetListMembers()
	}
	ids := func(list []*troupev1.MemberProfile) []string {
		var out []string
		for _, m := range list {
			out = append(out, m.GetUserId())
		}
		return out
	}

	t.Run("T-072", func(t *testing.T) {
		first.ok(&troupev1.SetNameCard{GroupId: g, NameCard: "First"})
		w.hears(alike(timSaw, alice, first))
		got := page(0, proto.Uint32(2)).GetMembers()
		require.Equal(t, everybody[:2], ids(got))
		require.Equal(t, troupev1.Role_ROLE_OWNER, got[0].GetRole())
		require.Equal(t, troupev1.Role_ROLE_MEMBER, got[1].GetRole())
		require.Equal(t, w.now(), got[1].GetJoinTime())
		require.Equal(t, "First", got[1].GetNameCard())
		require.Equal(t, everybody[10:30], ids(page(10, proto.Uint32(20)).GetMembers()))
		require.Equal(t, everybody[240:], ids(page(240, proto.Uint32(20)).GetMembers()))
		require.Empty(t, page(250, proto.Uint32(20)).GetMembers())
		out.code(11004, &troupev1.ListMembers{GroupId: g})
	})

	t.Run("T-073", func(t *testing.T) {
		for _, n := range []uint32{100, 101, 5000} {
			require.Equal(t, everybody[:100], ids(page(0, &n).GetMembers()), "%d asked for", n)
		}
		require.Len(t, page(0, proto.Uint32(99)).GetMembers(), 99)
	})

	t.Run("T-074", func(t *testing.T) {
		op := &troupev1.ListMembers{GroupId: g, Limit: proto.Uint32(3)}
		require.Equal(t, everybody[:3], ids(first.ok(op).GetListMembers().GetMembers()))
		op.Offset = 3
		require.Equal(t, everybody[3:6], ids(first.ok(op).GetListMembers().GetMembers()))
	})

	t.Run("T-076", func(t *testing.T) {
		got := page(0, proto.Uint32(15))
		require.Len(t, got.GetMembers(), 15)
		require.EqualValues(t, 250, first.profile(g).GetMemberCount())
		require.EqualValues(t, 250, got.GetMemberCount())
		alice.ok(&troupev1.KickMembers{GroupId: g, UserIds: []string{"user248"}})
		w.hears(alike(timSaw, alice, first))
		require.EqualValues(t, 249, first.profile(g).GetMemberCount())
	})

	t.Run("T-077", func(t *testing.T) {
		ask := func(users []string) []string {
			return ids(first.ok(&troupev1.GetMemberProfiles{GroupId: g, UserIds: users}).GetGetMemberProfiles().GetMembers())
		}
		require.ElementsMatch(t, crowd[:50], ask(crowd[:50]))
		require.ElementsMatch(t, crowd[:50], ask(crowd[:60]), "the rest is dropped")
		require.ElementsMatch(t, []string{"user002", "alice"}, ask([]string{"user002", "out", "alice", "nobody"}))
		out.code(11004, &troupev1.GetMemberProfiles{GroupId: g, UserIds: crowd[:1]})
	})

	t.Run("T-078", func(t *testing.T) {
		first.ok(&troupev1.SetNameCard{GroupId: g, NameCard: "First of all"})
		w.hears(alike(timSaw, alice, first))
		first.ok(&troupev1.SetMemberCustomFields{GroupId: g, CustomFields: fields("team", "red", "desk", "4", "lang", "en")})
		w.hears(alike(timSaw, alice, first))
		ask := func(keys ...string) map[string]string {
			op := &troupev1.GetMemberProfiles{GroupId: g, UserIds: crowd[:1], CustomFieldFilter: keys}
			list := alice.ok(op).GetGetMemberProfiles().GetMembers()
			require.Len(t, list, 1)
			require.Equal(t, "First of all", list[0].GetNameCard(), "a filter of custom fields only")
			return fieldMap(list[0].GetCustomFields())
		}
		require.Equal(t, map[string]string{"team": "red", "desk": "4", "lang": "en"}, ask())
		require.Equal(t, map[string]string{"team": "red", "lang": "en"}, ask("lang", "team", "pet"))
		require.Empty(t, ask("pet"))
	})
	silent(p...)
}
