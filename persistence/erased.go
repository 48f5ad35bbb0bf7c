package persistence

import "github.com/troupe-im/troupe/group"

// Erased messages are shown as recalled; TableErased has their numbers, so that
// unread can follow (spec 19.14, 19.17 b). That they are shown so does not rest
// on it. Each row says how many there are up to it, so that counting does not
// depend on how many there are.

// EraseCursor is where erasing in a stream goes on; the zero cursor is the
// beginning.
type EraseCursor struct {
	from  group.Seq
	count uint64 // erased messages below from
	begun bool
}

// EraseOps notes the messages of a stream that are erased: those that mine says,
// beside those that were. It looks at no more than limit entries from a cursor
// on; done: it came to the end. The ops are to be committed before the next
// call, and a stream is gone through from the beginning to the end: in between
// the counts of later rows are short.
func EraseOps(tx Tx, s group.StreamID, at EraseCursor, limit int, mine func(*Header) bool) (ops []RowOp, next EraseCursor, done bool, err error) {
	seen, fault := 0, error(nil)
	next, done = at, true
	err = tx.Range(s, max(at.from, 1), tx.Head(s).Seq, false, func(e Entry) bool {
		if seen == limit {
			done = false
			return false
		}
		if !next.begun {
			// What was trimmed from the history still counts.
			next.begun, next.count = true, erasedUpTo(tx, s, e.Seq-1)
		}
		seen++
		next.from = e.Seq + 1
		var h Header
		if h, fault = DecodeHeader(e.Data); fault != nil {
			return false
		}
		key := StreamNumberKey(s, uint64(e.Seq))
		was := tx.Get(TableErased, key)
		if was == nil && !(h.Message && mine(&h)) {
			return true
		}
		if next.count++; was == nil || Uint64(was) != next.count {
			ops = append(ops, RowOp{Op: OpPut, Table: TableErased, Key: key, Value: Uint64Value(next.count)})
		}
		return true
	})
	return ops, next, done, first(fault, err)
}

// CountErased counts the erased messages of a stream with after < seq ≤ upTo.
func CountErased(tx Tx, s group.StreamID, after, upTo group.Seq) uint64 {
	all := erasedUpTo(tx, s, upTo)
	if all == 0 {
		return 0
	}
	return all - min(erasedUpTo(tx, s, after), all)
}

func erasedUpTo(tx Tx, s group.StreamID, seq group.Seq) (n uint64) {
	tx.Scan(TableErased, StreamKey(s), StreamNumberKey(s, uint64(seq)), true, func(_, value []byte) bool {
		n = Uint64(value)
		return false
	})
	return n
}
