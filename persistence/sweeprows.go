package persistence

import (
	"bytes"
	"errors"
	"sort"

	"github.com/troupe-im/troupe/group"
)

// remove copies the key, which belongs to the scan.
func (sw *sweep) remove(t Table, key []byte) {
	sw.ops = append(sw.ops, RowOp{Op: OpDelete, Table: t, Key: append([]byte(nil), key...)})
}

func (sw *sweep) groupName(key, value []byte) error {
	name, err := DecodeGroupName(value)
	if err == nil && name.ReservedUntil != 0 && name.ReservedUntil <= sw.now {
		sw.remove(TableGroups, key)
	}
	return err
}

// group forgets the entries of a dismissed group and trims those of a living one.
func (sw *sweep) group(key, value []byte) error {
	row, err := DecodeGroupRow(value)
	if err != nil {
		return err
	}
	s := streamOf(key)
	if row.Dismissed {
		if row.DismissedAt+forgetAfter <= sw.now {
			sw.forget(s)
			sw.forgetSent(s)
		}
		return nil
	}
	return sw.history(s)
}

// forget removes all of a stream; the snapshot, which goes last, counts as one.
func (sw *sweep) forget(s group.StreamID) {
	head := sw.tx.Head(s)
	if head == (Head{}) {
		return
	}
	if n, ok := sw.trims(firstOf(sw.tx, s, head), head.Position+2); ok {
		sw.ops = append(sw.ops, RowOp{Op: OpForget, Key: StreamKey(s), Cap: n},
			RowOp{Op: OpDeletePrefix, Table: TableErased, Key: StreamKey(s)})
	}
}

// history removes what is before the oldest number kept. If no number is kept,
// as never in a livestream, age alone decides: what stands behind the newest
// number has nothing to go by, and may be repeated for a while.
func (sw *sweep) history(s group.StreamID) error {
	oldest, err := OldestKept(sw.tx, s, sw.now)
	if err != nil {
		return err
	}
	head := sw.tx.Head(s)
	op := RowOp{Op: OpTrim, Key: StreamKey(s), Delta: int64(oldest - 1)}
	first := firstOf(sw.tx, s, head)
	before := first
	if oldest > head.Seq {
		if before, err = firstYoung(sw.tx, s, first, head, sw.now); before > 1 {
			op.Value = Uint64Value(uint64(before - 1))
		}
	} else if oldest > 1 {
		err = sw.tx.Range(s, oldest, oldest, false, func(e Entry) bool {
			before = e.Position
			return false
		})
	}
	if err != nil {
		return err
	}
	if n, ok := sw.trims(first, before); ok {
		op.Cap = n
		sw.ops = append(sw.ops, op)
	}
	return nil
}

// firstYoung is the position of a stream's first entry that is not past its
// time, that of the next one if all are. Times never fall within a stream.
func firstYoung(tx Tx, s group.StreamID, first group.Position, head Head, now group.Millis) (group.Position, error) {
	var fault error
	n := sort.Search(int(head.Position+1-first), func(i int) bool {
		young := true
		err := tx.Read(s, first+group.Position(i)-1, func(e Entry) bool {
			h, err := DecodeHeader(e.Data)
			young = h.Time+HistoryLife > now
			fault = errors.Join(fault, err)
			return false
		})
		fault = errors.Join(fault, err)
		return young
	})
	return first + group.Position(n), fault
}

// firstOf is the position of a stream's first entry, that of the next one if it
// has none.
func firstOf(tx Tx, s group.StreamID, head Head) group.Position {
	at := head.Position + 1
	_ = tx.Read(s, 0, func(e Entry) bool {
		at = e.Position
		return false
	})
	return at
}

func (sw *sweep) inbox(key, value []byte) error {
	entry, err := DecodeInboxEntry(0, value)
	if err == nil && entry.Notice.Time+NoticeLife <= sw.now {
		sw.remove(TableInbox, key)
	}
	return err
}

func (sw *sweep) notice(key, value []byte) error {
	notice, err := DecodeGroupNotice(value)
	if err == nil && notice.Notice.Time+NoticeLife <= sw.now {
		sw.remove(TableNotices, key)
	}
	return err
}

// application removes a record and its entries in the lists of those named in it.
func (sw *sweep) application(key, value []byte) error {
	record, err := DecodeRecord(value)
	if err != nil {
		return err
	}
	g, _, err := ReadGroupRow(sw.tx, streamOf(key[:8]))
	if err != nil {
		return err
	}
	settle(record, &groupView{dismissed: g.Dismissed, dismissedAt: g.DismissedAt}, sw.now)
	if !record.State.Final() || record.UpdatedAt+RecordLife > sw.now {
		return nil
	}
	sw.remove(TableApplications, key)
	sw.remove(TableApplicationsOf, UserNumberKey(record.Applicant, uint64(record.ID)))
	if record.Inviter != "" && record.Inviter != record.Applicant {
		sw.remove(TableApplicationsOf, UserNumberKey(record.Inviter, uint64(record.ID)))
	}
	return nil
}

// deletion removes what hid a record that is gone itself.
func (sw *sweep) deletion(key, value []byte) error {
	if !bytes.Contains(key, []byte("\x00"+markDeleted)) {
		return nil
	}
	record := StreamNumberKey(streamOf(value), lastNumber(key))
	if sw.tx.Get(TableApplications, record) == nil {
		sw.remove(TableReadMarks, key)
	}
	return nil
}

// audit removes the oldest entries; they are stored as time goes.
func (sw *sweep) audit(key, value []byte) error {
	entry, err := DecodeAuditEntry(0, value)
	if err != nil {
		return err
	}
	if sw.rest = entry.Time+AuditLife > sw.now; !sw.rest {
		sw.remove(TableAudit, key)
	}
	return nil
}
