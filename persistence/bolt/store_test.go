package bolt

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	bbolt "go.etcd.io/bbolt"

	"github.com/troupe-im/troupe/persistence/internal/engine"
)

// A page whose keys were all deleted in the transaction must not end a
// falling scan.
func TestFallingScanPassesEmptiedPages(t *testing.T) {
	db, err := open(filepath.Join(t.TempDir(), "troupe.db"), Options{NoSync: true, InitialMmapSize: 1 << 20}, false)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	require.NoError(t, db.Update(createBuckets))
	key := func(i int) []byte { return fmt.Appendf(nil, "k%06d", i) }
	const n = 3000
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		s := &store{tx: tx}
		for i := range n {
			s.Put(engine.Log, key(i), make([]byte, 50))
		}
		return s.err
	}))
	keys := func(s *store, from []byte) (list []string) {
		s.Seek(engine.Log, []byte("k"), from, true, func(k, _ []byte) bool {
			list = append(list, string(k))
			return true
		})
		return list
	}
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		s := &store{tx: tx}
		for i := 500; i < 2500; i++ {
			s.Delete(engine.Log, key(i))
		}
		require.Len(t, keys(s, nil), 1000)
		require.Len(t, keys(s, key(2600)), 601)
		require.Len(t, keys(s, key(2499)), 500)
		require.Len(t, keys(s, key(1500)), 500)
		require.Len(t, keys(s, key(0)), 1)
		for i := 2500; i < n; i++ {
			s.Delete(engine.Log, key(i))
		}
		list := keys(s, nil)
		require.Len(t, list, 500)
		require.Equal(t, string(key(499)), list[0])
		for i := range 500 {
			s.Delete(engine.Log, key(i))
		}
		require.Empty(t, keys(s, nil))
		return s.err
	}))
}

func TestEveryspaceHasItsBucket(t *testing.T) {
	names := map[string]bool{}
	for _, s := range engine.Spaces() {
		name := string(bucketName(s))
		require.NotEmpty(t, name)
		require.False(t, names[name], name)
		names[name] = true
	}
}
