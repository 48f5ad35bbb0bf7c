package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"

	bbolt "go.etcd.io/bbolt"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/internal/engine"
)

// compactTx bounds a transaction of Compact, in bytes.
const compactTx = 16 << 20

// Compact copies the journal at src to the new file dst without its free
// pages. src must not be in use; dst must not exist, and is removed on error.
func Compact(src, dst string) error {
	h, err := Hold(src)
	if err != nil {
		return err
	}
	return errors.Join(h.Compact(dst), h.Release())
}

// Held is a journal that nobody else can open.
type Held struct{ db *bbolt.DB }

// Hold keeps the journal at path from being opened, by servers and by the
// functions here, until it is released. For who is going to put another file in
// its place. Nothing is written. Errors: those of Open, fs.ErrNotExist.
func Hold(path string) (*Held, error) {
	db, err := existing(path, false)
	if err != nil {
		return nil, err
	}
	return &Held{db}, nil
}

// Guard keeps servers and Compact from the journal at path until release is
// called; who only reads may go on. It may be damaged: no more than its head is
// read. Errors: those of Open.
func Guard(path string) (release func() error, err error) {
	db, err := open(path, Options{}, true)
	if err != nil {
		return nil, err
	}
	return db.Close, nil
}

// Release lets others open the journal.
func (h *Held) Release() error { return h.db.Close() }

// Compact is the function Compact for a journal that is held.
func (h *Held) Compact(dst string) error {
	if _, err := os.Stat(dst); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("compact: %s: %w", dst, fs.ErrExist)
	}
	// A small mapping: the file is made as large as what is mapped at first.
	to, err := open(dst, Options{NoSync: true, InitialMmapSize: 1 << 20}, false)
	if err != nil {
		return err
	}
	if err = bbolt.Compact(to, h.db, compactTx); err == nil {
		err = to.Sync()
	}
	if err = errors.Join(err, to.Close()); err != nil {
		return errors.Join(fmt.Errorf("compact %s: %w", h.db.Path(), err), os.Remove(dst))
	}
	return nil
}

// existing opens a file that must be a journal of a known schema.
func existing(path string, readOnly bool) (*bbolt.DB, error) {
	switch info, err := os.Stat(path); {
	case err != nil:
		return nil, err
	case info.Size() == 0: // or it would be filled in
		return nil, fmt.Errorf("open %s: %w: not a journal", path, persistence.ErrCorrupt)
	}
	db, err := open(path, Options{}, readOnly)
	if err != nil {
		return nil, err
	}
	err = damaged(db, func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketName(engine.Space(persistence.TableMeta)))
		if meta == nil {
			return fmt.Errorf("%w: not a journal", persistence.ErrCorrupt)
		}
		return checkSchema(meta.Get(metaSchema))
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	return db, nil
}

// RenewEpoch gives the journal at path a new epoch: numbers that were given
// after the backup was made may be given again, so clients must read anew
// (spec 18.2). The file must not be in use.
func RenewEpoch(path string) (epoch string, err error) {
	db, err := existing(path, false)
	if err != nil {
		return "", err
	}
	epoch = newEpoch()
	err = db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketName(engine.Space(persistence.TableMeta))).Put(metaEpoch, []byte(epoch))
	})
	return epoch, errors.Join(err, db.Close())
}

// Verify checks the pages of the journal at path and that the entries of every
// stream follow each other without a gap. each, if not nil, is called with
// every entry, so that the caller can check what is in it. All faults found
// are returned together. The file must not be in use.
func Verify(path string, each func(group.StreamID, persistence.Entry) error) (err error) {
	db, err := existing(path, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return damaged(db, func(tx *bbolt.Tx) error {
		// bbolt's check ends the process at a page that is none, or at a fault beside others.
		if err := tx.ForEach(func(_ []byte, b *bbolt.Bucket) error { return readAll(b) }); err != nil {
			return err
		}
		var faults []error
		for fault := range tx.Check() {
			faults = append(faults, fmt.Errorf("%w: %w", persistence.ErrCorrupt, fault))
		}
		if len(faults) == 0 {
			s := &store{tx: tx}
			faults = append(faults, s.stored().err, engine.Verify(s, each))
		}
		return errors.Join(faults...)
	})
}

// damaged is a view of a file that may be damaged: a page that cannot be read is
// an error.
func damaged(db *bbolt.DB, fn func(*bbolt.Tx) error) error {
	return db.View(func(tx *bbolt.Tx) (err error) {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("%w: %v", persistence.ErrCorrupt, p)
			}
		}()
		return fn(tx)
	})
}

// readAll goes over all that a bucket holds, which must be in order.
func readAll(b *bbolt.Bucket) error {
	var last []byte
	return b.ForEach(func(k, v []byte) error {
		if last != nil && bytes.Compare(last, k) >= 0 {
			return fmt.Errorf("%w: key %x behind %x", persistence.ErrCorrupt, k, last)
		}
		last = k
		if v != nil {
			return nil
		}
		return readAll(b.Bucket(k))
	})
}
