package memory

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"io"
	"sync"

	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/internal/engine"
)

// Journal is a persistence.Journal without a disk.
type Journal struct {
	epoch string

	// mu stands in for transactions: a view holds it for reading, a commit for
	// writing. A view must not wait for a commit.
	mu     sync.RWMutex
	store  store
	closed bool
}

// New gives an empty journal.
func New() *Journal {
	return &Journal{epoch: rand.Text()[:8], store: store{}}
}

// Commit implements persistence.Journal.
func (j *Journal) Commit(ctx context.Context, batch []*persistence.Append) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return persistence.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return engine.Attempts(batch, func(batch []*persistence.Append) error {
		w := &writer{store: j.store}
		err := engine.Commit(w, batch)
		if err != nil {
			w.undo()
		}
		return err
	})
}

// View implements persistence.Journal.
func (j *Journal) View(fn func(persistence.Tx) error) error {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if j.closed {
		return persistence.ErrClosed
	}
	return fn(engine.NewTx(j.store))
}

// Backup writes all spaces as length-prefixed keys and values.
func (j *Journal) Backup(w io.Writer) error {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if j.closed {
		return persistence.ErrClosed
	}
	for _, s := range engine.Spaces() {
		var err error
		j.store.Seek(s, nil, nil, false, func(key, value []byte) bool {
			line := append([]byte{byte(s)}, binary.AppendUvarint(nil, uint64(len(key)))...)
			line = append(line, key...)
			line = binary.AppendUvarint(line, uint64(len(value)))
			_, err = w.Write(append(line, value...))
			return err == nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Size implements persistence.Journal.
func (j *Journal) Size() int64 { return 0 }

// Epoch implements persistence.Journal.
func (j *Journal) Epoch() string { return j.epoch }

// Full implements persistence.Journal.
func (j *Journal) Full() (full bool, reason string) { return false, "" }

// Close implements persistence.Journal. Everything is forgotten.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed, j.store = true, nil
	return nil
}

// store is guarded by the journal's lock.
type store map[engine.Space]*ordered

func (s store) Get(space engine.Space, key []byte) []byte {
	o := s[space]
	if o == nil {
		return nil
	}
	value, _ := o.get(key)
	return value
}

func (s store) Seek(space engine.Space, prefix, from []byte, reverse bool, fn func(key, value []byte) bool) {
	o := s[space]
	if o == nil {
		return
	}
	visit := func(p pair) bool { return bytes.HasPrefix(p.key, prefix) && fn(p.key, p.value) }
	switch {
	case !reverse && bytes.Compare(from, prefix) < 0:
		o.rise(prefix, visit)
	case !reverse:
		o.rise(from, visit)
	case from == nil || (!bytes.HasPrefix(from, prefix) && bytes.Compare(from, prefix) > 0):
		o.fall(engine.PrefixEnd(prefix), false, visit)
	default:
		o.fall(from, true, visit)
	}
}

// writer changes the store in place and remembers how to take it back.
type writer struct {
	store
	done []change
}

type change struct {
	space    engine.Space
	key, was []byte
}

func (w *writer) Put(space engine.Space, key, value []byte) {
	w.note(space, key)
	o := w.store[space]
	if o == nil {
		o = &ordered{}
		w.store[space] = o
	}
	o.put(bytes.Clone(key), append(make([]byte, 0, len(value)), value...))
}

func (w *writer) Delete(space engine.Space, key []byte) {
	w.note(space, key)
	if o := w.store[space]; o != nil {
		o.delete(key)
	}
}

func (w *writer) note(space engine.Space, key []byte) {
	w.done = append(w.done, change{space, bytes.Clone(key), w.Get(space, key)})
}

func (w *writer) undo() {
	for i := len(w.done) - 1; i >= 0; i-- {
		c := w.done[i]
		o := w.store[c.space]
		switch {
		case o == nil: // removed what was not there
		case c.was == nil:
			o.delete(c.key)
		default:
			o.put(c.key, c.was)
		}
	}
}
