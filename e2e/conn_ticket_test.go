package e2e

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/memory"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// untouchable is storage that can be told to refuse whatever is asked of it.
type untouchable struct {
	persistence.Journal
	locked atomic.Bool
	asked  atomic.Int64
}

var errLocked = errors.New("storage was asked")

func (j *untouchable) refuse() bool {
	if j.locked.Load() {
		j.asked.Add(1)
		return true
	}
	return false
}

func (j *untouchable) View(fn func(persistence.Tx) error) error {
	if j.refuse() {
		return errLocked
	}
	return j.Journal.View(fn)
}

func (j *untouchable) Commit(ctx context.Context, batch []*persistence.Append) error {
	if j.refuse() {
		return errLocked
	}
	return j.Journal.Commit(ctx, batch)
}

func (j *untouchable) Backup(w io.Writer) error {
	if j.refuse() {
		return errLocked
	}
	return j.Journal.Backup(w)
}

// byToken is a login of a user's device with a token of an hour.
func (w *world) byToken(user, device string) *troupev1.Login {
	w.t.Helper()
	return &troupev1.Login{AppId: w.cfg.App.ID, UserId: user, DeviceId: device, Token: w.token(user, time.Hour)}
}

func (w *world) byTicket(user, device, ticket string) *troupev1.Login {
	return &troupev1.Login{AppId: w.cfg.App.ID, UserId: user, DeviceId: device, ResumeTicket: ticket}
}

// enter logs in on a connection of its own and gives the ticket.
func (w *world) enter(l *troupev1.Login) (*peer, string) {
	w.t.Helper()
	p := w.dial(protocol.Binary)
	p.user = l.GetUserId()
	ticket := p.ok(l).GetLogin().GetResumeTicket().GetTicket()
	require.NotEmpty(w.t, ticket)
	return p, ticket
}

// resumeRefused shows a ticket on a new connection, which says why it is not
// accepted and goes on: it may log in with the token.
func (w *world) resumeRefused(cause string, l *troupev1.Login) {
	w.t.Helper()
	p := w.dial(protocol.Binary)
	p.user = l.GetUserId()
	a := p.code(11055, l)
	require.Equal(w.t, "resume_refused", a.GetError())
	require.Equal(w.t, cause, a.GetDetails().GetCause())
	require.Nil(w.t, a.GetLogin())
	p.code(11030, &troupev1.ListJoinedGroups{})
	p.ok(w.byToken(l.GetUserId(), "device-"+cause))
	p.ok(&troupev1.ListJoinedGroups{})
	p.cut()
}

// sentAway waits for the close of a connection, after the frames of before.
func (p *peer) sentAway(code int) []*troupev1.Event {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	events := p.events
	for {
		f, err := p.conn.Recv(ctx)
		if err != nil {
			var closed *client.CloseError
			require.ErrorAs(p.t, err, &closed)
			require.Equal(p.t, code, closed.Code)
			return events
		}
		require.NotNil(p.t, f.GetEvent(), "%v", f)
		events = append(events, f.GetEvent())
	}
}

// kickedOffline asserts that it was told so, and nothing else.
func (p *peer) kickedOffline(reason string, code int) {
	p.t.Helper()
	events := p.sentAway(code)
	require.Len(p.t, events, 1, "%s", show(events))
	require.Equal(p.t, reason, events[0].GetKickedOffline().GetReason())
}

func TestConnTicket(t *testing.T) {
	t.Parallel()
	t.Run("X-084", func(t *testing.T) {
		for _, codec := range []protocol.Codec{protocol.Binary, protocol.JSON} {
			j := &untouchable{Journal: memory.New()}
			w := newWorldWith(t, server.Options{Journal: j, Epoch: j.Epoch()}, guarded)
			bob, _ := w.enter(w.byToken("bob", "b"))
			bob.ok(&troupev1.Attach{Rest: troupev1.Rest_REST_LIVE})
			ann := w.dial(codec)
			ann.user = "ann"
			first := ann.ok(w.byToken("ann", "phone")).GetLogin()
			require.Equal(t, w.now()+600_000, first.GetResumeTicket().GetExpiresAt())
			bob.create(troupev1.Kind_KIND_CUSTOM, "g", "ann")
			at := ann.ok(&troupev1.Attach{Groups: []*troupev1.GroupFrom{{GroupId: "g"}}}).GetAttach().GetGroups()[0]
			ann.cut()
			bob.ok(text("g", "missed"))
			w.settle()
			w.advance(time.Second) // not so long that the sweeper reads storage

			j.locked.Store(true)
			again := w.dial(codec)
			again.user = "ann"
			second := again.ok(w.byTicket("ann", "phone", first.GetResumeTicket().GetTicket())).GetLogin()
			w.settle()
			j.locked.Store(false)
			require.Zero(t, j.asked.Load(), "storage was asked")
			require.Equal(t, w.now()+600_000, second.GetResumeTicket().GetExpiresAt())
			require.NotEqual(t, first.GetResumeTicket().GetTicket(), second.GetResumeTicket().GetTicket())
			require.NotEqual(t, first.GetSessionId(), second.GetSessionId())
			require.Equal(t, w.now(), second.GetServerTime())
			require.Empty(t, cmp.Diff(first, second, protocmp.Transform(),
				protocmp.IgnoreFields(first, "resume_ticket", "session_id", "server_time")))

			silent(again)
			again.ok(&troupev1.Attach{Groups: []*troupev1.GroupFrom{
				{GroupId: "g", LastSeq: proto.Uint64(at.GetNextSeq() - 1), Epoch: at.GetEpoch()},
			}})
			require.Equal(t, "missed", textOf(again.hear().exactly(counts{messages: 1}).messages[0]))
			forget(bob)
			again.ok(text("g", "back"))
			h := bob.hear().exactly(counts{messages: 1})
			require.Equal(t, "ann", h.messages[0].GetSenderId())
			third, _ := w.enter(w.byTicket("ann", "phone", second.GetResumeTicket().GetTicket()))
			third.ok(&troupev1.ListJoinedGroups{})
		}
	})
	t.Run("X-085", func(t *testing.T) {
		w := newWorld(t, guarded)
		_, used := w.enter(w.byToken("ann", "a"))
		_, kept := w.enter(w.byToken("bob", "b"))
		w.enter(w.byTicket("ann", "a", used))
		w.resumeRefused("used", w.byTicket("ann", "a", used))
		w.restart()
		w.resumeRefused("used", w.byTicket("ann", "a", used))
		_, next := w.enter(w.byTicket("bob", "b", kept))
		w.resumeRefused("used", w.byTicket("bob", "b", kept))
		w.restart()
		w.resumeRefused("used", w.byTicket("bob", "b", kept))
		w.enter(w.byTicket("bob", "b", next))
		crashed(t)
	})
	t.Run("X-086", func(t *testing.T) {
		w := newWorld(t, guarded)
		_, ticket := w.enter(w.byToken("ann", "phone"))
		for cause, logins := range map[string][]*troupev1.Login{
			"device": {
				w.byTicket("ann", "laptop", ticket), w.byTicket("ann", "", ticket), w.byTicket("bob", "phone", ticket),
				{AppId: "1400000002", UserId: "ann", DeviceId: "phone", ResumeTicket: ticket},
			},
			"malformed": {
				w.byTicket("ann", "phone", "x"), w.byTicket("ann", "phone", ticket[:len(ticket)-1]),
				w.byTicket("ann", "phone", ticket[:len(ticket)-4]+"AAAA"), w.byTicket("ann", "phone", w.token("ann", time.Hour)),
			},
		} {
			for _, l := range logins {
				w.resumeRefused(cause, l)
			}
		}
		w.advance(600*time.Second - time.Millisecond)
		_, late := w.enter(w.byTicket("ann", "phone", ticket))
		w.advance(600 * time.Second)
		w.resumeRefused("expired", w.byTicket("ann", "phone", late))

		_, before := w.enter(w.byToken("ann", "phone"))
		w.cfg.App.Admins = []string{"ann"}
		w.restart()
		w.resumeRefused("revoked", w.byTicket("ann", "phone", before))
		p := w.dial(protocol.Binary)
		require.Nil(t, p.ok(w.byToken("ann", "phone")).GetLogin().GetResumeTicket(), "none for an app_admin")

		// The first refusal does not count, as those of tokens do.
		p = w.dial(protocol.Binary)
		p.code(11055, w.byTicket("bob", "b", "x"))
		for range 2 {
			p.code(20002, &troupev1.Login{AppId: w.cfg.App.ID, UserId: "bob", Token: "x"})
		}
		p.code(11055, w.byTicket("bob", "b", "x"))
		p.sentAway(4503)
	})
	t.Run("X-087", func(t *testing.T) {
		w := newWorld(t, rooted, func(c *config.Config) { c.Limits.DevicesPerUser = 2 })
		ann, byLogout := w.enter(w.byToken("ann", "phone"))
		_, other := w.enter(w.byToken("ann", "laptop"))
		ann.ok(&troupev1.Logout{})
		ann.sentAway(1000)
		w.resumeRefused("revoked", w.byTicket("ann", "phone", byLogout))
		_, other = w.enter(w.byTicket("ann", "laptop", other))
		w.restart()
		w.resumeRefused("revoked", w.byTicket("ann", "phone", byLogout))
		w.enter(w.byTicket("ann", "laptop", other))

		bob, first := w.enter(w.byToken("bob", "one"))
		_, second := w.enter(w.byToken("bob", "one"))
		bob.kickedOffline("another_device", 4502)
		w.resumeRefused("revoked", w.byTicket("bob", "one", first))
		w.enter(w.byTicket("bob", "one", second))

		cat, oldest := w.enter(w.byToken("cat", "one"))
		w.enter(w.byToken("cat", "two"))
		_, newest := w.enter(w.byToken("cat", "three"))
		cat.kickedOffline("too_many_devices", 4502)
		w.resumeRefused("revoked", w.byTicket("cat", "one", oldest))
		w.enter(w.byTicket("cat", "three", newest))

		root := w.trusted("root", "")
		for user, op := range map[string]proto.Message{
			"dan": banOf("dan", 60, ""), "eve": &troupev1.RevokeTokens{UserId: "eve"},
			"fay": &troupev1.SetBan{Address: "127.0.6.1", Duration: proto.Int64(60)},
		} {
			p := w.from("127.0.6.1")
			p.user = user
			given := p.ok(w.byToken(user, "one")).GetLogin().GetResumeTicket().GetTicket()
			root.ok(op)
			p.sentAway(map[string]int{"dan": 4503, "eve": 4501, "fay": 4503}[user])
			w.advance(time.Minute)
			w.resumeRefused("revoked", w.byTicket(user, "one", given))
			w.restart()
			w.resumeRefused("revoked", w.byTicket(user, "one", given))
			root = w.trusted("root", "")
		}

		gus, last := w.enter(w.byToken("gus", "one"))
		root.ok(&troupev1.DeleteUser{UserId: "gus"})
		gus.kickedOffline("account_deleted", 4503)
		for range 2 {
			p := w.dial(protocol.Binary)
			require.Equal(t, "revoked", p.code(11055, w.byTicket("gus", "one", last)).GetDetails().GetCause())
			p.code(11058, w.byToken("gus", "one"))
			w.restart()
		}
	})
	t.Run("X-088", func(t *testing.T) {
		w := newWorld(t, guarded)
		login := w.byToken("ann", "phone")
		login.Token = w.token("ann", 5*time.Minute)
		_, ticket := w.enter(login)
		other, _ := w.enter(w.byToken("bob", "b"))
		w.advance(time.Minute)
		ann := w.dial(protocol.Binary)
		ann.user = "ann"
		given := ann.ok(w.byTicket("ann", "phone", ticket)).GetLogin().GetResumeTicket()
		require.Equal(t, start.Add(5*time.Minute).UnixMilli(), given.GetExpiresAt(), "not beyond the token")
		w.advance(4*time.Minute - time.Millisecond)
		silent(ann)
		w.advance(time.Millisecond)
		w.advance(5 * time.Second)
		ann.kickedOffline("token_expired", 4501)
		silent(other)
		w.resumeRefused("expired", w.byTicket("ann", "phone", given.GetTicket()))
	})
}

// crashed: a ticket outlives an orderly stop of a process, and not its death.
func crashed(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	login := func(c *child, ticket string) *troupev1.Answer {
		t.Helper()
		conn, err := client.DialConn(t.Context(), c.url, client.ConnOptions{})
		require.NoError(t, err)
		defer func() { _ = conn.Abort() }()
		require.NoError(t, conn.Send(request(&troupev1.Login{UserId: "ann", DeviceId: "phone", ResumeTicket: ticket})))
		f, err := conn.Recv(t.Context())
		require.NoError(t, err)
		return f.GetAnswer()
	}
	good := func(a *troupev1.Answer) string {
		t.Helper()
		require.Zero(t, a.GetCode(), "%v", a)
		require.NotEmpty(t, a.GetLogin().GetResumeTicket().GetTicket())
		return a.GetLogin().GetResumeTicket().GetTicket()
	}
	c := startChild(t, dir)
	ticket := good(login(c, ""))
	c.term()
	c = startChild(t, dir)
	used := ticket
	ticket = good(login(c, ticket))
	require.Equal(t, "used", login(c, used).GetDetails().GetCause())
	c.kill()
	c = startChild(t, dir)
	for _, of := range []string{used, ticket} {
		a := login(c, of)
		require.EqualValues(t, 11055, a.GetCode())
		require.Equal(t, "boot", a.GetDetails().GetCause())
	}
	c.kill()
	// The start that saw nothing left nothing of before either.
	c = startChild(t, dir)
	require.Equal(t, "boot", login(c, ticket).GetDetails().GetCause())
	good(login(c, ""))
	c.term()
}
