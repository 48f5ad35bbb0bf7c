package bolt

import (
	"encoding/binary"

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
