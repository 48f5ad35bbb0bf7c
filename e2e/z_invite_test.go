package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestZIMInvite(t *testing.T) {
	t.Parallel()
	some := []string{"ned", "ghost", "adam", "nell"}
	t.Run("Z-033", func(t *testing.T) {
		z := newZIM(t, nil)
		nell := z.w.device("nell", "")
		got := z.member.ok(&troupev1.InviteMembers{GroupId: "g", UserIds: some}).GetInviteMembers()
		require.Equal(t, "g", got.GetGroup().GetGroupId())
		require.Equal(t, map[string]troupev1.Outcome{
			"ned": troupev1.Outcome_OUTCOME_JOINED, "nell": troupev1.Outcome_OUTCOME_JOINED,
			"ghost": troupev1.Outcome_OUTCOME_FAILED, "adam": troupev1.Outcome_OUTCOME_ALREADY_MEMBER,
		}, outcomes(got.GetUsers()))
		h := z.hears(z.all(counts{tips: 1}, scene{z.ned: {tips: 1, notices: 1}, nell: {tips: 1, notices: 1}}))
		for p := range z.all(counts{}, scene{z.ned: {}, nell: {}}) {
			h[p].entered(troupev1.JoinMethod_JOIN_METHOD_INVITED, "mike", "ned", "nell")
		}
		z.in("olga", "adam", "mike", "ned", "nell")
	})
	t.Run("Z-034", func(t *testing.T) {
		z := newZIM(t, nil)
		ask := &troupev1.InviteMembers{GroupId: "g", UserIds: []string{"ghost"}}
		got := z.owner.ok(ask).GetInviteMembers()
		require.Len(t, got.GetUsers(), 1)
		require.EqualValues(t, 10019, first(t, got.GetUsers()).GetCode())
		require.Equal(t, "user_not_found", first(t, got.GetUsers()).GetError())
		silent(z.w.peers...)
		z.in("olga", "adam", "mike")
		z.w.known("ghost")
		got = z.owner.ok(ask).GetInviteMembers()
		require.Equal(t, map[string]troupev1.Outcome{"ghost": troupev1.Outcome_OUTCOME_JOINED}, outcomes(got.GetUsers()))
		z.hears(z.all(counts{tips: 1}, nil))
		z.in("olga", "adam", "mike", "ghost")
	})
	t.Run("Z-035", func(t *testing.T) {
		op := zimGroup("g")
		op.InviteeConsent = zimAsked
		z := newZIM(t, op)
		nell := z.w.device("nell", "")
		a := z.owner.code(25427, &troupev1.InviteMembers{GroupId: "g", UserIds: some, Message: "join us", Explicit: true})
		require.Equal(t, "g", a.GetInviteMembers().GetGroup().GetGroupId())
		require.Equal(t, map[string]troupev1.Outcome{
			"ned": troupev1.Outcome_OUTCOME_WAIT_INVITEE, "nell": troupev1.Outcome_OUTCOME_WAIT_INVITEE,
			"ghost": troupev1.Outcome_OUTCOME_FAILED, "adam": troupev1.Outcome_OUTCOME_ALREADY_MEMBER,
		}, outcomes(a.GetInviteMembers().GetUsers()))
		h := z.hears(scene{z.owner: {added: 2}, z.ned: {added: 1, notices: 1}, nell: {added: 1, notices: 1}})
		for _, p := range []*peer{z.ned, nell} {
			require.Equal(t, "join us", h[p].added[0].GetRecord().GetMessage())
			require.Equal(t, p.user, h[p].added[0].GetRecord().GetApplicantId())
			require.True(t, h[p].added[0].GetRecord().GetExplicit())
		}
		z.in("olga", "adam", "mike")
	})
	t.Run("Z-094", func(t *testing.T) {
		z := newZIM(t, nil)
		for _, explicit := range zimBothCalls {
			a := z.out.code(11004, z.invitation(explicit))
			require.Equal(t, "not_member", a.GetError())
			require.Empty(t, a.GetInviteMembers().GetUsers())
		}
		silent(z.w.peers...)
		z.in("olga", "adam", "mike")
		z.member.ok(&troupev1.LeaveGroup{GroupId: "g"})
		forget(z.w.peers...)
		refusedQuietly(z.member, 11004, z.invitation(false))
	})
}

// newAskingZIM is a group whose invitees must agree.
func newAskingZIM(t *testing.T) *ensemble {
	t.Helper()
	op := zimGroup("g")
	op.InviteeConsent = zimAsked
	return newZIM(t, op)
}

func TestZIMAnswerInvitation(t *testing.T) {
	t.Parallel()
	t.Run("Z-047", func(t *testing.T) {
		z := newAskingZIM(t)
		for _, by := range []*peer{z.member, z.owner} {
			z.invited(by)
		}
		refusedQuietly(z.out, 11005, &troupev1.AcceptInvitation{GroupId: "g", InviterId: "mike"})
		refusedQuietly(z.ned, 11005, &troupev1.AcceptInvitation{GroupId: "g", InviterId: "adam"})
		got := z.ned.ok(&troupev1.AcceptInvitation{GroupId: "g", InviterId: "mike"}).GetAcceptInvitation()
		require.Equal(t, "g", got.GetGroup().GetGroupId())
		require.Equal(t, "g", got.GetGroup().GetName())
		require.EqualValues(t, 4, got.GetGroup().GetMemberCount())
		h := z.hears(scene{
			z.owner: {tips: 1, updated: 1}, z.admin: {tips: 1}, z.member: {tips: 1, updated: 1},
			z.ned: {tips: 1, updated: 2},
		})
		for p := range z.all(counts{}, scene{z.ned: {}}) {
			h[p].entered(troupev1.JoinMethod_JOIN_METHOD_INVITED, "mike", "ned")
		}
		h[z.member].record(h[z.member].updated, zimInviteSent, zimJoined)
		closed := h[z.owner].record(h[z.owner].updated, zimInviteSent, troupev1.ApplicationState_APPLICATION_STATE_CLOSED)
		require.Equal(t, troupev1.CloseReason_CLOSE_REASON_ALREADY_MEMBER, closed.GetCloseReason())
		z.in("olga", "adam", "mike", "ned")
		z.ned.ok(text("g", "here"))
		z.hears(z.all(counts{messages: 1}, nil))
	})
	t.Run("Z-048", func(t *testing.T) {
		z := newAskingZIM(t)
		for _, by := range []*peer{z.owner, z.member} {
			z.invited(by)
			z.ned.ok(&troupev1.RefuseInvitation{GroupId: "g", InviterId: by.user, Reason: "busy"})
			h := z.hears(scene{by: {updated: 1}, z.ned: {updated: 1}})
			for p, d := range map[*peer]troupev1.Direction{by: zimInviteSent, z.ned: zimInviteGot} {
				r := h[p].record(h[p].updated, d, zimSpurned)
				require.Equal(t, by.user, r.GetInviterId())
				require.Equal(t, "busy", r.GetHandleMessage())
			}
			refusedQuietly(z.ned, 10024, &troupev1.AcceptInvitation{GroupId: "g", InviterId: by.user})
		}
		z.in("olga", "adam", "mike")
		refusedQuietly(z.ned, 11004, text("g", "in?"))
	})
}
