package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestTIMAddMember(t *testing.T) {
	t.Parallel()
	add := func(c *timCast, users ...string) *troupev1.InviteMembers {
		return &troupev1.InviteMembers{GroupId: c.g, UserIds: users}
	}
	came := counts{tips: 1, notices: 1}
	joined, failed := troupev1.Outcome_OUTCOME_JOINED, troupev1.Outcome_OUTCOME_FAILED

	t.Run("T-079", func(t *testing.T) {
		c := newTIM(t, timWork)
		refusedQuietly(c.out, 11004, add(c, "carol"))
		a := c.bob.ok(add(c, "carol")).GetInviteMembers()
		require.Equal(t, map[string]troupev1.Outcome{"carol": joined}, outcomes(a.GetUsers()))
		h := c.hears(c.inside(timSaw).and(c.carol, came))
		for _, q := range []*peer{c.alice, c.adam, c.bob, c.carol} {
			h[q].entered(troupev1.JoinMethod_JOIN_METHOD_INVITED, "bob", "carol")
		}
		n := h[c.carol].theNotice(7, c.g, "bob")
		require.NotNil(t, n.NeedsConsent)
		require.False(t, n.GetNeedsConsent())
		c.carol.ok(add(c, "out"))
		h = c.hears(c.inside(timSaw).and(c.carol, timSaw).and(c.out, came))
		h[c.out].entered(troupev1.JoinMethod_JOIN_METHOD_INVITED, "carol", "out")
		c.out.ok(text(c.g, "thanks"))
		c.hears(c.inside(counts{messages: 1}).and(c.carol, counts{messages: 1}))
		require.Empty(t, c.out.records(&troupev1.ListApplications{}).GetApplications())
	})

	t.Run("T-080", func(t *testing.T) {
		c := newTIM(t, timPublic)
		for _, kind := range []troupev1.Kind{timPublic, timMeeting} {
			c.found(kind, "g"+kind.String())
			for _, q := range []*peer{c.alice, c.adam, c.bob} {
				require.Equal(t, "no_invite_permission", q.code(11008, add(c, "carol")).GetError())
			}
			silent(c.peers...)
			require.Equal(t, []string{"alice", "adam", "bob"}, c.alice.roster(c.g))
			a := c.root.ok(add(c, "carol")).GetInviteMembers()
			require.Equal(t, map[string]troupev1.Outcome{"carol": joined}, outcomes(a.GetUsers()))
			h := c.hears(c.inside(timSaw).and(c.carol, came))
			h[c.bob].entered(troupev1.JoinMethod_JOIN_METHOD_INVITED, "root", "carol")
			require.False(t, h[c.carol].theNotice(7, c.g, "root").GetNeedsConsent())
			require.Equal(t, []string{"alice", "adam", "bob", "carol"}, c.carol.roster(c.g))
		}
	})

	t.Run("T-081", func(t *testing.T) {
		c := newTIM(t, timAVChat)
		for _, q := range []*peer{c.alice, c.adam, c.bob, c.root} {
			require.Equal(t, "invites_disabled", q.code(11009, add(c, "carol")).GetError())
		}
		silent(c.peers...)
		require.EqualValues(t, 3, c.alice.profile(c.g).GetMemberCount())
		refusedQuietly(c.carol, 11004, text(c.g, "in?"))
	})

	t.Run("T-083", func(t *testing.T) {
		c := newTIM(t, timWork)
		a := c.bob.ok(add(c, "carol", "adam", "nobody", "out", "carol", "bob")).GetInviteMembers()
		require.Equal(t, c.g, a.GetGroup().GetGroupId())
		require.EqualValues(t, 5, a.GetGroup().GetMemberCount())
		codes := map[string]int32{}
		for _, r := range a.GetUsers() {
			codes[r.GetUserId()] = r.GetCode()
		}
		require.Len(t, a.GetUsers(), 5, "one entry for each")
		existed := outcomes(a.GetUsers())["adam"]
		require.Equal(t, map[string]troupev1.Outcome{
			"carol": joined, "out": joined, "nobody": failed, "adam": existed, "bob": existed,
		}, outcomes(a.GetUsers()))
		require.NotEqual(t, joined, existed)
		require.Equal(t, map[string]int32{"carol": 0, "out": 0, "nobody": 10019, "adam": codes["adam"], "bob": codes["adam"]}, codes)
		require.True(t, existed == troupev1.Outcome_OUTCOME_ALREADY_MEMBER || codes["adam"] == 10013)
		h := c.hears(c.inside(timSaw).and(c.carol, came).and(c.out, came))
		h[c.alice].entered(troupev1.JoinMethod_JOIN_METHOD_INVITED, "bob", "carol", "out")
		require.Equal(t, []string{"alice", "adam", "bob", "carol", "out"}, c.alice.roster(c.g))
	})
}
