package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	bbolt "go.etcd.io/bbolt"

	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/internal/engine"
)

// allRows is what the buckets hold.
type allRows struct {
	streams map[uint64][]item // rising
	rows    map[uint64]*rowState
	voided  map[uint64]uint64
	next    uint64
	// err is everything that cannot be read; it is left out above.
	err error
}

func newAllRows() *allRows {
	return &allRows{streams: map[uint64][]item{}, rows: map[uint64]*rowState{}, voided: map[uint64]uint64{}, next: 1}
}

// readRows reads all rows of a view; what was moved into the log meanwhile is
// among it (see behindLog), what was removed there is not. Items are copies.
func readRows(tx *bbolt.Tx) *allRows {
	all := newAllRows()
	voided, rows := tx.Bucket(bucketName(voidedSpace)), tx.Bucket(bucketName(rowsSpace))
	if voided == nil || rows == nil {
		return all // the version that made the file set nothing aside
	}
	c := voided.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		all.mark(k, v)
	}
	c = rows.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if v != nil {
			all.fault(rowsSpace, k, "a value where a row should be")
			continue
		}
		data, why := valueOf(rows.Bucket(k))
		if why == "" {
			why = all.read(k, bytes.Clone(data))
		}
		if why != "" {
			all.fault(rowsSpace, k, why)
		}
	}
	return all
}

// fault notes what is wrong with the value of a key.
func (all *allRows) fault(space engine.Space, key []byte, why string) {
	all.err = errors.Join(all.err, fmt.Errorf("%w: bucket %s, key %x: %s", persistence.ErrCorrupt, bucketName(space), key, why))
}

// mark takes a mark by which items are void.
func (all *allRows) mark(key, value []byte) {
	row, ok := rowNumber(value)
	if !ok || len(key) != 8 {
		all.fault(voidedSpace, key, "not the mark of a stream")
		return
	}
	all.voided[binary.BigEndian.Uint64(key)] = row
	// A mark may name a row that is gone: its number must not be given again.
	all.next = max(all.next, row+1)
}

// rowNumber is the number that number has written; rows count from 1, and there
// is a next one.
func rowNumber(b []byte) (uint64, bool) {
	if len(b) != 8 {
		return 0, false
	}
	n := binary.BigEndian.Uint64(b)
	return n, n != 0 && n != math.MaxUint64
}

// valueOf gives the entries that the bucket of a row holds, or says what is
// wrong with it.
func valueOf(row *bbolt.Bucket) (data []byte, why string) {
	c := row.Cursor()
	k, data := c.First()
	if k != nil && !bytes.Equal(k, rowValue) {
		return nil, fmt.Sprintf("an unknown part %q", k)
	}
	if k, _ := c.Next(); k != nil {
		return nil, fmt.Sprintf("an unknown part %q", k)
	}
	if len(data) == 0 {
		return nil, "no entries"
	}
	return data, ""
}

// read takes a row's entries, or says what is wrong with them: then it has taken
// those before.
func (all *allRows) read(key, data []byte) (why string) {
	row, ok := rowNumber(key)
	if !ok {
		return "not the number of a row"
	}
	state := &rowState{size: len(data)}
	all.rows[row], all.next = state, max(all.next, row+1)
	for rest := data; len(rest) > 0; {
		var it item
		var whole bool
		if it.key, it.value, rest, whole = cutEntry(rest); !whole {
			return "entries that are cut off"
		}
		if !engine.IsLogKey(it.key) {
			return fmt.Sprintf("an entry with the unknown key %x", it.key)
		}
		stream := binary.BigEndian.Uint64(it.key)
		if row <= all.voided[stream] {
			continue
		}
		items := all.streams[stream]
		if n := len(items); n > 0 && bytes.Compare(items[n-1].key, it.key) >= 0 {
			return fmt.Sprintf("an entry with the key %x behind %x", it.key, items[n-1].key)
		}
		it.row = row
		state.add(stream)
		all.streams[stream] = append(items, it)
	}
	return ""
}

// cutEntry takes what appendEntry wrote from the front.
func cutEntry(b []byte) (key, value, rest []byte, ok bool) {
	if key, rest, ok = cut(b); ok {
		value, rest, ok = cut(rest)
	}
	return key, value, rest, ok
}

// add counts an entry that is in the row and nowhere else.
func (s *rowState) add(stream uint64) {
	s.left++
	if n := len(s.streams); n == 0 || s.streams[n-1] != stream {
		s.streams = append(s.streams, stream)
	}
}
