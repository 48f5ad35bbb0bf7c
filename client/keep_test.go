package client

import (
	"strconv"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// ticks lets a session's ticks happen for so long.
func (r *running) ticks(t *testing.T, d time.Duration) {
	t.Helper()
	for range d / defaultTiming.tick {
		r.clock.pass(t, defaultTiming.tick)
	}
	require.NoError(t, r.clock.BlockUntilContext(within(t), 1))
}

func TestHeartbeat(t *testing.T) {
	r := start1(t, nil)
	r.ticks(t, 30*time.Second)
	ping := r.peer.expect(protocol.OpPing)
	r.peer.done(ping, nil)
	r.peer.say(message("hall", 6)) // heard: the clock starts anew
	require.Equal(t, []uint64{6}, r.seqs(t, 1))
	r.ticks(t, 30*time.Second)
	r.peer.expect(protocol.OpPing)
	for range 10 {
		r.clock.pass(t, time.Second)
	}
	require.Equal(t, Reconnecting, wait(t, r.state))
	r.again(t)
	r.peer.joined()
	r.peer.attach(nil)
	require.Equal(t, Connected, wait(t, r.state))
}

func TestPingsAreAnswered(t *testing.T) {
	r := start1(t, nil)
	require.NoError(t, r.peer.ws.WriteControl(websocket.PingMessage, []byte("x"), time.Now().Add(patience)))
	go func() { _, _, _ = r.peer.ws.ReadMessage() }()
	require.Equal(t, "x", wait(t, r.peer.pongs))
}

func TestUnansweredIsRepeated(t *testing.T) {
	r := start1(t, nil)
	got := outcomeOf(func() (*troupev1.PingResult, error) { return r.Ping(within(t)) })
	first := r.peer.expect(protocol.OpPing)
	for {
		r.clock.pass(t, time.Second)
		r.peer.say(message("other", 0)) // the connection lives
		r.event(t)
		if r.clock.Now().Sub(newClock().Now()) >= 30*time.Second {
			break
		}
	}
	r.clock.pass(t, time.Second)
	again := r.peer.expect(protocol.OpPing)
	require.Equal(t, first.GetRequestId(), again.GetRequestId())
	r.peer.done(again, nil)
	require.NoError(t, wait(t, got).err)
}

func TestTooOldToRepeat(t *testing.T) {
	for _, tc := range []struct {
		name string
		live bool
		age  time.Duration
		want bool // repeated
	}{
		{"young", false, 9 * time.Minute, true},
		{"old", false, 10 * time.Minute, false},
		{"livestream, young", true, 59 * time.Second, true},
		{"livestream, old", true, time.Minute, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := &Client{calls: map[string]*call{}, live: map[string]bool{"show": tc.live}}
			clk := newClock()
			c.opts = Options{clock: clk}.withDefaults()
			m := newCall(&troupev1.Request{Op: &troupev1.Request_LeaveGroup{LeaveGroup: &troupev1.LeaveGroup{GroupId: "show"}}})
			m.first, m.sent = clk.Now(), clk.Now()
			c.calls[m.req.RequestId] = m
			read := newCall(&troupev1.Request{Op: &troupev1.Request_ListMembers{ListMembers: &troupev1.ListMembers{GroupId: "show"}}})
			read.first, read.sent = clk.Now(), clk.Now()
			c.calls[read.req.RequestId] = read
			clk.Advance(tc.age)
			c.unsend(time.Time{})
			require.Contains(t, c.calls, read.req.RequestId, "reads can always be repeated")
			if tc.want {
				require.Contains(t, c.calls, m.req.RequestId)
				require.True(t, m.sent.IsZero())
				return
			}
			require.NotContains(t, c.calls, m.req.RequestId)
			require.ErrorIs(t, (<-m.done).err, ErrUnknownOutcome)
		})
	}
}

func TestTooLargeIsNotRepeated(t *testing.T) {
	r := start1(t, nil)
	big := outcomeOf(func() (*troupev1.SendMessageResult, error) {
		return r.SendText(within(t), "hall", string(make([]byte, 9000)))
	})
	r.peer.expect(protocol.OpSendMessage)
	small := outcomeOf(func() (*troupev1.PingResult, error) { return r.Ping(within(t)) })
	r.peer.expect(protocol.OpPing)
	r.peer.close(protocol.CloseTooLarge, "")
	require.ErrorIs(t, wait(t, big).err, ErrTooLarge)
	r.again(t)
	r.peer.joined()
	r.peer.attach(nil)
	r.peer.done(r.peer.expect(protocol.OpPing), nil)
	require.NoError(t, wait(t, small).err)
}

func TestSlowConsumerStopsTheReader(t *testing.T) {
	r := start1(t, func(o *Options) { o.QueueSize = 4 })
	r.peer.say(messages("hall", 6, 105)...)
	for _, f := range messages("hall", 106, 205) {
		r.peer.say(f)
	}
	// The queue, the event in the dispatcher's hand and the rest of one message.
	require.Eventually(t, func() bool {
		r.queue.mu.Lock()
		defer r.queue.mu.Unlock()
		return len(r.queue.events) == 4
	}, patience, time.Millisecond)
	for n := uint64(6); n <= 205; n++ {
		require.Equal(t, []uint64{n}, r.seqs(t, 1))
	}
}

// A consumer that asks something while its queue is full must get the answer,
// which comes behind the events.
func TestSlowConsumerMayAsk(t *testing.T) {
	asked := make(chan error, 1)
	seen := make(chan uint64, 400)
	var r *running
	started := make(chan struct{})
	ctx := within(t)
	r = start1(t, func(o *Options) {
		o.QueueSize = 2
		o.OnEvent = func(e Event) {
			<-started
			if e.Seq == 6 {
				_, err := r.Ping(ctx)
				asked <- err
			}
			seen <- e.Seq
		}
	})
	close(started)
	for _, f := range messages("hall", 6, 55) {
		r.peer.say(f)
	}
	r.peer.done(r.peer.expect(protocol.OpPing), nil)
	require.NoError(t, wait(t, asked))
	for n := uint64(6); n <= 55; n++ {
		require.Equal(t, n, wait(t, seen))
	}
}

func TestBackoff(t *testing.T) {
	for n, want := range []struct{ least, most time.Duration }{
		{0, time.Second}, {time.Second, 3 * time.Second}, {2 * time.Second, 6 * time.Second},
		{4 * time.Second, 12 * time.Second}, {8 * time.Second, 24 * time.Second},
		{15 * time.Second, 45 * time.Second}, {15 * time.Second, 45 * time.Second},
	} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			require.Equal(t, want.least, backoff(n, 0))
			require.InDelta(t, want.most, backoff(n, 0.999999999), float64(time.Millisecond))
		})
	}
}

func TestComeback(t *testing.T) {
	for _, tc := range []struct {
		name  string
		err   error
		again bool
		exact time.Duration // 0 = back-off
	}{
		{"logged out", &CloseError{Code: 1000}, false, 0},
		{"server stops", &CloseError{Code: 1001, Reason: "12345"}, true, 12345 * time.Millisecond},
		{"server stops, odd reason", &CloseError{Code: 1001, Reason: "soon"}, true, 0},
		{"server stops, for ages", &CloseError{Code: 1001, Reason: "4000000000"}, true, 2 * time.Hour},
		{"cut", &CloseError{Code: 1006}, true, 0},
		{"too large", &CloseError{Code: 1009}, true, 0},
		{"overloaded", &CloseError{Code: 1013}, true, 0},
		{"silent", &CloseError{Code: 4000}, true, 0},
		{"slow", &CloseError{Code: 4001}, true, 0},
		{"fast", &CloseError{Code: 4002}, true, 0},
		{"no login", &CloseError{Code: 4500}, true, 0},
		{"token", &CloseError{Code: 4501}, false, 0},
		{"replaced", &CloseError{Code: 4502}, false, 0},
		{"refused", &CloseError{Code: 4503}, false, 0},
		{"protocol", &CloseError{Code: 4504}, false, 0},
		{"unknown code", &CloseError{Code: 4999}, true, 0},
		{"upgrade refused", &HandshakeError{Status: 503, RetryAfter: 40 * time.Second}, true, 40 * time.Second},
		{"network", ErrClosed, true, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wait, again := comeback(tc.err, 0)
			require.Equal(t, tc.again, again)
			switch {
			case tc.exact > 0:
				require.Equal(t, tc.exact, wait)
			default:
				require.Less(t, wait, time.Second)
			}
		})
	}
}

func TestTemporary(t *testing.T) {
	require.True(t, temporary(ErrClosed, false))
	require.True(t, temporary(protocol.NewError(protocol.CodeUnavailable), false))
	require.False(t, temporary(protocol.NewError(protocol.CodeAuthFailed), true))
	require.False(t, temporary(protocol.NewError(protocol.CodeTokenExpired), false))
	require.True(t, temporary(protocol.NewError(protocol.CodeTokenExpired), true))
}

func TestSplit(t *testing.T) {
	groups := func(n int) []*troupev1.GroupFrom {
		var out []*troupev1.GroupFrom
		for i := range n {
			out = append(out, &troupev1.GroupFrom{GroupId: strconv.Itoa(i)})
		}
		return out
	}
	for _, tc := range []struct {
		name   string
		attach *troupev1.Attach
		groups int
		want   []int
	}{
		{"nothing", &troupev1.Attach{}, 0, nil},
		{"rest alone", &troupev1.Attach{Rest: troupev1.Rest_REST_LIVE}, 0, []int{0}},
		{"one call", &troupev1.Attach{Inbox: &troupev1.InboxFrom{LastSeq: proto.Uint64(1)}}, 3, []int{3}},
		{"several", &troupev1.Attach{Rest: troupev1.Rest_REST_LIVE}, 7, []int{3, 3, 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rest := tc.attach.GetRest()
			calls := split(tc.attach, groups(tc.groups), 3)
			var sizes []int
			for _, c := range calls {
				sizes = append(sizes, len(c.Groups))
			}
			require.Equal(t, tc.want, sizes)
			for i, c := range calls {
				want := troupev1.Rest_REST_NONE
				if i == len(calls)-1 {
					want = rest
				}
				require.Equal(t, want, c.GetRest())
			}
		})
	}
}
