package persistence

import "github.com/troupe-im/troupe/group"

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
