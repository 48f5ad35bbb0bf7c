package bolt

import (
	"bytes"
	"fmt"

	bbolt "go.etcd.io/bbolt"

	"github.com/troupe-im/troupe/persistence/internal/engine"
)

// store is one transaction as engine sees it. It belongs to one goroutine.
type store struct {
	tx *bbolt.Tx
	// buckets are those that were opened: a read needs one or two of them, and
	// reads are many.
	buckets []opened
	few     [3]opened
	err     error
	// recent knows what was set aside from the log, nil if the file is only
	// checked; rows, and all in order, are read if it does not; draft is of a
	// transaction that writes.
	recent *recent
	rows   *allRows
	all    []item
	draft  *draft
}

type opened struct {
	space  engine.Space
	bucket *bbolt.Bucket
}

func (s *store) bucket(space engine.Space) *bbolt.Bucket {
	for i := range s.buckets {
		if s.buckets[i].space == space {
			return s.buckets[i].bucket
		}
	}
	b := s.tx.Bucket(bucketName(space))
	if b == nil {
		panic(fmt.Sprintf("bolt: no bucket for space %d", space))
	}
	if space == engine.Log || space == engine.Chunks {
		b.FillPercent = fill
	}
	if s.buckets == nil {
		s.buckets = s.few[:0]
	}
	s.buckets = append(s.buckets, opened{space, b})
	return b
}

// Get implements engine.Reader.
func (s *store) Get(space engine.Space, key []byte) []byte { return s.bucket(space).Get(key) }

// Put implements engine.Writer.
func (s *store) Put(space engine.Space, key, value []byte) {
	if space == logSpace && s.draft != nil {
		s.draft.put(key, value)
		return
	}
	if err := s.bucket(space).Put(key, value); err != nil && s.err == nil {
		s.err = fmt.Errorf("put into %s: %w", bucketName(space), err)
	}
}

// Delete implements engine.Writer.
func (s *store) Delete(space engine.Space, key []byte) {
	if space == logSpace && s.draft != nil {
		s.draft.delete(key)
		return
	}
	if err := s.bucket(space).Delete(key); err != nil && s.err == nil {
		s.err = fmt.Errorf("delete from %s: %w", bucketName(space), err)
	}
}

// Seek implements engine.Reader.
func (s *store) Seek(space engine.Space, prefix, from []byte, reverse bool, fn func(key, value []byte) bool) {
	if space == logSpace {
		s.seekLog(prefix, from, reverse, fn)
		return
	}
	s.seek(space, prefix, from, reverse, fn)
}

func (s *store) seek(space engine.Space, prefix, from []byte, reverse bool, fn func(key, value []byte) bool) {
	c := s.bucket(space).Cursor()
	if reverse {
		s.fall(c, prefix, from, fn)
		return
	}
	if bytes.Compare(from, prefix) < 0 {
		from = prefix
	}
	for k, v := c.Seek(from); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if !fn(k, v) {
			return
		}
	}
}

func (s *store) fall(c *bbolt.Cursor, prefix, from []byte, fn func(key, value []byte) bool) {
	k, v := last(c, prefix, from)
	var below []byte // the key given last
	for {
		if k == nil && s.tx.Writable() {
			k, v = behindHole(c, prefix, func(k []byte) bool {
				if below != nil {
					return bytes.Compare(k, below) < 0
				}
				return from == nil || bytes.Compare(k, from) <= 0
			})
		}
		if k == nil || !bytes.HasPrefix(k, prefix) || !fn(k, v) {
			return
		}
		below = k
		k, v = c.Prev()
	}
}

// last finds the last key with the prefix that is not above from.
func last(c *bbolt.Cursor, prefix, from []byte) (k, v []byte) {
	if from != nil && bytes.Compare(from, prefix) < 0 {
		return nil, nil
	}
	if from != nil && bytes.HasPrefix(from, prefix) {
		k, v = c.Seek(from)
		if k == nil {
			return lastKey(c)
		}
		if bytes.Equal(k, from) {
			return k, v
		}
		return c.Prev()
	}
	end := engine.PrefixEnd(prefix)
	if end == nil {
		return lastKey(c)
	}
	if k, _ = c.Seek(end); k == nil {
		return lastKey(c)
	}
	return c.Prev()
}

// lastKey finds the last key of all. bbolt's Last does not return if every
// page below a branch was emptied in this transaction, so it looks for a first
// key before.
func lastKey(c *bbolt.Cursor) (k, v []byte) {
	if k, _ := c.First(); k == nil {
		return nil, nil
	}
	return c.Last()
}

// behindHole goes on where a falling cursor met a page whose keys were all
// deleted in this transaction: bbolt then reports the beginning. It looks from
// the front for the last key that is still to come.
func behindHole(c *bbolt.Cursor, prefix []byte, toCome func(key []byte) bool) (key, value []byte) {
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix) && toCome(k); k, v = c.Next() {
		key, value = k, v
	}
	if key != nil {
		c.Seek(key)
	}
	return key, value
}
