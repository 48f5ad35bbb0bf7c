package actors

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Who loses its last connection is in the room for a minute more (spec 6.3).
func TestPresenceGrace(t *testing.T) {
	r, host := show(t)
	ann := r.listen("ann")
	ann.ok(&troupev1.JoinGroup{GroupId: "show"})
	r.advance(time.Second)
	host.hears("t2")
	ann.cut()
	r.advance(time.Minute - time.Millisecond)
	require.Equal(t, 2, host.audience("show"))

	back := r.listen("ann")
	r.advance(time.Hour)
	require.Equal(t, 2, host.audience("show"), "coming back changes nothing")
	require.Empty(t, host.heard())

	other := r.listen("ann")
	back.cut()
	r.advance(time.Hour)
	require.Equal(t, 2, host.audience("show"), "one device is enough")

	other.cut()
	r.advance(time.Minute)
	require.Equal(t, 1, host.audience("show"))
	r.advance(time.Second)
	host.hears("t3")
}

func TestLogoutEndsPresence(t *testing.T) {
	r, host := show(t)
	a, b := r.listen("ann"), r.listen("ann")
	a.ok(&troupev1.JoinGroup{GroupId: "show"})
	a.ok(&troupev1.Logout{})
	require.Equal(t, 2, host.audience("show"))
	b.ok(&troupev1.Logout{})
	require.Equal(t, 1, host.audience("show"))
}

// A connection that was replaced is not its device's end.
func TestReplacementIsNoOfflineMoment(t *testing.T) {
	r, host := show(t)
	old := r.login("ann", "d")
	old.ok(&troupev1.JoinGroup{GroupId: "show"})
	r.login("ann", "d")
	old.cut()
	r.advance(time.Hour)
	require.Equal(t, 2, host.audience("show"))
}

// One livestream per user; the last join wins (spec 6.3).
func TestOneLivestreamPerUser(t *testing.T) {
	r, host := show(t)
	host.ok(create(troupev1.Kind_KIND_LIVESTREAM, "other"))
	ann := r.listen("ann")
	for _, room := range []string{"show", "other", "show"} {
		ann.ok(&troupev1.JoinGroup{GroupId: room})
		r.settle()
	}
	require.Equal(t, 2, host.audience("show"))
	require.Zero(t, host.audience("other"))
	ann.ok(text("show"))
	ann.code(11004, text("other"))
}

// The registries alone: which messages leave them.
func TestRegistry(t *testing.T) {
	b := newBed(t)
	leaves := b.mailbox()
	for _, id := range []group.ID{"one", "two"} {
		e := b.sys.directory.take(id, true)
		e.waiting.Add(-1)
		e.ready(b.sys, leaves.pid)
	}
	left := func() map[group.ID]group.LeaveReason {
		out := map[group.ID]group.LeaveReason{}
		for _, m := range leaves.take() {
			if c, ok := m.(*call); ok {
				out[c.group] = c.input.Command.(group.Leave).Reason
				c.answer(&group.Result{})
			}
		}
		return out
	}
	r := newRegistry(b.sys)
	s := &session{sys: b.sys, conn: newConn(1), pid: b.toSession.pid, user: "ann", device: "d"}
	r.signIn(s)
	r.entered(&entered{user: "ann", group: "one", stream: 1})
	require.Empty(t, left())
	r.entered(&entered{user: "ann", group: "one", stream: 1})
	require.Empty(t, left(), "again")
	r.entered(&entered{user: "ann", group: "two", stream: 2})
	require.Equal(t, map[group.ID]group.LeaveReason{"one": group.LeaveMoved}, left())
	r.signOff(&signOff{session: s})
	r.sweep(b.sys.now() + b.sys.cfg.OfflineAfter.Milliseconds() - 1)
	require.Empty(t, left())
	r.sweep(b.sys.now() + b.sys.cfg.OfflineAfter.Milliseconds())
	require.Equal(t, map[group.ID]group.LeaveReason{"two": group.LeaveDisconnected}, left())
	require.Empty(t, r.users, "nothing is remembered of who is nowhere")

	r.entered(&entered{user: "bob", group: "one", stream: 1})
	require.Len(t, r.users, 1, "joined at the very end of its connection")
	r.sweep(b.sys.now() + b.sys.cfg.OfflineAfter.Milliseconds())
	require.Equal(t, map[group.ID]group.LeaveReason{"one": group.LeaveDisconnected}, left())
	require.Empty(t, r.users)
}

// The room's actor may have decided an entry before its user was banned, and
// tell of it after the user's devices were sent away: presence ends at once all
// the same (spec 19.13).
func TestBanMeetsAnEntry(t *testing.T) {
	b := newBed(t)
	b.sys.auth = anyone{}
	room := b.mailbox()
	e := b.sys.directory.take("one", true)
	e.waiting.Add(-1)
	e.ready(b.sys, room.pid)
	r := newRegistry(b.sys)
	b.sys.authority.bans.put(&ban{Ban: persistence.Ban{User: "ann", ID: 1, Until: group.NoEnd}})
	r.enforce(&enforce{"ann"})
	r.entered(&entered{user: "ann", group: "one", stream: 1})
	sent := room.take()
	require.Len(t, sent, 1)
	c := sent[0].(*call)
	require.Equal(t, group.Leave{User: "ann", Reason: group.LeaveDisconnected}, c.input.Command)
	c.answer(&group.Result{})
	require.Empty(t, r.users)
}

// So it may before the user's last device was sent away for another reason, or
// has logged out.
func TestEndOfPresenceMeetsAnEntry(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(b *bed, r *registry, s *session)
		gone bool
	}{
		"tokens revoked": {func(b *bed, r *registry, s *session) {
			b.sys.authority.notBefore = map[group.UserID]group.Millis{"ann": group.Millis(b.sys.now())}
			r.enforce(&enforce{"ann"})
		}, true},
		"address banned": {func(b *bed, r *registry, s *session) {
			network := netip.MustParsePrefix("192.0.2.1/32")
			b.sys.authority.bans.put(&ban{network: network, Ban: persistence.Ban{Network: network.String(), ID: 1, Until: group.NoEnd}})
			b.sys.authority.addressed.Store(true)
			r.enforce(&enforce{})
		}, true},
		"account deleted": {func(b *bed, r *registry, s *session) {
			b.sys.deletions.now = b.sys.now
			b.sys.deletions.load(&persistence.Deletion{User: "ann", At: group.Millis(b.sys.now())})
			r.accountDeleted("ann")
		}, true},
		"logout":      {func(_ *bed, r *registry, s *session) { r.signOff(&signOff{session: s, logout: true}) }, true},
		"broken line": {func(_ *bed, r *registry, s *session) { r.signOff(&signOff{session: s}) }, false},
		"device left": {func(b *bed, r *registry, s *session) {
			r.signIn(&session{sys: b.sys, conn: newConn(2), pid: b.toSession.pid, user: "ann", device: "e"})
			r.signOff(&signOff{session: s, logout: true})
		}, false},
		"back again": {func(b *bed, r *registry, s *session) {
			r.signOff(&signOff{session: s, logout: true})
			r.signIn(&session{sys: b.sys, conn: newConn(2), pid: b.toSession.pid, user: "ann", device: "e"})
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t)
			b.sys.auth = anyone{}
			room := b.mailbox()
			e := b.sys.directory.take("one", true)
			e.waiting.Add(-1)
			e.ready(b.sys, room.pid)
			r := newRegistry(b.sys)
			conn := newConn(1)
			conn.remote = netip.MustParseAddr("192.0.2.1")
			s := &session{sys: b.sys, conn: conn, pid: b.toSession.pid, user: "ann", device: "d"}
			r.signIn(s)
			c.end(b, r, s)
			r.signOff(&signOff{session: s}) // of a device that was sent away
			r.entered(&entered{user: "ann", group: "one", stream: 1})
			sent := room.take()
			require.Equal(t, c.gone, len(sent) == 1)
			for _, m := range sent {
				m.(*call).answer(&group.Result{})
			}
			r.left(&left{user: "ann", stream: 1})
			r.sweep(b.sys.now() + b.sys.cfg.OfflineAfter.Milliseconds())
			require.Equal(t, name == "device left" || name == "back again", len(r.users) == 1, "nothing is remembered of who is nowhere")
		})
	}
}

// A user's devices: who is dropped when one comes in, and why.
func TestRegistryDevices(t *testing.T) {
	b := newBed(t)
	b.sys.cfg.DevicesPerUser = 2
	r := newRegistry(b.sys)
	boxes := map[*session]*mailbox{}
	in := func(user group.UserID, device string) *session {
		box := b.mailbox()
		b.conns++
		s := &session{sys: b.sys, conn: newConn(b.conns), pid: box.pid, user: user, device: device}
		boxes[s] = box
		r.signIn(s)
		return s
	}
	told := func(s *session) (out []string) {
		for _, m := range boxes[s].take() {
			switch m := m.(type) {
			case *signedIn:
				out = append(out, "in")
			case *dropped:
				out = append(out, m.reason)
			}
		}
		return out
	}
	phone, tablet := in("ann", "phone"), in("ann", "tablet")
	bob := in("bob", "phone")
	for _, s := range []*session{phone, tablet, bob} {
		require.Equal(t, []string{"in"}, told(s))
	}
	again := in("ann", "phone")
	require.Equal(t, []string{"another_device"}, told(phone))
	require.Equal(t, []string{"in"}, told(again))
	require.Empty(t, told(tablet))
	laptop := in("ann", "laptop")
	require.Equal(t, []string{"too_many_devices"}, told(tablet), "the one that logged in first, and the phone came back since")
	require.Empty(t, told(again))

	// The ends of those that were dropped change nothing.
	for _, s := range []*session{phone, tablet} {
		r.signOff(&signOff{session: s})
	}
	require.Len(t, r.users["ann"].devices, 2)
	require.Zero(t, r.users["ann"].offline)

	laptop.expires.Store(b.sys.now() + 1000)
	r.sweep(b.sys.now() + 999)
	require.Equal(t, []string{"in"}, told(laptop))
	r.sweep(b.sys.now() + 1000)
	require.Equal(t, []string{"token_expired"}, told(laptop), "at the very millisecond")
	for _, s := range []*session{again, bob} {
		require.NotContains(t, told(s), "token_expired")
	}
}

// Who is where, and what is left when a room is closed.
func TestRegistryRooms(t *testing.T) {
	b := newBed(t)
	b.sys.table = group.DefaultTable()
	require.NoError(t, b.sys.table.Override(group.Livestream, "exclusive", "no"))
	r := newRegistry(b.sys)
	for _, u := range []group.UserID{"ann", "bob"} {
		r.signIn(&session{sys: b.sys, conn: newConn(1), pid: b.toSession.pid, user: u, device: "d"})
	}
	where := func(u group.UserID) (in []group.ID) {
		r.whereIs(&whereIs{user: u, then: func(rooms []group.ID) { in = rooms }})
		return in
	}
	who := func(stream group.StreamID) (in []group.UserID) {
		r.whoIsIn(&whoIsIn{stream: stream, then: func(cards []group.Card) {
			for _, c := range cards {
				in = append(in, c.User)
			}
		}})
		return in
	}
	require.Empty(t, where("ann"))
	require.Empty(t, where("nobody"))
	r.entered(&entered{user: "ann", group: "one", stream: 1})
	r.entered(&entered{user: "ann", group: "two", stream: 2})
	r.entered(&entered{user: "bob", group: "two", stream: 2})
	require.Equal(t, []group.ID{"one", "two"}, where("ann"))
	require.ElementsMatch(t, []group.UserID{"ann", "bob"}, who(2))
	r.left(&left{user: "ann", stream: 2})
	require.Equal(t, []group.ID{"one"}, where("ann"))
	r.closed(&roomClosed{stream: 2})
	require.Empty(t, who(2))
	require.Empty(t, where("bob"))
	require.Equal(t, []group.UserID{"ann"}, who(1))
	require.Len(t, r.users, 2, "both are online")
}
