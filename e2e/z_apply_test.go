package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// newApprovedZIM is a group whose join mode is 1.
func newApprovedZIM(t *testing.T) *ensemble {
	t.Helper()
	op := zimGroup("g")
	op.JoinOption = zimApproval
	return newZIM(t, op)
}

// record asserts what a record event says of ned's application.
func (h heard) record(list []*troupev1.ApplicationEvent, d troupev1.Direction, s troupev1.ApplicationState) *troupev1.Application {
	h.p.t.Helper()
	require.Len(h.p.t, list, 1, "%s: %s", h.p.user, show(h.all))
	r := list[0].GetRecord()
	require.Equal(h.p.t, d, list[0].GetDirection(), "%s: direction", h.p.user)
	require.Equal(h.p.t, s, r.GetState(), "%s: state", h.p.user)
	require.Equal(h.p.t, "ned", r.GetApplicantId())
	return r
}

const (
	zimSent, zimReceived              = troupev1.Direction_DIRECTION_APPLICATION_SENT, troupev1.Direction_DIRECTION_APPLICATION_RECEIVED
	zimInviteSent, zimInviteGot       = troupev1.Direction_DIRECTION_INVITATION_SENT, troupev1.Direction_DIRECTION_INVITATION_RECEIVED
	zimPending, zimWaiting            = troupev1.ApplicationState_APPLICATION_STATE_ADMIN_PENDING, troupev1.ApplicationState_APPLICATION_STATE_INVITEE_PENDING
	zimJoined, zimRefused, zimSpurned = troupev1.ApplicationState_APPLICATION_STATE_JOINED,
		troupev1.ApplicationState_APPLICATION_STATE_ADMIN_REFUSED, troupev1.ApplicationState_APPLICATION_STATE_INVITEE_REFUSED
)

func TestZIMApply(t *testing.T) {
	t.Parallel()
	apply := &troupev1.JoinGroup{GroupId: "g", Message: "I am Ned, let me in."}
	t.Run("Z-027_Z-028_Z-029", func(t *testing.T) {
		z := newApprovedZIM(t)
		a := z.ned.code(25424, apply)
		require.Empty(t, a.GetError(), "filing is no failure")
		require.Equal(t, troupev1.Outcome_OUTCOME_WAIT_APPROVAL, a.GetJoinGroup().GetOutcome())
		h := z.hears(scene{z.ned: {added: 1}, z.owner: {added: 1, notices: 1}, z.admin: {added: 1, notices: 1}})
		own := h[z.ned].record(h[z.ned].added, zimSent, zimPending)
		require.Equal(t, "g", own.GetGroupId())
		require.Equal(t, troupev1.ApplicationType_APPLICATION_TYPE_JOIN, own.GetType())
		for _, p := range []*peer{z.owner, z.admin} {
			r := h[p].record(h[p].added, zimReceived, zimPending)
			require.Equal(t, own.GetApplicationId(), r.GetApplicationId())
			require.Equal(t, "I am Ned, let me in.", r.GetMessage())
			n := h[p].theNotice(1, "g", "ned")
			require.Equal(t, "I am Ned, let me in.", n.GetRemark())
			listed := p.records(&troupev1.ListApplications{}).GetApplications()
			require.Len(t, listed, 1)
			require.Equal(t, "I am Ned, let me in.", listed[0].GetMessage())
		}
		require.Empty(t, z.member.records(&troupev1.ListApplications{}).GetApplications())
		z.in("olga", "adam", "mike")
	})
	t.Run("Z-030", func(t *testing.T) {
		z := newApprovedZIM(t)
		z.applies()
		got := z.admin.ok(&troupev1.AcceptApplication{GroupId: "g", ApplicantId: "ned", Message: "welcome"}).GetAcceptApplication()
		require.Equal(t, troupev1.Outcome_OUTCOME_JOINED, got.GetOutcome())
		require.Equal(t, "g", got.GetGroup().GetGroupId())
		h := z.hears(scene{
			z.owner: {tips: 1, updated: 1}, z.admin: {tips: 1, updated: 1}, z.member: {tips: 1},
			z.ned: {tips: 1, updated: 1, notices: 1},
		})
		for p := range z.all(counts{}, scene{z.ned: {}}) {
			h[p].entered(troupev1.JoinMethod_JOIN_METHOD_APPROVED, "adam", "ned")
		}
		require.Equal(t, "welcome", h[z.ned].theNotice(2, "g", "adam").GetRemark())
		z.in("olga", "adam", "mike", "ned")
		z.ned.ok(text("g", "thanks"))
		z.hears(z.all(counts{messages: 1}, nil))
	})
	t.Run("Z-031", func(t *testing.T) {
		z := newApprovedZIM(t)
		z.applies()
		z.owner.ok(&troupev1.RefuseApplication{GroupId: "g", ApplicantId: "ned", Reason: "full of Neds"})
		h := z.hears(scene{z.owner: {updated: 1}, z.admin: {updated: 1}, z.ned: {updated: 1, notices: 1}})
		require.Equal(t, "full of Neds", h[z.ned].theNotice(3, "g", "olga").GetRemark())
		z.in("olga", "adam", "mike")
		refusedQuietly(z.ned, 11004, text("g", "but"))
		refusedQuietly(z.admin, 10024, &troupev1.AcceptApplication{GroupId: "g", ApplicantId: "ned"})
	})
	t.Run("Z-032", func(t *testing.T) {
		z := newApprovedZIM(t)
		root := z.w.device("root", "")
		z.applies()
		root.ok(&troupev1.AcceptApplication{GroupId: "g", ApplicantId: "ned"})
		h := z.hears(scene{
			root:    {updated: 1},
			z.owner: {tips: 1, updated: 1}, z.admin: {tips: 1, updated: 1}, z.member: {tips: 1},
			z.ned: {tips: 1, updated: 1, notices: 1},
		})
		require.Equal(t, "root", h[z.ned].record(h[z.ned].updated, zimSent, zimJoined).GetHandlerId())
		for _, p := range []*peer{root, z.owner, z.admin} {
			require.Equal(t, "root", h[p].record(h[p].updated, zimReceived, zimJoined).GetHandlerId())
		}
		z.ned.ok(&troupev1.LeaveGroup{GroupId: "g"})
		z.applies()
		z.admin.ok(&troupev1.RefuseApplication{GroupId: "g", ApplicantId: "ned", Reason: "not again"})
		h = z.hears(scene{z.owner: {updated: 1}, z.admin: {updated: 1}, z.ned: {updated: 1, notices: 1}})
		for _, p := range []*peer{z.owner, z.admin} {
			r := h[p].record(h[p].updated, zimReceived, zimRefused)
			require.Equal(t, "adam", r.GetHandlerId())
			require.Equal(t, "not again", r.GetHandleMessage())
		}
		h[z.ned].record(h[z.ned].updated, zimSent, zimRefused)
	})
	t.Run("Z-088", func(t *testing.T) {
		z := newApprovedZIM(t)
		z.applies()
		refusedQuietly(z.member, 10007,
			&troupev1.AcceptApplication{GroupId: "g", ApplicantId: "ned"},
			&troupev1.RefuseApplication{GroupId: "g", ApplicantId: "ned", Reason: "no"})
		z.in("olga", "adam", "mike")
		require.Equal(t, zimPending, first(t, z.owner.records(&troupev1.ListApplications{}).GetApplications()).GetState())
	})
}
