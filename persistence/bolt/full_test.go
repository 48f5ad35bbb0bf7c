package bolt_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/bolt"
)

func TestDiskFullMode(t *testing.T) {
	free, fault := uint64(1000), error(nil)
	o := fast
	o.DiskReserve = 100
	o.FreeSpace = func(string) (uint64, error) { return free, fault }
	j := openAt(t, filepath.Join(t.TempDir(), "troupe.db"), o)
	full := func() bool {
		on, reason := j.Full()
		require.Equal(t, on, reason != "")
		return on
	}
	require.False(t, full())
	require.NoError(t, store(t, j, 0, 1))

	free = 99
	require.ErrorIs(t, store(t, j, 1, 1), persistence.ErrFull)
	require.Equal(t, persistence.Head{Position: 1, Seq: 1}, head(t, j), "nothing was stored, reads go on")
	require.True(t, full())

	ban := &persistence.Append{Rows: []persistence.RowOp{persistence.UserOp(&persistence.UserRow{User: "ann"})}, FromReserve: true}
	other := &persistence.Append{Stream: stream, After: 1, Entries: entries(1, 1, 10)}
	require.NoError(t, j.Commit(t.Context(), []*persistence.Append{other, ban}))
	require.NoError(t, ban.Err)
	require.ErrorIs(t, other.Err, persistence.ErrFull)
	require.Equal(t, persistence.Head{Position: 1, Seq: 1}, head(t, j))

	free = 199
	require.True(t, full(), "until there is twice as much")
	require.ErrorIs(t, store(t, j, 1, 1), persistence.ErrFull)
	fault = errors.New("no answer")
	free = 1000
	require.True(t, full(), "as long as the disk does not say otherwise")
	fault, free = nil, 200
	require.False(t, full())
	require.NoError(t, store(t, j, 1, 1))
	free = 150
	require.False(t, full(), "below twice the reserve is enough while not full")
}

func TestWriteThatFindsNoSpace(t *testing.T) {
	free := uint64(150)
	o := fast
	o.DiskReserve = 100
	o.FreeSpace = func(string) (uint64, error) { return free, nil }
	o.MaxSize = 1 << 20
	j := openAt(t, filepath.Join(t.TempDir(), "troupe.db"), o)
	stored := 0
	var err error
	for err == nil {
		if err = store(t, j, stored, 500); err == nil {
			stored += 500
		}
		require.Less(t, stored, 1_000_000)
	}
	require.ErrorIs(t, err, persistence.ErrFull)
	require.NotErrorIs(t, err, persistence.ErrUnknown)
	require.Positive(t, stored)
	require.Equal(t, stored, int(head(t, j).Position), "all or nothing")
	full, reason := j.Full()
	require.True(t, full)
	require.NotEmpty(t, reason)

	free = 200
	full, _ = j.Full()
	require.False(t, full, "it recovers by itself")
	require.NoError(t, j.Commit(t.Context(), []*persistence.Append{{Rows: []persistence.RowOp{persistence.UserOp(&persistence.UserRow{User: "ann"})}}}),
		"pages that the failed commit took are free again")
}

func TestReserveCanBeOff(t *testing.T) {
	o := fast
	o.DiskReserve = -1
	o.FreeSpace = func(string) (uint64, error) { return 0, nil }
	j := openAt(t, filepath.Join(t.TempDir(), "troupe.db"), o)
	require.NoError(t, store(t, j, 0, 1))
	full, _ := j.Full()
	require.False(t, full)
}

func TestDefaultReserve(t *testing.T) {
	o := bolt.Options{NoSync: true, InitialMmapSize: 1 << 20}
	o.FreeSpace = func(string) (uint64, error) { return 256<<20 - 1, nil }
	j := openAt(t, filepath.Join(t.TempDir(), "troupe.db"), o)
	require.ErrorIs(t, store(t, j, 0, 1), persistence.ErrFull)
}
