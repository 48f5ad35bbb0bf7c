package persistence

import "github.com/troupe-im/troupe/group"

// forgetSent removes the counters of who has sent in a group that has ended:
// nothing counts in it any more. They go after the entries, and like those no
// more at once than the call may remove.
func (sw *sweep) forgetSent(s group.StreamID) {
	left := sw.trimMax - sw.trimmed
	if sw.again {
		return
	}
	prefix, n := StreamKey(s), uint32(0)
	sw.tx.Scan(TableSent, prefix, nil, false, func(_, _ []byte) bool {
		n++
		return sw.trimMax > 0 && n <= left
	})
	if n == 0 {
		return
	}
	if sw.trimMax == 0 {
		left = 0 // all
	} else if sw.again = n > left; sw.again && left == 0 {
		return
	}
	sw.trimmed += min(n, left)
	sw.ops = append(sw.ops, RowOp{Op: OpDeletePrefix, Table: TableSent, Key: prefix, Cap: left})
}
