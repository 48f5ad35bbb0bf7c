package gateway

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTurn(t *testing.T) {
	const window = 10 * time.Second
	last := 0
	for since := time.Duration(0); since < window; since += drainStep {
		n := turn(since, window, 1000)
		require.InDelta(t, 1000/float64(window/drainStep), n-last, 1, "evenly over the window")
		last = n
	}
	require.Equal(t, 1000, turn(window, window, 1000))
	require.Equal(t, 3, turn(0, 0, 3), "without a window all at once")
	require.Equal(t, 0, turn(0, window, 3))
}

func TestSpread(t *testing.T) {
	const n = 50
	for i := range n {
		d := spread(i, n, 50*time.Second)
		require.GreaterOrEqual(t, d, time.Duration(i)*time.Second)
		require.Less(t, d, time.Duration(i+1)*time.Second)
	}
}

// TestReleaseWaitsForAnswers: each after its requests in hand are answered, at
// most AnswerWait later.
func TestReleaseWaitsForAnswers(t *testing.T) {
	w := newWorld(t, Config{})
	_, quiet := w.dial(0x1)
	_, busy := w.dial(0x1)
	_, stuck := w.dial(0x1)
	conns := []*conn{quiet.conn.(*conn), busy.conn.(*conn), stuck.conn.(*conn)}
	conns[1].pending.Store(1)
	conns[2].pending.Store(1)
	var wait []leaving
	for _, c := range conns {
		wait = append(wait, leaving{conn: c, until: 5 * time.Second, back: time.Minute})
	}
	wait = w.srv.release(wait, 0)
	require.Len(t, wait, 2)
	require.True(t, conns[0].ending())
	busy.conn.Push(answerFrame("a"))
	wait = w.srv.release(wait, 5*time.Second-1)
	require.Len(t, wait, 1)
	require.True(t, conns[1].ending())
	require.False(t, conns[2].ending())
	require.Empty(t, w.srv.release(wait, 5*time.Second))
	require.True(t, conns[2].ending())
}

// TestStragglersReturnAfterTheDrain: answers in hand that prolong the drain
// put off the return as well.
func TestStragglersReturnAfterTheDrain(t *testing.T) {
	w := newWorld(t, Config{ReturnWindow: time.Nanosecond})
	c, s := w.dial(0x1)
	straggler := s.conn.(*conn)
	straggler.pending.Store(1)
	w.srv.draining.Store(true)
	w.srv.drainEnd.Store(int64(10 * time.Second))
	wait := []leaving{{conn: straggler, until: 15 * time.Second, back: 12 * time.Second}}
	require.Len(t, w.srv.release(wait, 14*time.Second), 1)
	s.conn.Push(answerFrame("a"))
	require.Empty(t, w.srv.release(wait, 14*time.Second))
	ce, _ := c.closed()
	require.Equal(t, "2000", ce.Text, "as long after the end as it was drawn")

	require.Equal(t, "10000", w.srv.drainReason(), "who is not in the list")
	w.clock.Advance(500 * time.Millisecond)
	require.Equal(t, 10, w.srv.retryAfter(), "not before the end")
	w.clock.Advance(20 * time.Second)
	require.Equal(t, "0", w.srv.drainReason())
	require.Equal(t, 1, w.srv.retryAfter())
}
