package actors

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/journaltest"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// enter logs ann's device in and gives the ticket.
func (r *rig) enter(device, token string) (*end, string) {
	r.t.Helper()
	e := r.connect()
	t := e.ok(&troupev1.Login{UserId: "ann", DeviceId: device, Token: token}).GetLogin().GetResumeTicket()
	require.NotEmpty(r.t, t.GetTicket())
	return e, t.GetTicket()
}

func byTicket(device, ticket string) *troupev1.Login {
	return &troupev1.Login{UserId: "ann", DeviceId: device, ResumeTicket: ticket}
}

func (e *end) cause(want string, op *troupev1.Login) {
	e.r.t.Helper()
	require.Equal(e.r.t, want, e.code(11055, op).GetDetails().GetCause())
}

func TestResumeRefusalsCountFromTheSecond(t *testing.T) {
	r := newRig(t)
	e := r.connect()
	e.cause("malformed", byTicket("d", "x"))
	e.cause("malformed", byTicket("d", "x"))
	e.code(20002, &troupev1.Login{UserId: "ann", Token: "bad"})
	require.Zero(t, e.closed())
	e.cause("malformed", byTicket("d", "x"))
	require.Equal(t, closeRefused, e.closed())
}

// Name and avatar are read when they are first needed: a message shows those
// of now, and not those of the login that gave the ticket.
func TestResumedUserHasItsName(t *testing.T) {
	r := newRig(t)
	bob := r.listen("bob")
	bob.ok(create(troupev1.Kind_KIND_WORK, "g", "bob"))
	first, ticket := r.enter("d", "")
	bob.ok(&troupev1.InviteMembers{GroupId: "g", UserIds: []string{"ann"}})
	first.cut()
	_, err := r.sys.committer.wait([]persistence.RowOp{persistence.UserOp(&persistence.UserRow{User: "ann", Name: "Ann", Avatar: "a.png"})})
	require.NoError(t, err)
	r.settle()
	bob.take()
	again := r.connect()
	again.ok(byTicket("d", ticket))
	again.ok(text("g"))
	r.settle()
	for _, f := range bob.take() {
		if m := f.Message().GetEvent().GetMessage(); m != nil {
			require.Equal(t, "Ann", m.GetSender().GetName())
			require.Equal(t, "a.png", m.GetSender().GetAvatar())
			return
		}
	}
	t.Fatal("no message")
}

func TestTicketOfADeviceThatWasDropped(t *testing.T) {
	t.Run("another device", func(t *testing.T) {
		r := newRig(t)
		_, old := r.enter("d", "")
		_, present := r.enter("d", "")
		r.settle()
		r.connect().cause("revoked", byTicket("d", old))
		r.connect().ok(byTicket("d", present))
	})
	t.Run("too many devices", func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.DevicesPerUser = 1 })
		_, first := r.enter("a", "")
		_, second := r.enter("b", "")
		r.settle()
		r.connect().cause("revoked", byTicket("a", first))
		r.connect().ok(byTicket("b", second))
	})
	t.Run("token expired", func(t *testing.T) {
		r := newRig(t)
		_, long := r.enter("d", "3600")
		e, _ := r.enter("d", "60")
		_, other := r.enter("x", "3600")
		r.settle()
		r.advance(time.Minute)
		require.Eventually(t, func() bool { return e.closed() == closeExpired }, patience, time.Millisecond)
		r.connect().cause("revoked", byTicket("d", long))
		r.connect().ok(byTicket("x", other))
	})
	t.Run("logout", func(t *testing.T) {
		r := newRig(t)
		_, early := r.enter("d", "")
		e, late := r.enter("d", "")
		_, other := r.enter("x", "")
		e.ok(&troupev1.Logout{})
		r.connect().cause("revoked", byTicket("d", early))
		r.connect().cause("revoked", byTicket("d", late))
		r.connect().ok(byTicket("x", other))
	})
	t.Run("while it logs in again", func(t *testing.T) {
		r := newRig(t)
		e, _ := r.enter("d", "")
		e.session.(*session).kicked.Store(true) // and dropped is on its way
		require.Nil(t, e.ok(&troupev1.Login{UserId: "ann"}).GetLogin().GetResumeTicket())
		_, present := r.enter("d", "")
		e.ok(&troupev1.Logout{})
		r.connect().ok(byTicket("d", present))
	})
}

func TestRenewalByTicket(t *testing.T) {
	r := newRig(t)
	e, _ := r.enter("d", "60")
	long := e.ok(&troupev1.Login{UserId: "ann", Token: "120"}).GetLogin().GetResumeTicket().GetTicket()
	require.NotEmpty(t, long)
	_, foreign := r.enter("x", "120")
	e.cause("device", byTicket("x", foreign))
	e.code(20001, &troupev1.Login{UserId: "bob", DeviceId: "d", ResumeTicket: long})
	e.ok(byTicket("", long))
	r.advance(120*time.Second - time.Millisecond)
	require.Zero(t, e.closed())
	r.advance(time.Millisecond)
	require.Equal(t, "kicked(token_expired)", e.heard())
}

func TestNoTicketForAdminsAndGuests(t *testing.T) {
	r := newRig(t)
	require.Nil(t, r.connect().ok(&troupev1.Login{UserId: "root"}).GetLogin().GetResumeTicket())
	text, _ := r.sys.tickets.issue(&ticket{user: "root", device: "d"}, r.sys.now())
	require.NotEmpty(t, text, "of before it became one")
	r.connect().cause("revoked", &troupev1.Login{UserId: "root", DeviceId: "d", ResumeTicket: text})
}

func TestTicketsOverAStop(t *testing.T) {
	t.Run("orderly", func(t *testing.T) {
		r := newRig(t)
		_, used := r.enter("d", "")
		_, kept := r.enter("x", "")
		r.connect().ok(byTicket("d", used))
		for range 2 {
			r.stop()
			r.boot()
		}
		r.connect().cause("used", byTicket("d", used))
		r.connect().ok(byTicket("x", kept))
	})
	t.Run("that could not keep them", func(t *testing.T) {
		r := newRig(t)
		_, ticket := r.enter("d", "")
		r.settle()
		r.journal.FailAll(journaltest.Fault{Err: persistence.ErrFull})
		r.stop()
		r.journal.Heal()
		r.boot()
		r.connect().cause("boot", byTicket("d", ticket))
	})
	t.Run("and a start that could not take them away", func(t *testing.T) {
		r := newRig(t)
		_, ticket := r.enter("d", "")
		r.stop()
		r.journal.Fail(1, journaltest.Fault{Err: persistence.ErrFull})
		r.boot()
		r.connect().cause("boot", byTicket("d", ticket))
	})
	t.Run("of a copy", func(t *testing.T) {
		r := newRig(t)
		_, ticket := r.enter("d", "")
		r.stop()
		r.epoch = "restored"
		r.boot()
		r.connect().cause("boot", byTicket("d", ticket))
	})
	t.Run("of something that is none", func(t *testing.T) {
		r := newRig(t)
		_, ticket := r.enter("d", "")
		r.stop()
		bad := persistence.KeepTicketsOp(&persistence.TicketState{})
		bad.Value = []byte("x")
		require.NoError(t, r.journal.Commit(t.Context(), []*persistence.Append{{Rows: []persistence.RowOp{bad}}}))
		r.boot()
		r.connect().cause("boot", byTicket("d", ticket))
	})
}
