package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/gateway"
	"github.com/troupe-im/troupe/persistence/journaltest"
	"github.com/troupe-im/troupe/persistence/memory"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// later are refusals that ask to come back: nothing was done.
func later(t *testing.T, list []*troupev1.Answer) {
	t.Helper()
	for _, a := range list {
		require.Equal(t, "rate_limited", a.GetError(), "%v", a)
		require.Positive(t, a.GetDetails().GetRetryAfterMs())
	}
}

// 50 requests a second, 100 at once; beyond that they are refused, and who does
// not stop for more than 10 s is sent away.
func TestConnTooFast(t *testing.T) {
	t.Parallel()
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) {
			h := newHall(t, server.Options{}, func(c *config.Config) {
				d := config.Default().Limits
				c.Limits.RequestsPerSecond, c.Limits.RequestsBurst = d.RequestsPerSecond, d.RequestsBurst
				c.Limits.TooFastAfter = d.TooFastAfter
			})
			fast := h.dial(codec)
			fast.post(100, ping)
			require.Len(t, coded(fast.answers(100), 0), 100, "a burst")
			fast.post(20, ping)
			list := fast.answers(20)
			require.Len(t, list, 20)
			later(t, list)
			h.advance(time.Second)
			fast.post(51, ping)
			list = fast.answers(51)
			require.Len(t, coded(list, 0), 50, "what a second gives")
			later(t, coded(list, 10006))
			// That period of refusals began just now.
			for range 20 {
				h.advance(500 * time.Millisecond)
				fast.post(26, ping)
				require.Len(t, coded(fast.answers(26), 10006), 1)
			}
			h.advance(500 * time.Millisecond)
			fast.post(26, ping)
			e := fast.ending()
			require.Equal(t, protocol.CloseTooFast, e.code, e.reason)
			later(t, coded(e.answers, 10006))
			require.Empty(t, e.events)
			h.goesOn()
		})
	}
}

// A refusal costs nothing: what was refused has not happened.
func TestConnRateRefusesMessages(t *testing.T) {
	t.Parallel()
	h := newHall(t, server.Options{}, func(c *config.Config) {
		c.Limits.RequestsPerSecond, c.Limits.RequestsBurst = 1, 20
	}, unlimited)
	h.eve.post(30, func(int) *troupev1.Request { return request(text(h.g, "fast")) })
	list := h.eve.answers(30)
	done := coded(list, 0)
	require.Greater(t, len(done), 10)
	later(t, coded(list, 10006))
	require.Len(t, coded(list, 10006), 30-len(done))
	h.advance(time.Minute)
	require.Equal(t, upTo(2, uint64(1+len(done))), seqs(h.bob.hear().exactly(counts{messages: len(done)}).messages))
	forget(h.alice)
	h.goesOn()
}

// 64 requests may be unanswered; the next is refused, the 64 are carried out.
func TestConnUnanswered(t *testing.T) {
	t.Parallel()
	j := journaltest.NewFaulty(memory.New())
	h := newHall(t, server.Options{Journal: j, Epoch: j.Epoch()}, unlimited)
	goOn, reached := make(chan struct{}), make(chan struct{})
	j.Fail(1, journaltest.Fault{Hold: goOn, Reached: reached})
	h.eve.post(65, func(int) *troupev1.Request { return request(text(h.g, "waits")) })
	<-reached
	refused := h.eve.answers(1)
	later(t, refused)
	h.eve.post(1, ping)
	later(t, h.eve.answers(1))
	other := h.login("eve", "other")
	other.ok(&troupev1.Ping{})
	h.bob.ok(&troupev1.Ping{})
	close(goOn)
	list := h.eve.answers(64)
	require.Len(t, coded(list, 0), 64)
	h.eve.ok(&troupev1.Ping{})
	heard := h.bob.hear().exactly(counts{messages: 64})
	require.Equal(t, upTo(2, 65), seqs(heard.messages))
	forget(h.alice)
	h.goesOn()
}

// Ten messages a second for each user and group, twenty at once.
func TestConnMessageRate(t *testing.T) {
	t.Parallel()
	h := newHall(t, server.Options{})
	other := h.eve.create(troupev1.Kind_KIND_CUSTOM, "other")
	send := func(g string, n int) []*troupev1.Answer {
		h.eve.post(n, func(int) *troupev1.Request { return request(text(g, "m")) })
		return h.eve.answers(n)
	}
	list := send(h.g, 21)
	require.Len(t, coded(list, 0), 20)
	later(t, coded(list, 10006))
	require.Len(t, coded(send(other, 20), 0), 20, "each group by itself")
	h.bob.ok(text(h.g, "each user by itself"))
	h.advance(100 * time.Millisecond)
	require.Len(t, coded(send(h.g, 2), 0), 1)
	forget(h.alice)
	// 22 is bob's own.
	require.Equal(t, append(upTo(2, 21), 23), seqs(h.bob.hear().exactly(counts{messages: 21}).messages))
	h.goesOn()
}

// The third malformed frame ends a connection.
func TestConnMalformed(t *testing.T) {
	t.Parallel()
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) {
			h := newHall(t, server.Options{})
			bad := h.dial(codec)
			bad.ok(&troupev1.Login{UserId: "eve"})
			for range 2 {
				require.NoError(t, bad.conn.SendRaw([]byte("{nonsense")))
				a := bad.answers(1)[0]
				require.EqualValues(t, 20001, a.GetCode())
				require.Equal(t, "invalid_request", a.GetError())
				bad.ok(&troupev1.Ping{})
			}
			require.NoError(t, bad.conn.SendRaw([]byte("{nonsense")))
			e := bad.ending()
			require.Equal(t, protocol.CloseBadProtocol, e.code)
			require.Len(t, coded(e.answers, 20001), 1)
			require.Len(t, e.answers, 1)
			h.goesOn()
			h.eve.hear().exactly(counts{messages: 1})
		})
	}
}

// A message from the client of 64 KiB is taken, a larger one ends the connection.
func TestConnOversized(t *testing.T) {
	t.Parallel()
	const most = 64 << 10
	h := newHall(t, server.Options{})
	p := h.dial(protocol.JSON)
	padded := func(size int) []byte {
		const body = `{"request_id": "big", "ping": {}`
		return []byte(body + strings.Repeat(" ", size-len(body)-1) + "}")
	}
	require.NoError(t, p.conn.SendRaw(padded(most)))
	require.Zero(t, p.await("big").GetCode())
	require.NoError(t, p.conn.SendRaw(padded(most+1)))
	e := p.ending()
	require.Equal(t, protocol.CloseTooLarge, e.code)
	require.Empty(t, e.answers)

	q := h.login("eve", "big")
	require.NoError(t, q.conn.Send(request(text(h.g, strings.Repeat("x", most)))))
	require.Equal(t, protocol.CloseTooLarge, q.ending().code)
	h.goesOn()
}

// A few connections too many of one address are told so, many are not let in;
// other addresses come in, and so does that one when there is room again.
func TestConnPerAddress(t *testing.T) {
	t.Parallel()
	h := newHall(t, server.Options{Adjust: func(_ *actors.Config, g *gateway.Config) {
		// The fourth is to be there still when the fifth comes.
		g.CloseTimeout = patience
	}}, func(c *config.Config) { c.Limits.ConnectionsPerAddress = 3 })
	fourth := h.dial(protocol.Binary)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := client.DialConn(ctx, h.url, client.ConnOptions{})
	var refused *client.HandshakeError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 503, refused.Status)
	require.Positive(t, refused.RetryAfter)
	e := fourth.ending()
	require.Equal(t, protocol.CloseOverloaded, e.code)
	require.Empty(t, e.answers)
	elsewhere := h.dialWith(client.ConnOptions{Dial: from("127.0.0.2")})
	elsewhere.ok(&troupev1.Login{UserId: "far"})
	h.goesOn()
	h.eve.cut()
	require.Eventually(t, func() bool {
		p := h.dial(protocol.Binary)
		if p.conn.Send(ping(0)) != nil {
			return false
		}
		_, err := p.conn.Recv(ctx)
		return err == nil
	}, patience, 10*time.Millisecond)
}
