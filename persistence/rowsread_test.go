package persistence_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/memory"
)

func TestNewestStream(t *testing.T) {
	j := memory.New()
	newest := func() (s group.StreamID) {
		require.NoError(t, j.View(func(tx persistence.Tx) error {
			s = persistence.NewestStream(tx)
			return nil
		}))
		return s
	}
	require.Zero(t, newest())
	for _, s := range []group.StreamID{7, 1 << 40, 300} {
		op := persistence.RowOp{Op: persistence.OpPut, Table: persistence.TableProfiles, Key: persistence.StreamKey(s), Value: []byte("x")}
		require.NoError(t, j.Commit(t.Context(), []*persistence.Append{{Rows: []persistence.RowOp{op}}}))
	}
	require.EqualValues(t, 1<<40, newest())
}
