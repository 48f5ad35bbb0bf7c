package actors

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/journaltest"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func banUser(u string, seconds int64) *troupev1.SetBan {
	return &troupev1.SetBan{UserId: u, Duration: proto.Int64(seconds), Reason: "spam"}
}

func banAddress(a string) *troupev1.SetBan {
	return &troupev1.SetBan{Address: a, Duration: proto.Int64(-1)}
}

// at is a connection from an address.
func (r *rig) at(address string) *end {
	e := r.connect()
	e.remote = netip.MustParseAddr(address)
	return e
}

// turnedAway logs in, is told of the ban, and is closed.
func (r *rig) turnedAway(login *troupev1.Login, until int64) {
	r.t.Helper()
	e := r.connect()
	a := e.code(11056, login)
	require.Equal(r.t, until, a.GetDetails().GetUntil())
	require.Equal(r.t, "spam", a.GetDetails().GetReason())
	e.closes(closeRefused)
	require.Empty(r.t, e.heard(), "nobody was signed in")
}

func (r *rig) reboot(adjust ...func(*Config)) {
	r.t.Helper()
	r.stop()
	r.boot(adjust...)
}

func TestBanOfAUser(t *testing.T) {
	r := newRig(t)
	root, one, two, bob := r.login("root", ""), r.login("ann", "one"), r.login("ann", "two"), r.login("bob", "")
	root.ok(banUser("ann", 60))
	for _, e := range []*end{one, two} {
		e.closes(closeRefused)
		require.Equal(t, "kicked(banned)", e.heard())
	}
	until := start.Add(time.Minute).UnixMilli()
	r.turnedAway(&troupev1.Login{UserId: "ann"}, until)
	require.Zero(t, bob.closed())
	require.Empty(t, bob.heard())
	bob.ok(&troupev1.ListJoinedGroups{})
	r.reboot()
	r.turnedAway(&troupev1.Login{UserId: "ann"}, until)
	r.advance(time.Minute - time.Millisecond)
	r.turnedAway(&troupev1.Login{UserId: "ann"}, until)
	r.advance(time.Millisecond)
	r.login("ann", "one")
}

// A ban ends presence at once, also of who is gone for a moment only.
func TestBanEndsPresence(t *testing.T) {
	for name, ban := range map[string]*troupev1.SetBan{"user": banUser("ann", -1), "address": banAddress("192.0.2.0/30")} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			root, bob := r.login("root", ""), r.listen("bob")
			bob.ok(create(troupev1.Kind_KIND_LIVESTREAM, "live"))
			bob.ok(&troupev1.JoinGroup{GroupId: "live"})
			ann := r.at("192.0.2.1")
			ann.ok(&troupev1.Login{UserId: "ann"})
			ann.ok(&troupev1.JoinGroup{GroupId: "live"})
			r.advance(time.Second)
			bob.heard()
			root.ok(ban)
			r.settle()
			require.EqualValues(t, 1, bob.ok(&troupev1.ListMembers{GroupId: "live"}).GetListMembers().GetMemberCount())
		})
	}
	r := newRig(t)
	root, ann := r.login("root", ""), r.login("ann", "")
	root.ok(create(troupev1.Kind_KIND_LIVESTREAM, "live"))
	ann.ok(&troupev1.JoinGroup{GroupId: "live"})
	ann.cut()
	count := func() uint32 {
		return root.ok(&troupev1.ListMembers{GroupId: "live"}).GetListMembers().GetMemberCount()
	}
	require.EqualValues(t, 1, count())
	root.ok(banUser("ann", -1))
	r.settle()
	require.Zero(t, count())
}

func TestBanOfAnAddress(t *testing.T) {
	r := newRig(t)
	root := r.login("root", "")
	root.ok(create(troupev1.Kind_KIND_LIVESTREAM, "live"))
	ann, other := r.at("192.0.2.1"), r.at("198.51.100.1")
	ann.ok(&troupev1.Login{UserId: "ann", DeviceId: "here"})
	other.ok(&troupev1.Login{UserId: "ann", DeviceId: "there"})
	guest, far, idle := r.at("::ffff:192.0.2.9"), r.at("2001:db8::1"), r.at("192.0.2.3")
	guest.ok(&troupev1.GuestJoin{GroupId: "live"})
	far.ok(&troupev1.GuestJoin{GroupId: "live"})
	require.False(t, r.sys.Banned(ann.remote))
	root.ok(banAddress("192.0.2.200/24"))
	for _, e := range []*end{ann, guest} {
		e.closes(closeRefused)
		require.Equal(t, "kicked(banned)", e.heard())
	}
	for _, e := range []*end{other, far, root} {
		require.Zero(t, e.closed())
		e.ok(&troupev1.Ping{})
	}
	require.True(t, r.sys.Banned(ann.remote))
	require.False(t, r.sys.Banned(far.remote))
	require.False(t, r.sys.Banned(netip.Addr{}))
	// Who was connected already and comes only now.
	idle.code(11056, &troupev1.GuestJoin{GroupId: "live"})
	idle.closes(closeRefused)
	late := r.at("192.0.2.4")
	late.code(11056, &troupev1.Login{UserId: "bob"})
	late.closes(closeRefused)
	require.True(t, root.ok(&troupev1.LiftBan{Address: "192.0.2.0/24"}).GetLiftBan().GetLifted())
	require.False(t, r.sys.Banned(ann.remote))
	r.at("192.0.2.1").ok(&troupev1.Login{UserId: "ann"})
}

// A login that is under way when the ban comes does not slip past it.
func TestBanCrossesALogin(t *testing.T) {
	for name, ban := range map[string]*troupev1.SetBan{"user": banUser("eve", -1), "address": banAddress("192.0.2.1")} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			root := r.login("root", "")
			hold, reached := make(chan struct{}), make(chan struct{})
			r.journal.Fail(1, journaltest.Fault{Hold: hold, Reached: reached})
			eve := r.at("192.0.2.1")
			login := eve.post(&troupev1.Login{UserId: "eve"})
			met(t, reached)
			set := root.post(ban)
			close(hold)
			require.Zero(t, root.answer(set).GetCode())
			eve.closes(closeRefused)
			if a := eve.answer(login); a.GetCode() == 0 {
				require.Equal(t, "kicked(banned)", eve.heard())
			} else {
				require.EqualValues(t, 11056, a.GetCode())
			}
		})
	}
}

func TestRevokedTokens(t *testing.T) {
	r := newRig(t)
	root, bob := r.login("root", ""), r.login("bob", "")
	device := func(name, token string) *end {
		e := r.connect()
		e.ok(&troupev1.Login{UserId: "ann", DeviceId: name, Token: token})
		return e
	}
	r.advance(20 * time.Second)
	old, same, silent, newer := device("1", "iat:9"), device("2", "iat:10"), device("3", ""), device("4", "iat:11")
	at := start.Add(10*time.Second + 400*time.Millisecond).UnixMilli()
	a := root.ok(&troupev1.RevokeTokens{UserId: "ann", NotBefore: proto.Int64(at)})
	require.Equal(t, at, a.GetRevokeTokens().GetNotBefore())
	for _, e := range []*end{old, same, silent} {
		e.closes(closeExpired)
		require.Equal(t, "kicked(token_revoked)", e.heard())
	}
	require.Zero(t, newer.closed())
	require.Zero(t, bob.closed())
	for range 2 {
		for _, token := range []string{"iat:9", "iat:10", ""} {
			e := r.connect()
			e.code(11057, &troupev1.Login{UserId: "ann", Token: token})
			e.code(11030, &troupev1.ListJoinedGroups{})
			e.ok(&troupev1.Login{UserId: "ann", Token: "iat:11"})
			// To renew with an older one is refused as well, and changes nothing.
			e.code(11057, &troupev1.Login{UserId: "ann", Token: token})
			e.ok(&troupev1.ListJoinedGroups{})
		}
		r.reboot()
		root = r.login("root", "")
	}
	lower := root.ok(&troupev1.RevokeTokens{UserId: "ann", NotBefore: proto.Int64(at - 5000)})
	require.Equal(t, at, lower.GetRevokeTokens().GetNotBefore())
	root.code(10004, &troupev1.RevokeTokens{UserId: "ann", NotBefore: proto.Int64(r.sys.now() + 1)})
	r.login("bob", "").code(10007, &troupev1.RevokeTokens{UserId: "ann"})
	r.login("bob", "").ok(&troupev1.RevokeTokens{})
	require.Equal(t, "root revoke_tokens ann 0; root revoke_tokens ann 0; root revoke_tokens ann 10004; bob revoke_tokens ann 10007", r.audited())
}

// again sends a request once more, on a connection of its own.
func (r *rig) again(user string, req *troupev1.Request) *troupev1.Answer {
	r.t.Helper()
	e := r.login(user, fmt.Sprint("again", requestIDs.Add(1)))
	e.session.Request(req)
	return e.answer(req.GetRequestId())
}

// A repeated request has the first answer and no second effect, also after a
// restart, and for ten minutes only.
func TestDecreesAreNotRepeated(t *testing.T) {
	r := newRig(t)
	set, lift := wrap(banUser("ann", -1)), wrap(&troupev1.LiftBan{UserId: "ann"})
	first := r.again("root", set).GetSetBan().GetBanId()
	require.NotEmpty(t, first)
	require.True(t, r.again("root", lift).GetLiftBan().GetLifted())
	r.login("bob", "")
	own := wrap(&troupev1.RevokeTokens{})
	r.advance(time.Second)
	e := r.connect()
	e.ok(&troupev1.Login{UserId: "bob", Token: "iat:0"})
	e.session.Request(own)
	at := e.answer(own.GetRequestId()).GetRevokeTokens().GetNotBefore()
	require.Equal(t, r.sys.now(), at)
	e.closes(closeExpired)
	log := r.audited()
	for range 2 {
		r.advance(2 * time.Second)
		require.Equal(t, first, r.again("root", set).GetSetBan().GetBanId())
		require.True(t, r.again("root", lift).GetLiftBan().GetLifted())
		r.login("ann", "")
		bob := r.connect()
		bob.ok(&troupev1.Login{UserId: "bob", Token: "iat:2"})
		bob.session.Request(own)
		require.Equal(t, at, bob.answer(own.GetRequestId()).GetRevokeTokens().GetNotBefore())
		require.Zero(t, bob.closed())
		require.Equal(t, log, r.audited())
		r.reboot()
	}
	r.advance(10*time.Minute + time.Second)
	require.NotEqual(t, first, r.again("root", set).GetSetBan().GetBanId())
}

// What became of a failed commit is found out: what is stored is in force.
func TestDecreesThatFail(t *testing.T) {
	for name, stored := range map[string]bool{"stored": true, "not stored": false} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			root, ann := r.login("root", ""), r.login("ann", "")
			r.journal.Fail(1, journaltest.Fault{Err: errors.New("no answer"), Stored: stored})
			set := wrap(banUser("ann", -1))
			root.session.Request(set)
			require.EqualValues(t, 11033, root.answer(set.GetRequestId()).GetCode())
			if !stored {
				require.Zero(t, ann.closed())
				require.Empty(t, r.audited())
				r.login("ann", "other")
			} else {
				ann.closes(closeRefused)
				require.Equal(t, "root set_ban ann 0", r.audited())
				r.turnedAway(&troupev1.Login{UserId: "ann"}, -1)
			}
			require.NotEmpty(t, r.again("root", set).GetSetBan().GetBanId())
			require.Equal(t, "root set_ban ann 0", r.audited())
			r.turnedAway(&troupev1.Login{UserId: "ann"}, -1)
		})
	}
	t.Run("disk full", func(t *testing.T) {
		r := newRig(t)
		root, ann := r.login("root", ""), r.login("ann", "")
		r.journal.Fail(1, journaltest.Fault{Err: persistence.ErrFull})
		a := root.code(11033, banUser("ann", -1))
		require.Equal(t, "disk_full", a.GetDetails().GetReason())
		require.Zero(t, ann.closed())
	})
}

func TestBansInNumbers(t *testing.T) {
	three := func(c *Config) { c.Bans = 3 }
	r := newRig(t, three)
	root := r.login("root", "")
	root.code(11014, banUser("root", -1))
	root.ok(banUser("ann", 10))
	root.ok(banUser("bob", -1))
	root.ok(banAddress("192.0.2.1"))
	root.code(11054, banUser("cat", -1))
	root.ok(banUser("bob", 20)) // in place of the older one
	r.advance(10 * time.Second)
	root.ok(banUser("cat", -1)) // in place of what is over
	root.code(11054, banUser("dan", -1))
	list := func() (subjects []string) {
		for cursor := ""; ; {
			page := root.ok(&troupev1.ListBans{Count: proto.Uint32(2), Cursor: cursor}).GetListBans()
			for _, b := range page.GetBans() {
				subjects = append(subjects, b.GetUserId()+b.GetAddress())
			}
			if cursor = page.GetNextCursor(); cursor == "" {
				return subjects
			}
		}
	}
	require.Equal(t, []string{"192.0.2.1", "bob", "cat"}, list())
	r.advance(10 * time.Second)
	require.Equal(t, []string{"192.0.2.1", "cat"}, list())
	require.False(t, root.ok(&troupev1.LiftBan{UserId: "bob"}).GetLiftBan().GetLifted())
	r.reboot(three)
	root = r.login("root", "")
	require.Equal(t, []string{"192.0.2.1", "cat"}, list())
}

// What is over is removed from storage by and by.
func TestEndedBansAreRemoved(t *testing.T) {
	r := newRig(t)
	root := r.login("root", "")
	root.ok(banUser("ann", 1))
	root.ok(banUser("bob", -1))
	rows := func() (n int) {
		require.NoError(t, r.journal.View(func(tx persistence.Tx) error {
			return persistence.Bans(tx, func(*persistence.Ban) { n++ })
		}))
		return n
	}
	require.Equal(t, 2, rows())
	r.advance(2 * time.Second)
	var old retention
	old.step(r.sys)
	r.settle()
	require.Equal(t, 1, rows())
	require.Len(t, r.sys.authority.bans.order, 1)
}

// Tickets are worthless after a ban and after revoke_tokens (spec 19.12).
func TestDecreesRevokeTickets(t *testing.T) {
	r := newRig(t)
	root := r.login("root", "")
	enter := func() string {
		return r.connect().ok(&troupev1.Login{UserId: "ann", DeviceId: "d", Token: "iat:0"}).GetLogin().GetResumeTicket().GetTicket()
	}
	resume := func(ticket string) (*end, *troupev1.Login) {
		return r.connect(), &troupev1.Login{UserId: "ann", DeviceId: "d", ResumeTicket: ticket}
	}
	ticket := enter()
	root.ok(banUser("ann", -1))
	e, login := resume(ticket)
	e.code(11056, login)
	e.closes(closeRefused)
	root.ok(&troupev1.LiftBan{UserId: "ann"})
	e, login = resume(ticket)
	require.Equal(t, "revoked", e.code(11055, login).GetDetails().GetCause())
	ticket = enter()
	root.ok(&troupev1.RevokeTokens{UserId: "ann"})
	e, login = resume(ticket)
	require.Equal(t, "revoked", e.code(11055, login).GetDetails().GetCause())
}
