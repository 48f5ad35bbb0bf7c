package journaltest

import (
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

func chunk(i uint32, data string) persistence.Chunk {
	return persistence.Chunk{Index: i, Data: []byte(data)}
}

func (b *bench) snapshot(s group.StreamID) (snap *persistence.Snapshot) {
	b.Helper()
	b.view(func(tx persistence.Tx) {
		var err error
		snap, err = tx.Snapshot(s)
		require.NoError(b, err)
	})
	return snap
}

func (b *bench) save(s group.StreamID, snap *persistence.Snapshot) {
	b.Helper()
	a := &persistence.Append{Stream: s, Snapshot: snap}
	b.commit(a)
	require.NoError(b, a.Err)
}

func snapshotTests() []test {
	return []test{
		{"none at first", func(b *bench) { require.Nil(b, b.snapshot(streamA)) }},
		{"saved with entries", func(b *bench) {
			snap := &persistence.Snapshot{Position: 2, Seq: 2, Head: []byte("h"), ChunkCount: 1, Chunks: []persistence.Chunk{chunk(0, "a")}}
			b.commit(&persistence.Append{Stream: streamA, Entries: numbered(0, 2, 0), Snapshot: snap})
			require.Equal(b, snap, b.snapshot(streamA))
			require.Nil(b, b.snapshot(streamB))
		}},
		{"saved alone and late", func(b *bench) {
			b.append(streamA, 0, numbered(0, 5, 0)...)
			snap := &persistence.Snapshot{Position: 3, Seq: 3, Head: []byte("h"), Chunks: nil}
			b.save(streamA, snap)
			require.Equal(b, group.Position(3), b.snapshot(streamA).Position)
			require.Equal(b, persistence.Head{Position: 5, Seq: 5}, b.head(streamA))
		}},
		{"only the chunks given are replaced", chunksReplaced},
		{"an older one is left out", func(b *bench) {
			b.append(streamA, 0, numbered(0, 5, 0)...)
			b.save(streamA, &persistence.Snapshot{Position: 4, Seq: 4, Head: []byte("new"), ChunkCount: 1, Chunks: []persistence.Chunk{chunk(0, "new")}})
			b.save(streamA, &persistence.Snapshot{Position: 3, Seq: 3, Head: []byte("old"), ChunkCount: 1, Chunks: []persistence.Chunk{chunk(0, "old")}})
			snap := b.snapshot(streamA)
			require.Equal(b, "new", string(snap.Head))
			require.Equal(b, "new", string(snap.Chunks[0].Data))
		}},
		{"one that builds on another conflicts", func(b *bench) {
			b.append(streamA, 0, numbered(0, 5, 0)...)
			save := func(base, p group.Position) error {
				a := &persistence.Append{Stream: streamA, Snapshot: &persistence.Snapshot{Base: base, Position: p, Seq: group.Seq(p)}}
				b.commit(a)
				return a.Err
			}
			require.ErrorIs(b, save(1, 2), persistence.ErrConflict, "there is none")
			require.NoError(b, save(0, 2))
			require.NoError(b, save(2, 3))
			require.ErrorIs(b, save(2, 4), persistence.ErrConflict)
			require.Equal(b, group.Position(3), b.snapshot(streamA).Position)
		}},
		{"a missing chunk is corrupt", func(b *bench) {
			b.append(streamA, 0, numbered(0, 1, 0)...)
			b.save(streamA, &persistence.Snapshot{Position: 1, Seq: 1, ChunkCount: 2, Chunks: []persistence.Chunk{chunk(1, "b")}})
			b.view(func(tx persistence.Tx) {
				_, err := tx.Snapshot(streamA)
				require.ErrorIs(b, err, persistence.ErrCorrupt)
			})
		}},
	}
}

func chunksReplaced(b *bench) {
	b.append(streamA, 0, numbered(0, 9, 0)...)
	steps := []struct {
		name   string
		count  uint32
		chunks []persistence.Chunk
		want   []persistence.Chunk
	}{
		{"first", 3, []persistence.Chunk{chunk(0, "a"), chunk(1, "b"), chunk(2, "c")}, []persistence.Chunk{chunk(0, "a"), chunk(1, "b"), chunk(2, "c")}},
		{"one changes", 3, []persistence.Chunk{chunk(1, "B")}, []persistence.Chunk{chunk(0, "a"), chunk(1, "B"), chunk(2, "c")}},
		{"none changes", 3, nil, []persistence.Chunk{chunk(0, "a"), chunk(1, "B"), chunk(2, "c")}},
		{"fewer", 1, nil, []persistence.Chunk{chunk(0, "a")}},
		{"more again", 2, []persistence.Chunk{chunk(1, "d")}, []persistence.Chunk{chunk(0, "a"), chunk(1, "d")}},
		{"none left", 0, nil, nil},
	}
	for i, s := range steps {
		p := group.Position(i + 1)
		b.save(streamA, &persistence.Snapshot{Position: p, Seq: group.Seq(p), Head: []byte(s.name), Chunks: s.chunks, ChunkCount: s.count})
		snap := b.snapshot(streamA)
		require.Equal(b, s.name, string(snap.Head))
		require.Equal(b, s.want, snap.Chunks, s.name)
		require.Equal(b, p, snap.Position)
	}
}
