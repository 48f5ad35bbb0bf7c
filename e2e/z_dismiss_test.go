package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestZIMDismiss(t *testing.T) {
	t.Parallel()
	dismiss := &troupev1.DismissGroup{GroupId: "g"}
	t.Run("Z-060_Z-061", func(t *testing.T) {
		z := newZIM(t, nil)
		require.Equal(t, "g", z.owner.ok(dismiss).GetDismissGroup().GetGroupId())
		h := z.hears(z.all(counts{notices: 1, convs: 1}, nil))
		for p := range z.all(counts{}, nil) {
			require.Equal(t, "g", h[p].theNotice(5, "g", "olga").GetGroupName())
			h[p].disabled("g")
			refusedQuietly(p, 10010, text("g", "anybody?"), dismiss)
			require.Empty(t, p.ok(&troupev1.ListJoinedGroups{}).GetListJoinedGroups().GetGroups())
		}
		refusedQuietly(z.ned, 10010, &troupev1.JoinGroup{GroupId: "g"})
	})
	t.Run("Z-091", func(t *testing.T) {
		z := newZIM(t, nil)
		for _, p := range []*peer{z.admin, z.member, z.out} {
			refusedQuietly(p, 10007, dismiss)
		}
		z.owner.ok(text("g", "still here"))
		z.hears(scene{z.admin: {messages: 1}, z.member: {messages: 1}})
	})
}

// What a ZIM facade makes its two group callbacks of.
func TestZIMGroupEvents(t *testing.T) {
	t.Parallel()
	t.Run("Z-019", func(t *testing.T) {
		z := newZIM(t, nil)
		step := func(op func(), tipType uint32, event, operator string, users ...string) {
			t.Helper()
			op()
			for _, p := range []*peer{z.owner, z.admin} {
				h := p.hear()
				tip := h.theTip(tipType, operator, users...)
				require.Equal(t, event, tip.GetEvent())
				require.Equal(t, "g", tip.GetGroupId())
				require.EqualValues(t, len(users), tip.GetUserCount())
				require.Equal(t, z.w.now(), tip.GetTime())
				for _, u := range tip.GetUsers() {
					require.Equal(t, troupev1.Role_ROLE_MEMBER, u.GetRole())
				}
			}
		}
		step(func() { z.ned.ok(&troupev1.JoinGroup{GroupId: "g"}) }, 1, "member_joined", "ned", "ned")
		step(func() { z.ned.ok(&troupev1.LeaveGroup{GroupId: "g"}) }, 2, "member_left", "ned", "ned")
		step(func() { z.member.ok(&troupev1.InviteMembers{GroupId: "g", UserIds: []string{"ned"}}) }, 1, "member_joined", "mike", "ned")
		step(func() { z.owner.ok(&troupev1.KickMembers{GroupId: "g", UserIds: []string{"ned", "mike"}}) }, 3, "member_kicked", "olga", "ned", "mike")
		silent(z.out)
	})
	t.Run("Z-021", func(t *testing.T) {
		w := newWorld(t, policy("custom", "recycle_after", "3"))
		p := w.users("olga", "ned", "nell", "out")
		olga, ned, nell := p[0], p[1], p[2]
		notice := func(who *peer, h map[*peer]heard, noticeType uint32, operator string) {
			t.Helper()
			n := h[who].theNotice(noticeType, "g1", operator)
			require.Equal(t, "the group", n.GetGroupName())
			require.Equal(t, w.now(), n.GetTime())
		}
		named := func(id string) *troupev1.CreateGroup {
			op := zimGroup(id)
			op.Name = "the group"
			return op
		}
		olga.ok(named("g1"))
		notice(olga, w.hears(scene{olga: {notices: 1}}), 6, "olga")
		ned.ok(&troupev1.JoinGroup{GroupId: "g1"})
		h := w.hears(scene{olga: {tips: 1}, ned: {tips: 1}})
		require.Equal(t, "the group", h[ned].theTip(1, "ned", "ned").GetGroupName())
		nell.ok(&troupev1.JoinGroup{GroupId: "g1"})
		forget(p...)
		ned.ok(&troupev1.LeaveGroup{GroupId: "g1"})
		notice(ned, w.hears(scene{olga: {tips: 1}, ned: {tips: 1, notices: 1, convs: 1}, nell: {tips: 1}}), 8, "ned")
		olga.ok(&troupev1.KickMembers{GroupId: "g1", UserIds: []string{"nell"}})
		notice(nell, w.hears(scene{olga: {tips: 1}, nell: {tips: 1, notices: 1, convs: 1}}), 4, "olga")
		ned.ok(&troupev1.JoinGroup{GroupId: "g1"})
		forget(p...)
		olga.ok(&troupev1.DismissGroup{GroupId: "g1"})
		over := scene{olga: {notices: 1, convs: 1}, ned: {notices: 1, convs: 1}}
		h = w.hears(over)
		notice(ned, h, 5, "olga")
		notice(olga, h, 5, "olga")

		olga.createWith(named("g2"), "ned")
		w.advance(3*24*time.Hour - time.Millisecond)
		silent(p...)
		w.advance(24 * time.Hour)
		for _, q := range []*peer{olga, ned} {
			q.gets(2)
		}
		h = w.hears(over)
		for _, q := range []*peer{olga, ned} {
			n := h[q].theNotice(11, "g2", "")
			require.Equal(t, "the group", n.GetGroupName())
			h[q].disabled("g2")
		}
		refusedQuietly(ned, 10010, &troupev1.JoinGroup{GroupId: "g2"})
	})
}
