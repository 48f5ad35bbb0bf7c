package bolt_test

import (
	"maps"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	bbolt "go.etcd.io/bbolt"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/bolt"
)

// heads are the positions of streams that have all their entries.
type heads map[group.StreamID]group.Position

// appends makes one entry for each of the streams; h goes on with it.
func (h heads) appends(streams ...group.StreamID) (batch []*persistence.Append) {
	for _, s := range streams {
		p := h[s]
		h[s] = p + 1
		batch = append(batch, &persistence.Append{Stream: s, After: p, Entries: entries(int(p), 1, 100)})
	}
	return batch
}

func (h heads) streams() []group.StreamID {
	list := make([]group.StreamID, 0, len(h))
	for s := range h {
		list = append(list, s)
	}
	return list
}

// require checks a view: every stream up to its head, and none behind it.
func (h heads) require(t testing.TB, tx persistence.Tx) {
	for s, p := range h {
		require.Equal(t, persistence.Head{Position: p, Seq: group.Seq(p)}, tx.Head(s), "stream %d", s)
		next := group.Position(0)
		require.NoError(t, tx.Read(s, 0, func(e persistence.Entry) bool {
			next++
			require.Equal(t, next, e.Position)
			require.Equal(t, byte(next), e.Data[0])
			return true
		}))
		require.Equal(t, p, next, "stream %d", s)
	}
}

func commit(t testing.TB, j *bolt.Journal, batch []*persistence.Append) {
	t.Helper()
	require.NoError(t, j.Commit(t.Context(), batch))
	for _, a := range batch {
		require.NoError(t, a.Err)
	}
}

// Views that were begun at many moments, and end after entries were set aside,
// moved and forgotten, see each what was stored when they began.
func TestViewsSeeTheirMoment(t *testing.T) {
	o := fast
	o.InitialMmapSize = 64 << 20 // a larger mapping would wait for the views
	for _, o := range []bolt.Options{bolt.Aside(o, 4, 3, 1<<20), bolt.Aside(o, 1000, 6, 1<<20), bolt.Aside(o, 1000, 1000, 3000)} {
		j := openAt(t, filepath.Join(t.TempDir(), "troupe.db"), o)
		random := rand.New(rand.NewPCG(1, 2))
		now := heads{}
		for s := range group.StreamID(25) {
			now[s+1] = 0
		}
		var views sync.WaitGroup
		end := make(chan struct{})
		for i := range 80 {
			var some []group.StreamID
			for s := range group.StreamID(25) {
				if random.IntN(3) == 0 {
					some = append(some, s+1)
				}
			}
			commit(t, j, now.appends(some...))
			if i%3 != 0 {
				continue
			}
			then, begun := maps.Clone(now), make(chan struct{})
			views.Go(func() {
				if err := j.View(func(tx persistence.Tx) error {
					then.require(t, tx)
					close(begun)
					<-end
					then.require(t, tx)
					return nil
				}); err != nil {
					t.Error(err)
				}
			})
			<-begun
		}
		close(end)
		views.Wait()
	}
}

// What a commit that failed had set aside or moved is as it was.
func TestFailedCommitIsForgotten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "troupe.db")
	o := fast
	o.MaxSize = 2 << 20
	o = bolt.Aside(o, 5, 7, 1<<20)
	j := openAt(t, path, o)
	now := heads{}
	for s := range group.StreamID(200) {
		now[s*1000+1] = 0
	}
	failed := 0
	for i := range 60 {
		then := maps.Clone(now)
		if err := j.Commit(t.Context(), now.appends(now.streams()...)); err != nil {
			require.ErrorIs(t, err, persistence.ErrFull)
			now = then
			failed++
		}
		require.NoError(t, j.View(func(tx persistence.Tx) error {
			now.require(t, tx)
			return nil
		}))
		if failed > 0 {
			// There is room for a little, until there is none again.
			s := group.StreamID(i*1000 + 1)
			then := maps.Clone(now)
			if err := j.Commit(t.Context(), now.appends(s)); err != nil {
				now = then
			}
		}
	}
	require.Greater(t, failed, 5)
	require.NoError(t, j.Close())
	require.NoError(t, bolt.Verify(path, nil))
	require.NoError(t, openAt(t, path, o).View(func(tx persistence.Tx) error {
		now.require(t, tx)
		return nil
	}))
}

func TestCompactKeepsWhatIsSetAside(t *testing.T) {
	dir := t.TempDir()
	path, small := filepath.Join(dir, "troupe.db"), filepath.Join(dir, "small.db")
	o := bolt.Aside(fast, 10, 50, 1<<20)
	j := openAt(t, path, o)
	now := heads{}
	for range 30 {
		commit(t, j, now.appends(1, 2, 3, 4, 5))
		commit(t, j, now.appends(2, 3))
	}
	require.NoError(t, j.Close())
	require.NoError(t, bolt.Compact(path, small))
	seen := heads{}
	require.NoError(t, bolt.Verify(small, func(s group.StreamID, e persistence.Entry) error {
		seen[s] = e.Position
		return nil
	}))
	require.Equal(t, now, seen)
	// The transactions of the new file are counted from the beginning.
	j = openAt(t, small, o)
	for range 60 {
		commit(t, j, now.appends(1, 3))
		require.NoError(t, j.View(func(tx persistence.Tx) error {
			now.require(t, tx)
			return nil
		}))
	}
}

func TestRowThatCannotBeRead(t *testing.T) {
	for name, data := range map[string][]byte{
		"cut off":   {25, 1, 2},
		"no value":  append([]byte{25}, make([]byte, 25)...),
		"short key": {1, 1, 0},
		"no length": {0xff},
	} {
		path := filepath.Join(t.TempDir(), "troupe.db")
		j := openAt(t, path, bolt.Aside(fast, 10, 10, 1<<20))
		commit(t, j, heads{}.appends(1, 2, 3))
		require.NoError(t, j.Close())
		require.NoError(t, bolt.Verify(path, nil))
		db, err := bbolt.Open(path, 0o600, nil)
		require.NoError(t, err)
		require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
			rows := tx.Bucket([]byte("recent"))
			key, _ := rows.Cursor().First()
			return rows.Bucket(key).Put([]byte("entries"), data)
		}))
		require.NoError(t, db.Close())
		_, err = bolt.Open(path, fast)
		require.ErrorIs(t, err, persistence.ErrCorrupt, name)
		require.ErrorIs(t, bolt.Verify(path, nil), persistence.ErrCorrupt, name)
	}
}

// Rows go when nothing in them is needed: the file does not grow by them.
func TestRowsAreRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "troupe.db")
	j := openAt(t, path, bolt.Aside(fast, 4, 5, 1<<20))
	now := heads{}
	for i := range 200 {
		commit(t, j, now.appends(group.StreamID(i%7+1), 10, 11))
		if i%20 == 0 {
			trim := persistence.RowOp{Op: persistence.OpTrim, Key: persistence.StreamKey(10), Delta: int64(now[10]) - 1}
			commit(t, j, []*persistence.Append{{Stream: 10, Snapshot: &persistence.Snapshot{Position: now[10], Seq: group.Seq(now[10])}}})
			commit(t, j, []*persistence.Append{{Rows: []persistence.RowOp{trim}}})
		}
	}
	require.NoError(t, j.Close())
	require.NoError(t, bolt.Verify(path, nil))
	require.InDelta(t, 5, keys(t, path, "recent"), 1)
	require.LessOrEqual(t, keys(t, path, "recent_voided"), 1)

	j = openAt(t, path, fast)
	var forget []persistence.RowOp
	for s := range now {
		forget = append(forget, persistence.RowOp{Op: persistence.OpForget, Key: persistence.StreamKey(s)})
	}
	commit(t, j, []*persistence.Append{{Rows: forget}})
	require.NoError(t, j.Close())
	require.Zero(t, keys(t, path, "recent"))
	require.Zero(t, keys(t, path, "recent_voided"))
}

// The number of a row that is gone is not given again while a mark names it:
// what is stored in the next row would be taken for what the mark voids.
func TestAMarkVoidsNothingNewer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "troupe.db")
	o := bolt.Aside(fast, 3, 1000, 1<<20)
	j := openAt(t, path, o)
	now := heads{}
	commit(t, j, now.appends(1))    // stays in the oldest row
	commit(t, j, now.appends(2, 3)) // in the newest row, which goes ...
	snapshot := &persistence.Snapshot{Position: now[2], Seq: group.Seq(now[2])}
	forget := persistence.RowOp{Op: persistence.OpForget, Key: persistence.StreamKey(3)}
	trim := persistence.RowOp{Op: persistence.OpTrim, Key: persistence.StreamKey(2), Delta: int64(now[2])}
	commit(t, j, []*persistence.Append{{Stream: 2, Snapshot: snapshot}})
	commit(t, j, []*persistence.Append{{Rows: []persistence.RowOp{trim, forget}}}) // ... with marks
	require.NoError(t, j.Close())

	j = openAt(t, path, o)
	commit(t, j, now.appends(2))
	require.NoError(t, j.Close())
	require.NoError(t, bolt.Verify(path, nil))

	j = openAt(t, path, o)
	require.NoError(t, j.View(func(tx persistence.Tx) error {
		require.Equal(t, persistence.Head{Position: now[2], Seq: group.Seq(now[2])}, tx.Head(2), "stored, but gone with the next start")
		return nil
	}))
}

// Checking a file takes as much for each stream however many there are.
func TestVerifyIsNotQuadratic(t *testing.T) {
	allocated := func(streams group.StreamID) float64 {
		path := filepath.Join(t.TempDir(), "troupe.db")
		j := openAt(t, path, bolt.Aside(fast, 10, 1000, 1<<20))
		now := heads{}
		for s := range streams {
			now[s+1] = 0
		}
		commit(t, j, now.appends(now.streams()...))
		require.NoError(t, j.Close())
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		require.NoError(t, bolt.Verify(path, nil))
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc - before.TotalAlloc)
	}
	require.Less(t, allocated(1600)/allocated(400), 6.0)
}

// keys counts what is in a bucket.
func keys(t *testing.T, path, bucket string) (n int) {
	db, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(bucket)).ForEach(func(_, _ []byte) error {
			n++
			return nil
		})
	}))
	require.NoError(t, db.Close())
	return n
}
