package persistence

import (
	"encoding/binary"
	"fmt"

	"github.com/troupe-im/troupe/group"
)

// ApplyRows carries ops out in order. Adapters call it inside the transaction
// of a commit. It returns what AppendNumbered and PlaceNotices gave, by index
// in ops (nil if no op gives numbers); ErrCorrupt if a row it had to read
// cannot be decoded, and then the transaction must be given up.
func ApplyRows(tx WriteTx, ops []RowOp) ([][]Numbered, error) {
	var numbers [][]Numbered
	for i := range ops {
		given, err := applyRow(tx, &ops[i])
		if err != nil {
			return nil, err
		}
		if given == nil {
			continue
		}
		if numbers == nil {
			numbers = make([][]Numbered, len(ops))
		}
		numbers[i] = given
	}
	return numbers, nil
}

func applyRow(tx WriteTx, op *RowOp) ([]Numbered, error) {
	switch op.Op {
	case OpPut:
		tx.Put(op.Table, op.Key, op.Value)
	case OpDelete:
		tx.Delete(op.Table, op.Key)
	case OpAdd:
		addCount(tx, op)
	case OpAppendNumbered:
		return []Numbered{appendNumbered(tx, group.UserID(op.Key), op.Value, op.Cap)}, nil
	case OpPlaceNotices:
		return placeNotices(tx, group.UserID(op.Key), streamOf(op.Value), group.Millis(op.Delta))
	case OpTimer:
		setTimer(tx, op)
	case OpDeletePrefix:
		deletePrefix(tx, op.Table, op.Key, int(op.Cap))
	case OpMerge:
		return nil, merge(tx, op)
	case OpTrim:
		tally(tx, streamOf(op.Key), group.Seq(op.Delta))
		tx.Trim(streamOf(op.Key), group.Seq(op.Delta), group.Position(Uint64(op.Value)), int(op.Cap))
	case OpTally:
		tally(tx, streamOf(op.Key), group.Seq(op.Delta))
	case OpForget:
		tx.Forget(streamOf(op.Key), int(op.Cap))
	case OpAudit:
		return []Numbered{appendAudit(tx, op.Value)}, nil
	default:
		return nil, fmt.Errorf("%w: row op %d", ErrCorrupt, op.Op)
	}
	return nil, nil
}

func streamOf(key []byte) group.StreamID {
	if len(key) != 8 {
		return 0
	}
	return group.StreamID(binary.BigEndian.Uint64(key))
}

func addCount(tx WriteTx, op *RowOp) {
	n := int64(Uint64(tx.Get(op.Table, op.Key))) + op.Delta
	tx.Put(op.Table, op.Key, Uint64Value(uint64(max(n, 0))))
}

// appendNumbered is the one place that gives inbox numbers.
func appendNumbered(tx WriteTx, user group.UserID, value []byte, limit uint32) Numbered {
	n := Uint64(tx.Get(TableInboxHead, UserKey(user))) + 1
	tx.Put(TableInbox, UserNumberKey(user, n), value)
	tx.Put(TableInboxHead, UserKey(user), Uint64Value(n))
	if limit > 0 && n > uint64(limit) {
		dropUpTo(tx, user, n-uint64(limit))
	}
	return Numbered{N: n, Data: value}
}

func dropUpTo(tx WriteTx, user group.UserID, last uint64) {
	var old [][]byte
	tx.Scan(TableInbox, UserPrefix(user), nil, false, func(key, _ []byte) bool {
		if lastNumber(key) > last {
			return false
		}
		old = append(old, append([]byte(nil), key...))
		return true
	})
	for _, key := range old {
		tx.Delete(TableInbox, key)
	}
}

// setTimer keeps one timer per stream; setting the same again writes nothing.
func setTimer(tx WriteTx, op *RowOp) {
	stream := streamOf(op.Key)
	was := group.Millis(Uint64(tx.Get(TableTimerOf, op.Key)))
	due := group.Millis(max(op.Delta, 0))
	if was == due {
		return
	}
	if was > 0 {
		tx.Delete(TableTimers, timerKey(was, stream))
	}
	if due == 0 {
		tx.Delete(TableTimerOf, op.Key)
		return
	}
	tx.Put(TableTimers, timerKey(due, stream), nil)
	tx.Put(TableTimerOf, op.Key, Uint64Value(uint64(due)))
}

func deletePrefix(tx WriteTx, t Table, prefix []byte, atMost int) {
	var keys [][]byte
	tx.Scan(t, prefix, nil, false, func(key, _ []byte) bool {
		keys = append(keys, append([]byte(nil), key...))
		return atMost == 0 || len(keys) < atMost
	})
	for _, key := range keys {
		tx.Delete(t, key)
	}
}

func merge(tx WriteTx, op *RowOp) error {
	if op.Table != TableMembers {
		return fmt.Errorf("%w: merge into table %d", ErrCorrupt, op.Table)
	}
	old := tx.Get(op.Table, op.Key)
	if old == nil {
		return nil
	}
	row, err := mergeMemberRow(old, op.Value)
	if err != nil {
		return err
	}
	tx.Put(op.Table, op.Key, row)
	return nil
}
