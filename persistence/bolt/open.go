package bolt

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	bbolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/internal/engine"
)

// Open opens the journal in the file at path, making it if there is none. The
// directory must exist. Errors: persistence.ErrInUse at once if another
// process holds the file, ErrNewerSchema or ErrOlderSchema if another version
// wrote it, ErrCorrupt if it is not a journal.
func Open(path string, o Options) (*Journal, error) {
	db, err := open(path, o, false)
	if err != nil {
		return nil, err
	}
	free := o.FreeSpace
	if free == nil {
		free = freeSpace
	}
	j := &Journal{
		db: db, path: path, space: &space{path: path, reserve: o.reserve(), free: free},
		recent: &recent{tuning: ordinary}, onBroken: o.Broken,
	}
	if o.tuning != nil {
		j.recent.tuning = *o.tuning
	}
	if j.epoch, err = prepare(db); err == nil {
		err = db.View(j.recent.load)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	return j, nil
}

func open(path string, o Options, readOnly bool) (*bbolt.DB, error) {
	size := o.InitialMmapSize
	if size == 0 {
		size = roomyMmap
		if tight {
			size = tightMmap
		}
	}
	if o.OpenFile == nil {
		if err := checkWhole(path); err != nil {
			return nil, fmt.Errorf("open: %w", err)
		}
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		// One try: a lock that is held is not waited for.
		Timeout:         time.Millisecond,
		NoFreelistSync:  true,
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: size,
		MaxSize:         o.MaxSize,
		NoSync:          o.NoSync,
		NoStatistics:    true,
		ReadOnly:        readOnly,
		OpenFile:        o.OpenFile,
	})
	if err == nil {
		return db, nil
	}
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		err = persistence.ErrInUse
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum):
		err = fmt.Errorf("%w: %w", persistence.ErrCorrupt, err)
	}
	return nil, fmt.Errorf("open %s: %w", path, err)
}

// prepare checks or writes the file's settings and returns its epoch.
func prepare(db *bbolt.DB) (epoch string, err error) {
	fresh, whole := false, true
	err = db.View(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketName(engine.Space(persistence.TableMeta)))
		if meta == nil {
			fresh = true
			return nil
		}
		epoch = string(meta.Get(metaEpoch))
		for _, s := range spaces() {
			whole = whole && tx.Bucket(bucketName(s)) != nil
		}
		return checkSchema(meta.Get(metaSchema))
	})
	switch {
	case err != nil, !fresh && whole:
		return epoch, err
	case !fresh:
		// A version that knew fewer tables made it.
		return epoch, db.Update(createBuckets)
	}
	epoch = newEpoch()
	return epoch, db.Update(func(tx *bbolt.Tx) error {
		if err := createBuckets(tx); err != nil {
			return err
		}
		meta := tx.Bucket(bucketName(engine.Space(persistence.TableMeta)))
		if err := meta.Put(metaSchema, []byte(strconv.Itoa(schema))); err != nil {
			return err
		}
		return meta.Put(metaEpoch, []byte(epoch))
	})
}

func checkSchema(stored []byte) error {
	version, err := strconv.Atoi(string(stored))
	switch {
	case err != nil || version < 1:
		return fmt.Errorf("%w: schema version %q", persistence.ErrCorrupt, bytes.ToValidUTF8(stored, []byte("?")))
	case version < schema:
		return fmt.Errorf("%w: the file has version %d, this program reads version %d only", persistence.ErrOlderSchema, version, schema)
	case version > schema:
		return fmt.Errorf("%w: the file has version %d, this program knows up to %d", persistence.ErrNewerSchema, version, schema)
	}
	return nil
}

// newEpoch is 8 random characters.
func newEpoch() string { return rand.Text()[:8] }
