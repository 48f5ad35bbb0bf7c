package persistence_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// sweep goes round once, limit rows at a time.
func (w *world) sweep(limit int) (ops int) { return w.sweepBy(limit, 0) }

// sweepBy removes at most so many entries at a time.
func (w *world) sweepBy(limit int, trimMax uint32) (ops int) {
	w.Helper()
	var at persistence.SweepCursor
	for calls := 0; !at.Done(); calls++ {
		require.Less(w, calls, 1000, "a sweep must come round")
		w.view(func(tx persistence.Tx) {
			var err error
			w.ops, at, err = persistence.Sweep(tx, at, w.now, limit, trimMax)
			require.NoError(w, err)
		})
		ops += len(w.ops)
		w.rows(w.ops...)
	}
	return ops
}

func (w *world) keys(t persistence.Table) (n int) {
	w.Helper()
	w.view(func(tx persistence.Tx) {
		tx.Scan(t, nil, nil, false, func(_, _ []byte) bool { n++; return true })
	})
	return n
}

func (w *world) snapshot(id group.ID) {
	w.Helper()
	m := w.groups[id]
	a := &persistence.Append{Stream: m.Stream(), Snapshot: persistence.EncodeSnapshot(m.Snapshot())}
	require.NoError(w, w.j.Commit(w.Context(), []*persistence.Append{a}))
	require.NoError(w, a.Err)
}

func TestSweepRemovesWhatIsOver(t *testing.T) {
	for _, limit := range []int{1, 2, 100} {
		w := newWorld(t)
		w.custom("club", 5, group.ConsentNone, "bob")
		w.do("club", "dan", group.Join{})
		w.admin("club", group.SendNotice{Content: []byte("all")})
		w.rows(persistence.PlaceOp("bob", w.now))
		w.view(func(tx persistence.Tx) {
			ops, removed, err := persistence.DeleteApplicationsOps(tx, "dan", []group.ApplicationID{100 + 300}, nil, w.now)
			require.NoError(t, err)
			w.ops, w.given = ops, nil
			require.Equal(t, 1, removed)
		})
		w.rows(w.ops...)
		w.rows(persistence.MarkReadOp("dan", persistence.MarkApplications, persistence.ReadMark{At: w.now}))

		require.Zero(t, w.sweep(limit), "nothing is over")
		w.now = start + 15*day
		w.sweep(limit)
		require.Zero(t, w.keys(persistence.TableApplications))
		require.Zero(t, w.keys(persistence.TableApplicationsOf))
		require.Equal(t, 1, w.keys(persistence.TableNotices), "notices are kept longer")

		w.sweep(limit)
		require.Equal(t, 1, w.keys(persistence.TableReadMarks), "the deletion went, the mark stays")
		w.now = start + 31*day
		w.sweep(limit)
		require.Zero(t, w.keys(persistence.TableNotices))
		require.Zero(t, w.keys(persistence.TableInbox))
		w.rows(persistence.NoticeOps("g", &group.Notice{Type: group.NoticeCustom, Time: w.now}, []group.UserID{"bob"})...)
		w.view(func(tx persistence.Tx) {
			newest, oldest := persistence.InboxHead(tx, "bob")
			require.Equal(t, []uint64{2, 2}, []uint64{newest, oldest}, "a number survives its entry")
		})
	}
}

func TestSweepOfADismissedGroup(t *testing.T) {
	w := newWorld(t)
	w.create("club", 5, group.Public, "bob")
	w.say("club", "bob", "one")
	w.do("club", "ann", group.Dismiss{})
	require.Zero(t, w.sweep(10))
	head := func() (h persistence.Head) {
		w.view(func(tx persistence.Tx) { h = tx.Head(5) })
		return h
	}
	require.NotZero(t, head())
	w.now += day
	w.sweep(10)
	require.Zero(t, head(), "history ends")
	require.True(t, w.row(5).Dismissed, "its row stays for the members' lists")
	w.now += 30 * day
	w.sweep(10)
	w.view(func(tx persistence.Tx) {
		_, ok, err := persistence.LookupGroup(tx, "club")
		require.NoError(t, err)
		require.False(t, ok, "the id is free again")
	})
}

func TestHistoryIsTrimmed(t *testing.T) {
	w := newWorld(t)
	w.create("club", 5, group.Public, "bob")
	for range 5 {
		w.say("club", "bob", "old")
	}
	w.now += 20 * day
	w.say("club", "bob", "young")
	w.now += 11 * day
	oldest := func() (n group.Seq) {
		w.view(func(tx persistence.Tx) {
			var err error
			n, err = persistence.OldestKept(tx, 5, w.now)
			require.NoError(t, err)
		})
		return n
	}
	require.Equal(t, group.Seq(7), oldest(), "tip 1, five old messages")
	w.sweep(10)
	stored := func() (n int) {
		w.view(func(tx persistence.Tx) {
			require.NoError(t, tx.Range(5, 1, ^group.Seq(0), false, func(persistence.Entry) bool { n++; return true }))
		})
		return n
	}
	require.Equal(t, 7, stored(), "what no snapshot covers stays")
	w.snapshot("club")
	w.sweep(10)
	require.Equal(t, 1, stored())
	require.Equal(t, group.Seq(7), oldest())
	w.now += 30 * day
	require.Equal(t, group.Seq(8), oldest(), "nothing is kept")
	w.sweep(10)
	require.Zero(t, stored())
	require.Zero(t, w.sweep(10))
	w.say("club", "bob", "goes on")
	require.Equal(t, group.Seq(8), oldest())
}

func TestSweepPassesBrokenRows(t *testing.T) {
	w := newWorld(t)
	old := &group.Notice{Type: group.NoticeCustom, Time: start}
	w.rows(persistence.NoticeOps("g", old, []group.UserID{"ann", "bob"})...)
	w.rows(persistence.RowOp{Op: persistence.OpPut, Table: persistence.TableInbox, Key: persistence.UserNumberKey("ann", 2), Value: []byte("?")})
	w.view(func(tx persistence.Tx) {
		ops, at, err := persistence.Sweep(tx, persistence.SweepCursor{}, start+40*day, 100, 0)
		require.ErrorIs(t, err, persistence.ErrCorrupt)
		require.Len(t, ops, 2)
		require.True(t, at.Done())
	})
}

func TestSweepPassesABrokenEntry(t *testing.T) {
	w := newWorld(t)
	w.create("show", 5, group.Livestream)
	broken := persistence.Entry{Position: 2, Data: []byte("?")}
	a := &persistence.Append{Stream: 5, After: 1, Entries: []persistence.Entry{broken}}
	require.NoError(t, w.j.Commit(t.Context(), []*persistence.Append{a}))
	require.NoError(t, a.Err)
	w.view(func(tx persistence.Tx) {
		ops, at, err := persistence.Sweep(tx, persistence.SweepCursor{}, start+40*day, 100, 0)
		require.ErrorIs(t, err, persistence.ErrCorrupt)
		for _, op := range ops {
			require.NotEqual(t, persistence.OpTrim, op.Op)
		}
		require.True(t, at.Done())
	})
}

// One round removes all that is past its time, however few entries go at once:
// a group that gets more in an hour than one call removes must not grow for ever.
func TestOneRoundRemovesAllThatIsOver(t *testing.T) {
	for _, trimMax := range []uint32{1, 2, 7, 25, 26, 1000} {
		w := newWorld(t)
		stored := func(s group.StreamID) (n int) {
			w.view(func(tx persistence.Tx) {
				require.NoError(t, tx.Read(s, 0, func(persistence.Entry) bool { n++; return true }))
			})
			return n
		}
		ids := []group.ID{"club", "den", "attic", "cellar"}
		for i, id := range ids {
			w.create(id, group.StreamID(5+i), group.Public, "bob")
			for n := range 25 {
				w.say(id, "bob", "old")
				if n == 12 && id == "den" {
					w.snapshot(id) // which covers only a part
				}
			}
			if id != "den" {
				w.snapshot(id)
			}
		}
		w.do("attic", "ann", group.Dismiss{})
		w.do("cellar", "ann", group.Dismiss{})
		w.snapshot("cellar")
		w.now += 29 * day
		w.say("club", "bob", "young")
		w.now += 2 * day
		w.sweepBy(100, trimMax)
		require.Equal(t, 1, stored(5), "by %d", trimMax)
		require.Equal(t, 12, stored(6), "by %d: what no snapshot covers stays, and holds up nobody", trimMax)
		w.view(func(tx persistence.Tx) {
			require.Zero(t, tx.Head(7))
			require.Zero(t, tx.Head(8))
		})
		require.LessOrEqual(t, w.sweepBy(100, trimMax), 1)
	}
}

// Where nothing has a number, as in a livestream, or behind the newest number,
// age alone decides; what no snapshot covers stays.
func TestUnnumberedEntriesAreTrimmed(t *testing.T) {
	w := newWorld(t)
	w.create("show", 5, group.Livestream)
	w.create("club", 6, group.Public)
	changes := 0
	change := func() {
		changes++
		text := fmt.Sprint(changes)
		for _, id := range []group.ID{"show", "club"} {
			w.do(id, "ann", group.UpdateProfile{Introduction: &text})
		}
	}
	stored := func() (n [2]int) {
		w.view(func(tx persistence.Tx) {
			for i := range n {
				require.NoError(t, tx.Read(group.StreamID(5+i), 0, func(persistence.Entry) bool { n[i]++; return true }))
			}
		})
		return n
	}
	for range 5 {
		change()
	}
	all := stored()
	heads := [2]persistence.Head{}
	w.view(func(tx persistence.Tx) { heads = [2]persistence.Head{tx.Head(5), tx.Head(6)} })
	require.Equal(t, persistence.Head{Position: 6}, heads[0], "no numbers")
	w.snapshot("show")
	w.snapshot("club")
	require.Zero(t, w.sweep(10))
	w.now += 29 * day
	change()
	w.now += 2 * day
	w.sweepBy(10, 2)
	require.Less(t, stored()[0], all[0])
	require.Equal(t, 1, stored()[0])
	w.snapshot("show")
	w.snapshot("club")
	w.now += 31 * day
	w.sweepBy(10, 2)
	require.Equal(t, [2]int{}, stored())
	require.Zero(t, w.sweep(10))
	change()
	w.view(func(tx persistence.Tx) {
		require.Equal(t, heads[0].Position+2, tx.Head(5).Position)
	})
}
