package main

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// unwritable has writes to an open file fail from here on, not for want of space.
func unwritable(t *testing.T, path string) {
	t.Helper()
	null, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer func() { _ = null.Close() }()
	open, err := filepath.Glob("/proc/self/fd/*")
	require.NoError(t, err)
	for _, at := range open {
		if is, err := os.Readlink(at); err != nil || is != path {
			continue
		}
		fd, err := strconv.Atoi(filepath.Base(at))
		require.NoError(t, err)
		require.NoError(t, syscall.Dup3(int(null.Fd()), fd, syscall.O_CLOEXEC))
		return
	}
	require.Fail(t, "nobody has the file open")
}

// A server that was told to stop and cannot store what it had still to store
// does not end as one that could.
func TestStorageThatFailsInTheStop(t *testing.T) {
	dir, _, _, server := populated(t)
	dir, err := filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	unwritable(t, filepath.Join(dir, "troupe.db"))
	require.Equal(t, 1, server.end())
}
