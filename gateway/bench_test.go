package gateway

import (
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gorilla/websocket"
	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// sink is a socket that takes everything at once.
type sink struct {
	net.Conn
	writes atomic.Int64
}

func (s *sink) Write(b []byte) (int, error)      { s.writes.Add(1); return len(b), nil }
func (s *sink) SetWriteDeadline(time.Time) error { return nil }
func (s *sink) SetDeadline(time.Time) error      { return nil }
func (s *sink) Close() error                     { return nil }

// newTestEdge is an edge without server and goroutines.
func newTestEdge(t testing.TB, cfg Config) *edge {
	t.Helper()
	e := newEdge(cfg.withDefaults(), Deps{}.withDefaults())
	m, err := newMetrics(prometheus.NewRegistry(), func() float64 { return 0 }, func() float64 { return 0 })
	require.NoError(t, err)
	e.metrics, e.queue.counts = m, m
	t.Cleanup(e.warm.Close)
	return e
}

func benchConn(b *testing.B) (*conn, *sink) {
	b.Helper()
	s := &sink{}
	return &conn{edge: newTestEdge(b, Config{}), net: s, codec: protocol.Binary, sweep: unswept()}, s
}

// BenchmarkQueue is one frame through the queue, without socket and goroutine.
func BenchmarkQueue(b *testing.B) {
	f := messageFrame(protocol.ClassNumbered, 1, 1, 200)
	size := len(f.Bytes(protocol.Binary))
	for _, n := range []int{1, 16, 100} {
		b.Run(fmt.Sprintf("%d per write", n), func(b *testing.B) {
			q := newQueue(testRules(256, 256<<10), protocol.Binary)
			var buf joinBuffer
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				q.push(f, size, 0)
				if i%n != n-1 {
					continue
				}
				for q.take(&buf) != nil {
					q.written(0)
				}
			}
		})
	}
}

// BenchmarkPush is one frame through the outbox to a socket that costs nothing.
func BenchmarkPush(b *testing.B) {
	b.Run("one at a time", func(b *testing.B) {
		c, _ := benchConn(b)
		f := messageFrame(protocol.ClassNumbered, 1, 1, 200)
		b.ReportAllocs()
		for b.Loop() {
			c.Push(f)
			for {
				c.out.mu.Lock()
				idle := !c.out.writing
				c.out.mu.Unlock()
				if idle {
					break
				}
			}
		}
	})
	b.Run("back to back", func(b *testing.B) {
		c, s := benchConn(b)
		f := messageFrame(protocol.ClassNumbered, 1, 1, 200)
		b.ReportAllocs()
		for b.Loop() {
			for c.Room() == 0 {
			}
			c.Push(f)
		}
		b.ReportMetric(float64(b.N)/float64(s.writes.Load()), "frames/write")
	})
}

// BenchmarkEcho is a request and its answer over a loopback socket.
func BenchmarkEcho(b *testing.B) {
	srv, err := New(Config{RequestsPerSecond: 1e6, RequestsBurst: 1e6}, Deps{Opener: echoOpener{}, Clock: clockwork.NewRealClock()})
	require.NoError(b, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	go func() { _ = srv.Serve(l) }()
	ws, _, err := (&websocket.Dialer{Subprotocols: subprotocols}).Dial("ws://"+l.Addr().String()+"/ws", nil)
	require.NoError(b, err)
	data := protocol.EncodeRequest(protocol.Binary, pingRequest("abc"))
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, ws.WriteMessage(websocket.BinaryMessage, data))
		_, r, err := ws.NextReader()
		require.NoError(b, err)
		_, _ = io.Copy(io.Discard, r)
	}
	b.StopTimer()
	_ = ws.Close()
	_ = srv.Shutdown(b.Context())
}

type echoOpener struct{}

func (echoOpener) Open(c actors.Conn) actors.Session { c.SignedIn(); return echoSession{c} }

type echoSession struct{ conn actors.Conn }

func (s echoSession) Request(r *troupev1.Request) { s.conn.Push(answerFrame(r.GetRequestId())) }
func (echoSession) Lagged()                       {}
func (echoSession) Closed()                       {}
