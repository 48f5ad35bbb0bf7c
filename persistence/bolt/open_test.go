package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	bbolt "go.etcd.io/bbolt"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/bolt"
)

const stream group.StreamID = 9

// entries gives n numbered entries after a position.
func entries(after, n int, size int) []persistence.Entry {
	list := make([]persistence.Entry, n)
	for i := range list {
		p := after + i + 1
		list[i] = persistence.Entry{Position: group.Position(p), Seq: group.Seq(p), Data: bytes.Repeat([]byte{byte(p)}, size)}
	}
	return list
}

func store(t testing.TB, j *bolt.Journal, after, n int) error {
	t.Helper()
	a := &persistence.Append{Stream: stream, After: group.Position(after), Entries: entries(after, n, 100)}
	if err := j.Commit(t.Context(), []*persistence.Append{a}); err != nil {
		return err
	}
	return a.Err
}

func head(t testing.TB, j *bolt.Journal) (h persistence.Head) {
	t.Helper()
	require.NoError(t, j.View(func(tx persistence.Tx) error {
		h = tx.Head(stream)
		return nil
	}))
	return h
}

func TestSecondProcessIsRefusedAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "troupe.db")
	openAt(t, path, fast)
	_, err := bolt.Open(path, fast)
	require.ErrorIs(t, err, persistence.ErrInUse)
	require.ErrorContains(t, err, path)
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "troupe.db")
	require.NoError(t, openAt(t, path, fast).Close())
	setMeta(t, path, "schema", "7")
	_, err := bolt.Open(path, fast)
	require.ErrorIs(t, err, persistence.ErrNewerSchema)
	require.ErrorContains(t, err, "version 7")
	require.ErrorContains(t, err, "up to 2")
	require.ErrorIs(t, bolt.Verify(path, nil), persistence.ErrNewerSchema)
	require.ErrorIs(t, bolt.Compact(path, path+".new"), persistence.ErrNewerSchema)

	setMeta(t, path, "schema", "x")
	_, err = bolt.Open(path, fast)
	require.ErrorIs(t, err, persistence.ErrCorrupt)
}

func TestOlderSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "troupe.db")
	require.NoError(t, openAt(t, path, fast).Close())
	setMeta(t, path, "schema", "1")
	_, err := bolt.Open(path, fast)
	require.ErrorIs(t, err, persistence.ErrOlderSchema)
	require.ErrorContains(t, err, path)
	require.ErrorContains(t, err, "version 1")
	require.ErrorIs(t, bolt.Verify(path, nil), persistence.ErrOlderSchema)
	require.ErrorIs(t, bolt.Compact(path, path+".new"), persistence.ErrOlderSchema)
	_, err = bolt.RenewEpoch(path)
	require.ErrorIs(t, err, persistence.ErrOlderSchema)
}

func setMeta(t *testing.T, path, key, value string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte(key), []byte(value))
	}))
	require.NoError(t, db.Close())
}

func TestWhatIsNoJournal(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	require.NoError(t, os.WriteFile(text, bytes.Repeat([]byte("not a database\n"), 9000), 0o600))
	_, err := bolt.Open(text, fast)
	require.ErrorIs(t, err, persistence.ErrCorrupt)

	other := filepath.Join(dir, "other.db")
	db, err := bbolt.Open(other, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	require.ErrorIs(t, bolt.Verify(other, nil), persistence.ErrCorrupt)

	missing := filepath.Join(dir, "missing.db")
	require.ErrorIs(t, bolt.Verify(missing, nil), fs.ErrNotExist)
	_, err = bolt.RenewEpoch(missing)
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = os.Stat(missing)
	require.ErrorIs(t, err, fs.ErrNotExist, "nothing is made by looking")
}

func TestOpenFileIsUsed(t *testing.T) {
	fault := errors.New("fault")
	o := fast
	o.OpenFile = func(string, int, fs.FileMode) (*os.File, error) { return nil, fault }
	_, err := bolt.Open(filepath.Join(t.TempDir(), "troupe.db"), o)
	require.ErrorIs(t, err, fault)
}

func TestRestoredBackupGetsAnotherEpoch(t *testing.T) {
	dir := t.TempDir()
	j := openAt(t, filepath.Join(dir, "troupe.db"), fast)
	require.NoError(t, store(t, j, 0, 3))
	var backup bytes.Buffer
	require.NoError(t, j.Backup(&backup))

	restored := filepath.Join(dir, "restored.db")
	require.NoError(t, os.WriteFile(restored, backup.Bytes(), 0o600))
	epoch, err := bolt.RenewEpoch(restored)
	require.NoError(t, err)
	require.NotEqual(t, j.Epoch(), epoch)
	again := openAt(t, restored, fast)
	require.Equal(t, epoch, again.Epoch())
	require.Equal(t, persistence.Head{Position: 3, Seq: 3}, head(t, again))
	_, err = bolt.RenewEpoch(restored)
	require.ErrorIs(t, err, persistence.ErrInUse)
}

func TestCompactKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "troupe.db")
	j := openAt(t, path, fast)
	for i := range 20 {
		require.NoError(t, store(t, j, i*2000, 2000))
	}
	require.NoError(t, j.Commit(t.Context(), []*persistence.Append{{Stream: 3, Entries: entries(0, 2, 10)}}))
	forget := persistence.RowOp{Op: persistence.OpForget, Key: persistence.StreamKey(stream)}
	require.NoError(t, j.Commit(t.Context(), []*persistence.Append{{Rows: []persistence.RowOp{forget}}}))
	before, epoch := j.Size(), j.Epoch()
	require.Positive(t, before)

	small := filepath.Join(dir, "small.db")
	require.ErrorIs(t, bolt.Compact(path, small), persistence.ErrInUse)
	require.NoError(t, j.Close())
	require.NoError(t, bolt.Compact(path, small))
	require.ErrorIs(t, bolt.Compact(path, small), fs.ErrExist, "nothing is overwritten")

	held, err := bolt.Hold(path)
	require.NoError(t, err)
	_, err = bolt.Open(path, fast)
	require.ErrorIs(t, err, persistence.ErrInUse)
	_, err = bolt.Hold(path)
	require.ErrorIs(t, err, persistence.ErrInUse)
	require.NoError(t, os.Remove(small))
	require.NoError(t, held.Compact(small))
	require.NoError(t, held.Release())
	_, err = bolt.Hold(filepath.Join(dir, "missing.db"))
	require.ErrorIs(t, err, fs.ErrNotExist)

	c := openAt(t, small, fast)
	require.Less(t, c.Size(), before/2)
	require.Equal(t, epoch, c.Epoch())
	require.NoError(t, c.View(func(tx persistence.Tx) error {
		require.Equal(t, persistence.Head{Position: 2, Seq: 2}, tx.Head(3))
		return nil
	}))
}

func TestVerify(t *testing.T) {
	path := filepath.Join(t.TempDir(), "troupe.db")
	j := openAt(t, path, fast)
	require.NoError(t, store(t, j, 0, 5))
	require.NoError(t, j.Commit(t.Context(), []*persistence.Append{{Stream: 1 << 50, Entries: entries(0, 2, 10)}}))
	require.NoError(t, j.Close())

	seen := map[group.StreamID]int{}
	require.NoError(t, bolt.Verify(path, func(s group.StreamID, _ persistence.Entry) error {
		seen[s]++
		return nil
	}))
	require.Equal(t, map[group.StreamID]int{stream: 5, 1 << 50: 2}, seen)

	fault := errors.New("cannot be decoded")
	err := bolt.Verify(path, func(s group.StreamID, e persistence.Entry) error {
		if s == stream && e.Position == 4 {
			return fault
		}
		return nil
	})
	require.ErrorIs(t, err, fault)
	require.ErrorContains(t, err, "stream 9")

	db, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		first, _ := tx.Bucket([]byte("log")).Cursor().Seek(persistence.StreamNumberKey(stream, 3))
		return tx.Bucket([]byte("log")).Delete(first)
	}))
	require.NoError(t, db.Close())
	err = bolt.Verify(path, nil)
	require.ErrorIs(t, err, persistence.ErrCorrupt)
	require.ErrorContains(t, err, "position 4 follows 2")
}

// A file that lost its end is refused; mapped, it would kill the process.
func TestCutOffFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cut.db")
	j, err := bolt.Open(path, fast)
	require.NoError(t, err)
	for i := range 50 {
		require.NoError(t, j.Commit(context.Background(), []*persistence.Append{{
			Stream: 1, After: group.Position(i),
			Entries: []persistence.Entry{{Position: group.Position(i + 1), Data: bytes.Repeat([]byte{1}, 5000)}},
		}}))
	}
	require.NoError(t, j.Close())
	require.NoError(t, bolt.Verify(path, nil))
	require.NoError(t, os.Truncate(path, 64<<10))
	_, err = bolt.Open(path, fast)
	require.ErrorIs(t, err, persistence.ErrCorrupt)
	require.ErrorContains(t, err, "cut off")
	require.ErrorIs(t, bolt.Verify(path, nil), persistence.ErrCorrupt)
	require.NoError(t, os.Truncate(path, 100))
	_, err = bolt.Open(path, fast)
	require.ErrorIs(t, err, persistence.ErrCorrupt)
}

func TestOlderFilesGetTheirMissingTables(t *testing.T) {
	path := filepath.Join(t.TempDir(), "troupe.db")
	j := openAt(t, path, fast)
	require.NoError(t, store(t, j, 0, 2))
	epoch := j.Epoch()
	require.NoError(t, j.Close())
	db, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("audit")) }))
	require.NoError(t, db.Close())

	j = openAt(t, path, fast)
	require.Equal(t, epoch, j.Epoch())
	require.NoError(t, j.Commit(t.Context(), []*persistence.Append{{Rows: []persistence.RowOp{persistence.AuditOp(&persistence.AuditEntry{})}}}))
	require.EqualValues(t, 2, head(t, j).Seq)
}

// A stream that ended is removed in parts; a copy made in between is sound.
func TestVerifyBetweenPartsOfForgetting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "troupe.db")
	for _, covered := range []int{0, 5, 12, 20} {
		require.NoError(t, os.RemoveAll(path))
		j := openAt(t, path, fast)
		require.NoError(t, store(t, j, 0, 20))
		if covered > 0 {
			p := group.Position(covered)
			snap := &persistence.Snapshot{Position: p, Seq: group.Seq(p), ChunkCount: 2, Chunks: []persistence.Chunk{{Index: 0}, {Index: 1}}}
			require.NoError(t, j.Commit(t.Context(), []*persistence.Append{{Stream: stream, Snapshot: snap}}))
		}
		forget := persistence.RowOp{Op: persistence.OpForget, Key: persistence.StreamKey(stream), Cap: 3}
		for parts := 0; head(t, j) != (persistence.Head{}); parts++ {
			require.Less(t, parts, 20)
			require.NoError(t, j.Commit(t.Context(), []*persistence.Append{{Rows: []persistence.RowOp{forget}}}))
			require.NoError(t, j.Close())
			require.NoError(t, bolt.Verify(path, nil), "covered %d, part %d", covered, parts)
			j = openAt(t, path, fast)
			require.NoError(t, j.View(func(tx persistence.Tx) error {
				_, err := tx.Snapshot(stream)
				return err
			}))
		}
	}
}

// What a snapshot covers cannot be behind the newest entry that is left.
func TestVerifyMissesTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "troupe.db")
	j := openAt(t, path, fast)
	require.NoError(t, store(t, j, 0, 9))
	require.NoError(t, j.Commit(t.Context(), []*persistence.Append{{Stream: stream, Snapshot: &persistence.Snapshot{Position: 8, Seq: 8}}}))
	require.NoError(t, j.Close())
	require.NoError(t, bolt.Verify(path, nil))
	db, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		c := tx.Bucket([]byte("log")).Cursor()
		for k, _ := c.Seek(persistence.StreamNumberKey(stream, 7)); k != nil; k, _ = c.Seek(persistence.StreamNumberKey(stream, 7)) {
			if err := c.Delete(); err != nil {
				return err
			}
		}
		return nil
	}))
	require.NoError(t, db.Close())
	require.ErrorIs(t, bolt.Verify(path, nil), persistence.ErrCorrupt)
}
