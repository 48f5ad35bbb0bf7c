package bolt

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/persistence/internal/engine"
)

// rowOf makes a row of entries with the streams and positions given, their
// number being their position.
func rowOf(places ...[2]uint64) (row []byte) {
	for _, p := range places {
		key := append(number(p[0]), number(p[1])...)
		key = append(append(key, 0), number(p[1])...)
		row = appendEntry(row, key, []byte{byte(p[1])})
	}
	return row
}

// FuzzRow: whatever stands in a row, what is taken of it is in order, and a row
// that is whole is nothing but its entries.
func FuzzRow(f *testing.F) {
	whole := rowOf([2]uint64{1, 1}, [2]uint64{1, 2}, [2]uint64{2, 7})
	f.Add(number(1), whole)
	f.Add(number(1), whole[:len(whole)-1])
	f.Add(number(1), whole[:3])
	f.Add(number(1), rowOf([2]uint64{1, 2}, [2]uint64{1, 1}))
	f.Add(number(1), appendEntry(nil, []byte("short"), nil))
	f.Add(number(1), append([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, whole...))
	f.Add(number(0), whole)
	f.Add([]byte("row"), whole)
	f.Fuzz(func(t *testing.T, key, data []byte) {
		all := newAllRows()
		why := all.read(key, data)
		items := 0
		var again []byte
		for stream, list := range all.streams {
			for i, it := range list {
				require.True(t, engine.IsLogKey(it.key))
				require.Equal(t, stream, binary.BigEndian.Uint64(it.key))
				require.True(t, i == 0 || bytes.Compare(list[i-1].key, it.key) < 0)
				again = appendEntry(again, it.key, it.value)
			}
			items += len(list)
		}
		if why != "" {
			return
		}
		row := all.rows[binary.BigEndian.Uint64(key)]
		require.Equal(t, items, row.left)
		require.LessOrEqual(t, len(again), len(data), "lengths may be written longer than need be")
		twin := newAllRows()
		require.Empty(t, twin.read(key, again))
		require.Equal(t, all.streams, twin.streams)
	})
}
