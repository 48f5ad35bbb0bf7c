//go:build unix

package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/bolt"
)

// stalled restores a backup that arrives only when meanwhile has been called.
func stalled(t *testing.T, dir string, backup []byte, meanwhile func(), args ...string) ended {
	t.Helper()
	pipe := filepath.Join(t.TempDir(), "backup")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	done := make(chan ended, 1)
	go func() { done <- troupe(t, append([]string{"restore", "--from", pipe, "--data", dir}, args...)...) }()
	w, err := os.OpenFile(pipe, os.O_WRONLY, 0) // until it is read
	require.NoError(t, err)
	meanwhile()
	_, err = w.Write(backup)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return <-done
}

// A server that starts while its journal is being replaced would store into a
// file that is no more.
func TestNoServerStartsWhileRestoring(t *testing.T) {
	dir, _, _, server := populated(t)
	require.Zero(t, server.end())
	path := filepath.Join(dir, "troupe.db")
	backup, err := os.ReadFile(path)
	require.NoError(t, err)

	e := stalled(t, dir, backup, func() {
		_, err := bolt.Open(path, bolt.Options{})
		require.ErrorIs(t, err, persistence.ErrInUse)
		// Nor may another put a file in its place: which of both stays would be chance.
		e := troupe(t, "compact", "--data", dir)
		require.Equal(t, 1, e.code)
		require.Contains(t, e.stderr, "in use")
	}, "--replace")
	require.Zero(t, e.code, e.stderr)
	kept, err := filepath.Glob(path + ".*")
	require.NoError(t, err)
	require.Len(t, kept, 1)
	require.NoError(t, bolt.Verify(kept[0], nil))
	j, err := bolt.Open(path, bolt.Options{})
	require.NoError(t, err, "held no longer")
	require.NoError(t, j.Close())

	fresh := t.TempDir()
	path = filepath.Join(fresh, "troupe.db")
	var epoch string
	e = stalled(t, fresh, backup, func() {
		j, err := bolt.Open(path, bolt.Options{})
		require.NoError(t, err)
		epoch = j.Epoch()
		require.NoError(t, j.Close())
	})
	require.Equal(t, 1, e.code)
	require.Contains(t, e.stderr, "was made meanwhile")
	j, err = bolt.Open(path, bolt.Options{})
	require.NoError(t, err)
	require.Equal(t, epoch, j.Epoch(), "what a server made is left alone")
	require.NoError(t, j.Close())
}
