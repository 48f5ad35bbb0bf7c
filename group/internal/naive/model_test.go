package naive

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

// world is a model and a clock for stories.
type world struct {
	t   *testing.T
	m   *Model
	now group.Millis
	id  group.ApplicationID
}

func newWorld(t *testing.T) *world {
	return &world{t: t, m: New(Defaults(), SpecNumbers), now: 1000}
}

func (w *world) do(u group.UserID, c group.Command) *Prediction {
	facts := map[group.UserID]group.UserFact{}
	for _, name := range []group.UserID{"ann", "bob", "cat", "dan"} {
		facts[name] = group.UserFact{Exists: true, Name: string(name)}
	}
	w.id += 300
	return w.m.Step(&group.Input{
		Caller: group.Caller{User: u, Name: string(u), AppAdmin: u == "root", System: u == ""},
		Now:    w.now, Facts: facts, NextID: w.id, Command: c,
	})
}

func (w *world) ok(u group.UserID, c group.Command) *Prediction {
	w.t.Helper()
	p := w.do(u, c)
	require.Nil(w.t, p.Rejected)
	return p
}

func (w *world) refused(code group.Code, u group.UserID, c group.Command) {
	w.t.Helper()
	p := w.do(u, c)
	require.NotNil(w.t, p.Rejected)
	require.Equal(w.t, code, p.Rejected.Code)
}

func received(p *Prediction, u group.UserID) []string {
	var list []string
	for _, d := range p.Deliveries {
		if d.To == u {
			list = append(list, d.What)
		}
	}
	return list
}

func TestMeetingStory(t *testing.T) {
	w := newWorld(t)
	w.refused(group.CodeGroupNotFound, "ann", group.Join{})
	w.ok("ann", group.Create{Group: "g", Kind: group.Meeting, Name: "m"})
	w.refused(group.CodeGroupIDTaken, "ann", group.Create{Group: "g", Kind: group.Meeting, Name: "m"})
	p := w.ok("bob", group.Join{})
	require.Equal(t, group.Entered, p.Result.Outcome)
	require.Equal(t, []string{"tip 1 seq=1 operator=bob users=[bob(bob,3)] count=1 method=self"}, received(p, "ann"))
	require.Equal(t, group.AlreadyMember, w.ok("bob", group.Join{}).Result.Outcome)
	w.refused(group.CodeOwnerCannotLeave, "ann", group.Leave{})
	w.refused(group.CodePermissionDenied, "bob", group.Kick{Users: []group.UserID{"ann"}})
	hi := group.Send{Elements: []group.Element{{Type: group.ElementText, Text: "hi"}}, Random: 7, RandomGiven: true}
	require.Equal(t, group.Seq(2), w.ok("bob", hi).Result.Seq)
	require.Equal(t, group.Seq(2), w.ok("bob", hi).Result.Seq, "the same random is the same message")
	w.now += 10 * minute
	require.Equal(t, group.Seq(3), w.ok("bob", hi).Result.Seq, "forgotten after ten minutes")
	w.ok("ann", group.MuteMembers{Users: []group.UserID{"bob"}, DurationSeconds: 5})
	w.now += 4999
	hi.Random = 8
	w.refused(group.CodeMuted, "bob", hi)
	w.now++
	w.ok("bob", hi)
	p = w.ok("ann", group.Kick{Users: []group.UserID{"bob", "ann", "cat"}})
	require.Equal(t, []group.UserResult{
		{User: "bob", Status: group.Removed},
		{User: "ann", Status: group.Failed, Code: group.CodeOwnerRoleFixed},
		{User: "cat", Status: group.Failed, Code: group.CodeTargetNotMember},
	}, p.Result.Users)
	require.Len(t, received(p, "bob"), 3, "tip 3, notice 4, conversation_changed")
	require.Len(t, received(w.ok("bob", group.Join{}), "bob"), 2, "tip 1, conversation_changed")
}

func TestWorkStory(t *testing.T) {
	w := newWorld(t)
	w.ok("ann", group.Create{Group: "g", Kind: group.Work, Name: "w"})
	w.refused(group.CodeJoinClosed, "bob", group.Join{})
	w.refused(group.CodeNotSupported, "ann", group.MuteGroup{On: true, Mode: group.MuteAll})
	w.refused(group.CodeNotSupported, "ann", group.Dismiss{})
	p := w.ok("ann", group.Invite{Users: []group.UserID{"bob", "eve"}})
	require.Equal(t, []group.UserResult{
		{User: "bob", Status: group.Entered},
		{User: "eve", Status: group.Failed, Code: group.CodeUserNotFound},
	}, p.Result.Users)
	w.ok("ann", group.Leave{})
	require.Empty(t, w.m.owner())
	w.refused(group.CodePermissionDenied, "bob", group.TransferOwner{NewOwner: "bob"})
	w.ok("bob", group.Leave{})
	w.refused(group.CodeGroupNotFound, "bob", group.Join{})
}

func TestApplicationStory(t *testing.T) {
	w := newWorld(t)
	w.ok("ann", group.Create{Group: "g", Kind: group.Public, Name: "p"})
	w.refused(group.CodeApprovalRequired, "bob", group.Join{DirectOnly: true})
	p := w.ok("bob", group.Join{Message: "me"})
	require.Equal(t, group.CodeWaitApproval, p.Result.Code)
	require.Len(t, received(p, "ann"), 2, "application_added, notice 1")
	w.now += minute - 1
	require.Empty(t, w.ok("bob", group.Join{}).Deliveries, "told at most once a minute")
	w.now++
	require.Len(t, received(w.ok("bob", group.Join{}), "ann"), 2)
	require.Empty(t, w.ok("", group.Tick{}).Deliveries)
	w.now += pendingLife
	w.refused(group.CodeApplExpired, "ann", group.Handle{Accept: true, Applicant: "bob"})
	require.Len(t, w.ok("", group.Tick{}).Deliveries, 2, "applicant and owner")
	w.now += finalLife
	w.refused(group.CodeApplNotFound, "ann", group.Handle{Accept: true, Applicant: "bob"})
	w.ok("bob", group.Join{})
	p = w.ok("ann", group.Handle{Accept: true, Applicant: "bob"})
	require.Len(t, received(p, "bob"), 3, "application_updated, notice 2, tip 1")
	w.refused(group.CodeAlreadyHandled, "ann", group.Handle{Applicant: "bob"})
}

func TestInvitationFlows(t *testing.T) {
	cases := map[string]struct {
		option  group.JoinOption
		consent group.Consent
		code    group.Code
	}{
		"A": {group.AdminApproval, group.ConsentRequired, group.CodeWaitApproval},
		"B": {group.OwnerApproval, group.ConsentNone, group.CodeWaitApproval},
		"C": {group.Free, group.ConsentRequired, group.CodeWaitInvitee},
		"D": {group.Closed, group.ConsentNone, group.OK},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.ok("ann", group.Create{
				Group: "g", Kind: group.Custom, JoinOption: c.option, InviteeConsent: c.consent,
				InitialMembers: []group.InitialMember{{User: "bob"}},
			})
			require.Equal(t, c.code, w.ok("bob", group.Invite{Users: []group.UserID{"cat"}}).Result.Code)
			if c.code == group.CodeWaitApproval {
				w.refused(group.CodeApplNotFound, "cat", group.Handle{Invitation: true, Accept: true, Applicant: "cat", Inviter: "bob"})
				w.ok("ann", group.Handle{Accept: true, Applicant: "cat", Inviter: "bob"})
			}
			if c.consent == group.ConsentRequired {
				w.ok("cat", group.Handle{Invitation: true, Accept: true, Applicant: "cat", Inviter: "bob"})
			}
			require.Equal(t, []group.UserID{"ann", "bob", "cat"}, w.m.members())
		})
	}
}

func TestLivestreamStory(t *testing.T) {
	w := newWorld(t)
	w.ok("ann", group.Create{Group: "g", Kind: group.Livestream, Name: "l"})
	require.Empty(t, w.m.members())
	w.ok("", group.GuestEnter{})
	w.refused(group.CodeInvitesDisabled, "root", group.Invite{Users: []group.UserID{"bob"}})
	w.ok("bob", group.Join{})
	w.now += 100
	w.ok("cat", group.Join{})
	w.ok("cat", group.Leave{})
	w.now += 399
	require.Empty(t, w.ok("", group.Tick{}).Deliveries)
	w.now++
	p := w.ok("", group.Tick{})
	require.Equal(t, []string{"tip 1 seq=1 operator=bob users=[bob(bob,3)] count=1 method=self"}, received(p, Guests))
	require.Len(t, p.Deliveries, 2)
	w.refused(group.CodeNotMember, "ann", group.Send{Elements: []group.Element{{Type: group.ElementText, Text: "x"}}})
	w.ok("ann", group.MuteGroup{On: true, Mode: group.MuteAll})
}
