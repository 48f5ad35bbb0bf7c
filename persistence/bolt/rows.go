package bolt

import (
	"encoding/binary"
	"fmt"

	bbolt "go.etcd.io/bbolt"

	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/internal/engine"
)

// Buckets of what is set aside. A row is a bucket of its own with one value,
// so that it has its own pages, which are written once and freed whole.
const (
	logSpace    = engine.Log
	rowsSpace   = engine.Space(250) // row → bucket
	voidedSpace = engine.Space(251) // stream → row
)

// rowValue is the key in a row's bucket.
var rowValue = []byte("entries")

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// rowSize is what an entry takes in a row.
func rowSize(key, value []byte) int { return 2*binary.MaxVarintLen32 + len(key) + len(value) }

// appendEntry writes key and value, each behind its length.
func appendEntry(b, key, value []byte) []byte {
	b = append(binary.AppendUvarint(b, uint64(len(key))), key...)
	return append(binary.AppendUvarint(b, uint64(len(value))), value...)
}

// cut takes what appendEntry wrote from the front.
func cut(b []byte) (part, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, false
	}
	end := size + int(n)
	return b[size:end:end], b[end:], true
}

// eachEntry calls fn with the entries of a row; false if it cannot be read.
func eachEntry(row []byte, fn func(key, value []byte)) bool {
	for len(row) > 0 {
		key, rest, ok := cut(row)
		if !ok || len(key) < 8 {
			return false
		}
		value, rest, ok := cut(rest)
		if !ok {
			return false
		}
		fn(key, value)
		row = rest
	}
	return true
}

// allRows is what the buckets hold.
type allRows struct {
	streams map[uint64][]item // rising
	rows    map[uint64]*rowState
	voided  map[uint64]uint64
	next    uint64
	err     error
}

// readRows reads all rows of a view; what was moved into the log meanwhile is
// among it (see behindLog), what was removed there is not. Items are copies.
func readRows(tx *bbolt.Tx) *allRows {
	all := &allRows{streams: map[uint64][]item{}, rows: map[uint64]*rowState{}, voided: map[uint64]uint64{}, next: 1}
	voided := tx.Bucket(bucketName(voidedSpace)).Cursor()
	for k, v := voided.First(); k != nil; k, v = voided.Next() {
		row := binary.BigEndian.Uint64(v)
		all.voided[binary.BigEndian.Uint64(k)] = row
		// A mark may name a row that is gone: its number must not be given again.
		all.next = max(all.next, row+1)
	}
	rows := tx.Bucket(bucketName(rowsSpace))
	c := rows.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		all.read(binary.BigEndian.Uint64(k), append([]byte(nil), rows.Bucket(k).Get(rowValue)...))
	}
	return all
}

func (all *allRows) read(row uint64, data []byte) {
	state := &rowState{size: len(data)}
	all.rows[row], all.next = state, max(all.next, row+1)
	whole := eachEntry(data, func(key, value []byte) {
		stream := binary.BigEndian.Uint64(key)
		if row <= all.voided[stream] {
			return
		}
		state.add(stream)
		all.streams[stream] = append(all.streams[stream], item{key: key, value: value, row: row})
	})
	if !whole {
		all.err = fmt.Errorf("%w: row %d of recent entries", persistence.ErrCorrupt, row)
	}
}

// add counts an entry that is in the row and nowhere else.
func (s *rowState) add(stream uint64) {
	s.left++
	if n := len(s.streams); n == 0 || s.streams[n-1] != stream {
		s.streams = append(s.streams, stream)
	}
}
