package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestTIMOwner(t *testing.T) {
	t.Parallel()

	t.Run("T-063", func(t *testing.T) {
		c := newTIM(t, timPublic)
		for _, kind := range []troupev1.Kind{timWork, timPublic, timMeeting} {
			c.found(kind, "g"+kind.String())
			require.Equal(t, "target_not_member", c.alice.code(11013, &troupev1.TransferOwner{GroupId: c.g, NewOwnerId: "carol"}).GetError())
			silent(c.peers...)
			a := c.alice.ok(&troupev1.TransferOwner{GroupId: c.g, NewOwnerId: "bob"})
			require.Equal(t, "bob", a.GetTransferOwner().GetGroup().GetOwnerId())
			h := c.hears(c.inside(counts{tips: 1}))
			tip := c.sameTip(h, c.alice, c.adam, c.bob)
			require.Equal(t, "alice", tip.GetOperatorId())
			require.Equal(t, map[string]string{"owner": "bob"}, changed(t, tip))
			require.Equal(t, "bob", c.adam.profile(c.g).GetOwnerId())
			require.Equal(t, troupev1.Role_ROLE_OWNER, c.adam.member(c.g, "bob").GetRole())
			require.Equal(t, troupev1.Role_ROLE_MEMBER, c.adam.member(c.g, "alice").GetRole())
			refusedQuietly(c.alice, 10007, &troupev1.SetMemberRole{GroupId: c.g, UserId: "adam", Role: troupev1.Role_ROLE_MEMBER})
			c.bob.ok(&troupev1.SetMemberRole{GroupId: c.g, UserId: "adam", Role: troupev1.Role_ROLE_MEMBER})
			c.hears(c.inside(counts{tips: 1}).and(c.adam, counts{tips: 1, notices: 1}))
		}
	})

	t.Run("T-064", func(t *testing.T) {
		c := newTIM(t, timAVChat)
		a := c.alice.code(10008, &troupev1.TransferOwner{GroupId: c.g, NewOwnerId: "bob"})
		require.Equal(t, "not_supported_for_kind", a.GetError())
		c.root.code(10008, &troupev1.TransferOwner{GroupId: c.g, NewOwnerId: "bob"})
		silent(c.peers...)
		require.Equal(t, "alice", c.bob.profile(c.g).GetOwnerId())
	})

	t.Run("T-109", func(t *testing.T) {
		c := newTIM(t, timPublic)
		for _, kind := range []troupev1.Kind{timWork, timPublic, timMeeting} {
			c.found(kind, "g"+kind.String())
			for _, q := range []*peer{c.adam, c.bob} {
				for _, to := range []string{"adam", "bob"} {
					a := q.code(10007, &troupev1.TransferOwner{GroupId: c.g, NewOwnerId: to})
					require.Equal(t, "permission_denied", a.GetError())
				}
			}
			silent(c.peers...)
			require.Equal(t, "alice", c.bob.profile(c.g).GetOwnerId())
		}
	})
}

func TestTIMRole(t *testing.T) {
	t.Parallel()
	role := func(c *timCast, user string, r troupev1.Role) *troupev1.SetMemberRole {
		return &troupev1.SetMemberRole{GroupId: c.g, UserId: user, Role: r}
	}
	admin, member := troupev1.Role_ROLE_ADMIN, troupev1.Role_ROLE_MEMBER

	t.Run("T-088_T-089_T-102", func(t *testing.T) {
		for _, kind := range []troupev1.Kind{timWork, timPublic, timMeeting, timAVChat} {
			c := newTIM(t, kind)
			for _, step := range []struct {
				role   troupev1.Role
				tip    uint32
				event  string
				notice uint32
			}{{admin, 4, "admin_set", 9}, {member, 5, "admin_cancelled", 10}} {
				a := c.alice.ok(role(c, "bob", step.role)).GetSetMemberRole()
				require.Equal(t, c.g, a.GetGroup().GetGroupId())
				require.Equal(t, "bob", a.GetMember().GetUserId())
				require.Equal(t, step.role, a.GetMember().GetRole())
				h := c.hears(c.inside(timSaw).and(c.bob, counts{tips: 1, notices: 1}))
				c.sameTip(h, c.alice, c.adam, c.bob)
				require.Equal(t, step.event, h[c.alice].theTip(step.tip, "alice", "bob").GetEvent())
				require.True(t, h[c.bob].theNotice(step.notice, c.g, "alice").GetDisplay())
				require.Equal(t, step.role, c.adam.member(c.g, "bob").GetRole())
				c.alice.ok(role(c, "bob", step.role))
				silent(c.peers...)
			}
			for _, other := range []troupev1.Role{troupev1.Role_ROLE_OWNER, 0, 300} {
				refusedQuietly(c.alice, 10004, role(c, "bob", other))
			}
			refusedQuietly(c.alice, 10008, role(c, "bob", 4))
			refusedQuietly(c.alice, 11022, role(c, "alice", member))
			refusedQuietly(c.alice, 11013, role(c, "carol", admin))
		}
	})

	t.Run("T-110", func(t *testing.T) {
		for _, kind := range []troupev1.Kind{timWork, timPublic, timMeeting, timAVChat} {
			c := newTIM(t, kind)
			for _, q := range []*peer{c.adam, c.bob} {
				for _, r := range []troupev1.Role{admin, member} {
					for _, user := range []string{"adam", "bob", "alice"} {
						require.Equal(t, "permission_denied", q.code(10007, role(c, user, r)).GetError())
					}
				}
			}
			silent(c.peers...)
			require.Equal(t, member, c.alice.member(c.g, "bob").GetRole())
			require.Equal(t, admin, c.alice.member(c.g, "adam").GetRole())
		}
	})
}

func TestTIMDeleteMember(t *testing.T) {
	t.Parallel()

	t.Run("T-084_T-099", func(t *testing.T) {
		c := newTIM(t, timPublic)
		phone := c.device("bob", "phone")
		kick := func(users ...string) *troupev1.KickMembers {
			return &troupev1.KickMembers{GroupId: c.g, UserIds: users, Reason: "too loud"}
		}
		for _, kind := range []troupev1.Kind{timWork, timPublic, timMeeting} {
			c.found(kind, "g"+kind.String())
			a := c.alice.ok(kick("bob", "carol", "adam")).GetKickMembers()
			require.Equal(t, c.g, a.GetGroup().GetGroupId())
			require.EqualValues(t, 1, a.GetGroup().GetMemberCount())
			require.Equal(t, map[string]troupev1.Outcome{
				"bob": troupev1.Outcome_OUTCOME_REMOVED, "adam": troupev1.Outcome_OUTCOME_REMOVED, "carol": troupev1.Outcome_OUTCOME_FAILED,
			}, outcomes(a.GetUsers()))
			require.EqualValues(t, 11013, a.GetUsers()[1].GetCode())
			h := c.hears(alike(timGone, c.bob, phone, c.adam).and(c.alice, timSaw))
			c.sameTip(h, c.alice, c.bob, phone, c.adam)
			require.Equal(t, "too loud", h[c.alice].theTip(3, "alice", "bob", "adam").GetReason())
			for _, q := range []*peer{c.bob, phone, c.adam} {
				n := h[q].theNotice(4, c.g, "alice")
				require.Equal(t, "too loud", n.GetRemark())
				require.True(t, n.GetDisplay())
				require.True(t, h[q].convs[0].GetDisabled())
			}
			refusedQuietly(c.bob, 11004, text(c.g, "why?"))
			require.Equal(t, []string{"alice"}, c.alice.roster(c.g))
		}
	})

	t.Run("T-108", func(t *testing.T) {
		for _, kind := range []troupev1.Kind{timWork, timPublic, timMeeting, timAVChat} {
			c := newTIM(t, kind)
			for _, user := range []string{"alice", "adam", "bob", "carol"} {
				a := c.bob.code(10007, &troupev1.KickMembers{GroupId: c.g, UserIds: []string{user}})
				require.Equal(t, "permission_denied", a.GetError())
			}
			silent(c.peers...)
			require.EqualValues(t, 3, c.alice.profile(c.g).GetMemberCount())
		}
	})
}
