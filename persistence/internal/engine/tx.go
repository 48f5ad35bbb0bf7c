package engine

import (
	"encoding/binary"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// Tx is a persistence.Tx over a Reader.
type Tx struct{ r Reader }

// NewTx gives the view of a store.
func NewTx(r Reader) *Tx { return &Tx{r} }

// Head implements persistence.Tx. It is not stored: the newest entry's key says
// it, or the snapshot if nothing is left of the entries that it covers, so an
// append touches no page for it.
func (t *Tx) Head(s group.StreamID) persistence.Head {
	if newest, ok := t.at(s, place{seq: ^group.Seq(0)}, true); ok {
		return persistence.Head{Position: newest.position, Seq: newest.seq}
	}
	value := t.r.Get(Snapshots, persistence.StreamKey(s))
	if len(value) < snapshotFixed {
		return persistence.Head{}
	}
	return persistence.Head{
		Position: group.Position(binary.BigEndian.Uint64(value)),
		Seq:      group.Seq(binary.BigEndian.Uint64(value[8:])),
	}
}

func clone(b []byte) []byte { return append(make([]byte, 0, len(b)), b...) }

// Get implements persistence.Tx.
func (t *Tx) Get(table persistence.Table, key []byte) []byte {
	value := t.r.Get(Space(table), key)
	if value == nil {
		return nil
	}
	return clone(value)
}

// Scan implements persistence.Tx.
func (t *Tx) Scan(table persistence.Table, prefix, from []byte, reverse bool, fn func(key, value []byte) bool) {
	t.r.Seek(Space(table), prefix, from, reverse, fn)
}
