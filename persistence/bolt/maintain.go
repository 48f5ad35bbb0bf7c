package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

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
// its place. Nothing is written. Errors: those of Open.
func Hold(path string) (*Held, error) {
	db, err := existing(path, false)
	if err != nil {
		return nil, err
	}
	return &Held{db}, nil
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
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	db, err := open(path, Options{}, readOnly)
	if err != nil {
		return nil, err
	}
	err = db.View(func(tx *bbolt.Tx) error {
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
	return db.View(func(tx *bbolt.Tx) error {
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
