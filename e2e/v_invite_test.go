package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestV2TIMInvite(t *testing.T) {
	t.Parallel()
	joined, failed := troupev1.Outcome_OUTCOME_JOINED, troupev1.Outcome_OUTCOME_FAILED

	t.Run("V-030", func(t *testing.T) {
		w := newWorld(t)
		w.known("erik")
		p := w.users("alice", "bob", "carol", "dora", "out")
		alice, bob, carol, dora := p[0], p[1], p[2], p[3]
		g := alice.create(troupev1.Kind_KIND_WORK, "crew", "bob")
		a := bob.ok(&troupev1.InviteMembers{GroupId: g, UserIds: []string{"carol", "erik"}})
		require.Equal(t, map[string]troupev1.Outcome{"carol": joined, "erik": joined}, outcomes(a.GetInviteMembers().GetUsers()))
		h := w.hears(scene{alice: {tips: 1}, bob: {tips: 1}, carol: {tips: 1, notices: 1}})
		n := h[carol].theNotice(7, g, "bob")
		require.NotNil(t, n.NeedsConsent)
		require.False(t, n.GetNeedsConsent(), "nobody is asked")
		require.Empty(t, carol.records(&troupev1.ListApplications{}).GetApplications(), "and no record is left")
		carol.ok(&troupev1.InviteMembers{GroupId: g, UserIds: []string{"dora"}})
		w.hears(scene{alice: {tips: 1}, bob: {tips: 1}, carol: {tips: 1}, dora: {tips: 1, notices: 1}})
		dora.ok(text(g, "here"))
		w.hears(scene{alice: {messages: 1}, bob: {messages: 1}, carol: {messages: 1}})
		require.Equal(t, []string{"alice", "bob", "carol", "erik", "dora"}, dora.roster(g))
	})

	t.Run("V-031", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "carol", "dora", "out")
		alice, bob, carol, dora := p[0], p[1], p[2], p[3]
		g := alice.create(troupev1.Kind_KIND_WORK, "crew", "bob")
		a := bob.ok(&troupev1.InviteMembers{GroupId: g, UserIds: []string{"carol", "ghost", "alice", "carol", "bob", "dora"}})
		already := troupev1.Outcome_OUTCOME_ALREADY_MEMBER
		var got []any
		for _, r := range a.GetInviteMembers().GetUsers() {
			got = append(got, r.GetUserId(), r.GetStatus(), r.GetCode(), r.GetError())
		}
		require.Equal(t, []any{
			"carol", joined, int32(0), "",
			"ghost", failed, int32(10019), "user_not_found",
			"alice", already, int32(0), "",
			"bob", already, int32(0), "",
			"dora", joined, int32(0), "",
		}, got)
		h := w.hears(scene{alice: {tips: 1}, bob: {tips: 1}, carol: {tips: 1, notices: 1}, dora: {tips: 1, notices: 1}})
		h[alice].entered(troupev1.JoinMethod_JOIN_METHOD_INVITED, "bob", "carol", "dora")
		a = bob.ok(&troupev1.InviteMembers{GroupId: g, UserIds: []string{"ghost"}})
		require.Equal(t, map[string]troupev1.Outcome{"ghost": failed}, outcomes(a.GetInviteMembers().GetUsers()))
		silent(p...)
	})

	t.Run("V-032", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "adam", "bob", "carol", "root")
		alice, adam, bob, carol, root := p[0], p[1], p[2], p[3], p[4]
		for _, kind := range []troupev1.Kind{troupev1.Kind_KIND_PUBLIC, troupev1.Kind_KIND_MEETING} {
			g := alice.create(kind, "", "adam", "bob")
			alice.makeAdmin(g, "adam")
			for _, q := range []*peer{alice, adam, bob} {
				a := q.code(11008, &troupev1.InviteMembers{GroupId: g, UserIds: []string{"carol"}})
				require.Equal(t, "no_invite_permission", a.GetError())
				require.NotEmpty(t, a.GetMessage())
				require.Empty(t, a.GetInviteMembers().GetUsers())
			}
			silent(p...)
			require.Equal(t, []string{"alice", "adam", "bob"}, alice.roster(g))
			root.ok(&troupev1.InviteMembers{GroupId: g, UserIds: []string{"carol"}})
			all := counts{tips: 1}
			w.hears(scene{alice: all, adam: all, bob: all, carol: {tips: 1, notices: 1}})
		}
		show := alice.create(troupev1.Kind_KIND_LIVESTREAM, "show")
		for _, q := range []*peer{alice, root} {
			a := q.code(11009, &troupev1.InviteMembers{GroupId: show, UserIds: []string{"carol"}})
			require.Equal(t, "invites_disabled", a.GetError())
		}
		crew := alice.create(troupev1.Kind_KIND_WORK, "crew", "bob")
		carol.code(11004, &troupev1.InviteMembers{GroupId: crew, UserIds: []string{"adam"}})
		silent(p...)
	})

	t.Run("V-033", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "bob", "carol", "dora", "out")
		alice, bob, phone, carol, dora := p[0], p[1], p[2], p[3], p[4]
		g := alice.create(troupev1.Kind_KIND_WORK, "crew", "bob")
		bob.ok(&troupev1.InviteMembers{GroupId: g, UserIds: []string{"carol", "dora"}, Message: "come"})
		h := w.hears(scene{
			alice: {tips: 1}, bob: {tips: 1}, phone: {tips: 1}, carol: {tips: 1, notices: 1}, dora: {tips: 1, notices: 1},
		})
		for _, q := range p[:5] {
			h[q].entered(troupev1.JoinMethod_JOIN_METHOD_INVITED, "bob", "carol", "dora")
			require.Equal(t, g, h[q].tips[0].GetGroupId())
		}
		require.Equal(t, "come", h[dora].theNotice(7, g, "bob").GetRemark())
	})
}

func TestV2TIMJoinedList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.users("alice", "bob")
	alice, bob := p[0], p[1]
	for _, tc := range []struct {
		id   string
		kind troupev1.Kind
	}{
		{"work", troupev1.Kind_KIND_WORK}, {"public", troupev1.Kind_KIND_PUBLIC},
		{"meeting", troupev1.Kind_KIND_MEETING}, {"community", troupev1.Kind_KIND_COMMUNITY},
	} {
		alice.create(tc.kind, tc.id, "bob")
	}
	listed := func(p *peer) map[string]troupev1.Kind {
		p.t.Helper()
		got := map[string]troupev1.Kind{}
		for _, g := range p.ok(&troupev1.ListJoinedGroups{}).GetListJoinedGroups().GetGroups() {
			got[g.GetGroupId()] = g.GetKind()
		}
		return got
	}
	four := map[string]troupev1.Kind{
		"work": troupev1.Kind_KIND_WORK, "public": troupev1.Kind_KIND_PUBLIC,
		"meeting": troupev1.Kind_KIND_MEETING, "community": troupev1.Kind_KIND_COMMUNITY,
	}
	t.Run("V-051", func(t *testing.T) {
		require.Equal(t, four, listed(bob))
		require.Equal(t, four, listed(alice))
		bob.ok(&troupev1.LeaveGroup{GroupId: "meeting"})
		require.NotContains(t, listed(bob), "meeting")
		require.Equal(t, four, listed(alice))
		bob.ok(&troupev1.JoinGroup{GroupId: "meeting"})
		require.Equal(t, four, listed(bob))
		alice.create(troupev1.Kind_KIND_MEETING, "foreign")
		require.Equal(t, four, listed(bob), "not a member there")
		alice.ok(&troupev1.DismissGroup{GroupId: "foreign"})
		forget(p...)
	})
	t.Run("V-052", func(t *testing.T) {
		alice.create(troupev1.Kind_KIND_LIVESTREAM, "show")
		bob.ok(&troupev1.JoinGroup{GroupId: "show"})
		require.EqualValues(t, 1, bob.profile("show").GetMemberCount(), "joined")
		require.Equal(t, four, listed(bob), "but not listed")
		require.Equal(t, four, listed(alice))
	})
	t.Run("V-053", func(t *testing.T) {
		made := alice.createWith(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_COMMUNITY, GroupId: "folk", Name: "g", Topics: true}, "bob")
		require.True(t, alice.profile(made).GetTopics())
		require.Equal(t, []string{"alice", "bob"}, bob.roster("folk"))
		require.Equal(t, four, listed(bob))
		require.Equal(t, four, listed(alice))
	})
}
