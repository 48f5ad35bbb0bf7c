package journaltest

import (
	"errors"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/persistence"
)

func appendTests() []test {
	return []test{
		{"a new stream stands at zero", func(b *bench) {
			require.Equal(b, persistence.Head{}, b.head(streamA))
		}},
		{"entries move the head", func(b *bench) {
			b.append(streamA, 0, entry(1, 0), entry(2, 1), entry(3, 2), entry(4, 0))
			require.Equal(b, persistence.Head{Position: 4, Seq: 2}, b.head(streamA))
			require.Equal(b, persistence.Head{}, b.head(streamB), "neighbours do not move")
		}},
		{"a conflict stores nothing of its append", conflictAlone},
		{"a wrong entry conflicts", wrongEntries},
		{"appends of one stream stand in order", func(b *bench) {
			first := &persistence.Append{Stream: streamA, Entries: numbered(0, 2, 0)}
			other := &persistence.Append{Stream: streamB, Entries: numbered(0, 1, 0)}
			second := &persistence.Append{Stream: streamA, After: 2, Entries: numbered(2, 2, 0)}
			b.commit(first, other, second)
			require.NoError(b, errors.Join(first.Err, other.Err, second.Err))
			require.Equal(b, numbered(0, 4, 0), b.read(streamA, 0))
		}},
		{"what builds on a conflict conflicts", func(b *bench) {
			b.append(streamA, 0, numbered(0, 3, 0)...)
			first := &persistence.Append{Stream: streamA, After: 2, Entries: numbered(2, 2, 0)}
			second := &persistence.Append{Stream: streamA, After: 4, Entries: numbered(4, 1, 0)}
			b.commit(first, second)
			require.ErrorIs(b, first.Err, persistence.ErrConflict)
			require.ErrorIs(b, second.Err, persistence.ErrConflict)
		}},
		{"slices handed in are not kept", func(b *bench) {
			data := []byte("before")
			key, value := []byte("key"), []byte("value")
			a := &persistence.Append{Stream: streamA, Entries: []persistence.Entry{{Position: 1, Seq: 1, Data: data}}}
			a.Rows = []persistence.RowOp{{Op: persistence.OpPut, Table: persistence.TableUsers, Key: key, Value: value}}
			b.commit(a)
			copy(data, "after!")
			copy(key, "yek")
			copy(value, "eulav")
			require.Equal(b, "before", string(b.read(streamA, 0)[0].Data))
			require.Equal(b, "value", string(b.get(persistence.TableUsers, "key")))
		}},
		{"an empty batch is stored", func(b *bench) { b.commit() }},
	}
}

func conflictAlone(b *bench) {
	b.append(streamA, 0, numbered(0, 2, 0)...)
	bad := &persistence.Append{
		Stream: streamA, After: 1, Entries: numbered(1, 1, 0),
		Rows:     []persistence.RowOp{put(persistence.TableUsers, "bad", "x")},
		Snapshot: &persistence.Snapshot{Position: 2, Seq: 2, Head: []byte("bad")},
	}
	good := &persistence.Append{
		Stream: streamB, Entries: numbered(0, 1, 0),
		Rows: []persistence.RowOp{put(persistence.TableUsers, "good", "x")},
	}
	b.commit(bad, good)
	require.ErrorIs(b, bad.Err, persistence.ErrConflict)
	require.NoError(b, good.Err)
	require.Equal(b, persistence.Head{Position: 2, Seq: 2}, b.head(streamA))
	require.Nil(b, b.get(persistence.TableUsers, "bad"))
	require.NotNil(b, b.get(persistence.TableUsers, "good"))
	b.view(func(tx persistence.Tx) {
		snap, err := tx.Snapshot(streamA)
		require.NoError(b, err)
		require.Nil(b, snap)
	})
}

func wrongEntries(b *bench) {
	b.append(streamA, 0, numbered(0, 2, 0)...)
	tests := map[string]*persistence.Append{
		"after is ahead":       {After: 3, Entries: numbered(3, 1, 1)},
		"after is behind":      {After: 1, Entries: numbered(1, 1, 0)},
		"position has a gap":   {After: 2, Entries: []persistence.Entry{entry(4, 3)}},
		"positions repeat":     {After: 2, Entries: []persistence.Entry{entry(3, 3), entry(3, 4)}},
		"seq has a gap":        {After: 2, Entries: []persistence.Entry{entry(3, 4)}},
		"seq repeats":          {After: 2, Entries: []persistence.Entry{entry(3, 2)}},
		"snapshot is ahead":    {After: 2, Entries: numbered(2, 1, 0), Snapshot: &persistence.Snapshot{Position: 4}},
		"snapshot seq is high": {Snapshot: &persistence.Snapshot{Position: 2, Seq: 3}},
	}
	for name, a := range tests {
		a.Stream = streamA
		b.commit(a)
		require.ErrorIs(b, a.Err, persistence.ErrConflict, name)
		require.Equal(b, persistence.Head{Position: 2, Seq: 2}, b.head(streamA), name)
	}
}
