package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// asked asserts notice 7 at ivan.
func asked(t *testing.T, h heard, r *ring, inviter string, consent bool) {
	t.Helper()
	n := h.theNotice(7, r.id, inviter)
	require.NotNil(t, n.NeedsConsent)
	require.Equal(t, consent, n.GetNeedsConsent())
}

// Approval and consent.
func TestRongFlowA(t *testing.T) {
	t.Parallel()
	// filed and approved are stages; each begins with the one before.
	filed := func(t *testing.T) *ring {
		t.Helper()
		r := newRing(t, &troupev1.CreateGroup{JoinOption: joinAdmins, InviteeConsent: consentAsk})
		a := r.bob.code(25424, r.invitation())
		require.Equal(t, map[string]troupev1.Outcome{"ivan": troupev1.Outcome_OUTCOME_WAIT_APPROVAL}, outcomes(a.GetInviteMembers().GetUsers()))
		told := counts{added: 1, notices: 1}
		h := r.hears(scene{r.bob: {added: 1}, r.olga: told, r.mia: told})
		event(t, h[r.bob].added, adminPending, invitationSent)
		for _, p := range []*peer{r.olga, r.mia} {
			event(t, h[p].added, adminPending, applicationReceived)
			require.Equal(t, "bob", h[p].theNotice(1, r.id, "ivan").GetInviterId())
		}
		require.Empty(t, r.ivan.records(&troupev1.ListApplications{}).GetApplications(), "it has not reached ivan")
		r.ivan.code(11005, &troupev1.AcceptInvitation{GroupId: r.id, InviterId: "bob"})
		return r
	}
	approved := func(t *testing.T) *ring {
		t.Helper()
		r := filed(t)
		a := r.mia.code(25427, r.accept("bob"))
		require.Equal(t, troupev1.Outcome_OUTCOME_WAIT_INVITEE, a.GetAcceptApplication().GetOutcome())
		h := r.hears(scene{r.bob: {updated: 1}, r.olga: {updated: 1}, r.mia: {updated: 1}, r.ivan: {added: 1, notices: 1}})
		event(t, h[r.bob].updated, inviteePending, invitationSent)
		event(t, h[r.olga].updated, inviteePending, applicationReceived)
		event(t, h[r.ivan].added, inviteePending, invitationReceived)
		asked(t, h[r.ivan], r, "bob", true)
		r.ivan.code(11004, text(r.id, "not in yet"))
		return r
	}
	t.Run("R-020_R-021", func(t *testing.T) { filed(t) })
	t.Run("R-022_R-039", func(t *testing.T) { approved(t) })
	t.Run("R-023", func(t *testing.T) {
		r := approved(t)
		a := r.ivan.ok(&troupev1.AcceptInvitation{GroupId: r.id, InviterId: "bob"})
		require.Equal(t, troupev1.Outcome_OUTCOME_JOINED, a.GetAcceptInvitation().GetOutcome())
		both := counts{updated: 1, tips: 1}
		h := r.hears(scene{r.bob: both, r.olga: both, r.mia: both, r.ivan: both, r.carol: {tips: 1}})
		event(t, h[r.bob].updated, stateJoined, invitationSent)
		event(t, h[r.olga].updated, stateJoined, applicationReceived)
		event(t, h[r.ivan].updated, stateJoined, invitationReceived)
		r.allEntered(h, joinedInvited, "bob")
	})
}

// Approval, no consent.
func TestRongFlowB(t *testing.T) {
	t.Parallel()
	filed := func(t *testing.T) *ring {
		t.Helper()
		r := newRing(t, &troupev1.CreateGroup{JoinOption: joinAdmins, InviteeConsent: consentNone})
		r.bob.code(25424, r.invitation())
		told := counts{added: 1, notices: 1}
		h := r.hears(scene{r.bob: {added: 1}, r.olga: told, r.mia: told})
		event(t, h[r.bob].added, adminPending, invitationSent)
		event(t, h[r.mia].added, adminPending, applicationReceived)
		return r
	}
	t.Run("R-024_R-025", func(t *testing.T) { filed(t) })
	t.Run("R-026_R-040", func(t *testing.T) {
		r := filed(t)
		a := r.olga.ok(r.accept("bob"))
		require.Equal(t, troupev1.Outcome_OUTCOME_JOINED, a.GetAcceptApplication().GetOutcome())
		both := counts{updated: 1, tips: 1}
		h := r.hears(scene{r.bob: both, r.olga: both, r.mia: both, r.ivan: {tips: 1, notices: 1}, r.carol: {tips: 1}})
		event(t, h[r.bob].updated, stateJoined, invitationSent)
		event(t, h[r.mia].updated, stateJoined, applicationReceived)
		asked(t, h[r.ivan], r, "bob", false)
		r.allEntered(h, joinedInvited, "bob")
		r.ivan.ok(text(r.id, "in"))
	})
}

// Consent, no approval.
func TestRongFlowC(t *testing.T) {
	t.Parallel()
	waits := map[string]troupev1.Outcome{"ivan": troupev1.Outcome_OUTCOME_WAIT_INVITEE}
	// asks has somebody invite ivan and asserts who hears of it.
	asks := func(t *testing.T, r *ring, by *peer) {
		t.Helper()
		a := by.code(25427, r.invitation())
		require.Equal(t, waits, outcomes(a.GetInviteMembers().GetUsers()))
		h := r.hears(scene{by: {added: 1}, r.ivan: {added: 1, notices: 1}})
		event(t, h[by].added, inviteePending, invitationSent)
		event(t, h[r.ivan].added, inviteePending, invitationReceived)
		asked(t, h[r.ivan], r, by.user, true)
	}
	t.Run("R-027", func(t *testing.T) {
		for _, option := range []troupev1.JoinOption{joinAdmins, joinOwner} {
			r := newRing(t, &troupev1.CreateGroup{JoinOption: option, InviteeConsent: consentAsk})
			asks(t, r, r.olga)
			asks(t, r, r.mia)
		}
	})
	t.Run("R-028", func(t *testing.T) {
		for _, option := range []troupev1.JoinOption{joinFree, joinClosed} {
			r := newRing(t, &troupev1.CreateGroup{JoinOption: option, InviteeConsent: consentAsk})
			for _, by := range r.members() {
				asks(t, r, by)
			}
		}
	})
	byMia := func(t *testing.T) *ring {
		t.Helper()
		r := newRing(t, &troupev1.CreateGroup{JoinOption: joinAdmins, InviteeConsent: consentAsk})
		asks(t, r, r.mia)
		return r
	}
	t.Run("R-029", func(t *testing.T) { byMia(t) })
	t.Run("R-030", func(t *testing.T) {
		r := byMia(t)
		r.ivan.ok(&troupev1.AcceptInvitation{GroupId: r.id, InviterId: "mia"})
		both := counts{updated: 1, tips: 1}
		h := r.hears(r.everyone(counts{tips: 1}, scene{r.mia: both, r.ivan: both}))
		event(t, h[r.mia].updated, stateJoined, invitationSent)
		event(t, h[r.ivan].updated, stateJoined, invitationReceived)
		r.allEntered(h, joinedInvited, "mia")
	})
	t.Run("R-058", func(t *testing.T) {
		r := newRing(t, &troupev1.CreateGroup{JoinOption: joinFree, InviteeConsent: consentAsk})
		both := counts{updated: 1}
		asks(t, r, r.bob)
		r.ivan.ok(&troupev1.RefuseInvitation{GroupId: r.id, InviterId: "bob"})
		r.hears(scene{r.bob: both, r.ivan: both})
		asks(t, r, r.bob)
		r.ivan.ok(&troupev1.AcceptInvitation{GroupId: r.id, InviterId: "bob"})
		both.tips = 1
		r.hears(r.everyone(counts{tips: 1}, scene{r.bob: both, r.ivan: both}))
		for _, p := range []*peer{r.olga, r.mia} {
			require.Empty(t, p.records(&troupev1.ListApplications{}).GetApplications(), "it never waited for %s", p.user)
		}
	})
}

// Neither.
func TestRongFlowD(t *testing.T) {
	t.Parallel()
	// enters has somebody invite ivan, who is in at once.
	enters := func(t *testing.T, modes *troupev1.CreateGroup, by func(*ring) *peer) *ring {
		t.Helper()
		r := newRing(t, modes)
		inviter := by(r)
		a := inviter.ok(r.invitation())
		require.Equal(t, map[string]troupev1.Outcome{"ivan": troupev1.Outcome_OUTCOME_JOINED}, outcomes(a.GetInviteMembers().GetUsers()))
		h := r.hears(r.everyone(counts{tips: 1}, scene{r.ivan: {tips: 1, notices: 1}}))
		asked(t, h[r.ivan], r, inviter.user, false)
		r.allEntered(h, joinedInvited, inviter.user)
		for _, p := range []*peer{inviter, r.olga, r.ivan} {
			require.Empty(t, p.records(&troupev1.ListApplications{}).GetApplications(), "no record")
		}
		return r
	}
	olga := func(r *ring) *peer { return r.olga }
	mia := func(r *ring) *peer { return r.mia }
	bob := func(r *ring) *peer { return r.bob }
	t.Run("R-031", func(t *testing.T) {
		for _, option := range []troupev1.JoinOption{joinAdmins, joinOwner} {
			for _, by := range []func(*ring) *peer{olga, mia} {
				enters(t, &troupev1.CreateGroup{JoinOption: option, InviteeConsent: consentNone}, by)
			}
		}
	})
	t.Run("R-032", func(t *testing.T) {
		for _, option := range []troupev1.JoinOption{joinFree, joinClosed} {
			for _, by := range []func(*ring) *peer{olga, mia, bob} {
				enters(t, &troupev1.CreateGroup{JoinOption: option, InviteeConsent: consentNone}, by)
			}
		}
	})
	t.Run("R-033", func(t *testing.T) {
		r := newRing(t, &troupev1.CreateGroup{JoinOption: joinFree, InviteeConsent: consentNone})
		r.bob.ok(r.invitation("ivan", "out"))
		entered := counts{tips: 1, notices: 1}
		h := r.hears(r.everyone(counts{tips: 1}, scene{r.ivan: entered, r.out: entered}))
		for _, p := range r.peers {
			h[p].entered(joinedInvited, "bob", "ivan", "out")
		}
		r.ivan.ok(text(r.id, "at once"))
		r.hears(r.everyone(counts{messages: 1}, scene{r.out: {messages: 1}}))
	})
}
