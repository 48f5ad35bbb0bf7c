package persistence_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// The counters of a dismissed group go with its entries, a few at a time, in one
// round; those of others stay.
func TestSweepRemovesTheCountersOfDismissedGroups(t *testing.T) {
	for _, most := range []uint32{0, 1, 2, 3, 4, 100} {
		w := newWorld(t)
		for s, id := range map[group.StreamID]group.ID{5: "attic", 6: "club"} {
			w.create(id, s, group.Public, "bob", "cid")
			for m := w.groups[id]; m.Seq() <= persistence.TallyEvery; {
				for _, u := range []group.UserID{"ann", "bob", "cid"} {
					w.say(id, u, "x")
				}
			}
		}
		before := w.keys(persistence.TableSent)
		require.Equal(t, 8, before, "three senders and up to where they are counted, twice")
		sent := w.sent("bob", 6)
		w.do("attic", "ann", group.Dismiss{})
		w.now += day/24 - 1
		w.sweepSome(most)
		require.Equal(t, before, w.keys(persistence.TableSent), "a repeated dismissal may come yet")

		w.now++
		largest := w.sweepSome(most)
		require.Equal(t, 4, w.keys(persistence.TableSent), "by %d", most)
		if most > 0 {
			require.LessOrEqual(t, largest, int(most))
		}
		require.Equal(t, sent, w.sent("bob", 6))
		require.Zero(t, w.sweepSome(most), "nothing is left to do")
	}
}

// sweepSome goes round once and gives the most counters that went at once.
func (w *world) sweepSome(most uint32) (largest int) {
	w.Helper()
	var at persistence.SweepCursor
	for calls := 0; !at.Done(); calls++ {
		require.Less(w, calls, 200, "a sweep must come round")
		var ops []persistence.RowOp
		w.view(func(tx persistence.Tx) {
			var err error
			ops, at, err = persistence.Sweep(tx, at, w.now, 10, most)
			require.NoError(w, err)
		})
		before := w.keys(persistence.TableSent)
		w.rows(ops...)
		largest = max(largest, before-w.keys(persistence.TableSent))
	}
	return largest
}
