package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// zimInvitation is one cell of ZIM's invitation matrix.
type zimInvitation struct {
	consent  troupev1.InviteeConsent
	mode     troupev1.InviteMode
	by       []string
	explicit []bool // of the two calls: sendGroupInviteApplications is explicit
	then     func(z *ensemble, by *peer, explicit bool)
}

var (
	zimAnybody, zimRulers, zimOrdinary = []string{"olga", "adam", "mike"}, []string{"olga", "adam"}, []string{"mike"}
	zimInvite, zimSendInvite           = []bool{false}, []bool{true}
	zimBothCalls                       = []bool{false, true}
)

var zimMatrix = map[string]zimInvitation{
	"Z-036": {zimUnasked, zimAnyMember, zimAnybody, zimInvite, (*ensemble).enters},
	"Z-037": {zimUnasked, zimAnyMember, zimAnybody, zimSendInvite, (*ensemble).enters},
	"Z-038": {zimUnasked, zimAdmins, zimOrdinary, zimBothCalls, (*ensemble).fails},
	"Z-039": {zimUnasked, zimAdmins, zimRulers, zimInvite, (*ensemble).enters},
	"Z-040": {zimUnasked, zimAdmins, zimRulers, zimSendInvite, (*ensemble).enters},
	"Z-041": {zimAsked, zimAnyMember, zimAnybody, zimInvite, (*ensemble).waits},
	"Z-042": {zimAsked, zimAnyMember, zimAnybody, zimSendInvite, (*ensemble).waits},
	"Z-043": {zimAsked, zimAdmins, zimOrdinary, zimBothCalls, (*ensemble).fails},
	"Z-044": {zimAsked, zimAdmins, zimRulers, zimInvite, (*ensemble).waits},
	"Z-045": {zimAsked, zimAdmins, zimRulers, zimSendInvite, (*ensemble).waits},
}

// plays makes a group for each way to a cell and lets it happen.
func (z *ensemble) plays(id string, c *zimInvitation, join troupev1.JoinOption) {
	z.t.Helper()
	cast := map[string]*peer{"olga": z.owner, "adam": z.admin, "mike": z.member}
	for _, by := range c.by {
		for _, explicit := range c.explicit {
			op := zimGroup(fmt.Sprintf("%s-%s-%t-%d", id, by, explicit, join))
			op.JoinOption, op.InviteMode, op.InviteeConsent = join, c.mode, c.consent
			z.found(op)
			c.then(z, cast[by], explicit)
		}
	}
}

func (z *ensemble) invitation(explicit bool) *troupev1.InviteMembers {
	return &troupev1.InviteMembers{GroupId: z.g, UserIds: []string{"ned"}, Message: "come", Explicit: explicit}
}

// recordsOf are the records of the group that a user sees.
func (z *ensemble) recordsOf(p *peer) []*troupev1.Application {
	z.t.Helper()
	return p.records(&troupev1.ListApplications{GroupId: z.g}).GetApplications()
}

// enters: the invitee is a member at once and there is no record.
func (z *ensemble) enters(by *peer, explicit bool) {
	z.t.Helper()
	got := by.ok(z.invitation(explicit)).GetInviteMembers()
	require.Equal(z.t, map[string]troupev1.Outcome{"ned": troupev1.Outcome_OUTCOME_JOINED}, outcomes(got.GetUsers()))
	h := z.hears(z.all(counts{tips: 1}, scene{z.ned: {tips: 1, notices: 1}}))
	for p := range z.all(counts{}, scene{z.ned: {}}) {
		h[p].entered(troupev1.JoinMethod_JOIN_METHOD_INVITED, by.user, "ned")
		require.Empty(z.t, z.recordsOf(p))
	}
	n := h[z.ned].theNotice(7, z.g, by.user)
	require.NotNil(z.t, n.NeedsConsent)
	require.False(z.t, n.GetNeedsConsent())
	z.in("olga", "adam", "mike", "ned")
}

// waits: there is a record, told to inviter and invitee, who has to agree.
func (z *ensemble) waits(by *peer, explicit bool) {
	z.t.Helper()
	got := by.code(25427, z.invitation(explicit)).GetInviteMembers()
	require.Equal(z.t, map[string]troupev1.Outcome{"ned": troupev1.Outcome_OUTCOME_WAIT_INVITEE}, outcomes(got.GetUsers()))
	role := by.profile(z.g).GetSelf().GetRole()
	h := z.hears(scene{by: {added: 1}, z.ned: {added: 1, notices: 1}})
	for p, d := range map[*peer]troupev1.Direction{by: zimInviteSent, z.ned: zimInviteGot} {
		r := h[p].record(h[p].added, d, zimWaiting)
		require.Equal(z.t, z.g, r.GetGroupId())
		require.Equal(z.t, troupev1.ApplicationType_APPLICATION_TYPE_INVITE, r.GetType())
		require.Equal(z.t, by.user, r.GetInviterId())
		require.Equal(z.t, role, r.GetInviterRole(), "a facade tells owners and admins by it")
		require.Equal(z.t, explicit, r.GetExplicit(), "and the two calls by this")
		require.Equal(z.t, "come", r.GetMessage())
		listed := z.recordsOf(p)
		require.Len(z.t, listed, 1)
		require.Equal(z.t, r.GetApplicationId(), listed[0].GetApplicationId())
	}
	n := h[z.ned].theNotice(7, z.g, by.user)
	require.True(z.t, n.GetNeedsConsent())
	require.Equal(z.t, "come", n.GetRemark())
	z.in("olga", "adam", "mike")
	refusedQuietly(z.ned, 11004, text(z.g, "in?"))
	z.ned.ok(&troupev1.AcceptInvitation{GroupId: z.g, InviterId: by.user})
	z.hears(z.joinedBy(by))
	z.in("olga", "adam", "mike", "ned")
}

// joinedBy is what is heard when ned follows an invitation.
func (z *ensemble) joinedBy(by *peer) scene {
	s := z.all(counts{tips: 1}, scene{z.ned: {tips: 1, updated: 1}})
	s[by] = counts{tips: 1, updated: 1}
	return s
}

// fails: the whole call is refused, there is no record.
func (z *ensemble) fails(by *peer, explicit bool) {
	z.t.Helper()
	a := by.code(11008, z.invitation(explicit))
	require.Equal(z.t, "no_invite_permission", a.GetError())
	require.Empty(z.t, a.GetInviteMembers().GetUsers())
	silent(z.w.peers...)
	for _, p := range []*peer{by, z.owner, z.ned} {
		require.Empty(z.t, z.recordsOf(p))
	}
	z.in("olga", "adam", "mike")
}

func TestZIMInvitationMatrix(t *testing.T) {
	t.Parallel()
	for id, cell := range zimMatrix {
		t.Run(id, func(t *testing.T) {
			newZIM(t, nil).plays(id, &cell, zimFree)
		})
	}
	t.Run("Z-089", func(t *testing.T) {
		z := newZIM(t, nil)
		for id, cell := range zimMatrix {
			for _, join := range []troupev1.JoinOption{zimApproval, zimClosed} {
				z.plays(id, &cell, join)
			}
		}
		op := zimGroup("follow")
		op.JoinOption, op.InviteApproval = zimApproval, troupev1.InviteApproval_INVITE_APPROVAL_FOLLOW
		z.found(op)
		z.member.code(25424, z.invitation(false))
		z.in("olga", "adam", "mike")
	})
}
