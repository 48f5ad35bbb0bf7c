package e2e

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// patience bounds every wait; a test that meets it has failed.
var patience = 60 * time.Second

// world is one server with its clock and the peers connected to it.
type world struct {
	t     *testing.T
	clock *clockwork.FakeClock
	cfg   config.Config
	opts  server.Options
	srv   *server.Server // nil with envYes
	url   string
	peers []*peer
}

// start is the moment at which every world begins.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// newWorld starts a server in development mode; "root" is an app administrator.
func newWorld(t *testing.T, options ...func(*config.Config)) *world {
	t.Helper()
	return newWorldWith(t, server.Options{}, options...)
}

// newWorldWith is newWorld with what a test injects.
func newWorldWith(t *testing.T, o server.Options, options ...func(*config.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: clockwork.NewFakeClockAt(start), cfg: config.Default(), opts: o}
	w.cfg.Server.Addr = "127.0.0.1:0"
	w.cfg.Data.Dir = t.TempDir()
	w.cfg.Data.DiskReserve = 0
	w.cfg.Dev = true
	w.cfg.DevAdmins = []string{"root"}
	// The clock jumps by days; connections are to outlive that.
	w.cfg.Limits.PingAfter = config.Duration(1000 * 24 * time.Hour)
	w.cfg.Limits.SilentAfter = config.Duration(2000 * 24 * time.Hour)
	// A client may have its answer before the writer knows it was taken.
	w.cfg.Limits.BlockedAfter = config.Duration(1000 * 24 * time.Hour)
	w.cfg.Limits.ClosedAfter = config.Duration(1000 * 24 * time.Hour)
	w.cfg.Limits.LoginWithin = config.Duration(1000 * 24 * time.Hour)
	w.cfg.Limits.RequestsPerSecond, w.cfg.Limits.RequestsBurst = 10_000, 10_000
	w.cfg.Drain = config.Drain{}
	if len(t.Name())%2 == 0 {
		// Half of the tests have every room deliver as large rooms do.
		w.cfg.Runtime.GatherAbove = 1
	}
	for _, o := range append(options, flip) {
		o(&w.cfg)
	}
	w.boot()
	t.Cleanup(func() {
		for _, p := range w.peers {
			_ = p.conn.Abort()
		}
		w.stop()
	})
	return w
}

// unlimited lifts the rate of messages.
func unlimited(c *config.Config) { c.Limits.MessagesPerSecond = 0 }

// policy overrides one cell of the policy table.
func policy(kind, key, value string) func(*config.Config) {
	return func(c *config.Config) {
		if c.Policy == nil {
			c.Policy = config.Policy{}
		}
		if c.Policy[kind] == nil {
			c.Policy[kind] = map[string]config.Cell{}
		}
		c.Policy[kind][key] = config.Cell(value)
	}
}

func (w *world) boot() {
	w.t.Helper()
	if os.Getenv(envYes) != "" {
		w.url = startYes(w.t)
		return
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	if os.Getenv("E2E_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	o := w.opts
	o.Clock, o.Logger = w.clock, log
	srv, err := server.Start(context.Background(), w.cfg, o)
	require.NoError(w.t, err)
	w.srv, w.url = srv, srv.URL()
	// Whoever looks at the clock from time to time has begun to: the edge's
	// sweepers and that of the actors.
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(w.t, w.clock.BlockUntilContext(ctx, 2*runtime.GOMAXPROCS(0)+1))
}

func (w *world) stop() {
	if w.srv == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(w.t, w.srv.Stop(ctx))
	w.srv = nil
}

// restart stops the server in order and starts it on the same data. Peers of
// before are gone.
func (w *world) restart() {
	w.t.Helper()
	for _, p := range w.peers {
		_ = p.conn.Abort()
	}
	w.peers = nil
	w.stop()
	w.boot()
}

// settle waits until the server has nothing under way.
func (w *world) settle() {
	w.t.Helper()
	if w.srv == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(w.t, w.srv.System().Quiesce(ctx))
}

// advance moves the clock.
func (w *world) advance(d time.Duration) {
	w.t.Helper()
	w.settle()
	w.clock.Advance(d)
	w.settle()
}

// comes waits for what the sweeper brings, which looks when it gets to it: that
// the clock was moved does not mean that it has.
func (w *world) comes(what string, is func() bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); !is(); w.settle() {
		require.True(w.t, time.Now().Before(end), "%s does not come", what)
	}
}

// now is the server's time in ms.
func (w *world) now() int64 { return w.clock.Now().UnixMilli() }

// peer is one connection of a user, or a guest.
type peer struct {
	w    *world
	t    *testing.T
	user string
	conn *client.Conn
	// events were received and not yet asked for; skipped is what stood beside
	// them in their envelopes.
	events  []*troupev1.Event
	skipped map[*troupev1.Event]*troupev1.Skipped
	// counters stand apart: hints come with every change of an audience.
	counters []*troupev1.RoomCounters
}

var requests atomic.Uint64

// dial connects without logging in.
func (w *world) dial(codec protocol.Codec) *peer {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := client.DialConn(ctx, w.url, client.ConnOptions{Codec: codec})
	require.NoError(w.t, err)
	p := &peer{w: w, t: w.t, conn: conn}
	w.peers = append(w.peers, p)
	return p
}

// device connects, logs in and attaches everything live. device "" = any.
func (w *world) device(user, device string) *peer {
	w.t.Helper()
	p := w.login(user, device)
	p.ok(&troupev1.Attach{Inbox: &troupev1.InboxFrom{}, Rest: troupev1.Rest_REST_LIVE})
	return p
}

// login connects and logs in without attaching.
func (w *world) login(user, device string) *peer {
	w.t.Helper()
	p := w.dial(protocol.Binary)
	p.user = user
	p.ok(&troupev1.Login{UserId: user, DeviceId: device})
	return p
}

// users connects one device each, attached.
func (w *world) users(names ...string) []*peer {
	w.t.Helper()
	list := make([]*peer, len(names))
	for i, n := range names {
		list[i] = w.device(n, "")
	}
	return list
}

// known registers users who are not online.
func (w *world) known(names ...string) {
	w.t.Helper()
	for _, n := range names {
		w.login(n, "").cut()
	}
}

// cut breaks the connection as a cut cable does.
func (p *peer) cut() {
	_ = p.conn.Abort()
	p.w.peers = slices.DeleteFunc(p.w.peers, func(q *peer) bool { return p == q })
}

// request wraps an operation's parameters: the oneof's member is found by type.
func request(op proto.Message) *troupev1.Request {
	req := &troupev1.Request{RequestId: "r" + strconv.FormatUint(requests.Add(1), 10)}
	fields := req.ProtoReflect().Descriptor().Oneofs().ByName("op").Fields()
	for i := range fields.Len() {
		if f := fields.Get(i); f.Message() == op.ProtoReflect().Descriptor() {
			req.ProtoReflect().Set(f, protoreflect.ValueOfMessage(op.ProtoReflect()))
			return req
		}
	}
	panic(fmt.Sprintf("%T is no operation", op))
}

// do sends one operation and waits for its answer.
func (p *peer) do(op proto.Message) *troupev1.Answer {
	p.t.Helper()
	return p.send(request(op))
}

// send sends a request as it is and waits for its answer.
func (p *peer) send(req *troupev1.Request) *troupev1.Answer {
	p.t.Helper()
	require.NoError(p.t, p.conn.Send(req))
	return p.await(req.GetRequestId())
}

// await waits for the answer to a request that was sent.
func (p *peer) await(id string) *troupev1.Answer {
	p.t.Helper()
	for {
		f := p.recv()
		if a := f.GetAnswer(); a != nil {
			require.Equal(p.t, id, a.GetRequestId(), "%s: answer to another request", p.user)
			return a
		}
		p.events = append(p.events, f.GetEvent())
	}
}

func (p *peer) recv() *troupev1.Frame {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	f, err := p.conn.Recv(ctx)
	require.NoError(p.t, err, "%s: receive", p.user)
	if c := f.GetEvent().GetRoomCounters(); c != nil {
		p.counters = append(p.counters, c)
		return p.recv()
	}
	if s := f.GetSkipped(); s != nil {
		if p.skipped == nil {
			p.skipped = map[*troupev1.Event]*troupev1.Skipped{}
		}
		p.skipped[f.GetEvent()] = s
	}
	return f
}

// ok sends an operation that must succeed with code 0.
func (p *peer) ok(op proto.Message) *troupev1.Answer {
	p.t.Helper()
	return p.code(0, op)
}

// code sends an operation that must be answered with the code.
func (p *peer) code(want int32, op proto.Message) *troupev1.Answer {
	p.t.Helper()
	a := p.do(op)
	require.Equal(p.t, want, a.GetCode(), "%s: %T: %s %s %v", p.user, op, a.GetError(), a.GetMessage(), a.GetDetails())
	return a
}

// fence waits until the server has nothing under way and everything it sent
// to this peer has come.
func (p *peer) fence() {
	p.t.Helper()
	p.w.settle()
	req := request(&troupev1.Ping{})
	require.NoError(p.t, p.conn.Send(req))
	p.await(req.GetRequestId())
}

// take gives everything received up to a fence and forgets it.
func (p *peer) take() []*troupev1.Event {
	p.t.Helper()
	p.fence()
	list := p.events
	p.events = nil
	return list
}

// silent asserts that the peers get nothing, up to a fence.
func silent(peers ...*peer) {
	for _, p := range peers {
		p.t.Helper()
		if list := p.take(); len(list) > 0 {
			p.t.Fatalf("%s should have heard nothing, but heard %s", p.user, show(list))
		}
	}
}

// forget drops what the peers have received so far.
func forget(peers ...*peer) {
	for _, p := range peers {
		p.t.Helper()
		p.take()
	}
}

// show prints events for failures.
func show(list []*troupev1.Event) string {
	s := ""
	for _, e := range list {
		b, err := protocol.MarshalJSON(e)
		if err != nil {
			return err.Error()
		}
		s += "\n  " + string(b)
	}
	return fmt.Sprintf("%d events:%s", len(list), s)
}
