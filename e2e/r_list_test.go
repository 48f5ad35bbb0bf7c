package e2e

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// concerned makes five requests that concern bob, oldest first, one second
// apart: its own application, an invitation to it, two of its invitations, and
// an application to its own group. One of carol's does not concern it.
func concerned(t *testing.T) *ring {
	t.Helper()
	r := newRing(t, &troupev1.CreateGroup{InviteeConsent: consentAsk})
	r.out.createWith(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_CUSTOM, GroupId: "foreign", JoinOption: joinAdmins, InviteeConsent: consentAsk})
	r.bob.createWith(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_CUSTOM, GroupId: "own", JoinOption: joinAdmins})
	for _, step := range []struct {
		by   *peer
		code int32
		op   proto.Message
	}{
		{r.bob, 25424, &troupev1.JoinGroup{GroupId: "foreign"}},
		{r.out, 25427, &troupev1.InviteMembers{GroupId: "foreign", UserIds: []string{"bob"}}},
		{r.bob, 25427, r.invitation("ivan")},
		{r.bob, 25427, r.invitation("out")},
		{r.ivan, 25424, &troupev1.JoinGroup{GroupId: "own"}},
		{r.carol, 25427, r.invitation("ivan")},
	} {
		step.by.code(step.code, step.op)
		r.advance(time.Second)
	}
	forget(r.peers...)
	return r
}

// who are group and direction of each record.
func who(list []*troupev1.Application) []string {
	var all []string
	for _, a := range list {
		all = append(all, a.GetGroupId()+" "+a.GetDirection().String()[len("DIRECTION_"):]+" "+a.GetApplicantId())
	}
	return all
}

func TestRongList(t *testing.T) {
	t.Parallel()
	r := concerned(t)
	newest := []string{
		"own APPLICATION_RECEIVED ivan", "ring INVITATION_SENT out", "ring INVITATION_SENT ivan",
		"foreign INVITATION_RECEIVED bob", "foreign APPLICATION_SENT bob",
	}
	t.Run("R-044", func(t *testing.T) {
		require.Equal(t, newest, who(r.bob.records(&troupev1.ListApplications{}).GetApplications()))
		var paged []string
		op := &troupev1.ListApplications{Count: proto.Uint32(2)}
		for _, n := range []int{2, 2, 1} {
			page := r.bob.records(op)
			require.Len(t, page.GetApplications(), n)
			paged = append(paged, who(page.GetApplications())...)
			op.Cursor = page.GetNextCursor()
			require.Equal(t, n == 2, op.GetCursor() != "", "empty only at the end")
		}
		require.Equal(t, newest, paged)
		oldest := r.bob.records(&troupev1.ListApplications{Order: troupev1.Order_ORDER_OLDEST, Count: proto.Uint32(1)})
		require.Equal(t, newest[4:], who(oldest.GetApplications()))
		r.bob.code(11026, &troupev1.ListApplications{Cursor: "page two"})
	})
	t.Run("R-045", func(t *testing.T) {
		for _, n := range []uint32{0, 201} {
			a := r.bob.code(10004, &troupev1.ListApplications{Count: proto.Uint32(n)})
			require.Equal(t, "count", a.GetDetails().GetField())
		}
		require.Len(t, r.bob.records(&troupev1.ListApplications{Count: proto.Uint32(1)}).GetApplications(), 1)
		require.Len(t, r.bob.records(&troupev1.ListApplications{Count: proto.Uint32(200)}).GetApplications(), 5)
	})
	t.Run("R-046", func(t *testing.T) {
		page := r.bob.records(&troupev1.ListApplications{Count: proto.Uint32(2)})
		text, err := protocol.MarshalJSON(page)
		require.NoError(t, err)
		var fields map[string]any
		require.NoError(t, json.Unmarshal(text, &fields))
		require.Len(t, fields["applications"], 2)
		require.NotEmpty(t, fields["next_cursor"])
		delete(fields, "applications")
		delete(fields, "next_cursor")
		delete(fields, "unread")
		require.Empty(t, fields, "no total, nor anything else")
	})
	t.Run("R-048_R-049", func(t *testing.T) {
		for d, want := range map[troupev1.Direction][]string{
			applicationSent:     newest[4:],
			invitationReceived:  newest[3:4],
			invitationSent:      newest[1:3],
			applicationReceived: newest[:1],
		} {
			page := r.bob.records(&troupev1.ListApplications{Directions: []troupev1.Direction{d}})
			require.Equal(t, want, who(page.GetApplications()))
		}
		two := []troupev1.Direction{applicationSent, applicationReceived}
		page := r.bob.records(&troupev1.ListApplications{Directions: two})
		require.Equal(t, []string{newest[0], newest[4]}, who(page.GetApplications()))
	})
}

// Every state has its name, and the list can be asked for it.
func TestRongStates(t *testing.T) {
	t.Parallel()
	r := newRing(t, &troupev1.CreateGroup{JoinOption: joinAdmins, InviteeConsent: consentAsk})
	r.known("late")
	r.bob.code(25424, r.invitation("late"))
	r.advance(7 * day)
	p := r.users("pending", "refused", "waiting", "unwilling", "entered", "other")
	unwilling, entered, other := p[3], p[4], p[5]
	r.bob.code(25424, r.invitation("pending", "refused", "waiting", "unwilling", "entered", "other"))
	r.olga.ok(&troupev1.RefuseApplication{GroupId: r.id, ApplicantId: "refused", InviterId: "bob"})
	for _, u := range []string{"waiting", "unwilling", "entered"} {
		r.olga.code(25427, &troupev1.AcceptApplication{GroupId: r.id, ApplicantId: u, InviterId: "bob"})
	}
	unwilling.ok(&troupev1.RefuseInvitation{GroupId: r.id, InviterId: "bob"})
	entered.ok(&troupev1.AcceptInvitation{GroupId: r.id, InviterId: "bob"})
	other.code(25424, r.join())
	r.olga.ok(&troupev1.AcceptApplication{GroupId: r.id, ApplicantId: "other"})

	asked := func(t *testing.T, states ...troupev1.ApplicationState) map[string]troupev1.ApplicationState {
		t.Helper()
		got := map[string]troupev1.ApplicationState{}
		for _, a := range r.bob.records(&troupev1.ListApplications{States: states}).GetApplications() {
			got[a.GetApplicantId()] = a.GetState()
		}
		return got
	}
	want := map[string]troupev1.ApplicationState{
		"late": stateExpired, "pending": adminPending, "refused": adminRefused, "waiting": inviteePending,
		"unwilling": inviteeRefused, "entered": stateJoined, "other": stateClosed,
	}
	t.Run("R-051", func(t *testing.T) {
		require.Equal(t, map[string]troupev1.ApplicationState{"pending": adminPending}, asked(t, adminPending))
	})
	t.Run("R-052", func(t *testing.T) {
		require.Equal(t, want, asked(t))
		for user, state := range want {
			require.Equal(t, map[string]troupev1.ApplicationState{user: state}, asked(t, state))
		}
		require.Equal(t, map[string]troupev1.ApplicationState{"refused": adminRefused, "unwilling": inviteeRefused}, asked(t, adminRefused, inviteeRefused))
	})
}
