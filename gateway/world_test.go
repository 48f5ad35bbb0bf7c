package gateway

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// patience bounds how long a test waits for what must come.
const patience = 60 * time.Second

// stubSession keeps what the edge tells it.
type stubSession struct {
	conn     actors.Conn
	requests chan *troupev1.Request
	lagged   chan struct{}
	closed   chan struct{}
	// onRequest, if set, replaces the channel.
	onRequest func(*stubSession, *troupev1.Request)
}

func (s *stubSession) Request(r *troupev1.Request) {
	if s.onRequest != nil {
		s.onRequest(s, r)
		return
	}
	s.requests <- r
}

func (s *stubSession) Lagged() { s.lagged <- struct{}{} }

// Closed panics if it is called twice.
func (s *stubSession) Closed() { close(s.closed) }

// stubOpener hands out stub sessions.
type stubOpener struct {
	opened    chan *stubSession
	onRequest func(*stubSession, *troupev1.Request)
	// guest leaves sessions without login.
	guest bool
	// broken makes opening panic.
	broken atomic.Bool
	// early, if set, is what a session does before the edge knows it.
	early func(*stubSession)
}

func (o *stubOpener) Open(c actors.Conn) actors.Session {
	if o.broken.Load() {
		panic("defect")
	}
	s := &stubSession{
		conn: c, requests: make(chan *troupev1.Request, 4096), lagged: make(chan struct{}, 64),
		closed: make(chan struct{}), onRequest: o.onRequest,
	}
	if !o.guest {
		c.SignedIn()
	}
	if o.early != nil {
		o.early(s)
	}
	o.opened <- s
	return s
}

// world is a running server with a fake clock.
type world struct {
	t      *testing.T
	srv    *Server
	clock  *clockwork.FakeClock
	opener *stubOpener
	addr   string

	mu    sync.Mutex
	ready error
}

func (w *world) setReady(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ready = err
}

func newWorld(t *testing.T, cfg Config) *world {
	t.Helper()
	w := &world{
		t: t, clock: clockwork.NewFakeClock(),
		opener: &stubOpener{opened: make(chan *stubSession, 1024)},
	}
	if cfg.CloseTimeout == 0 {
		cfg.CloseTimeout = patience // a close is cut short only where a test wants it
	}
	cfg.Sweepers = 2
	srv, err := New(cfg, Deps{
		Opener: w.opener, Clock: w.clock,
		Ready: func() error {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.ready
		},
		Banned: func(a netip.Addr) bool {
			if a == netip.MustParseAddr("192.0.2.99") {
				panic("defect")
			}
			return a == netip.MustParseAddr("192.0.2.66")
		},
		Mode: func() string { return "disk_full" },
	})
	require.NoError(t, err)
	w.srv = srv
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w.addr = l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, w.clock.BlockUntilContext(ctx, 2))
	t.Cleanup(func() {
		over, cancel := context.WithCancel(context.Background())
		cancel()
		_ = srv.Shutdown(over)
		require.NoError(t, <-served)
		require.Zero(t, srv.Connections())
	})
	return w
}

// client is the other end of a connection.
type client struct {
	t     *testing.T
	ws    *websocket.Conn
	codec protocol.Codec
	frame []*troupev1.Frame
}

func (w *world) dial(codec protocol.Codec) (*client, *stubSession) {
	w.t.Helper()
	c, _, err := w.try(codec.String(), nil)
	require.NoError(w.t, err)
	session := w.session()
	// The clock may move from here on, so the sweeper has to know of it.
	conn := session.conn.(*conn)
	sw := w.srv.edge.sweeper(conn.id)
	require.Eventually(w.t, func() bool {
		sw.mu.Lock()
		defer sw.mu.Unlock()
		return !conn.sweep.gone
	}, patience, time.Millisecond)
	return c, session
}

func (w *world) try(subprotocol string, header http.Header) (*client, *http.Response, error) {
	d := websocket.Dialer{HandshakeTimeout: patience}
	if subprotocol != "" {
		d.Subprotocols = []string{subprotocol}
	}
	ws, resp, err := d.Dial("ws://"+w.addr+"/ws", header)
	if err != nil {
		return nil, resp, err
	}
	w.t.Cleanup(func() { _ = ws.Close() })
	codec, _ := protocol.CodecOf(ws.Subprotocol())
	return &client{t: w.t, ws: ws, codec: codec}, resp, nil
}

func (w *world) session() *stubSession { return take(w.t, w.opener.opened) }

// take waits for a value.
func take[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}

func pingRequest(id string) *troupev1.Request {
	return &troupev1.Request{RequestId: id, Op: &troupev1.Request_Ping{Ping: &troupev1.Ping{}}}
}

func (c *client) send(reqs ...*troupev1.Request) {
	c.t.Helper()
	for _, r := range reqs {
		c.sendRaw(c.messageType(), protocol.EncodeRequest(c.codec, r))
	}
}

func (c *client) messageType() int {
	if c.codec == protocol.JSON {
		return websocket.TextMessage
	}
	return websocket.BinaryMessage
}

func (c *client) sendRaw(messageType int, data []byte) {
	c.t.Helper()
	require.NoError(c.t, c.ws.WriteMessage(messageType, data))
}

// next is the next frame.
func (c *client) next() *troupev1.Frame {
	c.t.Helper()
	f, err := c.read()
	require.NoError(c.t, err)
	return f
}

func (c *client) read() (*troupev1.Frame, error) {
	for len(c.frame) == 0 {
		_ = c.ws.SetReadDeadline(time.Now().Add(patience))
		mt, data, err := c.ws.ReadMessage()
		if err != nil {
			return nil, err
		}
		if mt != c.messageType() {
			return nil, errors.New("message type does not fit the codec")
		}
		if err := protocol.DecodeFrames(c.codec, data, func(f *troupev1.Frame) { c.frame = append(c.frame, f) }); err != nil {
			return nil, err
		}
	}
	f := c.frame[0]
	c.frame = c.frame[1:]
	return f, nil
}

// closed reads until the close and gives what came before.
func (c *client) closed() (*websocket.CloseError, []*troupev1.Frame) {
	c.t.Helper()
	var before []*troupev1.Frame
	for {
		f, err := c.read()
		if err == nil {
			before = append(before, f)
			continue
		}
		var ce *websocket.CloseError
		require.ErrorAs(c.t, err, &ce)
		return ce, before
	}
}

func answerFrame(id string) *protocol.Frame {
	return protocol.NewFrame(protocol.ClassAnswer, &troupev1.Frame{Frame: &troupev1.Frame_Answer{
		Answer: &troupev1.Answer{RequestId: id, Code: proto.Int32(0)},
	}})
}

// messageFrame is a message with a text of so many bytes.
func messageFrame(class protocol.Class, stream group.StreamID, seq uint64, size int) *protocol.Frame {
	id := "stream"
	if class == protocol.ClassLive {
		id = "room"
	}
	f := protocol.NewFrame(class, &troupev1.Frame{Frame: &troupev1.Frame_Event{Event: &troupev1.Event{
		Event: &troupev1.Event_Message{Message: &troupev1.Message{
			Conversation: &troupev1.Conversation{Type: troupev1.ConversationType_CONVERSATION_TYPE_GROUP, Id: id},
			Seq:          seq,
			Elements: []*troupev1.Element{{Element: &troupev1.Element_Text{
				Text: &troupev1.Text{Text: string(make([]byte, size))},
			}}},
		}},
	}}})
	f.Stream, f.Seq, f.Discardable = stream, seq, true
	if class == protocol.ClassLive {
		f.Priority = group.PriorityNormal
	}
	return f
}
