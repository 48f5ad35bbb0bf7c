//go:build linux

package swarm

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Processes that saw the same add up; where they differ somebody saw it changed.
func TestPartMerge(t *testing.T) {
	saw := func(sights ...Sight) *Part {
		p := newPart()
		p.Expected, p.Tally.Messages, p.Sights["stage"] = 2, 2, map[uint64]Sight{}
		for _, g := range sights {
			p.Sights["stage"][g.Seq] = g
		}
		return p
	}
	one, two := Sight{Seq: 1, Mark: Mark{Counter: 0, Due: 5}}, Sight{Seq: 2, Mark: Mark{Counter: 1, Due: 6}}
	all := newPart()
	all.merge(saw(one, two))
	all.merge(saw(two))
	require.Equal(t, &Part{Expected: 4, Tally: Tally{Messages: 4}, Sights: map[string]map[uint64]Sight{"stage": {1: one, 2: two}}}, all)

	two.Mark.Counter = 7
	all.merge(saw(two))
	require.EqualValues(t, 1, all.Tally.Changed)
	require.Contains(t, all.Faults[0], "number 2 of stage is message 1 of publisher 0 to some and message 7 of publisher 0 to others")
}

// What one process tells of a number is held against what publishers of another
// sent and were answered.
func TestConcludeElsewhere(t *testing.T) {
	j := newTestJudge(1)
	p := j.l.s.pubs[0]
	p.sent = []sending{{due: 5, answered: true, seq: 1}}
	there := newPart()
	there.Expected, there.Sights[j.room.ID] = 1, map[uint64]Sight{2: {Seq: 2, Mark: Mark{Counter: 0, Due: 5}}}
	v := j.l.s.conclude(there)
	require.EqualValues(t, 1, v.Foreign)
	require.Contains(t, v.Faults[0], "was answered with number 1")
}

// Times of different processes can be compared.
func TestNow(t *testing.T) {
	read := func() int64 {
		var at unix.Timespec
		require.NoError(t, unix.ClockGettime(unix.CLOCK_MONOTONIC, &at))
		return at.Nano()
	}
	const slack = int64(time.Millisecond)
	for range 100 {
		before, now, after := read(), Now(), read()
		require.GreaterOrEqual(t, now, before-slack)
		require.LessOrEqual(t, now, after+slack)
	}
}
