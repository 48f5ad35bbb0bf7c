//go:build linux

package swarm

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// fakeServer answers everything with code 0 and gives messages to all others.
// For each message it may spoil what it sends to the connection with a number.
type fakeServer struct {
	net.Listener
	refuse int // so many handshakes are refused first
	spoil  func(conn int, seq uint64, frame []byte) [][]byte

	mu    sync.Mutex
	conns []*fakeConn
	seq   uint64
	// noTickets refuses them.
	noTickets bool
}

type fakeConn struct {
	net.Conn
	number int
	user   string
}

func startFake(t *testing.T, refuse int, spoil func(conn int, seq uint64, frame []byte) [][]byte) *fakeServer {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &fakeServer{Listener: l, refuse: refuse, spoil: spoil}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		s.mu.Lock()
		for _, c := range s.conns {
			_ = c.Close()
		}
		s.mu.Unlock()
		all.Wait()
	})
	return s
}

func (s *fakeServer) serve(nc net.Conn) {
	defer func() { _ = nc.Close() }()
	in := bufio.NewReader(nc)
	if _, err := http.ReadRequest(in); err != nil {
		return
	}
	s.mu.Lock()
	s.refuse--
	refused := s.refuse >= 0
	c := &fakeConn{Conn: nc, number: len(s.conns)}
	if !refused {
		s.conns = append(s.conns, c)
	}
	s.mu.Unlock()
	if refused {
		_, _ = io.WriteString(nc, "HTTP/1.1 503 Service Unavailable\r\n\r\n")
		return
	}
	_, _ = io.WriteString(nc, "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: "+upgradeAccept+"\r\n\r\n")
	for {
		head := make([]byte, 2)
		if _, err := io.ReadFull(in, head); err != nil {
			return
		}
		size := int(head[1] & 0x7f)
		if size == 126 {
			long := make([]byte, 2)
			_, _ = io.ReadFull(in, long)
			size = int(long[0])<<8 | int(long[1])
		}
		body := make([]byte, 4+size)
		if _, err := io.ReadFull(in, body); err != nil {
			return
		}
		_ = protocol.DecodeRequests(protocol.Binary, body[4:], func(r *troupev1.Request) { s.request(c, r) })
	}
}

func (s *fakeServer) request(c *fakeConn, r *troupev1.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	zero := int32(0)
	a := &troupev1.Answer{RequestId: r.GetRequestId(), Code: &zero}
	m := r.GetSendMessage()
	if m != nil {
		s.seq++
		a.Result = &troupev1.Answer_SendMessage{SendMessage: &troupev1.SendMessageResult{Seq: s.seq}}
	}
	if l := r.GetLogin(); l != nil {
		c.user = l.GetUserId()
		if l.GetResumeTicket() != "" && (s.noTickets || l.GetResumeTicket() != "of "+c.user || l.GetToken() != "") {
			refused := int32(protocol.CodeResumeRefused)
			a.Code = &refused
		}
		a.Result = &troupev1.Answer_Login{Login: &troupev1.LoginResult{ResumeTicket: &troupev1.ResumeTicket{Ticket: "of " + c.user}}}
	}
	_, _ = c.Write(frameOf(&troupev1.Frame{Frame: &troupev1.Frame_Answer{Answer: a}}))
	if m == nil {
		return
	}
	frame := frameOf(&troupev1.Frame{Frame: &troupev1.Frame_Event{Event: &troupev1.Event{Event: &troupev1.Event_Message{Message: &troupev1.Message{
		Conversation: m.GetConversation(), SenderId: c.user, Seq: s.seq, Elements: m.GetElements(),
	}}}}})
	for _, to := range s.conns {
		if to == c {
			continue
		}
		out := [][]byte{frame}
		if s.spoil != nil {
			out = s.spoil(to.number, s.seq, frame)
		}
		for _, f := range out { // in two pieces: frames arrive in parts
			_, _ = to.Write(f[:len(f)/2])
			_, _ = to.Write(f[len(f)/2:])
		}
	}
}

// play has one publisher send to some receivers through sockets.
func play(t *testing.T, server *fakeServer, receivers, messages int) (*Swarm, *Verdict) {
	t.Helper()
	s, err := New(Options{
		URL: "ws://" + server.Addr().String() + "/ws", Codec: protocol.Binary, Sources: 3, Loops: 3, Ring: 16,
		Run: "run", Tokens: func(string) string { return "" },
	})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	room := s.Room("stage", false)
	logIn := func(c *Conn, step int, _ func() *troupev1.Answer) *troupev1.Request {
		if step == 0 {
			return c.Login()
		}
		return nil
	}
	speaker := s.Conn(2, "ann", logIn)
	speaker.Sit(room)
	require.NoError(t, s.Open(t.Context(), []*Conn{speaker}, Pace{}))
	conns := make([]*Conn, receivers)
	for i := range conns {
		conns[i] = s.Conn(i%2, fmt.Sprintf("bob%d", i), logIn)
		conns[i].Sit(room)
	}
	require.NoError(t, s.Open(t.Context(), conns, Pace{AtOnce: 4, PerSecond: 5000}))
	s.Begin(room, 1)
	p := s.Publisher(speaker, room, 80)
	for range messages {
		require.NoError(t, p.Send(Now()))
	}
	// What was asked behind all of it is answered behind it.
	require.NoError(t, s.Continue(t.Context(), []*Conn{speaker}, ping, 1))
	_ = s.Continue(t.Context(), conns, ping, len(conns)) // who was cut off does not answer
	v, err := s.Finish(t.Context(), 0)
	require.NoError(t, err)
	return s, v
}

// ping is a script that asks once.
func ping(_ *Conn, step int, _ func() *troupev1.Answer) *troupev1.Request {
	if step == 0 {
		return &troupev1.Request{Op: &troupev1.Request_Ping{Ping: &troupev1.Ping{}}}
	}
	return nil
}

func TestSwarm(t *testing.T) {
	server := startFake(t, 3, nil) // refused handshakes are tried again
	s, v := play(t, server, 20, 50)
	require.NoError(t, v.Err(false), "%v", v.Faults)
	require.EqualValues(t, 21*50, v.Expected)
	require.EqualValues(t, 20*50, v.Messages)
	require.EqualValues(t, 50, v.Own)
	require.EqualValues(t, 50, v.Accepted)
	require.EqualValues(t, 3, s.Redials())
}

// What goes wrong between the server and one receiver of many is noticed.
func TestSwarmNotices(t *testing.T) {
	at := func(seq uint64, change func(frame []byte) [][]byte) func(int, uint64, []byte) [][]byte {
		return func(conn int, n uint64, frame []byte) [][]byte {
			if conn == 7 && n == seq {
				return change(frame)
			}
			return [][]byte{frame}
		}
	}
	var held []byte
	for name, c := range map[string]struct {
		spoil func(int, uint64, []byte) [][]byte
		want  string
	}{
		"lost":      {at(10, func([]byte) [][]byte { return nil }), "1 lost"},
		"lost last": {at(20, func([]byte) [][]byte { return nil }), "1 lost"},
		"doubled":   {at(10, func(f []byte) [][]byte { return [][]byte{f, f} }), "1 doubled"},
		"changed": {at(10, func(f []byte) [][]byte {
			g := append([]byte(nil), f...)
			g[len(g)-3] ^= 2
			return [][]byte{g}
		}), "1 changed"},
		"swapped": {func(conn int, n uint64, frame []byte) [][]byte {
			switch {
			case conn == 7 && n == 10:
				held = frame
				return nil
			case conn == 7 && n == 11:
				return [][]byte{frame, held}
			}
			return [][]byte{frame}
		}, "1 reordered"},
		"cut": {at(10, func([]byte) [][]byte { return [][]byte{{0x88, 2, 0x0f, 0xa1}} }), "1 connections ended"},
	} {
		t.Run(name, func(t *testing.T) {
			_, v := play(t, startFake(t, 0, c.spoil), 10, 20)
			require.ErrorContains(t, v.Err(true), c.want)
			require.NotEmpty(t, v.Faults)
		})
	}
}

func TestOpenGivesUp(t *testing.T) {
	server := startFake(t, maxDials, nil)
	s, err := New(Options{URL: "ws://" + server.Addr().String() + "/ws", Codec: protocol.Binary, Tokens: func(string) string { return "" }})
	require.NoError(t, err)
	defer s.Close()
	refused := s.Conn(0, "ann", func(c *Conn, step int, answer func() *troupev1.Answer) *troupev1.Request { return c.Login() })
	err = s.Open(t.Context(), []*Conn{refused}, Pace{})
	var status *errUpgrade
	require.True(t, errors.As(err, &status), "%v", err)
	require.True(t, strings.Contains(status.status, "503"))

	_, err = New(Options{URL: "wss://127.0.0.1:1/ws"})
	require.ErrorContains(t, err, "want ws://")
}
