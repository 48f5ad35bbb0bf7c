package journaltest

import (
	"bytes"
	"context"
	"errors"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/persistence"
)

func lifeTests() []test {
	return []test{
		{"stored is found again", reopened},
		{"a backup is a whole journal", func(b *bench) {
			b.append(streamA, 0, mixed()...)
			b.rows(put(users, "k", "v"))
			var backup bytes.Buffer
			require.NoError(b, b.j.Backup(&backup))
			require.NotZero(b, backup.Len())
			b.append(streamA, 8, entry(9, 5))
			if b.target.Restore == nil {
				b.Skip("backups of this adapter cannot be opened")
			}
			b.j = b.target.Restore(b.TB, backup.Bytes())
			require.Equal(b, mixed(), b.read(streamA, 0))
			require.Equal(b, "v", string(b.get(users, "k")))
		}},
		{"closed", func(b *bench) {
			require.NoError(b, b.j.Close())
			require.ErrorIs(b, b.j.Commit(b.Context(), []*persistence.Append{{}}), persistence.ErrClosed)
			require.ErrorIs(b, b.j.View(func(persistence.Tx) error { return nil }), persistence.ErrClosed)
			require.ErrorIs(b, b.j.Backup(&bytes.Buffer{}), persistence.ErrClosed)
		}},
		{"a cancelled context stores nothing", func(b *bench) {
			ctx, cancel := context.WithCancel(b.Context())
			cancel()
			err := b.j.Commit(ctx, []*persistence.Append{{Stream: streamA, Entries: numbered(0, 1, 0)}})
			require.ErrorIs(b, err, context.Canceled)
			require.Equal(b, persistence.Head{}, b.head(streamA))
		}},
		{"a view's error is its result", func(b *bench) {
			fault := errors.New("fault")
			require.ErrorIs(b, b.j.View(func(persistence.Tx) error { return fault }), fault)
		}},
		{"not full, with an epoch", func(b *bench) {
			full, reason := b.j.Full()
			require.False(b, full)
			require.Empty(b, reason)
			require.Len(b, b.j.Epoch(), 8)
		}},
	}
}

func reopened(b *bench) {
	if b.target.Reopen == nil {
		b.Skip("this adapter does not outlive its process")
	}
	b.append(streamA, 0, mixed()...)
	b.append(streamB, 0, entry(1, 0))
	snap := &persistence.Snapshot{Position: 8, Seq: 4, Head: []byte("h"), ChunkCount: 1, Chunks: []persistence.Chunk{chunk(0, "a")}}
	b.save(streamA, snap)
	b.rows(put(users, "k", "v"), persistence.TimerOp(streamA, 5))
	epoch := b.j.Epoch()

	b.j = b.target.Reopen(b.TB, b.j)
	require.Equal(b, mixed(), b.read(streamA, 0))
	require.Equal(b, persistence.Head{Position: 1}, b.head(streamB))
	require.Equal(b, snap, b.snapshot(streamA))
	require.Equal(b, "v", string(b.get(users, "k")))
	require.Equal(b, epoch, b.j.Epoch())
	b.append(streamA, 8, entry(9, 5))
	b.view(func(tx persistence.Tx) { require.Len(b, persistence.DueTimers(tx, 5, 9), 1) })
}
