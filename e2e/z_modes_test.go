package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// The three modes at creation: who gets in how.

func TestZIMJoinMode(t *testing.T) {
	t.Parallel()
	t.Run("Z-008", func(t *testing.T) {
		z := newZIM(t, nil)
		require.Equal(t, zimFree, z.member.profile(z.g).GetJoinOption())
		got := z.ned.ok(&troupev1.JoinGroup{GroupId: z.g}).GetJoinGroup()
		require.Equal(t, troupev1.Outcome_OUTCOME_JOINED, got.GetOutcome())
		z.hears(z.all(counts{tips: 1}, scene{z.ned: {tips: 1}}))
		z.in("olga", "adam", "mike", "ned")
	})
	t.Run("Z-009", func(t *testing.T) {
		z := newZIM(t, nil)
		for i, approver := range []*peer{z.owner, z.admin} {
			op := zimGroup(fmt.Sprint("g", i))
			op.JoinOption = zimApproval
			z.found(op)
			got := z.ned.code(25424, &troupev1.JoinGroup{GroupId: z.g}).GetJoinGroup()
			require.Equal(t, troupev1.Outcome_OUTCOME_WAIT_APPROVAL, got.GetOutcome())
			z.hears(scene{z.owner: {added: 1, notices: 1}, z.admin: {added: 1, notices: 1}, z.ned: {added: 1}})
			z.in("olga", "adam", "mike")
			accept := &troupev1.AcceptApplication{GroupId: z.g, ApplicantId: "ned"}
			refusedQuietly(z.member, 10007, accept)
			refusedQuietly(z.ned, 10007, accept)
			approver.ok(accept)
			z.hears(scene{
				z.owner: {updated: 1, tips: 1}, z.admin: {updated: 1, tips: 1}, z.member: {tips: 1},
				z.ned: {updated: 1, tips: 1, notices: 1},
			})
			z.in("olga", "adam", "mike", "ned")
		}
	})
	t.Run("Z-010", func(t *testing.T) {
		op := zimGroup("g")
		op.JoinOption = zimClosed
		z := newZIM(t, op)
		for _, q := range []*peer{z.ned, z.out} {
			refusedQuietly(q, 11001, &troupev1.JoinGroup{GroupId: z.g}, &troupev1.JoinGroup{GroupId: z.g, DirectOnly: true})
			refusedQuietly(q, 11004, text(z.g, "in"))
		}
		z.in("olga", "adam", "mike")
	})
}

// adds asserts that an invitation makes ned a member at once.
func (z *ensemble) adds(by *peer) {
	z.t.Helper()
	a := by.ok(&troupev1.InviteMembers{GroupId: z.g, UserIds: []string{"ned"}}).GetInviteMembers()
	require.Equal(z.t, map[string]troupev1.Outcome{"ned": troupev1.Outcome_OUTCOME_JOINED}, outcomes(a.GetUsers()))
	h := z.hears(z.all(counts{tips: 1}, scene{z.ned: {tips: 1, notices: 1}}))
	for p := range z.all(counts{}, scene{z.ned: {}}) {
		h[p].entered(troupev1.JoinMethod_JOIN_METHOD_INVITED, by.user, "ned")
	}
	n := h[z.ned].theNotice(7, z.g, by.user)
	require.NotNil(z.t, n.NeedsConsent)
	require.False(z.t, n.GetNeedsConsent())
	z.in("olga", "adam", "mike", "ned")
}

func TestZIMInviteMode(t *testing.T) {
	t.Parallel()
	ask := &troupev1.InviteMembers{GroupId: "g", UserIds: []string{"ned"}}
	t.Run("Z-011", func(t *testing.T) {
		z := newZIM(t, nil)
		require.Equal(t, zimAnyMember, z.member.profile(z.g).GetInviteMode())
		for i, by := range []*peer{z.member, z.admin, z.owner} {
			z.found(zimGroup(fmt.Sprint("g", i)))
			z.adds(by)
		}
	})
	t.Run("Z-012", func(t *testing.T) {
		op := zimGroup("g")
		op.InviteMode = zimAdmins
		z := newZIM(t, op)
		refusedQuietly(z.member, 11008, ask)
		z.in("olga", "adam", "mike")
		z.adds(z.admin)
		op = zimGroup("h")
		op.InviteMode = zimAdmins
		z.found(op)
		z.adds(z.owner)
	})
	t.Run("Z-013", func(t *testing.T) {
		z := newZIM(t, nil)
		require.Equal(t, zimUnasked, z.member.profile(z.g).GetInviteeConsent())
		z.adds(z.owner)
		require.Empty(t, z.ned.records(&troupev1.ListApplications{}).GetApplications(), "ned has nothing to agree to")
	})
	t.Run("Z-014", func(t *testing.T) {
		op := zimGroup("g")
		op.InviteeConsent = zimAsked
		z := newZIM(t, op)
		z.owner.code(25427, ask)
		h := z.hears(scene{z.owner: {added: 1}, z.ned: {added: 1, notices: 1}})
		require.True(t, h[z.ned].theNotice(7, z.g, "olga").GetNeedsConsent())
		z.in("olga", "adam", "mike")
		refusedQuietly(z.ned, 11004, text(z.g, "in"))
		z.ned.ok(&troupev1.AcceptInvitation{GroupId: z.g, InviterId: "olga"})
		z.hears(scene{
			z.owner: {updated: 1, tips: 1}, z.admin: {tips: 1}, z.member: {tips: 1}, z.ned: {updated: 1, tips: 1},
		})
		z.in("olga", "adam", "mike", "ned")
	})
}

// modes asserts that everybody in the group, and nobody else, is told all
// three modes of a group that invites past approval.
func (z *ensemble) modes(operator string, c counts, j troupev1.JoinOption, i troupev1.InviteMode, b troupev1.InviteeConsent) {
	z.t.Helper()
	c.modes = 1
	h := z.hears(z.all(c, nil))
	for p := range z.all(counts{}, nil) {
		require.True(z.t, proto.Equal(&troupev1.GroupModesChanged{
			GroupId: z.g, JoinOption: j, InviteMode: i, InviteeConsent: b,
			InviteApproval: troupev1.InviteApproval_INVITE_APPROVAL_BYPASS, OperatorId: &operator,
		}, h[p].modes[0]), "%s: %s", p.user, show(h[p].all))
	}
}

func TestZIMChangeModes(t *testing.T) {
	t.Parallel()
	bypass := troupev1.InviteApproval_INVITE_APPROVAL_BYPASS
	t.Run("Z-077", func(t *testing.T) {
		z := newZIM(t, nil)
		for mode, by := range map[troupev1.JoinOption]*peer{zimApproval: z.owner, zimClosed: z.admin} {
			got := by.ok(z.join(mode)).GetUpdateGroupModes()
			require.True(t, proto.Equal(&troupev1.ModesResult{
				JoinOption: mode, InviteMode: zimAnyMember, InviteeConsent: zimUnasked, InviteApproval: bypass,
			}, got), "%v", got)
			z.modes(by.user, counts{tips: 1}, mode, zimAnyMember, zimUnasked)
			require.Equal(t, mode, z.member.profile(z.g).GetJoinOption())
		}
		z.owner.ok(z.join(zimClosed))
		forget(z.w.peers...)
		refusedQuietly(z.ned, 11001, &troupev1.JoinGroup{GroupId: z.g})
		z.admin.ok(z.join(zimFree))
		forget(z.w.peers...)
		z.ned.ok(&troupev1.JoinGroup{GroupId: z.g, DirectOnly: true})
		z.hears(z.all(counts{tips: 1}, scene{z.ned: {tips: 1}}))
	})
	t.Run("Z-078", func(t *testing.T) {
		z := newZIM(t, nil)
		got := z.admin.ok(z.invite(zimAdmins)).GetUpdateGroupModes()
		require.Equal(t, zimAdmins, got.GetInviteMode())
		z.modes("adam", counts{}, zimFree, zimAdmins, zimUnasked)
		refusedQuietly(z.member, 11008, &troupev1.InviteMembers{GroupId: z.g, UserIds: []string{"ned"}})
		got = z.owner.ok(z.invite(zimAnyMember)).GetUpdateGroupModes()
		require.Equal(t, zimAnyMember, got.GetInviteMode())
		z.modes("olga", counts{}, zimFree, zimAnyMember, zimUnasked)
		z.adds(z.member)
	})
	t.Run("Z-079", func(t *testing.T) {
		z := newZIM(t, nil)
		got := z.admin.ok(z.consent(zimAsked)).GetUpdateGroupModes()
		require.Equal(t, zimAsked, got.GetInviteeConsent())
		z.modes("adam", counts{}, zimFree, zimAnyMember, zimAsked)
		z.invited(z.member)
		z.in("olga", "adam", "mike")
		got = z.owner.ok(z.consent(zimUnasked)).GetUpdateGroupModes()
		require.Equal(t, zimUnasked, got.GetInviteeConsent())
		z.modes("olga", counts{}, zimFree, zimAnyMember, zimUnasked)
		z.owner.ok(&troupev1.InviteMembers{GroupId: z.g, UserIds: []string{"ned"}})
		z.in("olga", "adam", "mike", "ned")
	})
	t.Run("Z-080", func(t *testing.T) {
		z := newZIM(t, nil)
		z.owner.ok(&troupev1.UpdateGroupModes{GroupId: z.g, JoinOption: zimApproval, InviteMode: zimAdmins, InviteeConsent: zimAsked})
		z.modes("olga", counts{tips: 1}, zimApproval, zimAdmins, zimAsked)
		second := z.w.device("mike", "")
		z.admin.ok(z.invite(zimAnyMember))
		h := z.hears(z.all(counts{modes: 1}, scene{second: {modes: 1}}))
		require.Equal(t, zimApproval, h[second].modes[0].GetJoinOption(), "what did not change is told too")
		require.Equal(t, zimAsked, h[second].modes[0].GetInviteeConsent())
		require.Equal(t, "adam", h[second].modes[0].GetOperatorId())
	})
	t.Run("Z-093", func(t *testing.T) {
		z := newZIM(t, nil)
		refusedQuietly(z.member, 10007, z.join(zimClosed), z.invite(zimAdmins), z.consent(zimAsked))
		got := z.member.profile(z.g)
		require.Equal(t, zimFree, got.GetJoinOption())
		require.Equal(t, zimAnyMember, got.GetInviteMode())
		require.Equal(t, zimUnasked, got.GetInviteeConsent())
		z.adds(z.member)
	})
}
