package actors

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/persistence/journaltest"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestThirdFailedLoginCloses(t *testing.T) {
	for name, from := range map[string]func(*rig) *end{
		"new":       func(r *rig) *end { return r.connect() },
		"signed in": func(r *rig) *end { return r.login("ann", "") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			e := from(r)
			for range 2 {
				e.code(20002, &troupev1.Login{UserId: "ann", Token: "bad"})
				require.Zero(t, e.closed())
			}
			e.code(20002, &troupev1.Login{UserId: "ann", Token: "bad"})
			e.closes(closeRefused)
		})
	}
}

// A session that could not be opened is not counted and holds up no other.
func TestPanicWhileOpening(t *testing.T) {
	metrics := prometheus.NewRegistry()
	r := newRig(t)
	metrics.MustRegister(r.sys.metrics.sessions)
	r.panicAt(FaultOpen, 1)
	require.Panics(t, func() { r.connect() })
	r.login("ann", "")
	families, err := metrics.Gather()
	require.NoError(t, err)
	require.Equal(t, 1.0, families[0].GetMetric()[0].GetGauge().GetValue())
}

func TestLoginAgain(t *testing.T) {
	r := newRig(t)
	e := r.connect()
	e.ok(&troupev1.Login{UserId: "ann", Token: "60"})
	e.code(20001, &troupev1.Login{UserId: "bob"})
	e.code(70001, &troupev1.Login{UserId: "ann", Token: "0"})
	e.ok(&troupev1.Login{UserId: "ann", Token: "120"})
	r.advance(60 * time.Second)
	require.Empty(t, e.heard())
	r.advance(60*time.Second - time.Millisecond)
	require.Zero(t, e.closed())
	r.advance(time.Millisecond)
	e.closes(closeExpired)
	require.Equal(t, "kicked(token_expired)", e.heard())
}

// What follows a login under way waits for it.
func TestRequestsBehindALogin(t *testing.T) {
	r := newRig(t)
	hold := make(chan struct{})
	r.journal.Fail(1, journaltest.Fault{Hold: hold})
	e := r.connect()
	login := e.post(&troupev1.Login{UserId: "ann"})
	list := e.post(&troupev1.ListJoinedGroups{})
	e.code(20001, &troupev1.Login{UserId: "ann"})
	require.Len(t, answers(e.take()), 1)
	close(hold)
	require.Zero(t, e.answer(login).GetCode())
	require.Zero(t, e.answer(list).GetCode())

	r.journal.Fail(1, journaltest.Fault{Err: errStopping})
	e = r.connect()
	login, list = e.post(&troupev1.Login{UserId: "bob"}), e.post(&troupev1.ListJoinedGroups{})
	require.EqualValues(t, 11033, e.answer(login).GetCode())
	require.EqualValues(t, 11030, e.answer(list).GetCode())
	e.ok(&troupev1.Login{UserId: "bob"})
}

func TestDevices(t *testing.T) {
	t.Run("replaced", func(t *testing.T) {
		r := newRig(t)
		old := r.login("ann", "d")
		old.ok(&troupev1.Attach{Rest: troupev1.Rest_REST_LIVE})
		other := r.listen("ann")
		other.ok(create(troupev1.Kind_KIND_WORK, "g"))
		r.settle()
		old.take()
		other.take()
		next := r.login("ann", "d")
		old.closes(closeReplaced)
		require.Equal(t, "kicked(another_device)", old.heard())
		next.ok(text("g"))
		require.Empty(t, old.heard())
		require.Equal(t, "m1", other.heard())
		old.post(&troupev1.ListJoinedGroups{})
		require.Empty(t, old.heard())
	})
	t.Run("too many", func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.DevicesPerUser = 3 })
		var list []*end
		for i := range 3 {
			list = append(list, r.login("ann", fmt.Sprint("d", i)))
		}
		// A device that comes back has logged in last.
		list = append(list, r.login("ann", "d0"))
		list = append(list, r.login("ann", "d3"))
		list[0].closes(closeReplaced)
		list[1].closes(closeReplaced)
		var gone []string
		for _, e := range list {
			gone = append(gone, e.heard())
		}
		require.Equal(t, []string{"kicked(another_device)", "kicked(too_many_devices)", "", "", ""}, gone)
	})
	t.Run("without an id", func(t *testing.T) {
		r := newRig(t)
		a := r.connect().ok(&troupev1.Login{UserId: "ann"}).GetLogin().GetDeviceId()
		b := r.connect().ok(&troupev1.Login{UserId: "ann"}).GetLogin().GetDeviceId()
		require.NotEmpty(t, a)
		require.NotEqual(t, a, b)
	})
	t.Run("logout", func(t *testing.T) {
		r := newRig(t)
		e := r.login("ann", "")
		e.ok(&troupev1.Logout{})
		e.closes(closeDone)
	})
}

func TestUnansweredRequests(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Unanswered = 5 })
	e := r.login("ann", "")
	e.ok(create(troupev1.Kind_KIND_WORK, "g"))
	hold := make(chan struct{})
	r.journal.Fail(1, journaltest.Fault{Hold: hold})
	for range 5 {
		e.post(text("g"))
	}
	a := e.code(10006, &troupev1.Ping{})
	require.Positive(t, a.GetDetails().GetRetryAfterMs())
	close(hold)
	r.settle()
	e.ok(&troupev1.Ping{})
}

// Requests about one group are answered in the order sent, reads of history
// and attaches among them (spec 18.5).
func TestAnswersInOrder(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Unanswered = 1000 })
	e := r.login("ann", "")
	e.ok(create(troupev1.Kind_KIND_WORK, "g"))
	e.take()
	var want []string
	for n := range 30 {
		want = append(want,
			e.post(text("g")),
			e.post(&troupev1.GetGroupHistory{GroupId: "g"}),
			e.post(&troupev1.SetNameCard{GroupId: "g", UserId: "ann", NameCard: fmt.Sprint(n)}),
			e.post(&troupev1.ListMembers{GroupId: "g"}),
			e.post(&troupev1.KickMembers{GroupId: "g", UserIds: []string{"nobody"}}))
	}
	e.answer(want[len(want)-1])
	r.settle()
	var got []string
	for i, a := range answers(e.take()) {
		got = append(got, a.GetRequestId())
		if h := a.GetGetGroupHistory(); h != nil {
			require.Len(t, h.GetMessages(), min(i/5*2+1, 100), "a history shows what was answered before")
		}
	}
	require.Equal(t, want, got)
}
