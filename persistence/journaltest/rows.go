package journaltest

import (
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

const users = persistence.TableUsers

func rowTests() []test {
	return []test{
		{"put, replace, delete", func(b *bench) {
			require.Nil(b, b.get(users, "k"))
			b.rows(put(users, "k", "1"))
			b.rows(put(users, "k", "2"))
			require.Equal(b, "2", string(b.get(users, "k")))
			require.Nil(b, b.get(persistence.TableGroups, "k"), "tables are apart")
			b.rows(persistence.RowOp{Op: persistence.OpDelete, Table: users, Key: []byte("k")})
			require.Nil(b, b.get(users, "k"))
			b.rows(persistence.RowOp{Op: persistence.OpDelete, Table: users, Key: []byte("k")})
		}},
		{"an empty value is a row", func(b *bench) {
			b.rows(put(users, "k", ""))
			require.Equal(b, []byte{}, b.get(users, "k"))
		}},
		{"ops see those before them", func(b *bench) {
			add := persistence.RowOp{Op: persistence.OpAdd, Table: persistence.TableCounts, Key: []byte("c"), Delta: 2}
			b.rows(add, add, add)
			require.Equal(b, uint64(6), persistence.Uint64(b.get(persistence.TableCounts, "c")))
		}},
		{"a counter never goes below zero", func(b *bench) {
			op := func(d int64) persistence.RowOp {
				return persistence.RowOp{Op: persistence.OpAdd, Table: persistence.TableCounts, Key: []byte("c"), Delta: d}
			}
			b.rows(op(1), op(-5), op(2))
			require.Equal(b, uint64(2), persistence.Uint64(b.get(persistence.TableCounts, "c")))
		}},
		{"scan", scans},
		{"delete prefix", func(b *bench) {
			b.rows(put(users, "a", ""), put(users, "b1", ""), put(users, "b2", ""), put(users, "b3", ""), put(users, "c", ""))
			op := persistence.RowOp{Op: persistence.OpDeletePrefix, Table: users, Key: []byte("b"), Cap: 2}
			b.rows(op)
			require.Equal(b, []string{"a", "b3", "c"}, b.scan(users, "", "", false))
			op.Cap = 0
			b.rows(op)
			require.Equal(b, []string{"a", "c"}, b.scan(users, "", "", false))
		}},
		{"every table holds rows", func(b *bench) {
			for t := persistence.TableGroups; t <= persistence.LastTable; t++ {
				b.rows(put(t, "k", string(rune('a'+t))))
			}
			for t := persistence.TableGroups; t <= persistence.LastTable; t++ {
				require.Equal(b, string(rune('a'+t)), string(b.get(t, "k")))
			}
		}},
		{"timers", timers},
		{"audit numbers rise and are not given twice", audit},
		{"an append whose rows cannot be carried out is left out", badRows},
	}
}

func badRows(b *bench) {
	good := &persistence.Append{Stream: streamA, Entries: numbered(0, 1, 0), Rows: []persistence.RowOp{put(users, "good", "1")}}
	broken := persistence.RowOp{Op: persistence.OpMerge, Table: persistence.TableMembers, Key: []byte("broken")}
	bad := &persistence.Append{
		Stream: streamB, Entries: numbered(0, 1, 0),
		Rows: []persistence.RowOp{put(users, "bad", "1"), put(persistence.TableMembers, "broken", "x"), broken},
	}
	after := &persistence.Append{Stream: streamB, After: 1, Entries: numbered(1, 1, 0)}
	strange := &persistence.Append{Rows: []persistence.RowOp{{Op: 99}}}
	last := &persistence.Append{Rows: []persistence.RowOp{put(users, "last", "1")}}
	b.commit(good, bad, after, strange, last)
	require.NoError(b, good.Err)
	require.ErrorIs(b, bad.Err, persistence.ErrCorrupt)
	require.ErrorIs(b, after.Err, persistence.ErrConflict, "it builds on what was left out")
	require.ErrorIs(b, strange.Err, persistence.ErrCorrupt)
	require.NoError(b, last.Err)
	require.Equal(b, persistence.Head{Position: 1, Seq: 1}, b.head(streamA))
	require.Equal(b, persistence.Head{}, b.head(streamB))
	require.Equal(b, []string{"good", "last"}, b.scan(users, "", "", false))
	require.Nil(b, b.get(persistence.TableMembers, "broken"))
}

func scans(b *bench) {
	b.rows(put(users, "a", "1"), put(users, "b\x00", ""), put(users, "b\x001", ""), put(users, "b\x002", ""),
		put(users, "b\x004", ""), put(users, "b\x01", ""), put(users, "\xff\xff1", ""), put(users, "\xff\xff2", ""))
	tests := []struct {
		name         string
		prefix, from string
		reverse      bool
		want         []string
	}{
		{"prefix", "b\x00", "", false, []string{"b\x00", "b\x001", "b\x002", "b\x004"}},
		{"prefix falling", "b\x00", "", true, []string{"b\x004", "b\x002", "b\x001", "b\x00"}},
		{"from a key", "b\x00", "b\x002", false, []string{"b\x002", "b\x004"}},
		{"from a key falling", "b\x00", "b\x002", true, []string{"b\x002", "b\x001", "b\x00"}},
		{"from between keys", "b\x00", "b\x003", false, []string{"b\x004"}},
		{"from between keys falling", "b\x00", "b\x003", true, []string{"b\x002", "b\x001", "b\x00"}},
		{"from below the prefix", "b\x00", "a", false, []string{"b\x00", "b\x001", "b\x002", "b\x004"}},
		{"from above the prefix", "b\x00", "c", false, []string{}},
		{"from above the prefix falling", "b\x00", "c", true, []string{"b\x004", "b\x002", "b\x001", "b\x00"}},
		{"from below the prefix falling", "b\x00", "a", true, []string{}},
		{"from the last key falling", "b\x00", "b\x009", true, []string{"b\x004", "b\x002", "b\x001", "b\x00"}},
		{"no prefix", "", "b\x01", false, []string{"b\x01", "\xff\xff1", "\xff\xff2"}},
		{"no prefix falling", "", "b", true, []string{"a"}},
		{"the last prefix falling", "\xff\xff", "", true, []string{"\xff\xff2", "\xff\xff1"}},
		{"nothing", "x", "", false, []string{}},
		{"nothing falling", "x", "", true, []string{}},
	}
	for _, tt := range tests {
		require.Equal(b, tt.want, b.scan(users, tt.prefix, tt.from, tt.reverse), tt.name)
	}
	var stopped []string
	b.view(func(tx persistence.Tx) {
		tx.Scan(users, nil, nil, false, func(key, value []byte) bool {
			stopped = append(stopped, string(key)+string(value))
			return false
		})
	})
	require.Equal(b, []string{"a1"}, stopped)
}

func timers(b *bench) {
	due := func(now group.Millis) (list []persistence.Timer) {
		b.view(func(tx persistence.Tx) { list = persistence.DueTimers(tx, now, 10) })
		return list
	}
	b.rows(persistence.TimerOp(streamA, 500), persistence.TimerOp(streamB, 300), persistence.TimerOp(streamC, 500))
	require.Empty(b, due(299))
	require.Equal(b, []persistence.Timer{{Due: 300, Stream: streamB}}, due(300))
	require.Equal(b, []persistence.Timer{{Due: 300, Stream: streamB}, {Due: 500, Stream: streamA}, {Due: 500, Stream: streamC}}, due(500))
	b.rows(persistence.TimerOp(streamA, 200), persistence.TimerOp(streamB, 0), persistence.TimerOp(streamB, 0))
	require.Equal(b, []persistence.Timer{{Due: 200, Stream: streamA}, {Due: 500, Stream: streamC}}, due(900))
	b.view(func(tx persistence.Tx) {
		next, ok := persistence.NextTimer(tx)
		require.True(b, ok)
		require.Equal(b, persistence.Timer{Due: 200, Stream: streamA}, next)
		require.Len(b, persistence.DueTimers(tx, 900, 1), 1)
	})
}

func audit(b *bench) {
	op := func(who group.UserID) persistence.RowOp {
		return persistence.AuditOp(&persistence.AuditEntry{Actor: who})
	}
	given := b.rows(op("ann"), put(users, "k", ""), op("bob"))
	require.Equal(b, []uint64{1, 2}, []uint64{given[0][0].N, given[2][0].N})
	b.rows(persistence.RowOp{Op: persistence.OpDeletePrefix, Table: persistence.TableAudit})
	broken := &persistence.Append{Rows: []persistence.RowOp{op("cat"), {Op: 99}}}
	good := &persistence.Append{Rows: []persistence.RowOp{op("dan")}}
	b.commit(broken, good)
	require.Equal(b, uint64(3), good.Numbers[0][0].N, "what was not stored has taken no number")
	if b.target.Reopen != nil {
		b.j = b.target.Reopen(b, b.j)
	}
	require.Equal(b, uint64(4), b.rows(op("eve"))[0][0].N)
	b.view(func(tx persistence.Tx) {
		page, err := persistence.ListAudit(tx, &persistence.AuditQuery{Count: 9, Bytes: 999})
		require.NoError(b, err)
		require.Len(b, page.Entries, 2)
		require.Equal(b, persistence.AuditEntry{ID: 4, Actor: "eve"}, page.Entries[0])
		require.Equal(b, persistence.AuditEntry{ID: 3, Actor: "dan"}, page.Entries[1])
	})
}
