package bolt_test

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/bolt"
)

// TestBrokenStorage: after a commit that failed, nobody knows how, nothing is
// read or stored until the file is opened again; then it holds all that was
// acknowledged.
func TestBrokenStorage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "troupe.db")
	var file *os.File
	var told []error
	j, err := bolt.Open(path, bolt.Options{
		DiskReserve: -1,
		Broken:      func(err error) { told = append(told, err) },
		OpenFile: func(name string, flag int, perm fs.FileMode) (f *os.File, err error) {
			file, err = os.OpenFile(name, flag, perm)
			return file, err
		},
	})
	require.NoError(t, err)
	require.NoError(t, store(t, j, 0, 3))
	require.NoError(t, file.Close()) // writes fail from here on

	require.ErrorIs(t, store(t, j, 3, 1), persistence.ErrUnknown)
	require.Len(t, told, 1)
	require.ErrorIs(t, told[0], os.ErrClosed)
	require.ErrorIs(t, store(t, j, 3, 1), persistence.ErrBroken)
	require.ErrorIs(t, j.View(func(persistence.Tx) error { return nil }), persistence.ErrBroken)
	require.ErrorIs(t, j.Backup(io.Discard), persistence.ErrBroken)
	require.Len(t, told, 1, "once")
	_ = j.Close()

	j = openAt(t, path, bolt.Options{DiskReserve: -1})
	require.Equal(t, persistence.Head{Position: 3, Seq: 3}, head(t, j))
	require.NoError(t, store(t, j, 3, 1))
}
