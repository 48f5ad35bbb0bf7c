package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// What somebody who goes hears, and what those do who stay.
var (
	timGone = counts{tips: 1, notices: 1, convs: 1}
	timSaw  = counts{tips: 1}
)

func TestTIMQuit(t *testing.T) {
	t.Parallel()

	t.Run("T-058", func(t *testing.T) {
		c := newTIM(t, timPublic)
		for _, kind := range []troupev1.Kind{timWork, timPublic, timMeeting} {
			c.found(kind, "g"+kind.String())
			for _, q := range []*peer{c.bob, c.adam} {
				a := q.ok(&troupev1.LeaveGroup{GroupId: c.g})
				require.Equal(t, c.g, a.GetLeaveGroup().GetGroupId())
				seen := alike(timSaw, c.alice).and(q, timGone)
				if q == c.bob {
					seen[c.adam] = timSaw
				}
				h := c.hears(seen)
				require.Equal(t, "leave", h[c.alice].theTip(2, q.user, q.user).GetReason())
				h[q].theNotice(8, c.g, q.user)
				refusedQuietly(q, 11004, &troupev1.LeaveGroup{GroupId: c.g}, text(c.g, "still?"))
			}
			require.Equal(t, []string{"alice"}, c.alice.roster(c.g))
			refusedQuietly(c.out, 11004, &troupev1.LeaveGroup{GroupId: c.g})
		}
	})

	t.Run("T-059", func(t *testing.T) {
		c := newTIM(t, timWork)
		c.alice.ok(&troupev1.LeaveGroup{GroupId: c.g})
		h := c.hears(alike(timSaw, c.adam, c.bob).and(c.alice, timGone))
		h[c.bob].theTip(2, "alice", "alice")
		g := c.bob.profile(c.g)
		require.Empty(t, g.GetOwnerId())
		require.EqualValues(t, 2, g.GetMemberCount())
		require.Equal(t, troupev1.Role_ROLE_ADMIN, c.bob.member(c.g, "adam").GetRole(), "nobody follows")
		refusedQuietly(c.adam, 10007, &troupev1.TransferOwner{GroupId: c.g, NewOwnerId: "adam"})
		c.bob.ok(text(c.g, "on our own"))
		c.hears(scene{c.adam: {messages: 1}})
	})

	t.Run("T-060", func(t *testing.T) {
		for _, kind := range []troupev1.Kind{timPublic, timMeeting, timAVChat} {
			c := newTIM(t, kind)
			require.Equal(t, "owner_cannot_leave", c.alice.code(10009, &troupev1.LeaveGroup{GroupId: c.g}).GetError())
			silent(c.peers...)
			require.Equal(t, "alice", c.bob.profile(c.g).GetOwnerId())
			c.alice.ok(text(c.g, "still here"))
			c.hears(alike(counts{messages: 1}, c.adam, c.bob))
		}
	})
}

func TestTIMDismiss(t *testing.T) {
	t.Parallel()
	ended := counts{notices: 1, convs: 1}

	t.Run("T-039_T-100", func(t *testing.T) {
		c := newTIM(t, timPublic)
		for _, kind := range []troupev1.Kind{timPublic, timMeeting} {
			c.found(kind, "g"+kind.String())
			for _, q := range []*peer{c.adam, c.bob, c.out} {
				refusedQuietly(q, 10007, &troupev1.DismissGroup{GroupId: c.g})
			}
			a := c.alice.ok(&troupev1.DismissGroup{GroupId: c.g})
			require.Equal(t, c.g, a.GetDismissGroup().GetGroupId())
			h := c.hears(c.inside(ended))
			for _, q := range []*peer{c.alice, c.adam, c.bob} {
				require.Equal(t, "g", h[q].theNotice(5, c.g, "alice").GetGroupName())
			}
			refusedQuietly(c.bob, 10010, text(c.g, "anybody?"), &troupev1.LeaveGroup{GroupId: c.g})
			refusedQuietly(c.alice, 10010, &troupev1.DismissGroup{GroupId: c.g})
		}
		show := newTIM(t, timAVChat)
		guest := show.guest(show.g)
		show.alice.ok(&troupev1.DismissGroup{GroupId: show.g})
		h := show.hears(show.inside(counts{notices: 1}).and(guest, counts{notices: 1}))
		for _, q := range []*peer{show.alice, show.adam, show.bob, guest} {
			h[q].theNotice(5, show.g, "alice")
		}
	})

	t.Run("T-040", func(t *testing.T) {
		c := newTIM(t, timWork)
		for q, code := range map[*peer]int32{c.alice: 10008, c.adam: 10007, c.bob: 10007, c.out: 10007} {
			q.code(code, &troupev1.DismissGroup{GroupId: c.g})
		}
		silent(c.peers...)
		require.Equal(t, "not_supported_for_kind", c.alice.code(10008, &troupev1.DismissGroup{GroupId: c.g}).GetError())
		c.bob.ok(text(c.g, "we are still here"))
		c.hears(alike(counts{messages: 1}, c.alice, c.adam))
		c.root.ok(&troupev1.DismissGroup{GroupId: c.g})
		h := c.hears(c.inside(ended))
		h[c.bob].theNotice(5, c.g, "root")
	})
}

func TestTIMSearch(t *testing.T) {
	t.Parallel()
	c := newTIM(t, timPublic)
	find := func(p *peer, id string) *troupev1.GroupEntry {
		list := p.ok(&troupev1.SearchGroup{GroupIds: []string{id}}).GetSearchGroup().GetGroups()
		require.Len(t, list, 1)
		require.Equal(t, id, list[0].GetGroupId())
		return list[0]
	}

	t.Run("T-061", func(t *testing.T) {
		c.alice.ok(&troupev1.UpdateGroupProfile{GroupId: c.g, Introduction: proto.String("We meet."), CustomFields: fields("k", "secret")})
		c.hears(c.inside(counts{tips: 1}))
		for _, q := range []*peer{c.out, c.bob} {
			e := find(q, c.g)
			require.Zero(t, e.GetCode(), e.GetError())
			require.Equal(t, []string{c.g, "g", "alice", "We meet."},
				[]string{e.GetGroup().GetGroupId(), e.GetGroup().GetName(), e.GetGroup().GetOwnerId(), e.GetGroup().GetIntroduction()})
			require.Equal(t, timPublic, e.GetGroup().GetKind())
			require.EqualValues(t, 3, e.GetGroup().GetMemberCount())
			require.Empty(t, e.GetGroup().GetCustomFields(), "the public part")
			require.Nil(t, e.GetGroup().GetMute())
		}
		for _, kind := range []troupev1.Kind{timMeeting, timAVChat} {
			id := c.alice.create(kind, "g"+kind.String())
			require.Equal(t, kind, find(c.out, id).GetGroup().GetKind())
		}
		silent(c.peers...)
	})

	t.Run("T-062", func(t *testing.T) {
		id := c.alice.create(timWork, "crew", "bob")
		for _, q := range []*peer{c.out, c.carol} {
			e := find(q, id)
			require.EqualValues(t, 11011, e.GetCode())
			require.Equal(t, "group_not_searchable", e.GetError())
			require.Nil(t, e.GetGroup())
		}
	})

	t.Run("T-107", func(t *testing.T) {
		gone := c.alice.create(timPublic, "gone")
		c.alice.ok(&troupev1.DismissGroup{GroupId: gone})
		forget(c.peers...)
		for _, id := range []string{"nowhere", gone} {
			e := find(c.out, id)
			require.EqualValues(t, 10010, e.GetCode())
			require.Equal(t, "group_not_found", e.GetError())
			require.Nil(t, e.GetGroup())
		}
	})
}
