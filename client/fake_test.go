package client

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// patience bounds waits that a correct program never uses up.
const patience = 60 * time.Second

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// fake is a server whose every word the test says.
type fake struct {
	url   string
	peers chan *peer
	// refuse, if set, answers upgrades.
	refuse func(w http.ResponseWriter) bool
	// speaks are the sub-protocols; nil = both.
	speaks []string
}

// peer is one connection seen from the server.
type peer struct {
	t     *testing.T
	ws    *websocket.Conn
	codec protocol.Codec
	ready []*troupev1.Request
	pongs chan string
	// ticket, if set, is in the answer to login.
	ticket *troupev1.ResumeTicket
}

// newFake also sees to it that the test leaves no goroutine behind.
func newFake(t *testing.T) *fake {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	f := &fake{peers: make(chan *peer, 16)}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.refuse != nil && f.refuse(w) {
			return
		}
		up := websocket.Upgrader{Subprotocols: f.speaks}
		if f.speaks == nil {
			up.Subprotocols = []string{protocol.SubprotocolBinary, protocol.SubprotocolJSON}
		}
		ws, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		codec, _ := protocol.CodecOf(ws.Subprotocol())
		p := &peer{t: t, ws: ws, codec: codec, pongs: make(chan string, 4)}
		ws.SetPongHandler(func(s string) error { p.pongs <- s; return nil })
		t.Cleanup(func() { _ = ws.NetConn().Close() })
		f.peers <- p
	}))
	t.Cleanup(srv.Close)
	f.url = "ws" + strings.TrimPrefix(srv.URL, "http")
	return f
}

// accept waits for the next connection.
func (f *fake) accept(t *testing.T) *peer {
	t.Helper()
	select {
	case p := <-f.peers:
		return p
	case <-time.After(patience):
		require.FailNow(t, "no connection")
		return nil
	}
}

// next reads the next request.
func (p *peer) next() *troupev1.Request {
	p.t.Helper()
	for len(p.ready) == 0 {
		require.NoError(p.t, p.ws.SetReadDeadline(time.Now().Add(patience)))
		_, data, err := p.ws.ReadMessage()
		require.NoError(p.t, err)
		require.NoError(p.t, protocol.DecodeRequests(p.codec, data, func(r *troupev1.Request) { p.ready = append(p.ready, r) }))
	}
	r := p.ready[0]
	p.ready = p.ready[1:]
	return r
}

// expect reads the next request, which must be of the operation.
func (p *peer) expect(op protocol.Op) *troupev1.Request {
	p.t.Helper()
	r := p.next()
	require.Equal(p.t, op.String(), protocol.OpOf(r).String())
	return r
}

// say sends frames, all in one message.
func (p *peer) say(frames ...*troupev1.Frame) {
	p.t.Helper()
	var b bytes.Buffer
	for _, f := range frames {
		b.Write(payload(protocol.NewFrame(protocol.ClassAnswer, f).Bytes(p.codec)))
		if p.codec == protocol.JSON {
			b.WriteByte('\n')
		}
	}
	kind := websocket.BinaryMessage
	if p.codec == protocol.JSON {
		kind = websocket.TextMessage
	}
	require.NoError(p.t, p.ws.WriteMessage(kind, b.Bytes()))
}

// payload cuts the WebSocket header off.
func payload(message []byte) []byte {
	switch message[1] {
	case 126:
		return message[4:]
	case 127:
		return message[10:]
	}
	return message[2:]
}

// done answers a request with a result.
func (p *peer) done(req *troupev1.Request, fill func(*troupev1.Answer)) {
	p.t.Helper()
	p.say(&troupev1.Frame{Frame: &troupev1.Frame_Answer{Answer: doneAnswer(req, fill)}})
}

func doneAnswer(req *troupev1.Request, fill func(*troupev1.Answer)) *troupev1.Answer {
	a := &troupev1.Answer{RequestId: req.GetRequestId(), Code: proto.Int32(0)}
	if fill != nil {
		fill(a)
	}
	return a
}

// fail answers a request with an error.
func (p *peer) fail(req *troupev1.Request, e *protocol.Error) {
	p.t.Helper()
	p.say(&troupev1.Frame{Frame: &troupev1.Frame_Answer{Answer: &troupev1.Answer{
		RequestId: req.GetRequestId(), Code: proto.Int32(int32(e.Code)), Error: e.Name, Message: e.Message, Details: e.Details,
	}}})
}

// login answers the login; limits may be nil.
func (p *peer) login(limits *troupev1.Limits) *troupev1.Login {
	p.t.Helper()
	req := p.expect(protocol.OpLogin)
	p.done(req, func(a *troupev1.Answer) {
		a.Result = &troupev1.Answer_Login{Login: &troupev1.LoginResult{
			SessionId: "s1", ServerTime: 1_800_000_000_000, HeartbeatS: 30, Limits: limits,
			UserId: req.GetLogin().GetUserId(), DeviceId: "dev1", ResumeTicket: p.ticket,
		}}
	})
	return req.GetLogin()
}

// attach answers the next attach: each stream named goes on where it asks, or
// at next.
func (p *peer) attach(next map[string]uint64) *troupev1.Attach {
	p.t.Helper()
	req := p.expect(protocol.OpAttach)
	p.attached(req, next)
	return req.GetAttach()
}

func (p *peer) attached(req *troupev1.Request, next map[string]uint64) {
	p.t.Helper()
	p.done(req, func(a *troupev1.Answer) {
		r := &troupev1.AttachResult{}
		if req.GetAttach().GetInbox() != nil {
			r.Inbox = &troupev1.StreamState{Epoch: "e1", NextSeq: proto.Uint64(next[inbox] + 1)}
		}
		for _, g := range req.GetAttach().GetGroups() {
			r.Groups = append(r.Groups, &troupev1.StreamState{
				GroupId: g.GetGroupId(), Epoch: "e1", NextSeq: proto.Uint64(next[g.GetGroupId()] + 1),
			})
		}
		a.Result = &troupev1.Answer_Attach{Attach: r}
	})
}

// joined answers list_joined_groups.
func (p *peer) joined(groups ...string) {
	p.t.Helper()
	req := p.expect(protocol.OpListJoinedGroups)
	p.done(req, func(a *troupev1.Answer) {
		r := &troupev1.ListJoinedGroupsResult{}
		for _, g := range groups {
			r.Groups = append(r.Groups, &troupev1.GroupProfile{GroupId: g, Kind: troupev1.Kind_KIND_PUBLIC})
		}
		a.Result = &troupev1.Answer_ListJoinedGroups{ListJoinedGroups: r}
	})
}

// message is a group message frame.
func message(group string, seq uint64) *troupev1.Frame {
	return eventFrame(&troupev1.Event{Event: &troupev1.Event_Message{Message: &troupev1.Message{
		Conversation: &troupev1.Conversation{Type: troupev1.ConversationType_CONVERSATION_TYPE_GROUP, Id: group},
		SenderId:     "bob", Seq: seq,
		Elements: []*troupev1.Element{{Element: &troupev1.Element_Text{Text: &troupev1.Text{Text: "x"}}}},
	}}})
}

func eventFrame(e *troupev1.Event) *troupev1.Frame {
	return &troupev1.Frame{Frame: &troupev1.Frame_Event{Event: e}}
}

func messages(group string, from, to uint64) []*troupev1.Frame {
	var out []*troupev1.Frame
	for n := from; n <= to; n++ {
		out = append(out, message(group, n))
	}
	return out
}

// close says goodbye like a server.
func (p *peer) close(code int, reason string) {
	p.t.Helper()
	require.NoError(p.t, p.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(patience)))
	_ = p.ws.Close()
}

// cut breaks the connection without a word.
func (p *peer) cut() { _ = p.ws.NetConn().Close() }

// testClock lets the test say what time it is.
type testClock struct{ *clockwork.FakeClock }

func (c testClock) After(d time.Duration) (<-chan time.Time, func()) {
	timer := c.NewTimer(d)
	return timer.Chan(), func() { timer.Stop() }
}

func newClock() testClock { return testClock{clockwork.NewFakeClock()} }

// pass waits until somebody waits, then lets the time go on.
func (c testClock) pass(t *testing.T, d time.Duration) {
	t.Helper()
	require.NoError(t, c.BlockUntilContext(within(t), 1))
	c.Advance(d)
}

// running is a client that has attached the group hall at number 5.
type running struct {
	*Client
	fake  *fake
	peer  *peer
	clock testClock
	state chan State
}

func start1(t *testing.T, change func(*Options)) *running {
	t.Helper()
	r := &running{fake: newFake(t), clock: newClock(), state: make(chan State, 16)}
	o := Options{User: "ann", Token: "t", AppID: "app", clock: r.clock, OnState: func(s State, _ error) { r.state <- s }}
	if change != nil {
		change(&o)
	}
	dialled := make(chan error, 1)
	go func() {
		var err error
		r.Client, err = Dial(context.Background(), r.fake.url, o)
		dialled <- err
	}()
	r.peer = r.fake.accept(t)
	r.peer.login(nil)
	r.peer.joined("hall")
	r.peer.attach(map[string]uint64{"hall": 5, inbox: 2})
	require.NoError(t, <-dialled)
	t.Cleanup(func() { _ = r.Close() })
	require.Equal(t, Connected, <-r.state)
	return r
}

// again accepts the next connection up to the answer of login.
func (r *running) again(t *testing.T) *peer {
	t.Helper()
	r.clock.pass(t, 2*time.Second)
	r.peer = r.fake.accept(t)
	r.peer.login(nil)
	return r.peer
}

// seqs takes n events and returns their numbers.
func (r *running) seqs(t *testing.T, n int) []uint64 {
	t.Helper()
	var out []uint64
	for range n {
		out = append(out, r.event(t).Seq)
	}
	return out
}

func (r *running) event(t *testing.T) Event {
	t.Helper()
	select {
	case e, ok := <-r.Events():
		require.True(t, ok, "events ended")
		return e
	case <-time.After(patience):
		require.FailNow(t, "no event")
		return Event{}
	}
}
