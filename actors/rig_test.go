package actors

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/journaltest"
	"github.com/troupe-im/troupe/persistence/memory"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// rig is a running system over a journal that fails as told.
type rig struct {
	t       *testing.T
	sys     *System
	clock   *clockwork.FakeClock
	journal *journaltest.Faulty
	faults  atomic.Value // func(FaultPoint)
	conns   uint64
	epoch   string
}

// tickless is a clock whose tickers stand still: the sweeper looks when a test
// has it look (advance), and not beside what the test does next.
type tickless struct{ *clockwork.FakeClock }

func (tickless) NewTicker(d time.Duration) clockwork.Ticker {
	return clockwork.NewFakeClock().NewTicker(d)
}

// anyone lets everybody in. A token that is a number is the end of the token
// in seconds from the start, one with iat: before it the beginning; "bad" is
// refused.
type anyone struct{}

func (anyone) Verify(_ string, user group.UserID, token string, now time.Time) (Identity, error) {
	id := Identity{User: user, AppAdmin: user == "root"}
	if token == "bad" {
		return id, protocol.NewError(protocol.CodeAuthFailed)
	}
	if issued, err := strconv.Atoi(strings.TrimPrefix(token, "iat:")); err == nil && strings.HasPrefix(token, "iat:") {
		id.IssuedAt = start.Add(time.Duration(issued) * time.Second)
	}
	if n, err := strconv.Atoi(token); err == nil {
		id.ExpiresAt = start.Add(time.Duration(n) * time.Second)
		if !now.Before(id.ExpiresAt) {
			return id, protocol.NewError(protocol.CodeTokenExpired)
		}
	}
	return id, nil
}

func (anyone) AppAdmin(user group.UserID) bool { return user == "root" }

func newRig(t *testing.T, adjust ...func(*Config)) *rig {
	t.Helper()
	r := &rig{t: t, clock: clockwork.NewFakeClockAt(start), journal: journaltest.NewFaulty(memory.New()), epoch: "e"}
	r.faults.Store(func(FaultPoint) {})
	r.boot(adjust...)
	t.Cleanup(r.stop)
	return r
}

func (r *rig) boot(adjust ...func(*Config)) {
	r.t.Helper()
	cfg := DefaultConfig(1)
	cfg.MessagesPerSecond = 0
	for _, a := range adjust {
		a(&cfg)
	}
	sys, err := New(cfg, Deps{
		Journal: r.journal, Table: group.DefaultTable(), Limits: group.DefaultLimits(), Auth: anyone{}, Clock: tickless{r.clock},
		Epoch: r.epoch, Faults: func(p FaultPoint) { r.faults.Load().(func(FaultPoint))(p) },
	})
	require.NoError(r.t, err)
	require.NoError(r.t, sys.Start(context.Background()))
	r.sys = sys
}

func (r *rig) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(r.t, r.sys.Stop(ctx))
}

func (r *rig) settle() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(r.t, r.sys.Quiesce(ctx))
}

// advance moves the clock and has the sweeper look.
func (r *rig) advance(d time.Duration) {
	r.t.Helper()
	r.settle()
	r.clock.Advance(d)
	r.sys.sweep()
	r.settle()
}

// panicAt makes the n-th passing of a point fail.
func (r *rig) panicAt(point FaultPoint, n int64) {
	var left atomic.Int64
	left.Store(n)
	r.faults.Store(func(p FaultPoint) {
		if p == point && left.Add(-1) == 0 {
			panic("injected fault")
		}
	})
}

// end is one client.
type end struct {
	*fakeConn
	r       *rig
	session Session
}

var requestIDs atomic.Uint64

// connect opens a connection without login.
func (r *rig) connect() *end {
	r.conns++
	c := newConn(r.conns)
	return &end{fakeConn: c, r: r, session: r.sys.Open(c)}
}

// login connects a user's device.
func (r *rig) login(user, device string) *end {
	r.t.Helper()
	e := r.connect()
	e.ok(&troupev1.Login{UserId: user, DeviceId: device})
	return e
}

// listen is login, and everything attached.
func (r *rig) listen(user string) *end {
	r.t.Helper()
	e := r.login(user, "")
	e.ok(&troupev1.Attach{Rest: troupev1.Rest_REST_LIVE})
	return e
}

func wrap(op proto.Message) *troupev1.Request {
	req := &troupev1.Request{RequestId: fmt.Sprint("r", requestIDs.Add(1))}
	fields := req.ProtoReflect().Descriptor().Oneofs().ByName("op").Fields()
	for i := range fields.Len() {
		if f := fields.Get(i); f.Message() == op.ProtoReflect().Descriptor() {
			req.ProtoReflect().Set(f, protoreflect.ValueOfMessage(op.ProtoReflect()))
		}
	}
	return req
}

// post sends a request and does not wait.
func (e *end) post(op proto.Message) string {
	req := wrap(op)
	e.session.Request(req)
	return req.GetRequestId()
}

// answer waits for the answer to a request.
func (e *end) answer(id string) *troupev1.Answer {
	e.r.t.Helper()
	var found *troupev1.Answer
	require.Eventually(e.r.t, func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		for _, f := range e.frames {
			if a := f.Message().GetAnswer(); a.GetRequestId() == id && a != nil {
				found = a
			}
		}
		return found != nil
	}, patience, 100*time.Microsecond, "no answer")
	return found
}

func (e *end) code(code int32, op proto.Message) *troupev1.Answer {
	e.r.t.Helper()
	a := e.answer(e.post(op))
	require.Equal(e.r.t, code, a.GetCode(), "%T: %s", op, a)
	return a
}

func (e *end) ok(op proto.Message) *troupev1.Answer {
	e.r.t.Helper()
	return e.code(0, op)
}

// heard settles, and gives the events since the last time in short:
// m2 a message with its number, t3 a tip, n7 a notice by its type, kicked(…).
// Hints are left out: they come with every change of an audience.
func (e *end) heard() string {
	e.r.t.Helper()
	e.r.settle()
	var words []string
	for _, f := range e.take() {
		switch v := f.Message().GetEvent().GetEvent().(type) {
		case nil, *troupev1.Event_RoomCounters:
		case *troupev1.Event_Message:
			kind := "m"
			if len(v.Message.GetElements()) == 1 && v.Message.GetElements()[0].GetGroupTip() != nil {
				kind = "t"
			}
			words = append(words, fmt.Sprint(kind, v.Message.GetSeq()))
		case *troupev1.Event_SystemNotice:
			words = append(words, fmt.Sprint("n", v.SystemNotice.GetNoticeType()))
		case *troupev1.Event_KickedOffline:
			words = append(words, "kicked("+v.KickedOffline.GetReason()+")")
		default:
			words = append(words, string(f.Message().GetEvent().ProtoReflect().WhichOneof(
				f.Message().GetEvent().ProtoReflect().Descriptor().Oneofs().Get(0)).Name()))
		}
	}
	return strings.Join(words, " ")
}

// closes waits for the connection to be closed by the session.
func (e *end) closes(code int) {
	e.r.t.Helper()
	require.Eventually(e.r.t, func() bool { return e.closed() != 0 }, patience, 100*time.Microsecond)
	require.Equal(e.r.t, code, e.closed())
}

// hears waits for words that a timer brings about: timers run on goroutines of
// their own, which nobody can wait for.
func (e *end) hears(want string) {
	e.r.t.Helper()
	heard := ""
	require.Eventually(e.r.t, func() bool {
		heard = strings.TrimSpace(heard + " " + e.heard())
		return strings.HasSuffix(heard, want)
	}, patience, 100*time.Microsecond, "hears %q", want)
}

func (e *end) closed() int {
	e.r.t.Helper()
	e.r.settle()
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fakeConn.code
}

// cut is the end of the connection; it waits for the session's.
func (e *end) cut() {
	e.r.t.Helper()
	e.session.Closed()
	require.Eventually(e.r.t, func() bool {
		_, there := e.r.sys.actors.ProcessRegistry.GetLocal(e.session.(*session).pid.GetId())
		return !there
	}, patience, 100*time.Microsecond)
}

func text(g string) *troupev1.SendMessage {
	return &troupev1.SendMessage{
		Conversation: &troupev1.Conversation{Type: troupev1.ConversationType_CONVERSATION_TYPE_GROUP, Id: g},
		Elements:     []*troupev1.Element{{Element: &troupev1.Element_Text{Text: &troupev1.Text{Text: "x"}}}},
	}
}

func create(kind troupev1.Kind, id string, members ...string) *troupev1.CreateGroup {
	op := &troupev1.CreateGroup{Kind: kind, GroupId: id, Name: "g"}
	for _, m := range members {
		op.InitialMembers = append(op.InitialMembers, &troupev1.InitialMember{UserId: m})
	}
	return op
}

// streamOf is the stream that an id names now.
func (r *rig) streamOf(id string) group.StreamID {
	r.t.Helper()
	var stream group.StreamID
	require.NoError(r.t, r.journal.View(func(tx persistence.Tx) error {
		name, ok, err := persistence.LookupGroup(tx, group.ID(id))
		require.True(r.t, ok)
		stream = name.Stream
		return err
	}))
	return stream
}
