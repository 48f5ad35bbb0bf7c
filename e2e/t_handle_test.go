package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// agree and reject decide an application by the notice that told of it, as
// handleGroupApplication does.
func agree(n *troupev1.SystemNotice, message string) *troupev1.AcceptApplication {
	return &troupev1.AcceptApplication{
		GroupId: n.GetGroupId(), ApplicantId: n.GetOperatorId(), Message: message,
		Authentication: n.GetAuthentication(), MsgKey: n.GetMsgKey(),
	}
}

func reject(n *troupev1.SystemNotice, reason string) *troupev1.RefuseApplication {
	return &troupev1.RefuseApplication{
		GroupId: n.GetGroupId(), ApplicantId: n.GetOperatorId(), Reason: reason,
		Authentication: n.GetAuthentication(), MsgKey: n.GetMsgKey(),
	}
}

// applies has somebody apply and gives the notice that each approver got.
func (c *timCast) applies(who *peer, message string) map[*peer]*troupev1.SystemNotice {
	c.t.Helper()
	who.code(25424, &troupev1.JoinGroup{GroupId: c.g, Message: message})
	h := c.hears(alike(counts{notices: 1, added: 1}, c.alice, c.adam).and(who, counts{added: 1}))
	got := map[*peer]*troupev1.SystemNotice{}
	for _, q := range []*peer{c.alice, c.adam} {
		got[q] = h[q].theNotice(1, c.g, who.user)
		require.Equal(c.t, message, got[q].GetRemark())
		require.NotEmpty(c.t, got[q].GetAuthentication())
		require.NotEmpty(c.t, got[q].GetMsgKey())
	}
	return got
}

// What everybody hears of a decision about carol.
func (c *timCast) acceptedScene() scene {
	return alike(counts{tips: 1, updated: 1}, c.alice, c.adam).and(c.bob, timSaw).
		and(c.carol, counts{tips: 1, updated: 1, notices: 1})
}

func (c *timCast) refusedScene() scene {
	return alike(counts{updated: 1}, c.alice, c.adam).and(c.carol, counts{updated: 1, notices: 1})
}

func TestTIMHandleApplication(t *testing.T) {
	t.Parallel()

	t.Run("T-065_T-098", func(t *testing.T) {
		c := newTIM(t, timPublic)
		n := c.applies(c.carol, "please")
		forged := agree(n[c.alice], "")
		forged.Authentication += "x"
		refusedQuietly(c.alice, 11007, forged)
		c.alice.ok(reject(n[c.alice], "full up"))
		h := c.hears(c.refusedScene())
		require.Equal(t, "full up", h[c.carol].theNotice(3, c.g, "alice").GetRemark())
		require.Equal(t, []string{"alice", "adam", "bob"}, c.bob.roster(c.g))

		n = c.applies(c.carol, "please!")
		a := c.adam.ok(agree(n[c.adam], "welcome")).GetAcceptApplication()
		require.Equal(t, troupev1.Outcome_OUTCOME_JOINED, a.GetOutcome())
		require.EqualValues(t, 4, a.GetGroup().GetMemberCount())
		h = c.hears(c.acceptedScene())
		require.Equal(t, "welcome", h[c.carol].theNotice(2, c.g, "adam").GetRemark())
		tip := c.sameTip(h, c.alice, c.adam, c.bob, c.carol)
		require.Equal(t, troupev1.JoinMethod_JOIN_METHOD_APPROVED, tip.GetJoinMethod())
		require.Equal(t, []string{"alice", "adam", "bob", "carol"}, c.carol.roster(c.g))
		c.carol.ok(text(c.g, "thanks"))
		c.hears(c.inside(counts{messages: 1}))
	})

	t.Run("T-066_T-097", func(t *testing.T) {
		c := newTIM(t, timPublic)
		c.out.code(25424, &troupev1.JoinGroup{GroupId: c.g})
		c.alice.ok(&troupev1.AcceptApplication{GroupId: c.g, ApplicantId: "out"})
		c.alice.makeAdmin(c.g, "out")
		c.out.cut()
		n := c.applies(c.carol, "please")
		c.adam.ok(agree(n[c.adam], ""))
		c.hears(c.acceptedScene())
		later := c.device("out", "")
		for _, q := range []*peer{c.alice, c.adam, later} {
			require.Equal(t, "application_already_handled", q.code(10024, agree(n[c.alice], "")).GetError())
			q.code(10024, reject(n[c.alice], "no"))
		}
		silent(c.peers...)
		require.Equal(t, []string{"alice", "adam", "bob", "out", "carol"}, c.carol.roster(c.g))
		var told []string
		for _, m := range later.ok(&troupev1.ListSystemNotices{}).GetListSystemNotices().GetNotices() {
			if m.GetNoticeType() == 1 {
				told = append(told, m.GetOperatorId())
			}
		}
		require.Equal(t, []string{"carol"}, told, "an admin who was away finds it later")
		require.Empty(t, c.bob.ok(&troupev1.ListSystemNotices{}).GetListSystemNotices().GetNotices())
	})

	t.Run("T-067", func(t *testing.T) {
		c := newTIM(t, timPublic)
		fromEvent := c.applies(c.carol, "first")[c.alice]
		stored := func(p *peer) *troupev1.SystemNotice {
			list := p.ok(&troupev1.ListSystemNotices{}).GetListSystemNotices().GetNotices()
			for _, n := range list {
				if n.GetNoticeType() == 1 && n.GetRemark() == "second" {
					return n
				}
			}
			t.Fatalf("%s has no such notice among %d", p.user, len(list))
			return nil
		}
		c.alice.ok(agree(fromEvent, ""))
		c.hears(c.acceptedScene())

		c.out.code(25424, &troupev1.JoinGroup{GroupId: c.g, Message: "second"})
		h := c.hears(alike(counts{notices: 1, added: 1}, c.alice, c.adam).and(c.out, counts{added: 1}))
		require.Equal(t, h[c.adam].notices[0].String(), stored(c.adam).String(), "the same from both sources")
		late := c.device("adam", "new phone")
		late.ok(reject(stored(late), "no"))
		staff := counts{updated: 1}
		h = c.hears(alike(staff, c.alice, c.adam, late).and(c.out, counts{updated: 1, notices: 1}))
		h[c.out].theNotice(3, c.g, "adam")
	})

	t.Run("T-106", func(t *testing.T) {
		c := newTIM(t, timPublic)
		n := c.applies(c.carol, "")
		c.alice.ok(reject(n[c.alice], ""))
		h := c.hears(c.refusedScene())
		require.Empty(t, h[c.carol].theNotice(3, c.g, "alice").GetRemark())
		n = c.applies(c.carol, "")
		c.alice.ok(agree(n[c.alice], ""))
		h = c.hears(c.acceptedScene())
		require.Empty(t, h[c.carol].theNotice(2, c.g, "alice").GetRemark())
		c.alice.ok(&troupev1.KickMembers{GroupId: c.g, UserIds: []string{"carol"}})
		h = c.hears(c.inside(timSaw).and(c.carol, timGone))
		require.Empty(t, h[c.carol].theNotice(4, c.g, "alice").GetRemark())
		require.Empty(t, h[c.bob].theTip(3, "alice", "carol").GetReason())
	})
}
