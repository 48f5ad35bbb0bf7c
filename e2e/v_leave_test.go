package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestV2TIMQuit(t *testing.T) {
	t.Parallel()
	left := counts{tips: 1, notices: 1, convs: 1}

	t.Run("V-054", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "carol", "out")
		alice, bob, carol := p[0], p[1], p[2]
		for _, kind := range []troupev1.Kind{
			troupev1.Kind_KIND_WORK, troupev1.Kind_KIND_PUBLIC, troupev1.Kind_KIND_MEETING, troupev1.Kind_KIND_COMMUNITY,
		} {
			g := alice.create(kind, "", "bob", "carol")
			a := bob.ok(&troupev1.LeaveGroup{GroupId: g})
			require.Equal(t, g, a.GetLeaveGroup().GetGroupId())
			w.hears(scene{alice: {tips: 1}, bob: left, carol: {tips: 1}})
			require.Equal(t, []string{"alice", "carol"}, carol.roster(g))
			alice.ok(text(g, "among us"))
			w.hears(scene{carol: {messages: 1}})
			bob.code(11004, text(g, "still here?"))
			bob.code(11004, &troupev1.LeaveGroup{GroupId: g})
			silent(p...)
		}
	})

	t.Run("V-055_V-056", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "bob", "carol", "out")
		alice, bob, phone, carol := p[0], p[1], p[2], p[3]
		g := alice.create(troupev1.Kind_KIND_PUBLIC, "club", "bob", "carol")
		bob.ok(&troupev1.LeaveGroup{GroupId: g})
		h := w.hears(scene{alice: {tips: 1}, bob: left, phone: left, carol: {tips: 1}})
		for _, q := range []*peer{bob, phone} {
			require.False(t, h[q].theNotice(8, g, "bob").GetDisplay())
			require.Equal(t, g, h[q].convs[0].GetConversation().GetId())
			require.True(t, h[q].convs[0].GetDisabled())
		}
		for _, q := range []*peer{alice, carol} {
			tip := h[q].theTip(2, "bob", "bob")
			require.Equal(t, "member_left", tip.GetEvent())
			require.Equal(t, "leave", tip.GetReason())
			require.Equal(t, g, tip.GetGroupId())
		}
	})

	t.Run("V-057", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "out")
		alice, bob := p[0], p[1]
		for _, kind := range []troupev1.Kind{troupev1.Kind_KIND_PUBLIC, troupev1.Kind_KIND_MEETING, troupev1.Kind_KIND_COMMUNITY} {
			g := alice.create(kind, "", "bob")
			a := alice.code(10009, &troupev1.LeaveGroup{GroupId: g})
			require.Equal(t, "owner_cannot_leave", a.GetError())
			silent(p...)
			require.Equal(t, "alice", bob.profile(g).GetOwnerId())
			require.Equal(t, []string{"alice", "bob"}, bob.roster(g))
		}
		show := alice.create(troupev1.Kind_KIND_LIVESTREAM, "show")
		alice.ok(&troupev1.JoinGroup{GroupId: show})
		alice.code(10009, &troupev1.LeaveGroup{GroupId: show})
		require.EqualValues(t, 1, alice.profile(show).GetMemberCount())
		alice.ok(text(show, "still on air"))
	})

	t.Run("V-058", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "carol", "out", "root")
		alice, bob, carol, root := p[0], p[1], p[2], p[4]
		g := alice.create(troupev1.Kind_KIND_WORK, "crew", "bob", "carol")
		alice.ok(&troupev1.LeaveGroup{GroupId: g})
		h := w.hears(scene{alice: left, bob: {tips: 1}, carol: {tips: 1}})
		h[bob].theTip(2, "alice", "alice")
		h[alice].theNotice(8, g, "alice")
		require.Empty(t, bob.profile(g).GetOwnerId(), "nobody follows")
		require.Equal(t, []string{"bob", "carol"}, bob.roster(g))
		bob.ok(text(g, "on our own"))
		w.hears(scene{carol: {messages: 1}})
		bob.code(10007, &troupev1.TransferOwner{GroupId: g, NewOwnerId: "bob"})
		root.ok(&troupev1.TransferOwner{GroupId: g, NewOwnerId: "carol"})
		w.hears(scene{bob: {tips: 1}, carol: {tips: 1}})
		require.Equal(t, "carol", bob.profile(g).GetOwnerId())
	})
}

func TestV2TIMDismiss(t *testing.T) {
	t.Parallel()
	ended := counts{notices: 1, convs: 1}

	t.Run("V-059", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "adam", "bob", "out", "root")
		alice, adam, bob, out, root := p[0], p[1], p[2], p[3], p[4]
		for _, kind := range []troupev1.Kind{troupev1.Kind_KIND_PUBLIC, troupev1.Kind_KIND_MEETING, troupev1.Kind_KIND_COMMUNITY} {
			g := alice.create(kind, "", "adam", "bob")
			alice.makeAdmin(g, "adam")
			for _, q := range []*peer{adam, bob, out} {
				q.code(10007, &troupev1.DismissGroup{GroupId: g})
			}
			silent(p...)
			a := alice.ok(&troupev1.DismissGroup{GroupId: g})
			require.Equal(t, g, a.GetDismissGroup().GetGroupId())
			w.hears(scene{alice: ended, adam: ended, bob: ended})
			for _, q := range []*peer{alice, bob, root} {
				q.code(10010, text(g, "anybody?"))
				q.code(10010, &troupev1.JoinGroup{GroupId: g})
				q.code(10010, &troupev1.DismissGroup{GroupId: g})
			}
		}
		g := alice.create(troupev1.Kind_KIND_WORK, "crew", "bob")
		alice.code(10008, &troupev1.DismissGroup{GroupId: g})
		silent(p...)
		root.ok(&troupev1.DismissGroup{GroupId: g})
		w.hears(scene{alice: ended, bob: ended})
	})

	t.Run("V-060", func(t *testing.T) {
		w := newWorld(t)
		w.known("dora")
		p := w.users("alice", "alice", "bob", "carol", "out")
		alice, phone, bob, carol := p[0], p[1], p[2], p[3]
		g := alice.create(troupev1.Kind_KIND_PUBLIC, "club", "bob", "dora")
		carol.code(25424, &troupev1.JoinGroup{GroupId: g})
		forget(p...)
		alice.ok(&troupev1.DismissGroup{GroupId: g})
		h := w.hears(scene{alice: ended, phone: ended, bob: ended, carol: {updated: 1}})
		for _, q := range []*peer{alice, phone, bob} {
			require.True(t, h[q].theNotice(5, g, "alice").GetDisplay())
			require.True(t, h[q].convs[0].GetDisabled())
		}
		record := h[carol].updated[0].GetRecord()
		require.Equal(t, troupev1.ApplicationState_APPLICATION_STATE_CLOSED, record.GetState())
		require.Equal(t, troupev1.CloseReason_CLOSE_REASON_GROUP_DISMISSED, record.GetCloseReason())
		stored := w.device("dora", "").ok(&troupev1.ListSystemNotices{}).GetListSystemNotices().GetNotices()
		require.Len(t, stored, 1, "who was away reads it later")
		require.EqualValues(t, 5, stored[0].GetNoticeType())
		require.Equal(t, g, stored[0].GetGroupId())
	})
}
