package actors

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/persistence/journaltest"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// show is a livestream with its owner, who is present and hears all.
func show(t *testing.T) (*rig, *end) {
	t.Helper()
	r := newRig(t)
	host := r.listen("host")
	host.ok(create(troupev1.Kind_KIND_LIVESTREAM, "show"))
	host.ok(&troupev1.JoinGroup{GroupId: "show"})
	r.advance(r.sys.cfg.SweepEvery)
	host.hears("t1")
	return r, host
}

// audience is what the group's profile says.
func (e *end) audience(g string) int {
	e.r.t.Helper()
	e.r.settle()
	a := e.ok(&troupev1.GetGroupProfiles{GroupIds: []string{g}})
	return int(a.GetGetGroupProfiles().GetGroups()[0].GetGroup().GetAudienceCount())
}

func (r *rig) guest(room string) *end {
	r.t.Helper()
	e := r.connect()
	e.ok(&troupev1.GuestJoin{GroupId: room})
	return e
}

func TestGuests(t *testing.T) {
	r, host := show(t)
	host.ok(create(troupev1.Kind_KIND_LIVESTREAM, "other"))
	g := r.guest("show")
	require.Equal(t, 2, host.audience("show"))
	host.ok(text("show"))
	require.Equal(t, "m2", g.heard())

	g.ok(&troupev1.GuestJoin{GroupId: "show"})
	require.Equal(t, 2, host.audience("show"), "once")

	g.ok(&troupev1.GuestJoin{GroupId: "other"})
	require.Equal(t, 1, host.audience("show"))
	require.Equal(t, 1, host.audience("other"))
	host.ok(text("show"))
	require.Empty(t, g.heard())

	g.code(10010, &troupev1.GuestJoin{GroupId: "nowhere"})
	require.Equal(t, 1, host.audience("other"), "a join that is refused changes nothing")

	g.ok(&troupev1.GuestLeave{})
	require.Zero(t, host.audience("other"))
	g.code(20001, &troupev1.GuestLeave{})

	g.ok(&troupev1.GuestJoin{GroupId: "show"})
	g.cut()
	require.Equal(t, 1, host.audience("show"))
}

// What a guest sends behind its guest_join waits for it.
func TestGuestSendsAhead(t *testing.T) {
	t.Run("and logs in", func(t *testing.T) {
		r, host := show(t)
		g := r.connect()
		join := g.post(&troupev1.GuestJoin{GroupId: "show"})
		login := g.post(&troupev1.Login{UserId: "ann"})
		require.Zero(t, g.answer(join).GetCode())
		require.Zero(t, g.answer(login).GetCode())
		require.Equal(t, 1, host.audience("show"))
		g.heard()
		host.ok(text("show"))
		require.Empty(t, g.heard())
	})
	t.Run("and leaves", func(t *testing.T) {
		r, host := show(t)
		g := r.connect()
		join := g.post(&troupev1.GuestJoin{GroupId: "show"})
		leave := g.post(&troupev1.GuestLeave{})
		require.Zero(t, g.answer(join).GetCode())
		require.Zero(t, g.answer(leave).GetCode())
		require.Equal(t, 1, host.audience("show"))
	})
	t.Run("and joins elsewhere", func(t *testing.T) {
		r, host := show(t)
		host.ok(create(troupev1.Kind_KIND_LIVESTREAM, "other"))
		g := r.connect()
		g.post(&troupev1.GuestJoin{GroupId: "show"})
		last := g.post(&troupev1.GuestJoin{GroupId: "other"})
		require.Zero(t, g.answer(last).GetCode())
		require.Equal(t, 1, host.audience("show"))
		require.Equal(t, 1, host.audience("other"))
	})
}

// A connection that goes while its guest_join is under way is not counted for ever.
func TestGuestGoneWhileJoining(t *testing.T) {
	r, host := show(t)
	hold := make(chan struct{})
	r.journal.Fail(1, journaltest.Fault{Hold: hold})
	host.post(&troupev1.UpdateGroupProfile{GroupId: "show", Introduction: new(string)})
	g := r.connect()
	g.post(&troupev1.GuestJoin{GroupId: "show"})
	g.cut()
	close(hold)
	require.Equal(t, 1, host.audience("show"))
}

// A room's actor that fails finds the true number again.
func TestGuestsOutliveTheActor(t *testing.T) {
	r, host := show(t)
	a, b := r.guest("show"), r.guest("show")
	r.panicAt(FaultApply, 1)
	host.code(11033, text("show"))
	require.Equal(t, 3, host.audience("show"))
	a.cut()
	require.Equal(t, 2, host.audience("show"))
	require.Empty(t, b.heard())
	host.ok(text("show"))
	require.Equal(t, "m2", b.heard())
	b.cut()
	require.Equal(t, 1, host.audience("show"))
}

// A login that fails leaves the guest where it is (spec 18.1).
func TestGuestsFailedLogin(t *testing.T) {
	r, host := show(t)
	g := r.guest("show")
	g.code(20002, &troupev1.Login{UserId: "ann", Token: "bad"})
	r.journal.Fail(1, journaltest.Fault{Err: errStopping})
	g.code(11033, &troupev1.Login{UserId: "ann"})
	require.Equal(t, 2, host.audience("show"))
	host.ok(text("show"))
	require.Equal(t, "m2", g.heard())
	g.ok(&troupev1.Login{UserId: "ann"})
	require.Equal(t, 1, host.audience("show"))
}

// The link of a guest that was let in nowhere goes when it logs in.
func TestNoLinkIsLeftBehind(t *testing.T) {
	b := newBed(t)
	s := &session{sys: b.sys, conn: newConn(7), pid: b.toSession.pid}
	b.sys.auth = anyone{}
	s.request(wrap(&troupev1.GuestJoin{GroupId: "nowhere"}))
	s.guestIn(&guestIn{})
	b.deliver()
	require.Len(t, b.shard.links, 1)
	s.request(wrap(&troupev1.Login{UserId: "ann"}))
	s.registered(nil)
	s.signedIn()
	b.deliver()
	require.Empty(t, b.shard.links)
	s.signedIn()
	b.deliver()
	require.Len(t, b.shard.links, 1)
	require.EqualValues(t, "ann", b.shard.links[7].user)
}
