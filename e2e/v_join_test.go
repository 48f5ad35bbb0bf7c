package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Who gets in by asking, kind by kind.
func TestV2TIMJoinTable(t *testing.T) {
	t.Parallel()
	t.Run("V-022", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "carol", "out")
		alice, bob, carol := p[0], p[1], p[2]
		g := alice.create(troupev1.Kind_KIND_WORK, "crew", "bob")
		a := carol.code(11001, &troupev1.JoinGroup{GroupId: g})
		require.Equal(t, "join_closed", a.GetError())
		carol.code(11004, text(g, "let me in"))
		silent(p...)
		require.Empty(t, alice.records(&troupev1.ListApplications{}).GetApplications(), "nothing is filed")
		require.Empty(t, carol.records(&troupev1.ListApplications{}).GetApplications())
		bob.ok(&troupev1.InviteMembers{GroupId: g, UserIds: []string{"carol"}})
		h := w.hears(scene{alice: {tips: 1}, bob: {tips: 1}, carol: {tips: 1, notices: 1}})
		h[carol].entered(troupev1.JoinMethod_JOIN_METHOD_INVITED, "bob", "carol")
	})

	t.Run("V-023", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "adam", "bob", "carol", "dora", "out")
		alice, adam, bob, carol, dora := p[0], p[1], p[2], p[3], p[4]
		g := alice.create(troupev1.Kind_KIND_PUBLIC, "club", "adam", "bob")
		alice.makeAdmin(g, "adam")
		for approver, applicant := range map[*peer]*peer{alice: carol, adam: dora} {
			applicant.code(25424, &troupev1.JoinGroup{GroupId: g})
			w.hears(scene{alice: {notices: 1, added: 1}, adam: {notices: 1, added: 1}, applicant: {added: 1}})
			bob.code(10007, &troupev1.AcceptApplication{GroupId: g, ApplicantId: applicant.user})
			applicant.code(11004, text(g, "not yet"))
			silent(p...)
			approver.ok(&troupev1.AcceptApplication{GroupId: g, ApplicantId: applicant.user})
			forget(p...)
			applicant.ok(text(g, "now"))
			forget(p...)
		}
	})

	for row, kind := range map[string]troupev1.Kind{"V-024": troupev1.Kind_KIND_MEETING, "V-025": troupev1.Kind_KIND_COMMUNITY} {
		t.Run(row, func(t *testing.T) {
			w := newWorld(t)
			p := w.users("alice", "bob", "carol", "out")
			alice, bob, carol := p[0], p[1], p[2]
			g := alice.create(kind, "open", "bob")
			a := carol.ok(&troupev1.JoinGroup{GroupId: g}).GetJoinGroup()
			require.Equal(t, troupev1.Outcome_OUTCOME_JOINED, a.GetOutcome())
			require.EqualValues(t, 3, a.GetGroup().GetMemberCount())
			h := w.hears(scene{alice: {tips: 1}, bob: {tips: 1}, carol: {tips: 1}})
			h[alice].entered(troupev1.JoinMethod_JOIN_METHOD_SELF, "carol", "carol")
			carol.ok(text(g, "hello"))
			w.hears(scene{alice: {messages: 1}, bob: {messages: 1}})
		})
	}

	t.Run("V-026", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "carol", "out")
		alice, bob, carol, out := p[0], p[1], p[2], p[3]
		g := alice.create(troupev1.Kind_KIND_LIVESTREAM, "show")
		for _, q := range []*peer{bob, carol} {
			a := q.ok(&troupev1.JoinGroup{GroupId: g}).GetJoinGroup()
			require.Equal(t, troupev1.Outcome_OUTCOME_JOINED, a.GetOutcome())
		}
		carol.ok(text(g, "hello"))
		h := bob.hear().exactly(counts{messages: 1})
		require.Equal(t, "carol", h.messages[0].GetSenderId())
		w.advance(500 * time.Millisecond)
		for _, q := range []*peer{bob, carol} {
			require.ElementsMatch(t, []string{"bob", "carol"}, userIDs(q.untilTip(1)))
		}
		silent(alice, bob, carol, out)
	})
}

func TestV2TIMJoin(t *testing.T) {
	t.Parallel()
	t.Run("V-027", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "out")
		alice, bob := p[0], p[1]
		alice.create(troupev1.Kind_KIND_MEETING, "open")
		alice.create(troupev1.Kind_KIND_PUBLIC, "club")
		alice.create(troupev1.Kind_KIND_WORK, "crew")
		bob.ok(&troupev1.JoinGroup{GroupId: "open", Message: "hi"})
		w.hears(scene{alice: {tips: 1}, bob: {tips: 1}})
		a := bob.ok(&troupev1.JoinGroup{GroupId: "open"})
		require.Equal(t, troupev1.Outcome_OUTCOME_ALREADY_MEMBER, a.GetJoinGroup().GetOutcome())
		silent(p...)
		a = bob.code(25424, &troupev1.JoinGroup{GroupId: "club"})
		require.Empty(t, a.GetError(), "waiting is no error")
		w.hears(scene{alice: {notices: 1, added: 1}, bob: {added: 1}})
		for _, tc := range []struct {
			op   *troupev1.JoinGroup
			code int32
			name string
		}{
			{&troupev1.JoinGroup{GroupId: "crew"}, 11001, "join_closed"},
			{&troupev1.JoinGroup{GroupId: "nowhere"}, 10010, "group_not_found"},
			{&troupev1.JoinGroup{GroupId: "a b"}, 10015, "invalid_group_id"},
			{&troupev1.JoinGroup{GroupId: "open", Kind: troupev1.Kind_KIND_WORK}, 11019, "group_kind_mismatch"},
		} {
			a := bob.code(tc.code, tc.op)
			require.Equal(t, tc.name, a.GetError())
			require.NotEmpty(t, a.GetMessage())
			require.Nil(t, a.GetJoinGroup())
		}
		silent(p...)
	})

	t.Run("V-029", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "alice", "bob", "carol", "carol", "out")
		alice, phone, bob, carol, tablet := p[0], p[1], p[2], p[3], p[4]
		g := alice.create(troupev1.Kind_KIND_MEETING, "open", "bob")
		carol.ok(&troupev1.JoinGroup{GroupId: g})
		h := w.hears(scene{alice: {tips: 1}, phone: {tips: 1}, bob: {tips: 1}, carol: {tips: 1}, tablet: {tips: 1}})
		for _, q := range p[:5] {
			h[q].entered(troupev1.JoinMethod_JOIN_METHOD_SELF, "carol", "carol")
			require.Equal(t, g, h[q].tips[0].GetGroupId())
			require.Equal(t, troupev1.Role_ROLE_MEMBER, h[q].tips[0].GetUsers()[0].GetRole())
		}
	})
}

// The join option decides, and who may change it.
func TestV2TIMJoinOption(t *testing.T) {
	t.Parallel()
	// optionHeard: a changed join option is a tip and the modes, for all members.
	optionHeard := counts{tips: 1, modes: 1}

	t.Run("V-045", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "adam", "bob", "out")
		alice, adam, bob := p[0], p[1], p[2]
		g := alice.create(troupev1.Kind_KIND_PUBLIC, "club", "adam", "bob")
		alice.makeAdmin(g, "adam")
		free, closed := troupev1.JoinOption_JOIN_OPTION_FREE, troupev1.JoinOption_JOIN_OPTION_CLOSED
		for _, editor := range []*peer{alice, adam} {
			editor.ok(&troupev1.UpdateGroupProfile{GroupId: g, JoinOption: free})
			h := w.hears(scene{alice: optionHeard, adam: optionHeard, bob: optionHeard})
			for _, q := range p[:3] {
				change := h[q].theTip(6, editor.user).GetChanges()
				require.Len(t, change, 1)
				require.Equal(t, "join_option", change[0].GetField())
				require.Equal(t, "free", change[0].GetValue())
				require.Equal(t, free, h[q].modes[0].GetJoinOption())
				require.Equal(t, editor.user, h[q].modes[0].GetOperatorId())
			}
			a := editor.ok(&troupev1.UpdateGroupModes{GroupId: g, JoinOption: closed})
			require.Equal(t, closed, a.GetUpdateGroupModes().GetJoinOption())
			h = w.hears(scene{alice: optionHeard, adam: optionHeard, bob: optionHeard})
			require.Equal(t, closed, h[bob].modes[0].GetJoinOption())
			require.Equal(t, closed, bob.profile(g).GetJoinOption())
		}
	})

	t.Run("V-046", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "out")
		alice, bob, out := p[0], p[1], p[2]
		g := alice.create(troupev1.Kind_KIND_PUBLIC, "club", "bob")
		name := "mine"
		bob.code(10007, &troupev1.UpdateGroupProfile{GroupId: g, JoinOption: troupev1.JoinOption_JOIN_OPTION_FREE})
		bob.code(10007, &troupev1.UpdateGroupProfile{GroupId: g, Name: &name})
		bob.code(10007, &troupev1.UpdateGroupModes{GroupId: g, JoinOption: troupev1.JoinOption_JOIN_OPTION_FREE})
		silent(p...)
		require.Equal(t, troupev1.JoinOption_JOIN_OPTION_ADMIN_APPROVAL, alice.profile(g).GetJoinOption())
		require.Equal(t, "g", alice.profile(g).GetName())
		out.code(25424, &troupev1.JoinGroup{GroupId: g})
	})

	t.Run("V-047", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "out")
		alice, bob := p[0], p[1]
		g := alice.createWith(&troupev1.CreateGroup{
			Kind: troupev1.Kind_KIND_PUBLIC, GroupId: "club", Name: "Club", Introduction: "intro", Announcement: "news",
			Avatar: "https://example.org/a.png", MaxMembers: 20,
		}, "bob")
		before := alice.profile(g)
		alice.ok(&troupev1.UpdateGroupProfile{GroupId: g, JoinOption: troupev1.JoinOption_JOIN_OPTION_FREE})
		h := w.hears(scene{alice: optionHeard, bob: optionHeard})
		require.Len(t, h[bob].tips[0].GetChanges(), 1)
		after := alice.profile(g)
		require.Equal(t, troupev1.JoinOption_JOIN_OPTION_FREE, after.GetJoinOption())
		require.Equal(t,
			[]any{"Club", "intro", "news", "https://example.org/a.png", uint32(20), before.GetOwnerId(), before.GetInviteMode()},
			[]any{after.GetName(), after.GetIntroduction(), after.GetAnnouncement(), after.GetAvatar(), after.GetMaxMembers(), after.GetOwnerId(), after.GetInviteMode()})
		alice.ok(&troupev1.UpdateGroupProfile{GroupId: g, JoinOption: troupev1.JoinOption_JOIN_OPTION_FREE})
		silent(p...)
	})

	t.Run("V-048_V-071", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "carol", "out")
		alice, carol := p[0], p[2]
		for _, kind := range []troupev1.Kind{troupev1.Kind_KIND_PUBLIC, troupev1.Kind_KIND_COMMUNITY} {
			g := alice.create(kind, "", "bob")
			alice.ok(&troupev1.UpdateGroupProfile{GroupId: g, JoinOption: troupev1.JoinOption_JOIN_OPTION_CLOSED})
			forget(p...)
			a := carol.code(11001, &troupev1.JoinGroup{GroupId: g, Message: "please"})
			require.Equal(t, "join_closed", a.GetError())
			silent(p...)
			for _, q := range []*peer{alice, carol} {
				require.Empty(t, q.records(&troupev1.ListApplications{GroupId: g}).GetApplications())
			}
			require.Equal(t, []string{"alice", "bob"}, alice.roster(g))
		}
	})

	t.Run("V-049", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "carol", "out")
		alice, carol := p[0], p[2]
		auth := troupev1.JoinOption_JOIN_OPTION_ADMIN_APPROVAL
		asked := scene{alice: {notices: 1, added: 1}, carol: {added: 1}}
		g := alice.create(troupev1.Kind_KIND_PUBLIC, "club", "bob")
		require.Equal(t, auth, alice.profile(g).GetJoinOption(), "the default")
		carol.code(25424, &troupev1.JoinGroup{GroupId: g})
		w.hears(asked)
		c := alice.create(troupev1.Kind_KIND_COMMUNITY, "folk", "bob")
		alice.ok(&troupev1.UpdateGroupProfile{GroupId: c, JoinOption: auth})
		forget(p...)
		carol.code(25424, &troupev1.JoinGroup{GroupId: c})
		w.hears(asked)
		carol.code(11004, text(c, "not yet"))
	})

	t.Run("V-050", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "carol", "out")
		alice, bob, carol := p[0], p[1], p[2]
		g := alice.create(troupev1.Kind_KIND_PUBLIC, "club", "bob")
		alice.ok(&troupev1.UpdateGroupProfile{GroupId: g, JoinOption: troupev1.JoinOption_JOIN_OPTION_FREE})
		forget(p...)
		carol.ok(&troupev1.JoinGroup{GroupId: g})
		h := w.hears(scene{alice: {tips: 1}, bob: {tips: 1}, carol: {tips: 1}})
		h[bob].entered(troupev1.JoinMethod_JOIN_METHOD_SELF, "carol", "carol")
		require.Equal(t, []string{"alice", "bob", "carol"}, carol.roster(g))
	})
}
