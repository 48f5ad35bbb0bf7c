package bolt_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/bolt"
)

// Whatever page is not what it was, Verify tells it, and a file that is so can
// be guarded while another is put in its place.
func TestDamagedPages(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "troupe.db")
	j := openAt(t, path, bolt.Aside(fast, 4, 5, 4000))
	now := heads{}
	for range 20 {
		commit(t, j, now.appends(3, 4, 5, 6))
	}
	require.NoError(t, store(t, j, 0, 300))
	require.NoError(t, j.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	page := os.Getpagesize()
	random := make([]byte, page)
	for i := range random {
		random[i] = byte(i * i >> 3)
	}
	found := 0
	for at := 2 * page; at < min(len(whole), 80*page); at += page {
		for _, with := range [][]byte{make([]byte, page), bytes.Repeat([]byte{255}, page), random} {
			// All of it, and all but its number.
			for from := 0; from <= 8; from += 8 {
				bad := bytes.Clone(whole)
				copy(bad[at+from:at+page], with[from:])
				require.NoError(t, os.WriteFile(path, bad, 0o600))
				if err := bolt.Verify(path, nil); err != nil {
					require.ErrorIs(t, err, persistence.ErrCorrupt)
					found++
				}
				release, err := bolt.Guard(path)
				require.NoError(t, err)
				_, err = bolt.Open(path, fast)
				require.ErrorIs(t, err, persistence.ErrInUse)
				require.NoError(t, release())
			}
		}
	}
	require.Greater(t, found, 100)
}

// An empty file is no journal, and is left as it is.
func TestEmptyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "troupe.db")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.ErrorIs(t, bolt.Verify(path, nil), persistence.ErrCorrupt)
	require.ErrorIs(t, bolt.Compact(path, path+".new"), persistence.ErrCorrupt)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Zero(t, info.Size())
}
