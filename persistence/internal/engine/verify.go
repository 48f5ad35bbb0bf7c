package engine

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// Verify checks that the entries of every stream follow each other without a
// gap, from the first or from what the snapshot covers on, and reach what it
// covers. All faults are returned together; each, if not nil, sees every entry.
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
		r.Seek(Log, nil, persistence.StreamKey(group.StreamID(next)), false, func(key, _ []byte) bool {
			found = binary.BigEndian.Uint64(key)
			return false
		})
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
	var last place
	if snap != nil {
		last = place{seq: snap.Seq, position: snap.Position}
	}
	covered, first := last.position, true
	var fault error
	tx.walk(s, place{}, false, func(p place, value []byte) bool {
		if first && p.position <= covered {
			// Those before were trimmed.
			last = place{seq: p.seq, position: p.position - 1}
			if !p.unnumbered {
				last.seq--
			}
		}
		first = false
		if fault = follows(last, p); fault == nil && each != nil {
			fault = each(s, p.entry(value))
		}
		last = p
		return fault == nil
	})
	if fault == nil && last.position < covered {
		fault = fmt.Errorf("%w: the snapshot is of position %d, behind the last, %d", persistence.ErrCorrupt, covered, last.position)
	}
	return fault
}

// follows checks that an entry stands where it may behind another.
func follows(last, p place) error {
	seq := last.seq
	if !p.unnumbered {
		seq++
	}
	switch {
	case p.position != last.position+1:
		return fmt.Errorf("%w: position %d follows %d", persistence.ErrCorrupt, p.position, last.position)
	case p.seq != seq:
		return fmt.Errorf("%w: position %d has number %d behind %d", persistence.ErrCorrupt, p.position, p.seq, last.seq)
	}
	return nil
}
