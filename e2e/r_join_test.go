package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func (r *ring) join() *troupev1.JoinGroup {
	return &troupev1.JoinGroup{GroupId: r.id, Message: "me too"}
}

func TestRongJoin(t *testing.T) {
	t.Parallel()
	t.Run("R-006", func(t *testing.T) {
		people := newRing(t, &troupev1.CreateGroup{})
		both := counts{added: 1, notices: 1}
		for _, tc := range []struct {
			id     string
			option troupev1.JoinOption
			code   int32
			told   func(*ring) scene
		}{
			{"free", joinFree, 0, func(r *ring) scene { return r.everyone(counts{tips: 1}, scene{r.ivan: {tips: 1}}) }},
			{"managers", joinAdmins, 25424, func(r *ring) scene { return scene{r.olga: both, r.mia: both, r.ivan: {added: 1}} }},
			{"owner", joinOwner, 25424, func(r *ring) scene { return scene{r.olga: both, r.ivan: {added: 1}} }},
			{"closed", joinClosed, 11001, func(*ring) scene { return nil }},
		} {
			r := people.another(tc.id, &troupev1.CreateGroup{JoinOption: tc.option})
			r.ivan.code(tc.code, r.join())
			r.hears(tc.told(r))
		}
	})

	t.Run("R-008_R-009", func(t *testing.T) {
		r := newRing(t, &troupev1.CreateGroup{JoinOption: joinAdmins})
		a := r.ivan.code(25424, r.join())
		require.Equal(t, troupev1.Outcome_OUTCOME_WAIT_APPROVAL, a.GetJoinGroup().GetOutcome())
		require.Empty(t, a.GetError())
		both := counts{added: 1, notices: 1}
		h := r.hears(scene{r.olga: both, r.mia: both, r.ivan: {added: 1}})
		sent := event(t, h[r.ivan].added, adminPending, applicationSent)
		require.Empty(t, sent.GetAuthentication(), "for approvers only")
		for _, p := range []*peer{r.olga, r.mia} {
			record := event(t, h[p].added, adminPending, applicationReceived)
			require.Equal(t, "ivan", record.GetApplicantId())
			require.Equal(t, sent.GetApplicationId(), record.GetApplicationId())
		}
		require.Equal(t, []string{"olga", "mia", "bob", "carol"}, r.bob.roster(r.id))
	})

	t.Run("R-010", func(t *testing.T) {
		r := newRing(t, &troupev1.CreateGroup{JoinOption: joinOwner})
		r.ivan.code(25424, r.join())
		h := r.hears(scene{r.olga: {added: 1, notices: 1}, r.ivan: {added: 1}})
		h[r.olga].theNotice(1, r.id, "ivan")
		require.Empty(t, r.mia.records(&troupev1.ListApplications{}).GetApplications())
		r.mia.code(10007, r.accept(""))
		r.mia.code(10007, r.refuse("", ""))
		silent(r.peers...)
		r.olga.ok(r.accept(""))
		h = r.hears(r.everyone(counts{tips: 1}, scene{
			r.olga: {tips: 1, updated: 1}, r.ivan: {tips: 1, updated: 1, notices: 1},
		}))
		r.allEntered(h, troupev1.JoinMethod_JOIN_METHOD_APPROVED, "olga")
	})

	t.Run("R-011", func(t *testing.T) {
		people := newRing(t, &troupev1.CreateGroup{})
		both := counts{added: 1, notices: 1}
		for _, handler := range []*peer{people.olga, people.mia} {
			r := people.another("by-"+handler.user, &troupev1.CreateGroup{JoinOption: joinAdmins})
			r.ivan.code(25424, r.join())
			h := r.hears(scene{r.olga: both, r.mia: both, r.ivan: {added: 1}})
			require.Equal(t, "me too", h[r.mia].theNotice(1, r.id, "ivan").GetRemark())
			handler.ok(r.accept(""))
			decided := counts{tips: 1, updated: 1}
			h = r.hears(r.everyone(counts{tips: 1}, scene{
				r.olga: decided, r.mia: decided, r.ivan: {tips: 1, updated: 1, notices: 1},
			}))
			r.allEntered(h, troupev1.JoinMethod_JOIN_METHOD_APPROVED, handler.user)
		}
	})

	t.Run("R-012_R-013", func(t *testing.T) {
		r := newRing(t, &troupev1.CreateGroup{JoinOption: joinFree})
		a := r.ivan.ok(r.join())
		require.Equal(t, troupev1.Outcome_OUTCOME_JOINED, a.GetJoinGroup().GetOutcome())
		h := r.hears(r.everyone(counts{tips: 1}, scene{r.ivan: {tips: 1}}))
		r.allEntered(h, troupev1.JoinMethod_JOIN_METHOD_SELF, "ivan")
		r.ivan.ok(text(r.id, "in"))
		r.hears(r.everyone(counts{messages: 1}, nil))
	})

	t.Run("R-014", func(t *testing.T) {
		r := newRing(t, &troupev1.CreateGroup{JoinOption: joinClosed})
		require.Equal(t, "join_closed", r.ivan.code(11001, r.join()).GetError())
		silent(r.peers...)
		require.Empty(t, r.olga.records(&troupev1.ListApplications{}).GetApplications())
		require.Equal(t, []string{"olga", "mia", "bob", "carol"}, r.bob.roster(r.id))
	})
}

// Who may invite.
func TestRongInvitePermission(t *testing.T) {
	t.Parallel()
	t.Run("R-015", func(t *testing.T) {
		people := newRing(t, &troupev1.CreateGroup{})
		root := people.device("root", "")
		olga, mia, bob := people.olga, people.mia, people.bob
		for _, tc := range []struct {
			mode    troupev1.InviteMode
			may     []*peer
			mayNot  []*peer
			refusal int32
		}{
			{troupev1.InviteMode_INVITE_MODE_ANY_MEMBER, []*peer{olga, mia, bob, root}, nil, 0},
			{troupev1.InviteMode_INVITE_MODE_ADMINS, []*peer{olga, mia, root}, []*peer{bob}, 11008},
			{troupev1.InviteMode_INVITE_MODE_OWNER, []*peer{olga, root}, []*peer{mia, bob}, 11008},
			{troupev1.InviteMode_INVITE_MODE_APP_ADMIN, []*peer{root}, []*peer{olga, mia, bob}, 11008},
			{troupev1.InviteMode_INVITE_MODE_NOBODY, nil, []*peer{olga, mia, bob, root}, 11009},
		} {
			r := people.another(tc.mode.String(), &troupev1.CreateGroup{InviteMode: tc.mode, InviteeConsent: consentAsk})
			for _, by := range tc.mayNot {
				a := by.code(tc.refusal, r.invitation())
				require.Empty(t, a.GetInviteMembers().GetUsers())
			}
			silent(r.peers...)
			require.Empty(t, r.ivan.states(r.id), "nothing is filed")
			for _, by := range tc.may {
				by.code(25427, r.invitation())
				r.hears(scene{by: {added: 1}, r.ivan: {added: 1, notices: 1}})
			}
		}
	})

	t.Run("R-016", func(t *testing.T) {
		r := newRing(t, &troupev1.CreateGroup{InviteMode: troupev1.InviteMode_INVITE_MODE_ANY_MEMBER})
		r.carol.ok(r.invitation())
		r.hears(r.everyone(counts{tips: 1}, scene{r.ivan: {tips: 1, notices: 1}}))
		r.ivan.ok(r.invitation("out"))
		r.hears(r.everyone(counts{tips: 1}, scene{r.ivan: {tips: 1}, r.out: {tips: 1, notices: 1}}))
	})

	t.Run("R-017", func(t *testing.T) {
		r := newRing(t, &troupev1.CreateGroup{InviteeConsent: consentAsk})
		require.Equal(t, "user_ids", r.bob.code(10004, &troupev1.InviteMembers{GroupId: r.id}).GetDetails().GetField())
		r.bob.code(10015, &troupev1.InviteMembers{UserIds: []string{"ivan"}})
		silent(r.peers...)
		a := r.bob.code(25427, r.invitation("ivan", "out"))
		wait := troupev1.Outcome_OUTCOME_WAIT_INVITEE
		require.Equal(t, map[string]troupev1.Outcome{"ivan": wait, "out": wait}, outcomes(a.GetInviteMembers().GetUsers()))
		told := counts{added: 1, notices: 1}
		r.hears(scene{r.bob: {added: 2}, r.ivan: told, r.out: told})
	})

	t.Run("R-055", func(t *testing.T) {
		r := newRing(t, &troupev1.CreateGroup{InviteMode: troupev1.InviteMode_INVITE_MODE_ANY_MEMBER})
		require.Equal(t, "not_member", r.out.code(11004, r.invitation()).GetError())
		silent(r.peers...)
		r.carol.ok(&troupev1.LeaveGroup{GroupId: r.id})
		forget(r.peers...)
		r.carol.code(11004, r.invitation())
		silent(r.peers...)
		require.Equal(t, []string{"olga", "mia", "bob"}, r.bob.roster(r.id))
	})
}
