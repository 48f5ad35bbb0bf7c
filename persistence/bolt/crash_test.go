package bolt_test

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/bolt"
)

// A power cut may leave any of the pages that a commit writes, whole or torn,
// and the meta page only after them. Whatever it leaves is the state before the
// commit or the one after it.
func TestPowerCutWhileCommitting(t *testing.T) {
	page := os.Getpagesize()
	random := rand.New(rand.NewPCG(3, 4))
	dir := t.TempDir()
	path, cut := filepath.Join(dir, "troupe.db"), filepath.Join(dir, "cut.db")
	o := bolt.Aside(fast, 4, 5, 4000)
	j := openAt(t, path, o)
	now := heads{}
	for i := range 60 {
		before, err := os.ReadFile(path)
		require.NoError(t, err)
		then := maps.Clone(now)
		commit(t, j, crashBatch(now, random, i))
		after, err := os.ReadFile(path)
		require.NoError(t, err)

		left := append(bytes.Clone(before), make([]byte, max(len(after)-len(before), 0))...)
		for at := 2 * page; at < len(after); at += page {
			if torn := random.IntN(3) * page / 2; !bytes.Equal(left[at:at+page], after[at:at+page]) {
				copy(left[at:at+torn], after[at:at+torn])
			}
		}
		requireAfterCut(t, cut, left, then)
		// All but the meta page, which is torn.
		copy(left[2*page:], after[2*page:])
		meta := 0
		if !bytes.Equal(before[page:2*page], after[page:2*page]) {
			meta = page
		}
		copy(left[meta:meta+60], after[meta:meta+60])
		requireAfterCut(t, cut, left, then)
		requireAfterCut(t, cut, after, now)
	}
}

// crashBatch appends to some streams, and seldom trims one or forgets one.
func crashBatch(now heads, random *rand.Rand, i int) (batch []*persistence.Append) {
	var some []group.StreamID
	for s := range group.StreamID(12) {
		if random.IntN(3) == 0 {
			some = append(some, s+1)
		}
	}
	batch = now.appends(some...)
	if s := group.StreamID(100 + i); i%3 == 0 {
		// Comes and goes, so that rows and marks do.
		batch = append(batch, now.appends(s, s+1000)...)
	} else {
		s -= group.StreamID(i % 3)
		forget := persistence.RowOp{Op: persistence.OpForget, Key: persistence.StreamKey(s)}
		batch = append(batch, &persistence.Append{Rows: []persistence.RowOp{forget}})
		now[s] = 0
	}
	return batch
}

func requireAfterCut(t *testing.T, path string, file []byte, want heads) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, file, 0o600))
	require.NoError(t, bolt.Verify(path, nil))
	j, err := bolt.Open(path, fast)
	require.NoError(t, err)
	require.NoError(t, j.View(func(tx persistence.Tx) error {
		want.require(t, tx)
		return nil
	}))
	require.NoError(t, j.Close())
}
