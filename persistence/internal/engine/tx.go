package engine

import (
	"encoding/binary"
	"fmt"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// Tx is a persistence.Tx over a Reader.
type Tx struct{ r Reader }

// NewTx gives the view of a store.
func NewTx(r Reader) *Tx { return &Tx{r} }

// Head implements persistence.Tx. It is not stored: the newest entries and the
// snapshot say it, so an append touches no page for it.
func (t *Tx) Head(s group.StreamID) persistence.Head {
	var head persistence.Head
	prefix := persistence.StreamKey(s)
	if value := t.r.Get(Snapshots, prefix); len(value) >= snapshotFixed {
		head.Position = group.Position(binary.BigEndian.Uint64(value))
		head.Seq = group.Seq(binary.BigEndian.Uint64(value[8:]))
	}
	t.r.Seek(Log, prefix, nil, true, func(key, _ []byte) bool {
		head.Position = max(head.Position, group.Position(tail(key)))
		return false
	})
	t.r.Seek(History, prefix, nil, true, func(key, value []byte) bool {
		head.Seq = max(head.Seq, group.Seq(tail(key)))
		head.Position = max(head.Position, positionOf(value))
		return false
	})
	return head
}

func tail(key []byte) uint64 { return binary.BigEndian.Uint64(key[8:]) }

func positionOf(value []byte) group.Position {
	if len(value) < 8 {
		return 0
	}
	return group.Position(binary.BigEndian.Uint64(value))
}

// Range implements persistence.Tx.
func (t *Tx) Range(s group.StreamID, from, to group.Seq, reverse bool, fn func(persistence.Entry) bool) error {
	start := persistence.StreamNumberKey(s, uint64(from))
	if reverse {
		start = persistence.StreamNumberKey(s, uint64(to))
	}
	var fault error
	t.r.Seek(History, persistence.StreamKey(s), start, reverse, func(key, value []byte) bool {
		seq := group.Seq(tail(key))
		if seq < from || seq > to {
			return false
		}
		entry, err := historyEntry(s, seq, value)
		if err != nil {
			fault = err
			return false
		}
		return fn(entry)
	})
	return fault
}

func historyEntry(s group.StreamID, seq group.Seq, value []byte) (persistence.Entry, error) {
	if len(value) < 8 {
		return persistence.Entry{}, fmt.Errorf("%w: stream %d, seq %d has no position", persistence.ErrCorrupt, s, seq)
	}
	return persistence.Entry{Position: positionOf(value), Seq: seq, Data: clone(value[8:])}, nil
}

// clone copies, so that what is handed out belongs to the caller.
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
