package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// left asserts the tip of a departure.
func (h heard) left(user string) {
	h.p.t.Helper()
	tip := h.theTip(2, user, user)
	require.Equal(h.p.t, "member_left", tip.GetEvent())
	require.Equal(h.p.t, "leave", tip.GetReason())
}

// disabled asserts that the own conversation with a group was switched off.
func (h heard) disabled(group string) {
	h.p.t.Helper()
	require.Len(h.p.t, h.convs, 1, "%s: %s", h.p.user, show(h.all))
	require.Equal(h.p.t, group, h.convs[0].GetConversation().GetId())
	require.True(h.p.t, h.convs[0].GetDisabled())
}

// seqsRead are the numbers that a user reads of a group's history.
func (p *peer) seqsRead(group string) []uint64 {
	p.t.Helper()
	return seqs(p.ok(&troupev1.GetGroupHistory{GroupId: group}).GetGetGroupHistory().GetMessages())
}

func TestZIMLeave(t *testing.T) {
	t.Parallel()
	leave := &troupev1.LeaveGroup{GroupId: "g"}
	t.Run("Z-050_Z-052", func(t *testing.T) {
		z := newZIM(t, nil)
		tablet := z.w.device("mike", "")
		require.Equal(t, "g", z.member.ok(leave).GetLeaveGroup().GetGroupId())
		gone := counts{tips: 1, notices: 1, convs: 1}
		h := z.hears(scene{z.owner: {tips: 1}, z.admin: {tips: 1}, z.member: gone, tablet: gone})
		for _, p := range []*peer{z.owner, z.admin, z.member, tablet} {
			h[p].left("mike")
		}
		for _, p := range []*peer{z.member, tablet} {
			h[p].theNotice(8, "g", "mike")
			h[p].disabled("g")
		}
		z.in("olga", "adam")
		z.owner.ok(text("g", "without mike"))
		z.hears(scene{z.admin: {messages: 1}})
		refusedQuietly(z.member, 11004, leave, text("g", "still?"))
		require.Empty(t, z.member.ok(&troupev1.ListJoinedGroups{}).GetListJoinedGroups().GetGroups())
	})
	t.Run("Z-051", func(t *testing.T) {
		z := newZIM(t, nil)
		a := z.member.code(10010, &troupev1.LeaveGroup{GroupId: "nowhere"})
		require.Equal(t, "group_not_found", a.GetError())
		silent(z.w.peers...)
	})
	t.Run("messages from before stay readable", func(t *testing.T) {
		z := newZIM(t, nil)
		z.owner.ok(text("g", "before"))
		z.member.ok(leave)
		z.owner.ok(&troupev1.KickMembers{GroupId: "g", UserIds: []string{"adam"}})
		z.owner.ok(text("g", "after"))
		require.Equal(t, upTo(1, 3), z.member.seqsRead("g"))
		require.Equal(t, upTo(1, 4), z.admin.seqsRead("g"))
		require.Equal(t, upTo(1, 5), z.owner.seqsRead("g"))
		z.out.code(11004, &troupev1.GetGroupHistory{GroupId: "g"})
	})
}

func TestZIMOwnerLeaves(t *testing.T) {
	t.Parallel()
	leave := &troupev1.LeaveGroup{GroupId: "g"}
	t.Run("Z-054", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("olga", "ned", "adam", "out")
		olga, ned, adam, out := p[0], p[1], p[2], p[3]
		olga.createWith(zimGroup("g"))
		for _, q := range []*peer{ned, adam} {
			w.advance(time.Second)
			q.ok(&troupev1.JoinGroup{GroupId: "g"})
		}
		olga.makeAdmin("g", "adam")
		olga.ok(leave)
		h := w.hears(scene{olga: {tips: 1, notices: 1, convs: 1}, ned: {tips: 2}, adam: {tips: 2}})
		h[olga].left("olga")
		for _, q := range []*peer{ned, adam} {
			require.EqualValues(t, 2, h[q].tips[0].GetTipType())
			passed := h[q].tips[1]
			require.EqualValues(t, 6, passed.GetTipType())
			require.NotNil(t, passed.OperatorId)
			require.Empty(t, passed.GetOperatorId(), "it happens by itself")
			require.Len(t, passed.GetChanges(), 1)
			require.True(t, proto.Equal(&troupev1.Change{Field: "owner", Value: proto.String("ned")}, passed.GetChanges()[0]))
		}
		require.Equal(t, "ned", adam.profile("g").GetOwnerId())
		require.Equal(t, troupev1.Role_ROLE_OWNER, ned.profile("g").GetSelf().GetRole())
		require.Equal(t, []string{"ned", "adam"}, ned.roster("g"))
		refusedQuietly(out, 11004, text("g", "mine?"))
		ned.ok(&troupev1.DismissGroup{GroupId: "g"})
	})
	t.Run("Z-055", func(t *testing.T) {
		z := newZIM(t, nil)
		for _, p := range []*peer{z.member, z.owner} {
			p.ok(leave)
		}
		forget(z.w.peers...)
		require.Equal(t, "adam", z.admin.profile("g").GetOwnerId())
		z.admin.ok(leave)
		h := z.hears(scene{z.admin: {tips: 1, notices: 1, convs: 1}})
		h[z.admin].left("adam")
		h[z.admin].theNotice(8, "g", "adam")
		h[z.admin].disabled("g")
		for _, p := range []*peer{z.owner, z.admin, z.ned} {
			refusedQuietly(p, 10010, &troupev1.JoinGroup{GroupId: "g"})
		}
		refusedQuietly(z.ned, 10021, zimGroup("g"))
	})
}

func TestZIMKick(t *testing.T) {
	t.Parallel()
	kick := &troupev1.KickMembers{GroupId: "g", UserIds: []string{"mike"}, Reason: "too loud"}
	t.Run("Z-056", func(t *testing.T) {
		z := newZIM(t, nil)
		got := z.admin.ok(&troupev1.KickMembers{GroupId: "g", UserIds: []string{"mike", "ned", "olga"}}).GetKickMembers()
		require.Equal(t, "g", got.GetGroup().GetGroupId())
		require.Equal(t, map[string]troupev1.Outcome{
			"mike": troupev1.Outcome_OUTCOME_REMOVED, "ned": troupev1.Outcome_OUTCOME_FAILED, "olga": troupev1.Outcome_OUTCOME_FAILED,
		}, outcomes(got.GetUsers()))
		z.hears(scene{z.owner: {tips: 1}, z.admin: {tips: 1}, z.member: {tips: 1, notices: 1, convs: 1}})
		z.in("olga", "adam")
		refusedQuietly(z.member, 11004, text("g", "why"))
		got = z.owner.ok(&troupev1.KickMembers{GroupId: "g", UserIds: []string{"adam"}}).GetKickMembers()
		require.Equal(t, map[string]troupev1.Outcome{"adam": troupev1.Outcome_OUTCOME_REMOVED}, outcomes(got.GetUsers()))
		z.hears(scene{z.owner: {tips: 1}, z.admin: {tips: 1, notices: 1, convs: 1}})
		z.in("olga")
	})
	t.Run("Z-057", func(t *testing.T) {
		z := newZIM(t, nil)
		a := z.owner.code(10010, &troupev1.KickMembers{GroupId: "nowhere", UserIds: []string{"mike"}})
		require.Equal(t, "group_not_found", a.GetError())
		silent(z.w.peers...)
		z.in("olga", "adam", "mike")
	})
	t.Run("Z-058", func(t *testing.T) {
		z := newZIM(t, nil)
		z.owner.ok(&troupev1.InviteMembers{GroupId: "g", UserIds: []string{"ned"}})
		forget(z.w.peers...)
		for _, target := range []string{"ned", "adam", "olga", "mike"} {
			refusedQuietly(z.member, 10007, &troupev1.KickMembers{GroupId: "g", UserIds: []string{target}})
		}
		z.in("olga", "adam", "mike", "ned")
	})
	t.Run("Z-059", func(t *testing.T) {
		z := newZIM(t, nil)
		z.owner.ok(&troupev1.InviteMembers{GroupId: "g", UserIds: []string{"ned"}})
		forget(z.w.peers...)
		z.admin.ok(kick)
		h := z.hears(scene{
			z.owner: {tips: 1}, z.admin: {tips: 1}, z.ned: {tips: 1}, z.member: {tips: 1, notices: 1, convs: 1},
		})
		for p := range z.all(counts{}, scene{z.ned: {}}) {
			tip := h[p].theTip(3, "adam", "mike")
			require.Equal(t, "member_kicked", tip.GetEvent())
			require.Equal(t, "too loud", tip.GetReason())
		}
		require.Equal(t, "too loud", h[z.member].theNotice(4, "g", "adam").GetRemark())
		h[z.member].disabled("g")
	})
}
