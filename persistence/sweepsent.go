package persistence

import "github.com/troupe-im/troupe/group"

// forgetSent removes the counters of who has sent in a group that has ended:
// nothing counts in it any more. If there are more than go at once the group is
// looked at again.
func (sw *sweep) forgetSent(s group.StreamID) {
	prefix, n := StreamKey(s), uint32(0)
	sw.tx.Scan(TableSent, prefix, nil, false, func(_, _ []byte) bool {
		n++
		return n <= sw.trim
	})
	if n > 0 {
		sw.ops = append(sw.ops, RowOp{Op: OpDeletePrefix, Table: TableSent, Key: prefix, Cap: sw.trim})
		sw.again = sw.trim > 0 && n > sw.trim
	}
}
