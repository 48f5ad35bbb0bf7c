package journaltest

import (
	"bytes"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

var (
	pairStreams = []group.StreamID{6, 7, 8, 1 << 40, 1<<63 - 1}
	pairUsers   = []group.UserID{"a", "ab", "b"}
)

// batch draws appends that mostly fit.
func (p *pair) batch() (batch []*persistence.Append) {
	heads, saved := map[group.StreamID]persistence.Head{}, map[group.StreamID]bool{}
	for _, s := range pairStreams {
		heads[s] = p.head(s)
	}
	for range rapid.IntRange(0, 6).Draw(p.T, "appends") {
		s := rapid.SampledFrom(pairStreams).Draw(p.T, "stream")
		a := &persistence.Append{Stream: s, After: heads[s].Position}
		head := p.entries(a, heads[s])
		if p.oneIn(4, "snapshot") {
			a.Snapshot = p.snapshot(s, head, !saved[s])
			saved[s] = true
		}
		for range rapid.IntRange(0, 3).Draw(p.T, "ops") {
			a.Rows = append(a.Rows, p.op(s, head))
		}
		if p.oneIn(12, "does not fit") {
			a.After++
		} else {
			heads[s] = head
		}
		batch = append(batch, a)
	}
	return batch
}

func (p *pair) oneIn(n int, label string) bool { return rapid.IntRange(1, n).Draw(p.T, label) == n }

// entries draws some, and says where they lead.
func (p *pair) entries(a *persistence.Append, head persistence.Head) persistence.Head {
	for range rapid.IntRange(0, 4).Draw(p.T, "entries") {
		head.Position++
		e := persistence.Entry{Position: head.Position}
		if !p.oneIn(3, "unnumbered") {
			head.Seq++
			e.Seq = head.Seq
		}
		e.Data = p.data(&e)
		if p.oneIn(40, "gap") {
			e.Position++
		}
		a.Entries = append(a.Entries, e)
	}
	return head
}

// data is mostly a message that tallies count, else anything.
func (p *pair) data(e *persistence.Entry) []byte {
	switch rapid.IntRange(0, 9).Draw(p.T, "data") {
	case 0:
		return []byte{}
	case 1:
		return bytes.Repeat([]byte{byte(e.Position)}, rapid.SampledFrom([]int{1, 4000, 5000, 70_000}).Draw(p.T, "size"))
	}
	sender := rapid.SampledFrom(pairUsers).Draw(p.T, "sender")
	return persistence.EncodeEvent(&group.Event{
		Position: e.Position, Seq: e.Seq, Time: group.Millis(e.Position), Operator: sender,
		Body: &group.Sent{Sender: group.Card{User: sender, Role: group.Member}},
	})
}

// snapshot draws one that may be too old, too new, or build on another. It is
// whole, or it would be corrupt.
func (p *pair) snapshot(s group.StreamID, head persistence.Head, first bool) *persistence.Snapshot {
	snap := &persistence.Snapshot{Position: head.Position, Seq: head.Seq, Head: []byte("h")}
	snap.ChunkCount = rapid.Uint32Range(0, 3).Draw(p.T, "chunks")
	kept := uint32(0)
	switch rapid.IntRange(0, 9).Draw(p.T, "kind") {
	case 0:
		snap.Position++
	case 1:
		if was := p.head(s); was.Position > 0 && was.Position < head.Position {
			snap.Position, snap.Seq = was.Position, was.Seq
		}
	case 2:
		snap.Base = head.Position + 1
	case 3, 4, 5:
		require.NoError(p.T, p.plain.View(func(tx persistence.Tx) error {
			stored, err := tx.Snapshot(s)
			if stored != nil && first {
				snap.Base, kept = stored.Position, stored.ChunkCount
			}
			return err
		}))
	}
	for i := range snap.ChunkCount {
		if i >= kept || p.oneIn(2, "given") {
			snap.Chunks = append(snap.Chunks, persistence.Chunk{Index: i, Data: []byte{byte(s), byte(head.Position), byte(i)}})
		}
	}
	return snap
}

// table draws any but that of settings, which are the adapter's own, and those
// of timers, which have an op of their own.
func (p *pair) table() persistence.Table {
	t := persistence.Table(rapid.IntRange(int(persistence.TableGroups), int(persistence.LastTable)-3).Draw(p.T, "table"))
	if t >= persistence.TableTimers {
		t += 3
	}
	return t
}

// op draws any op.
func (p *pair) op(s group.StreamID, head persistence.Head) persistence.RowOp {
	user := rapid.SampledFrom(pairUsers).Draw(p.T, "user")
	number := rapid.Uint64Range(1, 4).Draw(p.T, "number")
	if rapid.Bool().Draw(p.T, "on rows") {
		return p.rowOp(s, user, number)
	}
	upTo := int64(rapid.Uint64Range(0, uint64(head.Seq)+2).Draw(p.T, "up to"))
	few := rapid.Uint32Range(0, 3).Draw(p.T, "cap")
	switch rapid.IntRange(0, 8).Draw(p.T, "op") {
	case 0:
		return persistence.PlaceOp(user, group.Millis(number))
	case 1:
		return persistence.PlaceOneOp(user, s, group.Millis(number))
	case 2:
		return membership(user, s, "g", group.Position(number))
	case 3:
		return toAll(s, "g", group.Position(number), notice("n", group.Millis(number)))
	case 4:
		return persistence.TimerOp(s, group.Millis(number-1))
	case 5:
		return persistence.RowOp{Op: persistence.OpTally, Table: persistence.TableSent, Key: persistence.StreamKey(s), Delta: upTo}
	case 6:
		return persistence.RowOp{Op: persistence.OpForget, Key: persistence.StreamKey(s), Cap: few}
	}
	op := persistence.RowOp{Op: persistence.OpTrim, Key: persistence.StreamKey(s), Delta: upTo, Cap: few}
	if p.oneIn(3, "by position") {
		op.Value = persistence.Uint64Value(rapid.Uint64Range(0, uint64(head.Position)+2).Draw(p.T, "position"))
	}
	return op
}

// rowOp draws one that changes rows of any table, perhaps to nonsense.
func (p *pair) rowOp(s group.StreamID, user group.UserID, number uint64) persistence.RowOp {
	few := rapid.Uint32Range(0, 3).Draw(p.T, "cap")
	key := rapid.SampledFrom([][]byte{
		persistence.StreamKey(s), persistence.UserNumberKey(user, number), persistence.UserStreamKey(user, s),
		persistence.StreamUserKey(s, user), persistence.UserKey(user), persistence.StreamNumberKey(s, number),
	}).Draw(p.T, "key")
	op := persistence.RowOp{Op: persistence.OpPut, Table: p.table(), Key: key, Value: key[:min(int(few), len(key))]}
	switch rapid.IntRange(0, 8).Draw(p.T, "row op") {
	case 0:
		op.Op = persistence.OpDelete
	case 1:
		op.Op, op.Key, op.Cap = persistence.OpDeletePrefix, op.Value, few
	case 2:
		op.Op, op.Table, op.Delta = persistence.OpAdd, persistence.TableCounts, int64(few)-1
	case 3:
		op.Op, op.Table, op.Key, op.Cap = persistence.OpAppendNumbered, persistence.TableInbox, persistence.UserKey(user), few
	case 4:
		op.Op, op.Table, op.Key = persistence.OpMerge, persistence.TableMembers, persistence.UserStreamKey(user, s)
	case 5:
		return persistence.AuditOp(&persistence.AuditEntry{Actor: user})
	case 6:
		if p.oneIn(9, "unknown") {
			op.Op = 99
		}
	}
	return op
}
