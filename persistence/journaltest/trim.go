package journaltest

import (
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

func trim(upTo group.Seq, atMost uint32) persistence.RowOp {
	return persistence.RowOp{Op: persistence.OpTrim, Key: persistence.StreamKey(streamA), Delta: int64(upTo), Cap: atMost}
}

func forget(atMost uint32) persistence.RowOp {
	return persistence.RowOp{Op: persistence.OpForget, Key: persistence.StreamKey(streamA), Cap: atMost}
}

func positions(list []persistence.Entry) []group.Position {
	got := []group.Position{}
	for _, e := range list {
		got = append(got, e.Position)
	}
	return got
}

func trimTests() []test {
	return []test{
		{"nothing goes without a snapshot", func(b *bench) {
			b.append(streamA, 0, mixed()...)
			b.rows(trim(9, 0))
			require.Equal(b, mixed(), b.read(streamA, 0))
		}},
		{"what is covered goes up to a number", func(b *bench) {
			b.neighbours()
			b.append(streamA, 0, mixed()...)
			b.save(streamA, &persistence.Snapshot{Position: 8, Seq: 4})
			b.rows(trim(2, 0))
			require.Equal(b, []group.Position{6, 7, 8}, positions(b.read(streamA, 0)))
			require.Len(b, b.read(streamA-1, 0), 2)
			require.Len(b, b.read(streamA+1, 0), 2)
		}},
		{"what is not covered stays", func(b *bench) {
			b.append(streamA, 0, mixed()...)
			b.save(streamA, &persistence.Snapshot{Position: 3, Seq: 2})
			b.rows(trim(9, 0))
			require.Equal(b, mixed()[3:], b.read(streamA, 3))
		}},
		{"what stands behind the newest number stays", func(b *bench) {
			b.append(streamA, 0, append(mixed(), entry(9, 0), entry(10, 0))...)
			b.save(streamA, &persistence.Snapshot{Position: 10, Seq: 4})
			b.rows(trim(4, 0))
			require.Equal(b, []group.Position{9, 10}, positions(b.read(streamA, 0)))
			require.Equal(b, []group.Position{10}, positions(b.read(streamA, 9)))
			require.Empty(b, b.span(streamA, 1, 9, false))
			b.append(streamA, 10, entry(11, 5))
			b.rows(trim(4, 0))
			require.Equal(b, []group.Position{11}, positions(b.read(streamA, 5)))
		}},
		{"no number, nothing goes", func(b *bench) {
			b.append(streamA, 0, mixed()...)
			b.save(streamA, &persistence.Snapshot{Position: 8, Seq: 4})
			b.rows(trim(0, 0))
			require.Equal(b, mixed(), b.read(streamA, 0))
		}},
		{"up to a position", func(b *bench) {
			op := func(p group.Position, upTo group.Seq) persistence.RowOp {
				op := trim(upTo, 0)
				op.Value = persistence.Uint64Value(uint64(p))
				return op
			}
			b.append(streamA, 0, entry(1, 0), entry(2, 1), entry(3, 0), entry(4, 0), entry(5, 0))
			b.save(streamA, &persistence.Snapshot{Position: 4, Seq: 1})
			b.rows(op(3, 0))
			require.Equal(b, []group.Position{4, 5}, positions(b.read(streamA, 0)))
			b.rows(op(5, 1))
			require.Equal(b, []group.Position{5}, positions(b.read(streamA, 0)), "what is not covered stays")
			b.append(streamB, 0, entry(1, 0), entry(2, 0))
			b.save(streamB, &persistence.Snapshot{Position: 2})
			all := op(2, 0)
			all.Key = persistence.StreamKey(streamB)
			b.rows(all)
			require.Empty(b, b.read(streamB, 0))
			require.Equal(b, persistence.Head{Position: 2}, b.head(streamB))
		}},
		{"reading goes on in what is left", func(b *bench) {
			b.append(streamA, 0, mixed()...)
			b.save(streamA, &persistence.Snapshot{Position: 8, Seq: 4})
			b.rows(trim(9, 3))
			for after, want := range [][]group.Position{0: {4, 5, 6, 7, 8}, 3: {4, 5, 6, 7, 8}, 4: {5, 6, 7, 8}, 6: {7, 8}, 8: {}} {
				if want != nil {
					require.Equal(b, want, positions(b.read(streamA, group.Position(after))), "after %d", after)
				}
			}
			require.Equal(b, []group.Position{6, 8}, positions(b.span(streamA, 1, 9, false)))
		}},
		{"in parts", func(b *bench) {
			b.append(streamA, 0, mixed()...)
			b.save(streamA, &persistence.Snapshot{Position: 8, Seq: 4})
			for range 3 {
				b.rows(trim(2, 2))
			}
			require.Equal(b, []group.Position{6, 7, 8}, positions(b.read(streamA, 0)))
		}},
		{"the head outlives its entries", func(b *bench) {
			b.append(streamA, 0, mixed()...)
			b.save(streamA, &persistence.Snapshot{Position: 8, Seq: 4})
			b.rows(trim(4, 0))
			require.Equal(b, persistence.Head{Position: 8, Seq: 4}, b.head(streamA))
			b.append(streamA, 8, entry(9, 5))
			require.Equal(b, []persistence.Entry{entry(9, 5)}, b.span(streamA, 1, 9, false))
		}},
		{"in one batch with appends of neighbours", trimBesideAppends},
		{"forget leaves nothing", func(b *bench) {
			b.neighbours()
			b.append(streamA, 0, mixed()...)
			b.save(streamA, &persistence.Snapshot{Position: 8, Seq: 4, ChunkCount: 1, Chunks: []persistence.Chunk{chunk(0, "a")}})
			b.rows(forget(5))
			require.Len(b, b.read(streamA, 0), 3)
			b.rows(forget(0))
			require.Equal(b, persistence.Head{}, b.head(streamA))
			require.Nil(b, b.snapshot(streamA))
			require.Equal(b, persistence.Head{Position: 2, Seq: 1}, b.head(streamA+1))
		}},
	}
}

// trimBesideAppends empties whole pages in the transaction that appends to
// the streams before and behind them.
func trimBesideAppends(b *bench) {
	const many = 3000
	for _, s := range []group.StreamID{streamA - 1, streamA, streamA + 1} {
		b.append(s, 0, numbered(0, many, 0)...)
	}
	b.save(streamA, &persistence.Snapshot{Position: many, Seq: many})
	gone := &persistence.Append{Rows: []persistence.RowOp{trim(many, 0)}}
	before := &persistence.Append{Stream: streamA - 1, After: many, Entries: numbered(many, 1, 0)}
	here := &persistence.Append{Stream: streamA, After: many, Entries: numbered(many, 1, 0)}
	behind := &persistence.Append{Stream: streamA + 1, After: many, Entries: numbered(many, 1, 0)}
	b.commit(gone, before, here, behind)
	require.NoError(b, before.Err)
	require.NoError(b, here.Err)
	require.NoError(b, behind.Err)
	require.Len(b, b.read(streamA-1, 0), many+1)
	require.Len(b, b.span(streamA, 1, ^group.Seq(0), true), 1)
	require.Equal(b, persistence.Head{Position: many + 1, Seq: many + 1}, b.head(streamA-1))
}
