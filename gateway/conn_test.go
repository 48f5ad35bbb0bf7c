package gateway

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestPingIsAnswered(t *testing.T) {
	w := newWorld(t, Config{})
	c, s := w.dial(protocol.Binary)
	pong := make(chan string, 1)
	c.ws.SetPongHandler(func(p string) error { pong <- p; return nil })
	require.NoError(t, c.ws.WriteControl(websocket.PingMessage, []byte("hello"), time.Now().Add(patience)))
	s.conn.Push(answerFrame("after")) // the client reads on until here
	for len(pong) == 0 {
		if _, err := c.read(); err != nil {
			break
		}
		s.conn.Push(answerFrame("more"))
	}
	require.Equal(t, "hello", <-pong)
}

// TestHeartbeat: silent for 30 s a ping, for 60 s the end (spec 18.7).
func TestHeartbeat(t *testing.T) {
	w := newWorld(t, Config{})
	c, s := w.dial(protocol.Binary)
	pings := make(chan struct{}, 100)
	c.ws.SetPingHandler(func(string) error { pings <- struct{}{}; return nil }) // a dead client
	ended := make(chan *websocket.CloseError, 1)
	go func() {
		for {
			if _, err := c.read(); err != nil {
				ce, _ := err.(*websocket.CloseError)
				ended <- ce
				return
			}
		}
	}()
	w.clock.Advance(36 * time.Second)
	take(t, pings)
	require.Empty(t, ended)
	w.clock.Advance(30 * time.Second)
	ce := take(t, ended)
	require.NotNil(t, ce)
	require.Equal(t, protocol.CloseSilent, ce.Code)
	take(t, s.closed)
}

// TestCheck walks a connection through its periods without goroutines.
func TestCheck(t *testing.T) {
	w := newWorld(t, Config{})
	c, s := w.dial(protocol.Binary)
	conn := s.conn.(*conn)
	w.srv.edge.sweeper(conn.id).remove(conn) // the test is the sweeper
	ping := func() bool {
		conn.out.mu.Lock()
		defer conn.out.mu.Unlock()
		return conn.sweep.pinged
	}
	at := func(sec int) time.Duration { return time.Duration(sec) * time.Second }
	require.Equal(t, at(29)+maxPeriod, conn.check(at(29)))
	require.False(t, ping())
	conn.check(at(30))
	require.True(t, ping())
	conn.heard.Store(int64(at(31))) // the pong
	conn.check(at(60))
	require.False(t, ping())
	require.False(t, conn.ending())
	conn.check(at(90))
	require.False(t, conn.ending())
	conn.check(at(91))
	require.True(t, conn.ending())
	ce, _ := c.closed()
	require.Equal(t, protocol.CloseSilent, ce.Code)
}

func TestNoLogin(t *testing.T) {
	w := newWorld(t, Config{})
	w.opener.guest = true
	c, s := w.dial(protocol.Binary)
	kept, keptSession := w.dial(protocol.Binary)
	keptSession.conn.SignedIn()
	w.clock.Advance(16 * time.Second)
	ce, _ := c.closed()
	require.Equal(t, protocol.CloseNoLogin, ce.Code)
	take(t, s.closed)
	kept.send(pingRequest("still here"))
	take(t, keptSession.requests)
}

func TestClientCloses(t *testing.T) {
	w := newWorld(t, Config{})
	c, s := w.dial(protocol.Binary)
	require.NoError(t, c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4711, "x"), time.Now().Add(patience)))
	ce, _ := c.closed()
	require.Equal(t, 4711, ce.Code)
	take(t, s.closed)
	require.False(t, s.conn.Push(answerFrame("late")))
	require.Positive(t, s.conn.Room(), "nobody waits in vain")
}

func TestClientVanishes(t *testing.T) {
	w := newWorld(t, Config{})
	c, s := w.dial(protocol.Binary)
	gone := make(chan struct{})
	require.NoError(t, c.ws.NetConn().Close())
	take(t, s.closed)
	s.conn.WhenRoom(func() { close(gone) })
	take(t, gone)
	s.conn.Close(1000, "too late")
}

func TestClose(t *testing.T) {
	tests := []struct {
		name string
		code int
		want string
	}{
		{"logout", protocol.CloseNormal, "kicked m1 answer(a)"},
		{"going away", protocol.CloseGoingAway, "kicked m1 answer(a)"},
		{"refused", protocol.CloseRefused, "kicked answer(a)"},
		{"replaced", protocol.CloseReplaced, "kicked"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, Config{})
			c, s := w.dial(protocol.Binary)
			conn := s.conn.(*conn)
			conn.out.mu.Lock() // no writer may start before all is queued
			conn.out.writing = true
			conn.out.mu.Unlock()
			s.conn.Push(numbered(1))
			s.conn.Push(answerFrame("a"))
			s.conn.Push(protocol.KickedOffline("x"))
			conn.out.mu.Lock()
			conn.out.writing = false
			conn.out.mu.Unlock()
			s.conn.Close(tt.code, "because")
			s.conn.Close(4999, "the first close counts")
			require.False(t, s.conn.Push(answerFrame("b")))
			ce, before := c.closed()
			require.Equal(t, tt.code, ce.Code)
			require.Equal(t, "because", ce.Text)
			require.Equal(t, tt.want, brief(before))
			take(t, s.closed)
		})
	}
}

func TestCloseWithoutAnswerFromClient(t *testing.T) {
	w := newWorld(t, Config{CloseTimeout: 20 * time.Millisecond})
	_, s := w.dial(protocol.Binary) // reads nothing, so it does not answer
	s.conn.Close(protocol.CloseRefused, "")
	take(t, s.closed)
}

func TestRoom(t *testing.T) {
	w := newWorld(t, Config{QueueFrames: 16})
	c, s := w.dial(protocol.Binary)
	require.Equal(t, 8, s.conn.Room())
	empty := make(chan struct{}, 1)
	s.conn.WhenRoom(func() { empty <- struct{}{} })
	take(t, empty)

	conn := s.conn.(*conn)
	conn.out.mu.Lock()
	conn.out.writing = true // as if a write were under way
	conn.out.mu.Unlock()
	for seq := range uint64(3) {
		s.conn.Push(numbered(seq))
	}
	require.Equal(t, 5, s.conn.Room())
	s.conn.WhenRoom(func() { empty <- struct{}{} })
	require.Empty(t, empty)
	go conn.write(nil)
	require.Equal(t, "m0 m1 m2", brief([]*troupev1.Frame{c.next(), c.next(), c.next()}))
	take(t, empty)
	require.Eventually(t, func() bool { return s.conn.Room() == 8 }, patience, time.Millisecond)
}

// TestIdleConnectionHasNoQueue: what waits is given back (memory).
func TestIdleConnectionHasNoQueue(t *testing.T) {
	w := newWorld(t, Config{})
	c, s := w.dial(protocol.Binary)
	conn := s.conn.(*conn)
	for i := range uint64(200) {
		s.conn.Push(numbered(i))
		c.next()
	}
	require.Eventually(t, func() bool {
		conn.out.mu.Lock()
		defer conn.out.mu.Unlock()
		return conn.out.q == nil && !conn.out.writing
	}, patience, time.Millisecond)
}

// TestSlowReader: a client that stops reading goes down the ladder; when it
// reads again it finds level_changed and lagging; when it does not, 4001.
func TestSlowReader(t *testing.T) {
	stall := func(t *testing.T) (*world, *client, *stubSession) {
		w := newWorld(t, Config{SendBuffer: 4096, CloseTimeout: 20 * time.Millisecond}) // nobody answers a close
		d := websocket.Dialer{
			Subprotocols: []string{"troupe.v1"},
			NetDial: func(network, addr string) (net.Conn, error) {
				c, err := net.Dial(network, addr)
				if err == nil {
					err = c.(*net.TCPConn).SetReadBuffer(4096)
				}
				return c, err
			},
		}
		ws, _, err := d.Dial("ws://"+w.addr+"/ws", nil)
		require.NoError(t, err)
		t.Cleanup(func() { _ = ws.Close() })
		s := w.session()
		seq := uint64(0)
		for len(s.lagged) == 0 {
			seq++
			s.conn.Push(messageFrame(protocol.ClassNumbered, 1, seq, 3000))
			require.Less(t, seq, uint64(100000))
		}
		<-s.lagged
		require.False(t, s.conn.Push(numbered(seq+1)))
		s.conn.Lagged(nil, protocol.Lagging(true, []group.ID{"g"}))
		return w, &client{t: t, ws: ws, codec: protocol.Binary}, s
	}
	t.Run("comes back", func(t *testing.T) {
		_, c, s := stall(t)
		var last uint64
		for {
			f := c.next()
			if m := f.GetEvent().GetMessage(); m != nil {
				require.Equal(t, last+1, m.GetSeq())
				last = m.GetSeq()
				continue
			}
			if f.GetEvent().GetLagging() != nil {
				break
			}
		}
		require.Equal(t, "folded/recovered", brief([]*troupev1.Frame{c.next()}))
		require.True(t, s.conn.Push(numbered(last+1)))
		require.Equal(t, last+1, c.next().GetEvent().GetMessage().GetSeq())
	})
	t.Run("says goodbye and reads no more", func(t *testing.T) {
		w, c, s := stall(t)
		_, err := c.ws.NetConn().Write([]byte(frame(fin|opClose, closing(1000, ""))))
		require.NoError(t, err)
		take(t, s.closed)
		require.Eventually(t, func() bool { return w.srv.Connections() == 0 }, patience, time.Millisecond)
		require.Error(t, s.conn.(*conn).raw.Control(func(uintptr) {}), "what is not counted any more is closed")
	})
	t.Run("stays away", func(t *testing.T) {
		w, _, s := stall(t)
		// The client is alive, it only does not read. The kernel may still take
		// some of what is pushed.
		require.Eventually(t, func() bool {
			for range 100 {
				s.conn.Push(messageFrame(protocol.ClassNumbered, 1, 1, 3000))
			}
			select {
			case <-s.lagged:
				s.conn.Lagged(nil, protocol.Lagging(true, nil))
			default:
			}
			w.clock.Advance(5 * time.Second)
			s.conn.(*conn).heard.Store(int64(w.srv.edge.now()))
			select {
			case <-s.closed:
				return true
			default:
				return false
			}
		}, patience, time.Millisecond)
		require.Equal(t, uint16(protocol.CloseTooSlow), s.conn.(*conn).out.code)
	})
}

func TestDrain(t *testing.T) {
	w := newWorld(t, Config{AnswerWait: 12 * time.Second})
	const n = 20
	type end struct {
		code, wait int
		at         time.Duration
	}
	ends := make(chan end, n)
	sessions := make([]*stubSession, n)
	for i := range n {
		c, s := w.dial(protocol.Binary)
		sessions[i] = s
		if i == 0 {
			c.send(pingRequest("in hand"))
			take(t, s.requests)
		}
		go func() {
			for {
				if _, err := c.read(); err != nil {
					ce, _ := err.(*websocket.CloseError)
					wait, _ := strconv.Atoi(ce.Text)
					ends <- end{ce.Code, wait, w.srv.edge.now()}
					return
				}
			}
		}()
	}
	done := make(chan error, 1)
	go func() { done <- w.srv.Shutdown(context.Background()) }()
	require.Eventually(t, w.srv.draining.Load, patience, time.Millisecond)
	_, resp, err := w.try("troupe.v1", nil)
	require.Error(t, err)
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	require.NotEmpty(t, resp.Header.Get("Retry-After"))

	var got []end
	for half := range 2 {
		w.clock.Advance(5 * time.Second)
		// Half of them in half the window; one waits for its answer.
		for len(got) < n/2*(half+1)-1 {
			got = append(got, take(t, ends))
		}
	}
	require.True(t, sessions[0].conn.Push(answerFrame("in hand")), "calls work until the close")
	w.clock.Advance(time.Second)
	for len(got) < n {
		got = append(got, take(t, ends))
	}
	require.NoError(t, take(t, done))
	var slots [3]int
	for _, e := range got {
		require.Equal(t, protocol.CloseGoingAway, e.code)
		back := e.at + time.Duration(e.wait)*time.Millisecond - 10*time.Second
		require.GreaterOrEqual(t, back, -time.Second)
		slots[min(max(int(back/(10*time.Second)), 0), 2)]++
	}
	for _, c := range slots {
		require.InDelta(t, n/3, c, 3, "returns are spread evenly: %v", slots)
	}
}

func TestShutdownCutShort(t *testing.T) {
	w := newWorld(t, Config{})
	c, s := w.dial(protocol.Binary)
	c.send(pingRequest("never answered"))
	take(t, s.requests)
	ended := make(chan error, 1)
	go func() { // the client answers the close
		_, err := c.read()
		ended <- err
	}()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, w.srv.Shutdown(ctx), context.Canceled)
	var ce *websocket.CloseError
	require.ErrorAs(t, take(t, ended), &ce)
	require.Equal(t, protocol.CloseGoingAway, ce.Code)
	require.NoError(t, w.srv.Shutdown(ctx), "further calls do nothing")
}
