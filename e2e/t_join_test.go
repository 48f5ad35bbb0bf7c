package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestTIMJoin(t *testing.T) {
	t.Parallel()
	asked := counts{notices: 1, added: 1}
	entered := func(c *timCast) scene { return c.inside(counts{tips: 1}).and(c.carol, counts{tips: 1}) }

	t.Run("T-048", func(t *testing.T) {
		c := newTIM(t, timPublic)
		a := c.carol.code(25424, &troupev1.JoinGroup{GroupId: c.g, Message: "it's me!", Kind: timPublic}).GetJoinGroup()
		require.Equal(t, troupev1.Outcome_OUTCOME_WAIT_APPROVAL, a.GetOutcome())
		require.Nil(t, a.GetGroup(), "not joined")
		h := c.hears(alike(asked, c.alice, c.adam).and(c.carol, counts{added: 1}))
		require.Equal(t, "it's me!", h[c.adam].theNotice(1, c.g, "carol").GetRemark())
		c.found(timMeeting, "hall")
		a = c.carol.ok(&troupev1.JoinGroup{GroupId: c.g, Message: "it's me!", Kind: timMeeting}).GetJoinGroup()
		require.Equal(t, troupev1.Outcome_OUTCOME_JOINED, a.GetOutcome())
		require.Equal(t, "hall", a.GetGroup().GetGroupId())
		require.EqualValues(t, 4, a.GetGroup().GetMemberCount())
		c.hears(entered(c))
	})

	t.Run("T-049", func(t *testing.T) {
		c := newTIM(t, timWork)
		for _, op := range []*troupev1.JoinGroup{{GroupId: c.g}, {GroupId: c.g, Kind: timWork, Message: "please"}, {GroupId: c.g, DirectOnly: true}} {
			require.Equal(t, "join_closed", c.carol.code(11001, op).GetError())
			c.root.code(11001, op)
		}
		silent(c.peers...)
		require.Equal(t, []string{"alice", "adam", "bob"}, c.alice.roster(c.g))
	})

	t.Run("T-104", func(t *testing.T) {
		c := newTIM(t, timWork)
		kinds := []troupev1.Kind{timPublic, timMeeting, timAVChat}
		for _, kind := range kinds {
			op := &troupev1.CreateGroup{Kind: kind, GroupId: "g" + kind.String(), Name: "g"}
			if kind == timPublic {
				op.JoinOption = timFree
			}
			g := c.alice.createWith(op)
			for _, wrong := range append([]troupev1.Kind{timWork}, kinds...) {
				if wrong != kind {
					refusedQuietly(c.carol, 11019, &troupev1.JoinGroup{GroupId: g, Kind: wrong})
				}
			}
			a := c.carol.ok(&troupev1.JoinGroup{GroupId: g, Kind: kind})
			require.Equal(t, troupev1.Outcome_OUTCOME_JOINED, a.GetJoinGroup().GetOutcome())
			require.Equal(t, kind, a.GetJoinGroup().GetGroup().GetKind())
			if kind != timAVChat {
				c.hears(alike(counts{tips: 1}, c.alice, c.carol))
			}
		}
	})

	t.Run("T-051", func(t *testing.T) {
		c := newTIM(t, timPublic)
		for range 2 {
			a := c.carol.code(25424, &troupev1.JoinGroup{GroupId: c.g})
			require.Equal(t, troupev1.Outcome_OUTCOME_WAIT_APPROVAL, a.GetJoinGroup().GetOutcome())
		}
		c.hears(alike(asked, c.alice, c.adam).and(c.carol, counts{added: 1}))
		require.Equal(t, []string{"alice", "adam", "bob"}, c.alice.roster(c.g))
		list := c.alice.records(&troupev1.ListApplications{}).GetApplications()
		require.Len(t, list, 1)
		require.Equal(t, troupev1.ApplicationState_APPLICATION_STATE_ADMIN_PENDING, list[0].GetState())
	})

	t.Run("T-052_T-053", func(t *testing.T) {
		c := newTIM(t, timMeeting)
		a := c.carol.ok(&troupev1.JoinGroup{GroupId: c.g}).GetJoinGroup()
		require.Equal(t, troupev1.Outcome_OUTCOME_JOINED, a.GetOutcome())
		require.Equal(t, "g", a.GetGroup().GetName())
		require.Equal(t, "alice", a.GetGroup().GetOwnerId())
		require.Equal(t, troupev1.Role_ROLE_MEMBER, a.GetGroup().GetSelf().GetRole())
		h := c.hears(entered(c))
		c.sameTip(h, c.alice, c.adam, c.bob, c.carol)
		for _, q := range []*peer{c.carol, c.alice} {
			a = q.ok(&troupev1.JoinGroup{GroupId: c.g}).GetJoinGroup()
			require.Equal(t, troupev1.Outcome_OUTCOME_ALREADY_MEMBER, a.GetOutcome())
			require.Equal(t, c.g, a.GetGroup().GetGroupId())
		}
		silent(c.peers...)
		require.Equal(t, []string{"alice", "adam", "bob", "carol"}, c.carol.roster(c.g))
	})
}

// Livestreams: with a login, without one, and one at a time.
func TestTIMJoinAVChatRoom(t *testing.T) {
	t.Parallel()

	t.Run("T-038", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "out")
		alice, bob := p[0], p[1]
		g := alice.create(timAVChat, "show")
		bob.ok(&troupev1.JoinGroup{GroupId: g})
		refusedQuietly(alice, 11004, text(g, "not in yet"))
		w.advance(time.Second)
		bob.gets(1)
		bob.ok(text(g, "anybody on stage?"))
		w.hears(scene{bob: {tips: 1}})
		alice.ok(&troupev1.JoinGroup{GroupId: g})
		bob.ok(text(g, "now?"))
		h := w.hears(scene{alice: {messages: 1}})
		require.Equal(t, "now?", textOf(h[alice].messages[0]))
		alice.ok(text(g, "hello"))
		w.hears(scene{bob: {messages: 1}})
		require.Equal(t, "alice", bob.profile(g).GetOwnerId())
	})

	t.Run("T-050_T-054", func(t *testing.T) {
		for _, op := range []*troupev1.JoinGroup{{Kind: timAVChat}, {}} {
			c := newTIM(t, timAVChat)
			op.GroupId = c.g
			a := c.carol.ok(op)
			require.Equal(t, troupev1.Outcome_OUTCOME_JOINED, a.GetJoinGroup().GetOutcome())
			c.advance(c.cfg.Limits.LivestreamFold.Std())
			for _, q := range []*peer{c.alice, c.adam, c.bob, c.carol} {
				require.Equal(t, []string{"carol"}, userIDs(q.untilTip(1)))
			}
			c.carol.ok(text(c.g, "good evening"))
			c.hears(c.inside(counts{messages: 1}))
			require.Len(t, c.carol.ok(&troupev1.ListMembers{GroupId: c.g}).GetListMembers().GetMembers(), 4)
			require.Equal(t, "alice", c.carol.profile(c.g).GetOwnerId())
			require.Empty(t, c.carol.ok(&troupev1.GetGroupHistory{GroupId: c.g}).GetGetGroupHistory().GetMessages())
			c.carol.ok(&troupev1.SetNameCard{GroupId: c.g, NameCard: "C"})
			c.hears(c.inside(counts{tips: 1}).and(c.carol, counts{tips: 1}))
			c.carol.create(timPublic, "mine")
			c.carol.ok(&troupev1.LeaveGroup{GroupId: c.g})
			c.carol.code(11004, text(c.g, "gone"))
		}
	})

	t.Run("T-055_T-056", func(t *testing.T) {
		c := newTIM(t, timAVChat)
		g := c.guest(c.g)
		sent := c.bob.ok(text(c.g, "hello")).GetSendMessage()
		h := c.hears(alike(counts{messages: 1}, c.alice, c.adam, g))
		require.Equal(t, sent.GetSeq(), h[g].messages[0].GetSeq())
		require.Equal(t, "bob", h[g].messages[0].GetSenderId())
		refusedQuietly(
			g, 11030, text(c.g, "me too"), &troupev1.JoinGroup{GroupId: c.g}, &troupev1.LeaveGroup{GroupId: c.g},
			&troupev1.CreateGroup{Kind: timMeeting, Name: "g"}, &troupev1.ListMembers{GroupId: c.g},
			&troupev1.GetGroupProfiles{GroupIds: []string{c.g}}, &troupev1.SearchGroup{GroupIds: []string{c.g}},
			&troupev1.ListJoinedGroups{}, &troupev1.GetGroupHistory{GroupId: c.g}, &troupev1.Attach{Rest: troupev1.Rest_REST_LIVE},
			&troupev1.SetNameCard{GroupId: c.g, NameCard: "x"}, &troupev1.UpdateGroupProfile{GroupId: c.g, Name: proto.String("mine")},
			&troupev1.DismissGroup{GroupId: c.g}, &troupev1.ListSystemNotices{},
		)
		require.EqualValues(t, 3, c.bob.profile(c.g).GetMemberCount(), "guests are not members")
		other := c.dial(protocol.Binary)
		for _, kind := range []troupev1.Kind{timWork, timPublic, timMeeting} {
			c.found(kind, "g"+kind.String())
			refusedQuietly(other, 11017, &troupev1.GuestJoin{GroupId: c.g})
			c.bob.ok(text(c.g, "members only"))
			c.hears(alike(counts{messages: 1}, c.alice, c.adam))
		}
	})

	t.Run("T-057", func(t *testing.T) {
		c := newTIM(t, timAVChat)
		one := c.g
		two := c.out.create(timAVChat, "two")
		c.bob.code(10010, &troupev1.JoinGroup{GroupId: "nowhere"})
		c.bob.ok(text(one, "still here"))
		c.hears(alike(counts{messages: 1}, c.alice, c.adam))
		a := c.bob.ok(&troupev1.JoinGroup{GroupId: two, Kind: timAVChat})
		require.Equal(t, troupev1.Outcome_OUTCOME_JOINED, a.GetJoinGroup().GetOutcome())
		h := c.hears(scene{c.bob: {notices: 1}})
		h[c.bob].theNotice(8, one, "bob")
		c.advance(c.cfg.Limits.LivestreamFold.Std())
		for _, q := range []*peer{c.alice, c.adam} {
			tip := q.untilTip(2)
			require.Equal(t, []string{"bob"}, userIDs(tip))
			require.Equal(t, "moved", tip.GetReason())
			require.Equal(t, one, tip.GetGroupId())
		}
		require.Equal(t, two, c.bob.untilTip(1).GetGroupId())
		c.bob.code(11004, text(one, "gone"))
		c.alice.ok(text(one, "without bob"))
		c.hears(scene{c.adam: {messages: 1}})
		c.bob.ok(text(two, "here now"))
		silent(c.peers...)
	})
}
