package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Tips: what they carry and that everybody inside gets them.
func TestTIMTips(t *testing.T) {
	t.Parallel()

	t.Run("T-093", func(t *testing.T) {
		c := newTIM(t, timPublic)
		next := c.bob.profile(c.g).GetNextSeq()
		tip := func(tipType uint32, event, operator string, users ...string) *troupev1.GroupTip {
			h := c.hears(c.inside(timSaw))
			one := c.sameTip(h, c.alice, c.adam, c.bob)
			h[c.bob].theTip(tipType, operator, users...)
			require.Equal(t, event, one.GetEvent())
			require.Equal(t, c.g, one.GetGroupId())
			require.Equal(t, next, one.GetSeq())
			require.Equal(t, c.now(), one.GetTime())
			require.EqualValues(t, len(users), one.GetUserCount())
			next++
			return one
		}
		c.alice.ok(&troupev1.UpdateGroupProfile{GroupId: c.g, Name: proto.String("New"), Announcement: proto.String("Read me")})
		got := tip(6, "group_info_changed", "alice")
		require.Equal(t, map[string]string{"name": "New", "announcement": "Read me"}, changed(t, got))
		c.adam.ok(&troupev1.SetNameCard{GroupId: c.g, UserId: "bob", NameCard: "B"})
		got = tip(7, "member_info_changed", "adam")
		require.Equal(t, "bob", got.GetMembers()[0].GetUserId())
		require.Equal(t, "B", got.GetMembers()[0].GetNameCard())
		list := c.bob.ok(&troupev1.GetGroupHistory{GroupId: c.g}).GetGetGroupHistory().GetMessages()
		require.Equal(t, got.String(), tipOf(list[len(list)-1]).String(), "tips stay in the history")
	})

	t.Run("T-094", func(t *testing.T) {
		c := newTIM(t, timMeeting)
		four := []*peer{c.alice, c.adam, c.bob, c.carol}
		c.carol.ok(&troupev1.JoinGroup{GroupId: c.g})
		h := c.hears(alike(timSaw, four...))
		c.sameTip(h, four...)
		h[c.bob].entered(troupev1.JoinMethod_JOIN_METHOD_SELF, "carol", "carol")
		c.root.ok(&troupev1.InviteMembers{GroupId: c.g, UserIds: []string{"out"}})
		h = c.hears(alike(timSaw, four...).and(c.out, counts{tips: 1, notices: 1}))
		c.sameTip(h, append(four, c.out)...)
		h[c.bob].entered(troupev1.JoinMethod_JOIN_METHOD_INVITED, "root", "out")
		c.out.ok(&troupev1.LeaveGroup{GroupId: c.g})
		h = c.hears(alike(timSaw, four...).and(c.out, timGone))
		c.sameTip(h, append(four, c.out)...)
		h[c.bob].theTip(2, "out", "out")
		c.adam.ok(&troupev1.KickMembers{GroupId: c.g, UserIds: []string{"carol"}})
		h = c.hears(c.inside(timSaw).and(c.carol, timGone))
		c.sameTip(h, four...)
		h[c.bob].theTip(3, "adam", "carol")
		c.found(timWork, "crew")
		c.bob.ok(&troupev1.LeaveGroup{GroupId: c.g})
		h = c.hears(alike(timSaw, c.alice, c.adam).and(c.bob, timGone))
		h[c.adam].theTip(2, "bob", "bob")
	})
}

// System notices: which event makes which, and who gets it.
func TestTIMNotices(t *testing.T) {
	t.Parallel()

	t.Run("T-095_T-096", func(t *testing.T) {
		c := newTIM(t, timPublic)
		inbox := map[*peer]uint64{}
		check := func(q *peer, n *troupev1.SystemNotice, remark string) {
			require.Equal(t, remark, n.GetRemark())
			require.Equal(t, "g", n.GetGroupName())
			require.Equal(t, c.now(), n.GetTime())
			require.Greater(t, n.GetSeq(), inbox[q], "%s: each has its number", q.user)
			inbox[q] = n.GetSeq()
			list := q.ok(&troupev1.ListSystemNotices{}).GetListSystemNotices().GetNotices()
			require.NotEmpty(t, list)
			require.Contains(t, []string{list[0].String(), list[len(list)-1].String()}, n.String(), "and is kept")
		}
		n := c.applies(c.carol, "it's me!")
		check(c.alice, n[c.alice], "it's me!")
		check(c.adam, n[c.adam], "it's me!")
		c.adam.ok(reject(n[c.adam], "who?"))
		h := c.hears(c.refusedScene())
		check(c.carol, h[c.carol].theNotice(3, c.g, "adam"), "who?")
		n = c.applies(c.carol, "carol!")
		c.adam.ok(agree(n[c.adam], "oh, hello"))
		h = c.hears(c.acceptedScene())
		check(c.carol, h[c.carol].theNotice(2, c.g, "adam"), "oh, hello")
		c.alice.ok(&troupev1.KickMembers{GroupId: c.g, UserIds: []string{"carol"}, Reason: "wrong carol"})
		h = c.hears(c.inside(timSaw).and(c.carol, timGone))
		check(c.carol, h[c.carol].theNotice(4, c.g, "alice"), "wrong carol")
	})

	t.Run("T-101", func(t *testing.T) {
		c := newTIM(t, timWork)
		phone := c.device("out", "phone")
		c.out.ok(&troupev1.CreateGroup{Kind: timWork, GroupId: "new", Name: "New"})
		h := c.hears(alike(counts{notices: 1}, c.out, phone))
		for _, q := range []*peer{c.out, phone} {
			require.Equal(t, "New", h[q].theNotice(6, "new", "out").GetGroupName())
		}
		c.bob.ok(&troupev1.InviteMembers{GroupId: c.g, UserIds: []string{"carol"}, Message: "join us"})
		h = c.hears(c.inside(timSaw).and(c.carol, counts{tips: 1, notices: 1}))
		require.Equal(t, "join us", h[c.carol].theNotice(7, c.g, "bob").GetRemark())
		c.carol.ok(&troupev1.LeaveGroup{GroupId: c.g})
		h = c.hears(c.inside(timSaw).and(c.carol, timGone))
		h[c.carol].theNotice(8, c.g, "carol")
	})

	t.Run("T-103", func(t *testing.T) {
		c := newTIM(t, timPublic)
		content := []byte("v=1\x00\xff")
		notice := &troupev1.SendCustomNotice{GroupId: c.g, Content: content}
		for _, q := range []*peer{c.alice, c.adam, c.bob, c.out} {
			refusedQuietly(q, 10007, notice)
		}
		require.EqualValues(t, 3, c.root.ok(notice).GetSendCustomNotice().GetReceivers())
		h := c.hears(c.inside(counts{notices: 1}))
		for _, q := range []*peer{c.alice, c.adam, c.bob} {
			n := h[q].theNotice(255, c.g, "root")
			require.Equal(t, content, n.GetContent())
			require.True(t, n.GetDisplay())
		}
		some := &troupev1.SendCustomNotice{GroupId: c.g, Content: content, ToUserIds: []string{"bob"}}
		require.EqualValues(t, 1, c.root.ok(some).GetSendCustomNotice().GetReceivers())
		c.hears(scene{c.bob: {notices: 1}})
		refusedQuietly(c.root, 10004, &troupev1.SendCustomNotice{GroupId: c.g})
	})
}
