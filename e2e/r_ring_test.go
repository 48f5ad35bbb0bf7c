package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Short names of the modes of a custom group.
const (
	joinFree    = troupev1.JoinOption_JOIN_OPTION_FREE
	joinAdmins  = troupev1.JoinOption_JOIN_OPTION_ADMIN_APPROVAL
	joinOwner   = troupev1.JoinOption_JOIN_OPTION_OWNER_APPROVAL
	joinClosed  = troupev1.JoinOption_JOIN_OPTION_CLOSED
	consentNone = troupev1.InviteeConsent_INVITEE_CONSENT_NONE
	consentAsk  = troupev1.InviteeConsent_INVITEE_CONSENT_REQUIRED
)

// Short names of record states.
const (
	adminPending   = troupev1.ApplicationState_APPLICATION_STATE_ADMIN_PENDING
	adminRefused   = troupev1.ApplicationState_APPLICATION_STATE_ADMIN_REFUSED
	inviteePending = troupev1.ApplicationState_APPLICATION_STATE_INVITEE_PENDING
	inviteeRefused = troupev1.ApplicationState_APPLICATION_STATE_INVITEE_REFUSED
	stateJoined    = troupev1.ApplicationState_APPLICATION_STATE_JOINED
	stateExpired   = troupev1.ApplicationState_APPLICATION_STATE_EXPIRED
	stateClosed    = troupev1.ApplicationState_APPLICATION_STATE_CLOSED
)

// ring is a custom group with an owner, a manager and two members; ivan is
// invited, out has nothing to do with it.
type ring struct {
	*world
	olga, mia, bob, carol *peer
	ivan, out             *peer
	id                    string
}

// newRing makes one with modes; those left out are the kind's.
func newRing(t *testing.T, modes *troupev1.CreateGroup) *ring {
	t.Helper()
	w := newWorld(t)
	p := w.users("olga", "mia", "bob", "carol", "ivan", "out")
	r := &ring{world: w, olga: p[0], mia: p[1], bob: p[2], carol: p[3], ivan: p[4], out: p[5]}
	return r.another("ring", modes)
}

// another makes a further group of the same people.
func (r *ring) another(id string, modes *troupev1.CreateGroup) *ring {
	r.t.Helper()
	next := *r
	next.id = id
	r.olga.createWith(&troupev1.CreateGroup{
		Kind: troupev1.Kind_KIND_CUSTOM, GroupId: id, JoinOption: modes.GetJoinOption(), InviteMode: modes.GetInviteMode(),
		InviteeConsent: modes.GetInviteeConsent(), InviteApproval: modes.GetInviteApproval(),
	}, "mia", "bob", "carol")
	r.olga.makeAdmin(id, "mia")
	return &next
}

// members are everybody inside.
func (r *ring) members() []*peer { return []*peer{r.olga, r.mia, r.bob, r.carol} }

// everyone is a scene in which the members get the same, others what is named.
func (r *ring) everyone(c counts, more scene) scene {
	s := scene{}
	for _, p := range r.members() {
		s[p] = c
	}
	for p, c := range more {
		s[p] = c
	}
	return s
}

func (r *ring) invitation(users ...string) *troupev1.InviteMembers {
	if len(users) == 0 {
		users = []string{"ivan"}
	}
	return &troupev1.InviteMembers{GroupId: r.id, UserIds: users}
}

// invites has a member invite ivan; what that sends is forgotten.
func (r *ring) invites(by *peer, code int32) {
	r.t.Helper()
	by.code(code, r.invitation())
	forget(r.peers...)
}

// accept lets ivan in for an approver; inviter "" = its own application.
func (r *ring) accept(inviter string) *troupev1.AcceptApplication {
	return &troupev1.AcceptApplication{GroupId: r.id, ApplicantId: "ivan", InviterId: inviter}
}

func (r *ring) refuse(inviter, reason string) *troupev1.RefuseApplication {
	return &troupev1.RefuseApplication{GroupId: r.id, ApplicantId: "ivan", InviterId: inviter, Reason: reason}
}

// allEntered asserts that every member and ivan got the tip of ivan's entry.
func (r *ring) allEntered(h map[*peer]heard, how troupev1.JoinMethod, operator string) {
	r.t.Helper()
	for _, p := range append(r.members(), r.ivan) {
		h[p].entered(how, operator, "ivan")
	}
	require.Equal(r.t, []string{"olga", "mia", "bob", "carol", "ivan"}, r.ivan.roster(r.id))
}

// event asserts what one application event says.
func event(t *testing.T, list []*troupev1.ApplicationEvent, state troupev1.ApplicationState, d troupev1.Direction) *troupev1.Application {
	t.Helper()
	require.Len(t, list, 1)
	require.Equal(t, state, list[0].GetRecord().GetState())
	require.Equal(t, d, list[0].GetDirection())
	return list[0].GetRecord()
}

// states are the states of the records that a user sees of a group, by inviter.
func (p *peer) states(group string) map[string]troupev1.ApplicationState {
	p.t.Helper()
	all := map[string]troupev1.ApplicationState{}
	for _, a := range p.records(&troupev1.ListApplications{GroupId: group}).GetApplications() {
		all[a.GetInviterId()] = a.GetState()
	}
	return all
}

const (
	applicationSent     = troupev1.Direction_DIRECTION_APPLICATION_SENT
	applicationReceived = troupev1.Direction_DIRECTION_APPLICATION_RECEIVED
	invitationSent      = troupev1.Direction_DIRECTION_INVITATION_SENT
	invitationReceived  = troupev1.Direction_DIRECTION_INVITATION_RECEIVED

	joinedInvited = troupev1.JoinMethod_JOIN_METHOD_INVITED
)
