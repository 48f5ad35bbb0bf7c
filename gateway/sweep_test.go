package gateway

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/protocol"
)

// sweepRig is one sweeper without its goroutine, and connections that end when
// they are checked.
func sweepRig(t *testing.T, n int) (*sweeper, []*conn) {
	t.Helper()
	e := newTestEdge(t, Config{Sweepers: 1})
	conns := make([]*conn, n)
	for i := range conns {
		c := &conn{edge: e, net: &sink{}, id: uint64(i + 1), codec: protocol.Binary, sweep: unswept()}
		c.heard.Store(int64(-time.Hour))
		conns[i] = c
		require.True(t, e.sweeps[0].add(c))
	}
	return e.sweeps[0], conns
}

func checked(conns []*conn) (n int) {
	for _, c := range conns {
		if c.ending() {
			n++
		}
	}
	return n
}

func TestSweeperChecksAllEvenly(t *testing.T) {
	s, conns := sweepRig(t, 50)
	for tick := 1; tick <= 5; tick++ {
		s.walk(time.Duration(tick) * sweepTick)
		require.Equal(t, 10*tick, checked(conns))
	}
	require.Len(t, s.all(false), 50, "they stay until they are removed")
}

func TestSweeperAfterAJump(t *testing.T) {
	s, conns := sweepRig(t, 50)
	s.walk(time.Hour)
	require.Equal(t, 50, checked(conns))
}

func TestSweeperRemove(t *testing.T) {
	s, conns := sweepRig(t, 3)
	s.remove(conns[1])
	s.remove(conns[1])
	s.hasten(conns[1])
	s.walk(time.Minute)
	require.Equal(t, 2, checked(conns))
	require.False(t, conns[1].ending())
	require.Len(t, s.all(true), 2)
	require.False(t, s.add(conns[1]), "the server stops")
}

func TestSweeperHasten(t *testing.T) {
	t.Run("waiting", func(t *testing.T) {
		s, conns := sweepRig(t, 5)
		for _, c := range conns {
			s.hasten(c)
		}
		s.walk(sweepTick)
		require.Equal(t, 5, checked(conns))
	})
	t.Run("while it is checked", func(t *testing.T) {
		s, conns := sweepRig(t, 1)
		s.collect(5)
		require.Equal(t, []*conn{conns[0]}, s.due)
		require.Len(t, s.all(false), 1)
		s.hasten(conns[0])
		s.put(0, conns[0], 5*sweepTick, 10*sweepTick)
		s.due = nil
		s.walk(6 * sweepTick)
		require.Equal(t, 1, checked(conns))
	})
	t.Run("removed while it is checked", func(t *testing.T) {
		s, conns := sweepRig(t, 1)
		s.collect(5)
		s.remove(conns[0])
		s.put(0, conns[0], 5*sweepTick, 10*sweepTick)
		s.due = nil
		s.walk(time.Hour)
		require.Zero(t, checked(conns))
		require.Empty(t, s.all(false))
	})
}

// TestSlowConnectionIsHastened: what a slow connection is owed comes in time,
// though it is checked every five seconds otherwise.
func TestSlowConnectionIsHastened(t *testing.T) {
	s, conns := sweepRig(t, 1)
	c := conns[0]
	c.SignedIn()
	c.heard.Store(0)
	s.walk(sweepTick) // the next check is five seconds away
	s.remove(c)
	s.add(c)
	c.out.mu.Lock()
	c.queue().ladder.level = levelNewestOnly
	c.out.writing = true // a write is under way
	c.out.mu.Unlock()
	c.Push(live(1))
	c.Push(live(2)) // replaces the first, so the queue owes nothing, but is slow
	require.True(t, c.out.hastened)
	require.Equal(t, int8((s.tick+1)%sweepSlots), c.sweep.slot)
}
