package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// The longest reason: 128 characters, not bytes.
var longest = strings.Repeat("ß", 128)

// The invitee answers.
func TestRongInvitee(t *testing.T) {
	t.Parallel()
	accept := func(r *ring) *troupev1.AcceptInvitation {
		return &troupev1.AcceptInvitation{GroupId: r.id, InviterId: "bob"}
	}
	refuse := func(r *ring, reason string) *troupev1.RefuseInvitation {
		return &troupev1.RefuseInvitation{GroupId: r.id, InviterId: "bob", Reason: reason}
	}
	t.Run("R-034", func(t *testing.T) {
		r := newRing(t, &troupev1.CreateGroup{InviteeConsent: consentAsk})
		r.invites(r.bob, 25427)
		r.out.code(11005, accept(r))
		r.ivan.code(11005, &troupev1.AcceptInvitation{GroupId: r.id, InviterId: "carol"})
		silent(r.peers...)
		r.bob.cut() // who invited need not be there
		r.ivan.ok(accept(r))
		tip := counts{tips: 1}
		h := r.hears(scene{r.olga: tip, r.mia: tip, r.carol: tip, r.ivan: {tips: 1, updated: 1}})
		event(t, h[r.ivan].updated, stateJoined, invitationReceived)
		h[r.ivan].entered(joinedInvited, "bob", "ivan")
		r.ivan.ok(text(r.id, "in"))
		r.ivan.code(10024, accept(r))
	})
	t.Run("R-035", func(t *testing.T) {
		r := newRing(t, &troupev1.CreateGroup{InviteeConsent: consentAsk})
		r.invites(r.bob, 25427)
		r.out.code(11005, refuse(r, ""))
		r.ivan.ok(refuse(r, "no time"))
		h := r.hears(scene{r.bob: {updated: 1}, r.ivan: {updated: 1}})
		record := event(t, h[r.bob].updated, inviteeRefused, invitationSent)
		require.Equal(t, "no time", record.GetHandleMessage())
		require.Equal(t, "ivan", record.GetHandlerId())
		event(t, h[r.ivan].updated, inviteeRefused, invitationReceived)
		require.Equal(t, []string{"olga", "mia", "bob", "carol"}, r.bob.roster(r.id))
		r.ivan.code(10024, accept(r))
		silent(r.peers...)
	})
	t.Run("R-036", func(t *testing.T) {
		r := newRing(t, &troupev1.CreateGroup{InviteeConsent: consentAsk})
		for _, reason := range []string{longest, ""} {
			r.invites(r.bob, 25427)
			a := r.ivan.code(10004, refuse(r, longest+"!"))
			require.Equal(t, "reason", a.GetDetails().GetField())
			silent(r.peers...)
			r.ivan.ok(refuse(r, reason))
			h := r.hears(scene{r.bob: {updated: 1}, r.ivan: {updated: 1}})
			require.Equal(t, reason, event(t, h[r.bob].updated, inviteeRefused, invitationSent).GetHandleMessage())
		}
	})
}

// The approvers answer; inviter "" names ivan's own application.
func TestRongApprover(t *testing.T) {
	t.Parallel()
	// twoWays: ivan has applied, and bob has invited ivan; both wait.
	twoWays := func(t *testing.T) *ring {
		t.Helper()
		r := newRing(t, &troupev1.CreateGroup{JoinOption: joinAdmins, InviteeConsent: consentNone})
		r.ivan.code(25424, r.join())
		r.invites(r.bob, 25424)
		return r
	}
	t.Run("R-037", func(t *testing.T) {
		r := twoWays(t)
		r.mia.ok(r.accept(""))
		h := r.hears(r.everyone(counts{tips: 1}, scene{
			r.olga: {tips: 1, updated: 2}, r.mia: {tips: 1, updated: 2}, r.bob: {tips: 1, updated: 1},
			r.ivan: {tips: 1, updated: 1, notices: 1},
		}))
		r.allEntered(h, troupev1.JoinMethod_JOIN_METHOD_APPROVED, "mia")
		event(t, h[r.ivan].updated, stateJoined, applicationSent)
		closed := event(t, h[r.bob].updated, stateClosed, invitationSent)
		require.Equal(t, troupev1.CloseReason_CLOSE_REASON_ALREADY_MEMBER, closed.GetCloseReason())
	})
	t.Run("R-038", func(t *testing.T) {
		r := twoWays(t)
		r.mia.ok(r.accept("bob"))
		h := r.hears(r.everyone(counts{tips: 1}, scene{
			r.olga: {tips: 1, updated: 2}, r.mia: {tips: 1, updated: 2}, r.bob: {tips: 1, updated: 1},
			r.ivan: {tips: 1, updated: 1, notices: 1},
		}))
		r.allEntered(h, joinedInvited, "bob")
		event(t, h[r.bob].updated, stateJoined, invitationSent)
		event(t, h[r.ivan].updated, stateClosed, applicationSent)
		require.Equal(t, map[string]troupev1.ApplicationState{"": stateClosed, "bob": stateJoined}, r.olga.states(r.id))
	})
	t.Run("R-041", func(t *testing.T) {
		r := twoWays(t)
		told := counts{updated: 1}
		r.mia.ok(r.refuse("bob", "not now"))
		h := r.hears(scene{r.olga: told, r.mia: told, r.bob: told})
		record := event(t, h[r.bob].updated, adminRefused, invitationSent)
		require.Equal(t, []string{"mia", "not now"}, []string{record.GetHandlerId(), record.GetHandleMessage()})
		require.Equal(t, map[string]troupev1.ApplicationState{"": adminPending, "bob": adminRefused}, r.olga.states(r.id))
		require.Equal(t, map[string]troupev1.ApplicationState{"": adminPending}, r.ivan.states(r.id), "ivan never learns of the other")
		r.olga.ok(r.refuse("", "nor now"))
		h = r.hears(scene{r.olga: told, r.mia: told, r.ivan: {updated: 1, notices: 1}})
		event(t, h[r.ivan].updated, adminRefused, applicationSent)
		require.Equal(t, "nor now", h[r.ivan].theNotice(3, r.id, "olga").GetRemark())
		require.Equal(t, []string{"olga", "mia", "bob", "carol"}, r.bob.roster(r.id))
	})
	t.Run("R-042", func(t *testing.T) {
		r := newRing(t, &troupev1.CreateGroup{JoinOption: joinAdmins})
		for _, reason := range []string{longest, ""} {
			r.ivan.code(25424, r.join())
			forget(r.peers...)
			a := r.mia.code(10004, r.refuse("", longest+"!"))
			require.Equal(t, "reason", a.GetDetails().GetField())
			silent(r.peers...)
			r.mia.ok(r.refuse("", reason))
			h := r.hears(scene{r.olga: {updated: 1}, r.mia: {updated: 1}, r.ivan: {updated: 1, notices: 1}})
			require.Equal(t, reason, h[r.ivan].theNotice(3, r.id, "mia").GetRemark())
			require.Equal(t, reason, event(t, h[r.ivan].updated, adminRefused, applicationSent).GetHandleMessage())
		}
	})
	t.Run("R-043", func(t *testing.T) {
		r := twoWays(t)
		for _, p := range []*peer{r.bob, r.carol, r.ivan, r.out} {
			for _, inviter := range []string{"", "bob"} {
				p.code(10007, r.accept(inviter))
				p.code(10007, r.refuse(inviter, ""))
			}
		}
		silent(r.peers...)
		require.Equal(t, map[string]troupev1.ApplicationState{"": adminPending, "bob": adminPending}, r.mia.states(r.id))
		r.olga.ok(&troupev1.SetMemberRole{GroupId: r.id, UserId: "mia", Role: troupev1.Role_ROLE_MEMBER})
		r.mia.code(10007, r.accept(""))
	})
	t.Run("R-057", func(t *testing.T) {
		r := newRing(t, &troupev1.CreateGroup{JoinOption: joinAdmins, InviteeConsent: consentNone})
		r.invites(r.bob, 25424)
		r.invites(r.carol, 25424)
		told := counts{updated: 1}
		r.mia.ok(r.refuse("bob", ""))
		r.hears(scene{r.olga: told, r.mia: told, r.bob: told})
		require.Equal(t, map[string]troupev1.ApplicationState{"bob": adminRefused, "carol": adminPending}, r.olga.states(r.id))
		r.advance(time.Second)
		r.invites(r.bob, 25424)
		r.mia.ok(r.accept("carol"))
		h := r.hears(scene{
			r.olga: {updated: 2, tips: 1}, r.mia: {updated: 2, tips: 1},
			r.bob: {updated: 1, tips: 1}, r.carol: {updated: 1, tips: 1}, r.ivan: {tips: 1, notices: 1},
		})
		r.allEntered(h, joinedInvited, "carol")
		event(t, h[r.bob].updated, stateClosed, invitationSent)
		event(t, h[r.carol].updated, stateJoined, invitationSent)
		r.mia.code(10024, r.accept("bob"))
	})
}

// Requests live seven days.
func TestRongExpiry(t *testing.T) {
	t.Parallel()
	t.Run("R-053", func(t *testing.T) {
		r := newRing(t, &troupev1.CreateGroup{JoinOption: joinAdmins, InviteeConsent: consentAsk})
		early := r.another("early", &troupev1.CreateGroup{JoinOption: joinAdmins, InviteeConsent: consentAsk})
		for _, in := range []*ring{early, r} {
			in.ivan.code(25424, in.join())
			in.invites(in.mia, 25427)
			in.invites(in.bob, 25424)
			in.advance(time.Second)
		}
		// The last moment of early's records is the second before r's ends.
		r.advance(7*day - 2*time.Second - time.Millisecond)
		early.olga.ok(early.refuse("", ""))
		early.olga.code(25427, early.accept("bob"))
		early.ivan.ok(&troupev1.AcceptInvitation{GroupId: early.id, InviterId: "mia"})
		forget(r.peers...)
		r.advance(time.Second + time.Millisecond)
		r.mia.code(11006, r.accept(""))
		r.olga.code(11006, r.accept("bob"))
		r.ivan.code(11006, &troupev1.AcceptInvitation{GroupId: r.id, InviterId: "mia"})
		for p, n := range map[*peer]int{r.olga: 2, r.mia: 3, r.bob: 1, r.ivan: 2} {
			p.gets(n)
		}
		h := r.hears(scene{r.olga: {updated: 2}, r.mia: {updated: 3}, r.bob: {updated: 1}, r.ivan: {updated: 2}})
		for _, p := range []*peer{r.olga, r.mia, r.bob, r.ivan} {
			for _, e := range h[p].updated {
				require.Equal(t, stateExpired, e.GetRecord().GetState(), "%s", p.user)
			}
		}
		require.Equal(t, []string{"olga", "mia", "bob", "carol"}, r.bob.roster(r.id))
		r.ivan.code(25424, r.join())
		r.hears(scene{r.olga: {added: 1, notices: 1}, r.mia: {added: 1, notices: 1}, r.ivan: {added: 1}})
		r.mia.ok(r.accept(""))
	})
}
