package engine

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// Verify checks that the entries of every stream follow each other without a
// gap, from the first or from what the snapshot covers on. All faults are
// returned together; each, if not nil, sees every entry.
func Verify(r Reader, each func(group.StreamID, persistence.Entry) error) error {
	var faults []error
	tx := NewTx(r)
	for _, s := range streams(r) {
		if err := verifyStream(tx, s, each); err != nil {
			faults = append(faults, fmt.Errorf("stream %d: %w", s, err))
		}
	}
	return errors.Join(faults...)
}

// streams lists all streams that have entries, rising.
func streams(r Reader) []group.StreamID {
	var list []group.StreamID
	for next := uint64(0); ; next++ {
		found := ^uint64(0)
		for _, space := range []Space{Log, History} {
			r.Seek(space, nil, persistence.StreamKey(group.StreamID(next)), false, func(key, _ []byte) bool {
				found = min(found, binary.BigEndian.Uint64(key))
				return false
			})
		}
		if found == ^uint64(0) {
			return list
		}
		list = append(list, group.StreamID(found))
		next = found
	}
}

func verifyStream(tx *Tx, s group.StreamID, each func(group.StreamID, persistence.Entry) error) error {
	snap, err := tx.Snapshot(s)
	if err != nil {
		return err
	}
	var position, covered group.Position
	var seq group.Seq
	if snap != nil {
		covered = snap.Position
	}
	var fault error
	err = tx.Read(s, 0, 0, func(e persistence.Entry) bool {
		switch {
		case e.Position != position+1 && e.Position > covered+1:
			fault = fmt.Errorf("%w: position %d follows %d", persistence.ErrCorrupt, e.Position, position)
		case e.Position <= position:
			fault = fmt.Errorf("%w: position %d after %d", persistence.ErrCorrupt, e.Position, position)
		case e.Seq != 0 && seq != 0 && e.Seq != seq+1:
			fault = fmt.Errorf("%w: seq %d follows %d", persistence.ErrCorrupt, e.Seq, seq)
		case each != nil:
			fault = each(s, e)
		}
		position = e.Position
		if e.Seq != 0 {
			seq = e.Seq
		}
		return fault == nil
	})
	return errors.Join(err, fault)
}
