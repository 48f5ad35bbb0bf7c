package gateway

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var testTimes = ladderTimes{recover: 5 * time.Second, blocked: 10 * time.Second, closed: 30 * time.Second}

// move is one thing that happens to a ladder.
type move struct {
	at   time.Duration
	what string // fill, overflow, taken, name, recovered, tick
	fill int
	// want is the level after it, why the reason if it was changed.
	want level
	why  string
}

// TestLadder follows the table of spec 19.11.
func TestLadder(t *testing.T) {
	s := time.Second
	tests := []struct {
		name  string
		moves []move
	}{
		{"half", []move{{0, "fill", 499, levelFull, ""}, {0, "fill", 500, levelFolded, "half"}, {0, "fill", 700, levelFolded, ""}}},
		{"high", []move{{0, "fill", 500, levelFolded, "half"}, {0, "fill", 750, levelNewestOnly, "high"}}},
		{"two steps at once", []move{{0, "fill", 900, levelNewestOnly, "high"}}},
		{"overflow", []move{{0, "fill", 900, levelNewestOnly, "high"}, {0, "overflow", 0, levelPull, "full"}}},
		{"overflow from full", []move{{0, "overflow", 0, levelPull, "full"}}},
		{"blocked", []move{
			{0, "wait", 10, levelFull, ""}, {9 * s, "tick", 10, levelFull, ""}, {10 * s, "tick", 10, levelPull, "blocked"},
		}},
		{"taking puts it off", []move{
			{0, "wait", 10, levelFull, ""}, {9 * s, "taken", 10, levelFull, ""},
			{18 * s, "tick", 10, levelFull, ""}, {19 * s, "tick", 10, levelPull, "blocked"},
		}},
		{"nothing waits, never blocked", []move{{100 * s, "idle", 0, levelFull, ""}}},
		{"up by one", []move{
			{0, "fill", 800, levelNewestOnly, "high"}, {1 * s, "taken", 249, levelNewestOnly, ""},
			{5900 * time.Millisecond, "tick", 100, levelNewestOnly, ""}, {6 * s, "tick", 100, levelFolded, "recovered"},
			{10 * s, "tick", 100, levelFolded, ""}, {11 * s, "idle", 0, levelFull, "recovered"},
		}},
		{"a quarter is not low", []move{
			{0, "fill", 800, levelNewestOnly, "high"}, {1 * s, "taken", 250, levelNewestOnly, ""}, {9 * s, "tick", 250, levelNewestOnly, ""},
		}},
		{"interrupted", []move{
			{0, "fill", 500, levelFolded, "half"}, {1 * s, "taken", 100, levelFolded, ""}, {4 * s, "fill", 300, levelFolded, ""},
			{5 * s, "taken", 100, levelFolded, ""}, {9 * s, "tick", 100, levelFolded, ""}, {10 * s, "tick", 100, levelFull, "recovered"},
		}},
		{"out of pull", []move{
			{0, "overflow", 0, levelPull, "full"}, {1 * s, "recovered", 0, levelPull, ""}, {1 * s, "name", 0, levelPull, ""},
			{2 * s, "recovered", 0, levelFolded, "recovered"}, {6 * s, "idle", 0, levelFolded, ""}, {7 * s, "idle", 0, levelFull, "recovered"},
		}},
		{"named twice", []move{
			{0, "overflow", 0, levelPull, "full"}, {0, "name", 0, levelPull, ""}, {1 * s, "overflow", 0, levelPull, ""},
			{2 * s, "recovered", 0, levelPull, ""}, {2 * s, "name", 0, levelPull, ""}, {3 * s, "recovered", 0, levelFolded, "recovered"},
		}},
		{"closed", []move{
			{0, "overflow", 0, levelPull, "full"}, {29 * s, "tick", 10, levelPull, ""}, {30 * s, "tick", 10, levelClosed, "blocked"},
			{99 * s, "tick", 10, levelClosed, ""},
		}},
		{"taken in pull", []move{
			{0, "overflow", 0, levelPull, "full"}, {20 * s, "taken", 10, levelPull, ""}, {49 * s, "tick", 10, levelPull, ""},
			{50 * s, "tick", 10, levelClosed, "blocked"},
		}},
		{"once more does not put off the end", []move{
			{0, "overflow", 0, levelPull, "full"}, {29 * s, "overflow", 0, levelPull, ""}, {30 * s, "tick", 10, levelClosed, "blocked"},
		}},
		{"pull is not left by fill", []move{{0, "overflow", 0, levelPull, "full"}, {0, "fill", 0, levelPull, ""}, {20 * s, "tick", 0, levelPull, ""}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var l ladder
			for i, m := range tt.moves {
				got := play(&l, m)
				require.Equal(t, m.want, l.level, "move %d", i)
				require.Equal(t, m.why != "", got.changed, "move %d", i)
				if got.changed {
					require.Equal(t, m.why, got.why.String(), "move %d", i)
					require.Equal(t, l.level, got.to, "move %d", i)
				}
			}
		})
	}
}

func play(l *ladder, m move) step {
	switch m.what {
	case "wait":
		l.wait(m.at)
	case "fill":
		return l.filled(m.at, m.fill)
	case "overflow":
		return l.overflow(m.at)
	case "taken":
		l.taken(m.at, m.fill)
	case "name":
		l.name()
	case "recovered":
		return l.recovered(m.at, m.fill)
	case "tick":
		return l.tick(m.at, m.fill, true, testTimes)
	case "idle":
		return l.tick(m.at, m.fill, false, testTimes)
	}
	return step{}
}

// TestLadderDue: a tick before the moment that due names changes nothing.
func TestLadderDue(t *testing.T) {
	tests := []struct {
		name    string
		ladder  ladder
		waiting bool
		want    time.Duration
		none    bool
	}{
		{"idle", ladder{}, false, 0, true},
		{"waiting", ladder{moved: 3}, true, 3 + testTimes.blocked, false},
		{"low", ladder{level: levelFolded, isLow: true, low: 7}, false, 7 + testTimes.recover, false},
		{"low and waiting", ladder{level: levelFolded, isLow: true, low: 7, moved: 3}, true, 7 + testTimes.recover, false},
		{"pull", ladder{level: levelPull, pulled: 5, moved: 3}, false, 5 + testTimes.closed, false},
		{"closed", ladder{level: levelClosed}, true, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at, ok := tt.ladder.due(tt.waiting, testTimes)
			require.Equal(t, !tt.none, ok)
			require.Equal(t, tt.want, at)
			if ok {
				early := tt.ladder
				require.False(t, early.tick(at-1, 0, tt.waiting, testTimes).changed)
				require.True(t, tt.ladder.tick(at, 0, tt.waiting, testTimes).changed)
			}
		})
	}
}
