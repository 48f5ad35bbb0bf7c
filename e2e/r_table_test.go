package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// flow is what an invitation meets first.
type flow struct {
	code    int32
	outcome troupev1.Outcome
	state   troupev1.ApplicationState // unspecified: no record
	// What inviter, other approvers and invitee get; other members get tip 1
	// in flow D only.
	inviter, approver, invitee, members counts
}

var (
	flowAB = flow{25424, troupev1.Outcome_OUTCOME_WAIT_APPROVAL, adminPending, counts{added: 1}, counts{added: 1, notices: 1}, counts{}, counts{}}
	flowC  = flow{25427, troupev1.Outcome_OUTCOME_WAIT_INVITEE, inviteePending, counts{added: 1}, counts{}, counts{added: 1, notices: 1}, counts{}}
	flowD  = flow{0, troupev1.Outcome_OUTCOME_JOINED, 0, counts{tips: 1}, counts{tips: 1}, counts{tips: 1, notices: 1}, counts{tips: 1}}
)

// The three settings and the inviter's role choose the flow (spec 7.3).
func TestRongFlowTable(t *testing.T) {
	t.Parallel()
	t.Run("R-019", func(t *testing.T) {
		people := newRing(t, &troupev1.CreateGroup{})
		root := people.device("root", "")
		follow, bypass := troupev1.InviteApproval_INVITE_APPROVAL_FOLLOW, troupev1.InviteApproval_INVITE_APPROVAL_BYPASS
		for _, tc := range []struct {
			approval troupev1.InviteApproval
			option   troupev1.JoinOption
			consent  troupev1.InviteeConsent
			// By a member; by owner, admin or app_admin.
			member, higher flow
		}{
			{follow, joinAdmins, consentAsk, flowAB, flowC},
			{follow, joinAdmins, consentNone, flowAB, flowD},
			{follow, joinOwner, consentAsk, flowAB, flowC},
			{follow, joinOwner, consentNone, flowAB, flowD},
			{follow, joinFree, consentAsk, flowC, flowC},
			{follow, joinFree, consentNone, flowD, flowD},
			{follow, joinClosed, consentAsk, flowC, flowC},
			{follow, joinClosed, consentNone, flowD, flowD},
			{bypass, joinAdmins, consentAsk, flowC, flowC},
			{bypass, joinAdmins, consentNone, flowD, flowD},
			{bypass, joinOwner, consentAsk, flowC, flowC},
			{bypass, joinOwner, consentNone, flowD, flowD},
			{bypass, joinFree, consentAsk, flowC, flowC},
			{bypass, joinFree, consentNone, flowD, flowD},
			{bypass, joinClosed, consentAsk, flowC, flowC},
			{bypass, joinClosed, consentNone, flowD, flowD},
		} {
			modes := &troupev1.CreateGroup{InviteApproval: tc.approval, JoinOption: tc.option, InviteeConsent: tc.consent}
			for _, by := range []*peer{people.bob, people.olga, people.mia, root} {
				want := tc.higher
				if by == people.bob {
					want = tc.member
				}
				id := fmt.Sprintf("approval%d-join%d-consent%d-%s", tc.approval, tc.option, tc.consent, by.user)
				invitedBy(t, people.another(id, modes), by, want, tc.option)
			}
		}
	})
}

func invitedBy(t *testing.T, r *ring, by *peer, want flow, option troupev1.JoinOption) {
	t.Helper()
	a := by.code(want.code, r.invitation())
	require.Equal(t, map[string]troupev1.Outcome{"ivan": want.outcome}, outcomes(a.GetInviteMembers().GetUsers()))
	s := r.everyone(want.members, scene{r.ivan: want.invitee, r.olga: want.approver})
	if option != joinOwner {
		s[r.mia] = want.approver
	}
	if by.user != "root" {
		s[by] = want.inviter
	} else if want.state != 0 {
		s[by] = counts{added: 1}
	}
	r.hears(s)
	states := map[string]troupev1.ApplicationState{}
	if want.state != 0 {
		states[by.user] = want.state
	}
	require.Equal(t, states, by.states(r.id), "%s", r.id)
}
