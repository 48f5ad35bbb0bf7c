package group_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/troupe-im/troupe/group"
)

func TestPending(t *testing.T) {
	var p group.Pending[string]
	require.Empty(t, p.Stable(5))
	p.Hold(3, "rests on what is stable")
	require.Equal(t, []string{"rests on what is stable"}, p.Stable(0), "known since 5 was stable")
	p.Hold(6, "a")
	p.Hold(6, "b")
	p.Hold(2, "a read behind them")
	p.Hold(7, "c")
	require.Empty(t, p.Stable(5))
	require.Equal(t, 4, p.Len())
	require.Equal(t, []string{"a", "b", "a read behind them"}, p.Stable(6))
	require.Equal(t, []string{"c"}, p.Drop())
	require.Empty(t, p.Stable(9))
}

// TestPendingInterleavings: in whatever order holding and storing mix, nothing
// is told before it is stable, nothing twice, nothing out of order, nothing lost.
func TestPendingInterleavings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type item struct {
			number   int
			position group.Position
		}
		var p group.Pending[item]
		var decided, stable group.Position
		held, told := 0, 0
		release := func() {
			for _, i := range p.Stable(stable) {
				require.Equal(t, told, i.number, "in the order held")
				require.LessOrEqual(t, i.position, stable, "not before it is stable")
				told++
			}
		}
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0: // a command with events
				decided += group.Position(rapid.IntRange(1, 3).Draw(t, "events"))
				p.Hold(decided, item{held, decided})
				held++
			case 1: // a read or a refusal
				p.Hold(decided, item{held, decided})
				held++
			case 2:
				stable = group.Position(rapid.IntRange(int(stable), int(decided)).Draw(t, "stable"))
				release()
			case 3:
				release()
			}
			require.Equal(t, held-told, p.Len())
		}
		stable = decided
		release()
		require.Equal(t, held, told)
	})
}
