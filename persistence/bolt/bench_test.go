package bolt_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/bolt"
)

// BenchmarkCommit measures durable batches of one 250-byte message for each of
// so many groups, with the row that counts the sender's messages.
func BenchmarkCommit(b *testing.B) {
	for _, groups := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("groups=%d", groups), func(b *testing.B) {
			j := openAt(b, filepath.Join(b.TempDir(), "troupe.db"), bolt.Options{})
			position := group.Position(0)
			b.ReportAllocs()
			for b.Loop() {
				batch := make([]*persistence.Append, groups)
				for i := range batch {
					s := group.StreamID(i)*0x9e3779b97f4a7c15 + 1
					batch[i] = &persistence.Append{
						Stream: s, After: position, Entries: entries(int(position), 1, 250),
						Rows: []persistence.RowOp{{Op: persistence.OpAdd, Table: persistence.TableSent, Key: persistence.StreamUserKey(s, "ann"), Delta: 1}},
					}
				}
				require.NoError(b, j.Commit(b.Context(), batch))
				position++
			}
			b.ReportMetric(float64(groups)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkCommitPipelined measures batches with 64 messages of each group.
func BenchmarkCommitPipelined(b *testing.B) {
	j := openAt(b, filepath.Join(b.TempDir(), "troupe.db"), bolt.Options{})
	const groups, depth = 100, 64
	position := 0
	b.ReportAllocs()
	for b.Loop() {
		batch := make([]*persistence.Append, 0, groups*depth)
		for i := range groups {
			s := group.StreamID(i)*0x9e3779b97f4a7c15 + 1
			for k := range depth {
				batch = append(batch, &persistence.Append{Stream: s, After: group.Position(position + k), Entries: entries(position+k, 1, 250)})
			}
		}
		require.NoError(b, j.Commit(b.Context(), batch))
		position += depth
	}
	b.ReportMetric(groups*depth*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
