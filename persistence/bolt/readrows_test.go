package bolt_test

import (
	"encoding/binary"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	bbolt "go.etcd.io/bbolt"

	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/bolt"
)

// A file whose recent entries cannot be read is refused, and the error says
// where; it does not end the process.
func TestBrokenRecentEntries(t *testing.T) {
	num := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	value := []byte("entries")
	// rewrite changes the entries of the first row.
	rewrite := func(change func(data []byte) []byte) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			rows := tx.Bucket([]byte("recent"))
			k, _ := rows.Cursor().First()
			row := rows.Bucket(k)
			return row.Put(value, change(append([]byte(nil), row.Get(value)...)))
		}
	}
	put := func(bucket string, k, v []byte) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error { return tx.Bucket([]byte(bucket)).Put(k, v) }
	}
	row := func(k []byte, part string) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			b, err := tx.Bucket([]byte("recent")).CreateBucket(k)
			if err != nil || part == "" {
				return err
			}
			return b.Put([]byte(part), []byte{1})
		}
	}
	for name, c := range map[string]struct {
		harm func(*bbolt.Tx) error
		says string
	}{
		"cut off":            {rewrite(func(b []byte) []byte { return b[:len(b)-1] }), "bucket recent, key 0000000000000001: entries that are cut off"},
		"only a length":      {rewrite(func(b []byte) []byte { return b[:1] }), "bucket recent, key 0000000000000001: entries that are cut off"},
		"nothing left":       {rewrite(func([]byte) []byte { return nil }), "bucket recent, key 0000000000000001: no entries"},
		"huge length":        {rewrite(func(b []byte) []byte { return append(binary.AppendUvarint(nil, 1<<62), b...) }), "entries that are cut off"},
		"endless length":     {rewrite(func([]byte) []byte { return []byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255} }), "entries that are cut off"},
		"short key":          {rewrite(func([]byte) []byte { return []byte{9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0} }), "unknown key 010203040506070809"},
		"unknown kind":       {rewrite(func(b []byte) []byte { b[1+16] = 2; return b }), "unknown key"},
		"twice":              {rewrite(func(b []byte) []byte { return append(b, b...) }), "bucket recent, key 0000000000000001: an entry with the key"},
		"a value for a row":  {put("recent", num(7), []byte("x")), "bucket recent, key 0000000000000007: a value where a row should be"},
		"key of a row":       {row([]byte("no"), "entries"), "bucket recent, key 6e6f: not the number of a row"},
		"row 0":              {row(num(0), "entries"), "bucket recent, key 0000000000000000: not the number of a row"},
		"last row there is":  {row(num(1<<64-1), "entries"), "key ffffffffffffffff: not the number of a row"},
		"empty row":          {row(num(7), ""), "bucket recent, key 0000000000000007: no entries"},
		"unknown part":       {row(num(7), "other"), `bucket recent, key 0000000000000007: an unknown part "other"`},
		"short mark":         {put("recent_voided", num(9), []byte{1}), "bucket recent_voided, key 0000000000000009: not the mark of a stream"},
		"long mark":          {put("recent_voided", num(9), append(num(1), 0)), "bucket recent_voided, key 0000000000000009: not the mark of a stream"},
		"mark of no stream":  {put("recent_voided", []byte("abc"), num(1)), "bucket recent_voided, key 616263: not the mark of a stream"},
		"mark without a row": {put("recent_voided", num(9), num(1<<64-1)), "bucket recent_voided, key 0000000000000009: not the mark of a stream"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "troupe.db")
			j := openAt(t, path, bolt.Aside(fast, 100, 100, 1<<20))
			now := heads{}
			commit(t, j, now.appends(3, 4))
			require.NoError(t, j.Close())
			require.NoError(t, bolt.Verify(path, nil))

			db, err := bbolt.Open(path, 0o600, nil)
			require.NoError(t, err)
			require.NoError(t, db.Update(c.harm))
			require.NoError(t, db.Close())

			_, err = bolt.Open(path, fast)
			require.ErrorIs(t, err, persistence.ErrCorrupt)
			require.ErrorContains(t, err, path)
			require.ErrorContains(t, err, c.says)
			err = bolt.Verify(path, nil)
			require.ErrorIs(t, err, persistence.ErrCorrupt)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// Files from before entries were set aside get what they lack.
func TestFilesWithoutRecentEntries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "troupe.db")
	j := openAt(t, path, fast)
	require.NoError(t, store(t, j, 0, 2))
	require.NoError(t, j.Close())
	db, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		if err := tx.DeleteBucket([]byte("recent_voided")); err != nil {
			return err
		}
		return tx.DeleteBucket([]byte("recent"))
	}))
	require.NoError(t, db.Close())
	require.NoError(t, bolt.Verify(path, nil))

	j = openAt(t, path, bolt.Aside(fast, 100, 100, 1<<20))
	now := heads{stream: 2, 5: 0}
	commit(t, j, now.appends(stream, 5))
	require.NoError(t, j.View(func(tx persistence.Tx) error {
		now.require(t, tx)
		return nil
	}))
}
