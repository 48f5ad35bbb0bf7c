package persistence_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// log stores entries a minute apart; the actors are ann and bob by turns.
func (w *world) log(n int) {
	w.Helper()
	var ops []persistence.RowOp
	for i := range n {
		e := persistence.AuditEntry{
			Time: w.now + group.Millis(i)*60_000, Actor: []group.UserID{"ann", "bob"}[i%2],
			Operation: []string{"set_ban", "lift_ban", "list_bans"}[i%3], Target: fmt.Sprint("t", i%5),
		}
		ops = append(ops, persistence.AuditOp(&e))
	}
	w.rows(ops...)
}

// audited reads all pages and gives the numbers of the entries.
func (w *world) audited(q persistence.AuditQuery) (ids []uint64, pages int) {
	w.Helper()
	for {
		var page persistence.AuditPage
		w.view(func(tx persistence.Tx) {
			var err error
			page, err = persistence.ListAudit(tx, &q)
			require.NoError(w, err)
		})
		pages++
		for i := range page.Entries {
			ids = append(ids, page.Entries[i].ID)
		}
		if page.Next == 0 {
			return ids, pages
		}
		q.Cursor = page.Next
	}
}

func TestListAudit(t *testing.T) {
	w := newWorld(t)
	w.log(30)
	all := persistence.AuditQuery{Count: 7, Bytes: 1 << 20, Now: w.now}
	ids, pages := w.audited(all)
	require.Len(t, ids, 30)
	require.Equal(t, 5, pages)
	require.Equal(t, []uint64{30, 29, 28}, ids[:3])
	for name, c := range map[string]struct {
		change func(*persistence.AuditQuery)
		want   []uint64
	}{
		"oldest first":          {func(q *persistence.AuditQuery) { q.Oldest, q.From, q.To = true, w.now, w.now+120_000 }, []uint64{1, 2}},
		"by actor":              {func(q *persistence.AuditQuery) { q.Actor, q.To = "bob", w.now+300_000 }, []uint64{4, 2}},
		"by operation":          {func(q *persistence.AuditQuery) { q.Operation, q.To = "lift_ban", w.now+480_001 }, []uint64{8, 5, 2}},
		"by target":             {func(q *persistence.AuditQuery) { q.Target, q.From = "t4", w.now+19*60_000 }, []uint64{30, 25, 20}},
		"the first moment":      {func(q *persistence.AuditQuery) { q.From = w.now + 29*60_000 }, []uint64{30}},
		"all at once":           {func(q *persistence.AuditQuery) { q.Actor, q.Operation, q.Target = "ann", "set_ban", "t0" }, []uint64{1}},
		"nothing":               {func(q *persistence.AuditQuery) { q.Actor = "eve" }, nil},
		"a page of few bytes":   {func(q *persistence.AuditQuery) { q.Bytes, q.To = 1, w.now+120_000 }, []uint64{2, 1}},
		"what is too old":       {func(q *persistence.AuditQuery) { q.Now += persistence.AuditLife + 27*60_000 }, []uint64{30, 29}},
		"its very last moment":  {func(q *persistence.AuditQuery) { q.Now += persistence.AuditLife + 27*60_000 - 1 }, []uint64{30, 29, 28}},
		"after a number":        {func(q *persistence.AuditQuery) { q.Cursor = 3 }, []uint64{2, 1}},
		"after a number rising": {func(q *persistence.AuditQuery) { q.Cursor, q.Oldest = 28, true }, []uint64{29, 30}},
	} {
		q := all
		c.change(&q)
		got, _ := w.audited(q)
		require.Equal(t, c.want, got, name)
	}
}

// Rows that are not picked are looked at in bounded numbers per page.
func TestListAuditLooksAtFew(t *testing.T) {
	w := newWorld(t)
	w.rows(persistence.AuditOp(&persistence.AuditEntry{Time: w.now, Actor: "eve"}))
	w.log(20_000)
	ids, pages := w.audited(persistence.AuditQuery{Actor: "eve", Count: 7, Bytes: 1 << 20, Now: w.now})
	require.Equal(t, []uint64{1}, ids)
	require.Equal(t, 3, pages)
}

func TestSweepRemovesOldAuditEntries(t *testing.T) {
	for _, limit := range []int{1, 2, 100} {
		w := newWorld(t)
		w.log(5)
		require.Zero(t, w.sweep(limit))
		w.now += persistence.AuditLife + 2*60_000
		require.Equal(t, 3, w.sweep(limit))
		w.now = start
		ids, _ := w.audited(persistence.AuditQuery{Count: 9, Bytes: 999, Now: w.now})
		require.Equal(t, []uint64{5, 4}, ids)
		w.now += 2 * persistence.AuditLife
		w.sweep(limit)
		w.log(1)
		ids, _ = w.audited(persistence.AuditQuery{Count: 9, Bytes: 999, Now: w.now})
		require.Equal(t, []uint64{6}, ids, "a number is not given again")
	}
}
