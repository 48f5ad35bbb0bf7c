package engine

import (
	"encoding/binary"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// place is where an entry stands in the log: behind the number that is newest
// there and by position. Both rise, so a stream lies in order of position and
// an entry is found by number without an index.
type place struct {
	seq group.Seq // newest number at the position
	// unnumbered entries stand behind the one that has the number.
	unnumbered bool
	position   group.Position
}

const placeSize = 8 + 1 + 8

// key is stream ‖ seq ‖ unnumbered ‖ position.
func (p place) key(s group.StreamID) []byte {
	key := make([]byte, 8, 8+placeSize)
	binary.BigEndian.PutUint64(key, uint64(s))
	key = binary.BigEndian.AppendUint64(key, uint64(p.seq))
	kind := byte(0)
	if p.unnumbered {
		kind = 1
	}
	return binary.BigEndian.AppendUint64(append(key, kind), uint64(p.position))
}

// IsLogKey reports whether a key has the form of those of the log, beginning
// with the stream.
func IsLogKey(key []byte) bool { return len(key) == 8+placeSize && key[16] <= 1 }

func placeOf(key []byte) place {
	return place{
		seq:        group.Seq(binary.BigEndian.Uint64(key[8:])),
		unnumbered: key[16] != 0,
		position:   group.Position(binary.BigEndian.Uint64(key[17:])),
	}
}

// entry hands out what belongs to the caller.
func (p place) entry(value []byte) persistence.Entry {
	e := persistence.Entry{Position: p.position, Data: clone(value)}
	if !p.unnumbered {
		e.Seq = p.seq
	}
	return e
}

// firstOf is below every entry of a number and above all before.
func firstOf(seq group.Seq) place { return place{seq: seq} }

// lastOf is above the entry that has a number and below all behind it.
func lastOf(seq group.Seq) place { return place{seq: seq, position: ^group.Position(0)} }
