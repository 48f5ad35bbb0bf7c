package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestZIMJoin(t *testing.T) {
	t.Parallel()
	direct := &troupev1.JoinGroup{GroupId: "g", DirectOnly: true}
	t.Run("Z-023", func(t *testing.T) {
		z := newZIM(t, nil)
		got := z.ned.ok(direct).GetJoinGroup()
		require.Equal(t, troupev1.Outcome_OUTCOME_JOINED, got.GetOutcome())
		require.Equal(t, "g", got.GetGroup().GetGroupId())
		require.Equal(t, "olga", got.GetGroup().GetOwnerId())
		require.EqualValues(t, 4, got.GetGroup().GetMemberCount())
		z.hears(z.all(counts{tips: 1}, scene{z.ned: {tips: 1}}))
		z.ned.ok(text(z.g, "at once"))
		z.hears(z.all(counts{messages: 1}, nil))
		z.in("olga", "adam", "mike", "ned")
		again := z.ned.ok(&troupev1.JoinGroup{GroupId: "g", DirectOnly: true}).GetJoinGroup()
		require.Equal(t, troupev1.Outcome_OUTCOME_ALREADY_MEMBER, again.GetOutcome())
		z.hears(nil)
	})
	t.Run("Z-020_Z-022", func(t *testing.T) {
		z := newZIM(t, nil)
		phone := z.w.device("ned", "")
		z.ned.ok(direct)
		h := z.hears(z.all(counts{tips: 1}, scene{z.ned: {tips: 1}, phone: {tips: 1}}))
		for _, p := range []*peer{z.owner, z.admin, z.member, z.ned, phone} {
			h[p].entered(troupev1.JoinMethod_JOIN_METHOD_SELF, "ned", "ned")
			require.Equal(t, "g", h[p].tips[0].GetGroupId())
			require.Equal(t, "g", h[p].tips[0].GetGroupName())
			require.Equal(t, troupev1.Role_ROLE_MEMBER, first(t, h[p].tips[0].GetUsers()).GetRole())
		}
	})
	t.Run("Z-024", func(t *testing.T) {
		z := newZIM(t, nil)
		for _, id := range []string{"nowhere", "@TGS#600000000"} {
			a := z.ned.code(10010, &troupev1.JoinGroup{GroupId: id, DirectOnly: true})
			require.Equal(t, "group_not_found", a.GetError())
		}
		z.owner.ok(&troupev1.DismissGroup{GroupId: "g"})
		forget(z.w.peers...)
		refusedQuietly(z.ned, 10010, direct)
	})
	t.Run("Z-025", func(t *testing.T) {
		op := zimGroup("g")
		op.JoinOption = zimApproval
		z := newZIM(t, op)
		require.Equal(t, "approval_required", z.ned.code(11002, direct).GetError())
		silent(z.w.peers...)
		require.Empty(t, z.ned.records(&troupev1.ListApplications{}).GetApplications())
		require.Empty(t, z.owner.records(&troupev1.ListApplications{}).GetApplications())
		z.in("olga", "adam", "mike")
		z.applies()
		require.Len(t, z.owner.records(&troupev1.ListApplications{}).GetApplications(), 1)
	})
	t.Run("Z-026", func(t *testing.T) {
		op := zimGroup("g")
		op.JoinOption = zimClosed
		z := newZIM(t, op)
		require.Equal(t, "join_closed", z.ned.code(11001, direct).GetError())
		silent(z.w.peers...)
		z.in("olga", "adam", "mike")
	})
	t.Run("Z-087", func(t *testing.T) {
		op := zimGroup("g")
		op.JoinOption = zimClosed
		z := newZIM(t, op)
		refusedQuietly(z.ned, 11001, &troupev1.JoinGroup{GroupId: "g", Message: "please"})
		require.Empty(t, z.ned.records(&troupev1.ListApplications{}).GetApplications())
		require.Empty(t, z.owner.records(&troupev1.ListApplications{}).GetApplications())
	})
}
