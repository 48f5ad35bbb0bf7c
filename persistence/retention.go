package persistence

import (
	"bytes"
	"sort"

	"github.com/troupe-im/troupe/group"
)

// Keeping of history (spec 10.4).
const (
	// HistoryLife is how long an entry of a group's history is shown, in ms.
	HistoryLife group.Millis = 30 * 24 * 3600 * 1000
	// HistoryMax is the number of newest numbers kept per group.
	HistoryMax = 100_000
	// forgetAfter is how long the entries of a dismissed group are still kept,
	// so that a repeated dismissal finds its answer (spec 18.5).
	forgetAfter group.Millis = 3600 * 1000
)

// OldestKept is the lowest number of a stream's history that may still be
// shown: not older than 30 days, not below the newest 100 000, and stored. It
// is the newest number plus one if there is none.
func OldestKept(tx Tx, s group.StreamID, now group.Millis) (group.Seq, error) {
	newest := tx.Head(s).Seq
	oldest, fault := newest+1, error(nil)
	err := tx.Range(s, 1, newest, false, func(e Entry) bool {
		oldest = e.Seq
		return false
	})
	if err != nil {
		return 0, err
	}
	if newest > HistoryMax {
		oldest = max(oldest, newest-HistoryMax+1)
	}
	// Times never fall within a stream, so the first young entry can be sought.
	n := sort.Search(int(newest+1-oldest), func(i int) bool {
		young := true
		err := tx.Range(s, oldest+group.Seq(i), newest, false, func(e Entry) bool {
			h, err := DecodeHeader(e.Data)
			fault = first(fault, err)
			young = h.Time+HistoryLife > now
			return false
		})
		fault = first(fault, err)
		return young
	})
	return oldest + group.Seq(n), fault
}

func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// SweepCursor is where a sweep goes on; the zero cursor is the beginning.
type SweepCursor struct {
	table Table
	from  []byte
	// first is where the stream at from began when some of it was removed, 0 =
	// nothing was. If it still begins there no more of it can go.
	first group.Position
}

// Done reports whether the sweep has come round.
func (c SweepCursor) Done() bool { return c.table > LastTable }

// look says what is looked at in a table; nil = nothing.
func (sw *sweep) look(t Table) func(key, value []byte) error {
	switch t {
	case TableGroups:
		return sw.groupName
	case TableProfiles:
		return sw.group
	case TableInbox:
		return sw.inbox
	case TableNotices:
		return sw.notice
	case TableApplications:
		return sw.application
	case TableReadMarks:
		return sw.deletion
	case TableAudit:
		return sw.audit
	}
	return nil
}

// Sweep looks at no more than limit rows from a cursor on and gives the ops
// that remove what is past its time: reserved names, final records, notices,
// history, what is left of dismissed groups, audit entries. Nothing of it is shown
// any more (spec 19.17 c); it only frees space. trimMax bounds the entries and
// counters removed per call (0 = all): the next one goes on with the same stream.
// The ops are to be committed before the next call. Rows that cannot be read are
// passed over; the first fault is returned with the rest.
func Sweep(tx Tx, at SweepCursor, now group.Millis, limit int, trimMax uint32) ([]RowOp, SweepCursor, error) {
	sw := &sweep{tx: tx, now: now, trimMax: trimMax, tried: at.first}
	var fault error
	seen := 0
	for ; !at.Done(); at = (SweepCursor{table: at.table + 1}) {
		look := sw.look(at.table)
		if look == nil {
			continue
		}
		var next []byte
		sw.rest = false
		tx.Scan(at.table, nil, at.from, false, func(key, value []byte) bool {
			if seen < limit {
				seen++
				fault = first(fault, look(key, value))
				sw.tried = 0
			} else {
				sw.again = true
			}
			if sw.again {
				next = append([]byte(nil), key...)
			}
			return !sw.again && !sw.rest
		})
		if next != nil {
			return sw.ops, SweepCursor{at.table, next, sw.first}, fault
		}
	}
	return sw.ops, at, fault
}

type sweep struct {
	tx  Tx
	now group.Millis
	ops []RowOp
	// trimMax bounds the entries and counters removed, 0 = all; trimmed of them
	// are. tried is the cursor's first.
	trimMax, trimmed uint32
	tried            group.Position
	// again: the next call begins with the row in hand, whose stream begins at
	// first if some of it was removed.
	again bool
	first group.Position
	// rest: nothing of the rest of the table is past its time.
	rest bool
}

// trims says how many entries of a stream to remove now if those from first to
// before, which stays, are past their time; false if none.
func (sw *sweep) trims(first, before group.Position) (n uint32, ok bool) {
	switch {
	case first >= before, first == sw.tried:
		return 0, false
	case sw.trimMax == 0:
		return 0, true
	}
	n = uint32(min(before-first, group.Position(sw.trimMax-sw.trimmed)))
	sw.trimmed += n
	if sw.again = group.Position(n) < before-first; sw.again && n > 0 {
		sw.first = first
	}
	return n, n > 0
}

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

// history removes what is before the oldest number kept. What stands behind the
// newest number stays (see Trim of the adapters).
func (sw *sweep) history(s group.StreamID) error {
	oldest, err := OldestKept(sw.tx, s, sw.now)
	if err != nil || oldest == 1 {
		return err
	}
	head := sw.tx.Head(s)
	before := group.Position(0)
	err = sw.tx.Range(s, min(oldest, head.Seq), head.Seq, false, func(e Entry) bool {
		if before = e.Position; e.Seq < oldest {
			before++
		}
		return false
	})
	if err != nil {
		return err
	}
	if n, ok := sw.trims(firstOf(sw.tx, s, head), before); ok {
		sw.ops = append(sw.ops, RowOp{Op: OpTrim, Key: StreamKey(s), Delta: int64(oldest - 1), Cap: n})
	}
	return nil
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
