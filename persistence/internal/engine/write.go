package engine

import (
	"cmp"
	"errors"
	"slices"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// WriteTx is a persistence.WriteTx over a Writer.
type WriteTx struct {
	Tx
	w Writer
}

// NewWriteTx gives the view of a store in a transaction.
func NewWriteTx(w Writer) *WriteTx { return &WriteTx{Tx{w}, w} }

// Put implements persistence.WriteTx.
func (t *WriteTx) Put(table persistence.Table, key, value []byte) {
	if value == nil {
		value = []byte{}
	}
	t.w.Put(Space(table), key, value)
}

// Delete implements persistence.WriteTx.
func (t *WriteTx) Delete(table persistence.Table, key []byte) { t.w.Delete(Space(table), key) }

// badAppend is an append whose rows cannot be carried out.
type badAppend struct {
	append *persistence.Append
	err    error
}

func (b *badAppend) Error() string { return b.err.Error() }
func (b *badAppend) Unwrap() error { return b.err }

// Attempts commits a batch by attempt, which runs one transaction. An append
// whose rows cannot be carried out is reported in it and left out of the next
// attempt, so that one broken row does not stop everybody else.
func Attempts(batch []*persistence.Append, attempt func([]*persistence.Append) error) error {
	for {
		err := attempt(batch)
		bad, ok := errors.AsType[*badAppend](err)
		if !ok {
			return err
		}
		bad.append.Numbers, bad.append.Err = nil, bad.err
		batch = slices.DeleteFunc(slices.Clone(batch), func(a *persistence.Append) bool { return a == bad.append })
	}
}

// Commit carries a batch out; the adapter then makes it durable, or gives it
// up if there was an error. Entries and snapshots go by stream, because
// neighbouring keys share pages; then rows in the order of the batch. It is
// called within Attempts.
func Commit(w Writer, batch []*persistence.Append) error {
	tx := NewWriteTx(w)
	heads := map[group.StreamID]persistence.Head{}
	for _, a := range byStream(batch) {
		a.Numbers, a.Err = nil, nil
		if !tx.append(a, heads) {
			a.Err = persistence.ErrConflict
		}
	}
	for _, a := range batch {
		if a.Err != nil {
			continue
		}
		numbers, err := persistence.ApplyRows(tx, a.Rows)
		if err != nil {
			return &badAppend{a, err}
		}
		a.Numbers = numbers
	}
	return nil
}

func byStream(batch []*persistence.Append) []*persistence.Append {
	order := func(a, b *persistence.Append) int { return cmp.Compare(a.Stream, b.Stream) }
	if slices.IsSortedFunc(batch, order) {
		return batch
	}
	sorted := slices.Clone(batch)
	slices.SortStableFunc(sorted, order)
	return sorted
}

// append stores entries and snapshot; false if they conflict.
func (t *WriteTx) append(a *persistence.Append, heads map[group.StreamID]persistence.Head) bool {
	if len(a.Entries) == 0 && a.Snapshot == nil {
		return true
	}
	head, known := heads[a.Stream]
	if !known {
		head = t.Head(a.Stream)
	}
	then, fits := advance(head, a)
	if !fits || !t.builds(a) {
		return false
	}
	heads[a.Stream] = then
	t.entries(a, head.Seq)
	t.snapshot(a)
	return true
}

// advance checks an append against where its stream stands. Numbers must go
// on without a gap too: they are what users resume by.
func advance(head persistence.Head, a *persistence.Append) (persistence.Head, bool) {
	if len(a.Entries) > 0 && a.After != head.Position {
		return head, false
	}
	for i := range a.Entries {
		e := &a.Entries[i]
		if e.Position != head.Position+1 || (e.Seq != 0 && e.Seq != head.Seq+1) {
			return head, false
		}
		head.Position++
		if e.Seq != 0 {
			head.Seq = e.Seq
		}
	}
	if s := a.Snapshot; s != nil && (s.Position > head.Position || s.Seq > head.Seq) {
		return head, false
	}
	return head, true
}

// entries are written as they are handed in: the store lets go of them before
// the commit returns.
func (t *WriteTx) entries(a *persistence.Append, seq group.Seq) {
	for i := range a.Entries {
		e := &a.Entries[i]
		if e.Seq != 0 {
			seq = e.Seq
		}
		p := place{seq: seq, unnumbered: e.Seq == 0, position: e.Position}
		t.w.Put(Log, p.key(a.Stream), e.Data)
	}
}
