package client

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func dialConn(t *testing.T, o ConnOptions) (*Conn, *peer) {
	t.Helper()
	f := newFake(t)
	c, err := DialConn(within(t), f.url, o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Abort() })
	return c, f.accept(t)
}

var pingRequest = &troupev1.Request{RequestId: "1", Op: &troupev1.Request_Ping{Ping: &troupev1.Ping{}}}

func TestConnSpeaksBothCodecs(t *testing.T) {
	for _, codec := range []protocol.Codec{protocol.Binary, protocol.JSON} {
		t.Run(codec.String(), func(t *testing.T) {
			c, p := dialConn(t, ConnOptions{Codec: codec})
			require.Equal(t, codec, c.Codec())
			require.Equal(t, codec, p.codec)
			require.NoError(t, c.Send(pingRequest))
			require.Empty(t, cmp.Diff(pingRequest, p.next(), protocmp.Transform()))
			p.say(messages("hall", 1, 3)...)
			for n := uint64(1); n <= 3; n++ {
				f, err := c.Recv(context.Background())
				require.NoError(t, err)
				require.Equal(t, n, f.GetEvent().GetMessage().GetSeq())
			}
		})
	}
}

func TestConnGivingUpLosesNothing(t *testing.T) {
	c, p := dialConn(t, ConnOptions{})
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := c.Recv(gone)
	require.ErrorIs(t, err, context.Canceled)
	p.say(messages("hall", 1, 2)...)
	for n := uint64(1); n <= 2; n++ {
		f, err := c.Recv(context.Background())
		require.NoError(t, err)
		require.Equal(t, n, f.GetEvent().GetMessage().GetSeq())
	}
}

func TestConnEnds(t *testing.T) {
	// With and without the reading goroutine.
	for name, ctx := range map[string]func(*testing.T) context.Context{
		"caller reads": func(*testing.T) context.Context { return context.Background() },
		"pump reads":   within,
	} {
		t.Run(name, func(t *testing.T) {
			for _, tc := range []struct {
				name string
				end  func(*Conn, *peer)
				want func(*testing.T, error)
			}{
				{"closed by the server", func(_ *Conn, p *peer) { p.close(4503, "banned") }, func(t *testing.T, err error) {
					var closed *CloseError
					require.ErrorAs(t, err, &closed)
					require.Equal(t, CloseError{4503, "banned"}, *closed)
				}},
				{"cut", func(_ *Conn, p *peer) { p.cut() }, func(t *testing.T, err error) {
					var closed *CloseError
					require.ErrorAs(t, err, &closed)
					require.Equal(t, websocket.CloseAbnormalClosure, closed.Code)
				}},
				{"closed", func(c *Conn, _ *peer) { _ = c.Close() }, func(t *testing.T, err error) { require.ErrorIs(t, err, ErrClosed) }},
				{"aborted", func(c *Conn, _ *peer) { _ = c.Abort() }, func(t *testing.T, err error) { require.ErrorIs(t, err, ErrClosed) }},
				{"malformed", func(_ *Conn, p *peer) { _ = p.ws.WriteMessage(websocket.BinaryMessage, []byte{9, 1}) }, func(t *testing.T, err error) {
					require.ErrorContains(t, err, "malformed")
				}},
			} {
				t.Run(tc.name, func(t *testing.T) {
					c, p := dialConn(t, ConnOptions{})
					tc.end(c, p)
					for range 3 { // the end stays the end
						_, err := c.Recv(ctx(t))
						require.Error(t, err)
						if name == "caller reads" {
							tc.want(t, err)
						}
					}
				})
			}
		})
	}
}

func TestConnCloseSaysGoodbye(t *testing.T) {
	c, p := dialConn(t, ConnOptions{})
	require.NoError(t, c.CloseWith(4444, "bye"))
	_, _, err := p.ws.ReadMessage()
	require.True(t, websocket.IsCloseError(err, 4444), err)
	require.NoError(t, c.Close())
	require.Error(t, c.Send(pingRequest))
}

func TestConnRefusesTooLargeMessages(t *testing.T) {
	c, p := dialConn(t, ConnOptions{MaxMessage: 1000})
	p.say(messages("hall", 1, 100)...)
	_, err := c.Recv(context.Background())
	require.ErrorIs(t, err, websocket.ErrReadLimit)
}

func TestConnDialer(t *testing.T) {
	f := newFake(t)
	var asked string
	c, err := DialConn(within(t), f.url, ConnOptions{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		asked = address
		return new(net.Dialer).DialContext(ctx, network, address)
	}})
	require.NoError(t, err)
	require.Equal(t, "ws://"+asked, f.url)
	require.NotNil(t, c.LocalAddr())
	require.NoError(t, c.Close())
}

func TestDialConnFails(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		for _, status := range []int{http.StatusForbidden, http.StatusServiceUnavailable} {
			t.Run(strconv.Itoa(status), func(t *testing.T) {
				f := newFake(t)
				f.refuse = func(w http.ResponseWriter) bool { w.WriteHeader(status); return true }
				_, err := DialConn(within(t), f.url, ConnOptions{})
				var refused *HandshakeError
				require.ErrorAs(t, err, &refused)
				require.Equal(t, status, refused.Status)
			})
		}
	})
	t.Run("no server", func(t *testing.T) {
		_, err := DialConn(within(t), "ws://127.0.0.1:1/ws", ConnOptions{})
		var network *net.OpError
		require.ErrorAs(t, err, &network)
	})
	t.Run("no time", func(t *testing.T) {
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := DialConn(gone, newFake(t).url, ConnOptions{})
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("a server that speaks something else", func(t *testing.T) {
		f := newFake(t)
		f.speaks = []string{"chat"}
		_, err := DialConn(within(t), f.url, ConnOptions{})
		require.ErrorContains(t, err, "does not speak troupe.v1")
		f.accept(t).cut()
	})
}
