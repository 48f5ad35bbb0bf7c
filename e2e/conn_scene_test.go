package e2e

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// hall is a group of three: the tests annoy the server by eve, and alice and
// bob are to notice nothing of it.
type hall struct {
	*world
	alice, bob, eve *peer
	g               string
}

func newHall(t *testing.T, o server.Options, options ...func(*config.Config)) *hall {
	t.Helper()
	h := &hall{world: newWorldWith(t, o, options...)}
	p := h.users("alice", "bob", "eve")
	h.alice, h.bob, h.eve = p[0], p[1], p[2]
	h.g = h.alice.create(troupev1.Kind_KIND_CUSTOM, "hall", "bob", "eve")
	return h
}

// goesOn asserts that bob has heard nothing, hears the next message, and that
// alone.
func (h *hall) goesOn() {
	h.t.Helper()
	silent(h.alice, h.bob)
	h.alice.ok(text(h.g, "as ever"))
	heard := h.bob.hear().exactly(counts{messages: 1})
	require.Equal(h.t, "as ever", heard.messages[0].GetElements()[0].GetText().GetText())
}

// dialWith connects with options of the caller's, without logging in.
func (w *world) dialWith(o client.ConnOptions) *peer {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := client.DialConn(ctx, w.url, o)
	require.NoError(w.t, err)
	p := &peer{w: w, t: w.t, conn: conn}
	w.peers = append(w.peers, p)
	return p
}

// from dials from another address of this machine.
func from(address string) client.DialFunc {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return d.DialContext
}

// ending is how the server ended a connection.
type ending struct {
	code    int
	reason  string
	answers []*troupev1.Answer
	events  []*troupev1.Event
}

// ending receives until the server closes.
func (p *peer) ending() ending {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	e := ending{events: p.events}
	p.events = nil
	for {
		f, err := p.conn.Recv(ctx)
		var closed *client.CloseError
		if errors.As(err, &closed) {
			e.code, e.reason = closed.Code, closed.Reason
			p.cut()
			return e
		}
		require.NoError(p.t, err, "%s: the server has not closed", p.user)
		if a := f.GetAnswer(); a != nil {
			e.answers = append(e.answers, a)
		} else {
			e.events = append(e.events, f.GetEvent())
		}
	}
}

// kicked asserts that the device was told why, and nothing else, before the close.
func (e ending) kicked(t *testing.T, code int, reason string) {
	t.Helper()
	require.Equal(t, code, e.code, e.reason)
	require.Empty(t, e.answers)
	require.Len(t, e.events, 1, "%s", show(e.events))
	require.Equal(t, reason, e.events[0].GetKickedOffline().GetReason())
}

// answers receives n answers, in whatever order, and keeps the events.
func (p *peer) answers(n int) []*troupev1.Answer {
	p.t.Helper()
	var list []*troupev1.Answer
	for len(list) < n {
		f := p.recv()
		if a := f.GetAnswer(); a != nil {
			list = append(list, a)
		} else {
			p.events = append(p.events, f.GetEvent())
		}
	}
	return list
}

// coded are those of the answers with a code.
func coded(list []*troupev1.Answer, code int32) []*troupev1.Answer {
	var out []*troupev1.Answer
	for _, a := range list {
		if a.GetCode() == code {
			out = append(out, a)
		}
	}
	return out
}

// post sends requests without waiting for answers.
func (p *peer) post(n int, op func(i int) *troupev1.Request) {
	p.t.Helper()
	for i := range n {
		require.NoError(p.t, p.conn.Send(op(i)))
	}
}

func ping(int) *troupev1.Request { return request(&troupev1.Ping{}) }

// lurker is a logged-in device that reads everything and says nothing, not even
// a pong.
type lurker struct {
	t  *testing.T
	ws *websocket.Conn
	// seen is what comes: "ping", a message's text, or the close's error.
	seen chan any
}

func (w *world) lurk(user string) *lurker {
	w.t.Helper()
	d := websocket.Dialer{Subprotocols: []string{protocol.SubprotocolBinary}, HandshakeTimeout: patience}
	ws, _, err := d.Dial(w.url, nil)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = ws.Close() })
	l := &lurker{t: w.t, ws: ws, seen: make(chan any, 64)}
	ws.SetPingHandler(func(string) error {
		l.seen <- "ping"
		return nil
	})
	attach := &troupev1.Attach{Rest: troupev1.Rest_REST_LIVE}
	for _, req := range []*troupev1.Request{request(&troupev1.Login{UserId: user}), request(attach)} {
		require.NoError(w.t, ws.WriteMessage(websocket.BinaryMessage, protocol.EncodeRequest(protocol.Binary, req)))
	}
	go l.read()
	for range 2 {
		require.Equal(w.t, int32(0), l.next())
	}
	return l
}

func (l *lurker) read() {
	for {
		_, data, err := l.ws.ReadMessage()
		if err != nil {
			l.seen <- err
			return
		}
		_ = protocol.DecodeFrames(protocol.Binary, data, func(f *troupev1.Frame) {
			if a := f.GetAnswer(); a != nil {
				l.seen <- a.GetCode()
				return
			}
			l.seen <- f.GetEvent().GetMessage().GetElements()[0].GetText().GetText()
		})
	}
}

func (l *lurker) next() any {
	l.t.Helper()
	select {
	case s := <-l.seen:
		return s
	case <-time.After(patience):
		require.FailNow(l.t, "nothing came")
		return nil
	}
}

// closes asserts that the next thing that comes is a close.
func (l *lurker) closes(code int) {
	l.t.Helper()
	next := l.next()
	err, _ := next.(error)
	var closed *websocket.CloseError
	require.ErrorAs(l.t, err, &closed, "%v", next)
	require.Equal(l.t, code, closed.Code)
}
