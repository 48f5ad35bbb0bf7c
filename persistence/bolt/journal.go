package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	bbolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/internal/engine"
)

// Journal is a persistence.Journal in one file.
type Journal struct {
	// Fixed after construction.
	db    *bbolt.DB
	path  string
	epoch string
	space *space
	// recent has its own lock.
	recent *recent

	// commits serialises commits, so that a failed one is judged undisturbed.
	commits sync.Mutex
	// broken: a commit has failed and what is on the disk is not known. onBroken
	// is fixed.
	broken   atomic.Bool
	onBroken func(error)
}

// Commit implements persistence.Journal.
func (j *Journal) Commit(ctx context.Context, batch []*persistence.Append) error {
	j.commits.Lock()
	defer j.commits.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if j.broken.Load() {
		return fmt.Errorf("commit: %w", persistence.ErrBroken)
	}
	if full, reason := j.space.check(); full {
		if batch = reserved(batch); len(batch) == 0 {
			return fmt.Errorf("commit: %w: %s", persistence.ErrFull, reason)
		}
	}
	return engine.Attempts(batch, j.commit)
}

// commit is one transaction.
func (j *Journal) commit(batch []*persistence.Append) error {
	tx, err := j.db.Begin(true)
	if err != nil {
		return beginError(err)
	}
	if j.recent.stale {
		if err := j.recent.load(tx); err != nil {
			return errors.Join(fmt.Errorf("commit: %w", err), tx.Rollback())
		}
	}
	s := &store{tx: tx, recent: j.recent}
	s.draft = newDraft(tx, s.bucket(logSpace), j.recent)
	if err := errors.Join(engine.Commit(s, batch), s.err); err != nil {
		return errors.Join(fmt.Errorf("commit: %w", err), tx.Rollback())
	}
	if err := s.draft.settle(); err != nil {
		return errors.Join(fmt.Errorf("commit: %w", err), tx.Rollback())
	}
	id := tx.ID()
	s.draft.publish()
	if err := tx.Commit(); err != nil {
		j.recent.stale = true
		return j.failed(id, err)
	}
	return nil
}

// reserved picks what may be stored in disk-full mode and refuses the rest.
func reserved(batch []*persistence.Append) []*persistence.Append {
	var may []*persistence.Append
	for _, a := range batch {
		if a.FromReserve {
			may = append(may, a)
		}
	}
	if len(may) == 0 {
		return nil
	}
	for _, a := range batch {
		if !a.FromReserve {
			a.Numbers, a.Err = nil, persistence.ErrFull
		}
	}
	return may
}

func beginError(err error) error {
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return persistence.ErrClosed
	}
	return fmt.Errorf("%w: begin: %w", persistence.ErrUnknown, err)
}

// failed says what a failed commit means. bbolt writes the transaction's id
// last: while the file shows an older one, nothing of it was stored. Else views
// show what may not be on the disk, and the system may never try again to write
// it: whoever went on would acknowledge what a power cut takes back.
func (j *Journal) failed(id int, err error) error {
	if noSpace(err) {
		j.space.failed(err)
		if j.shows() < id {
			return fmt.Errorf("commit: %w: %w", persistence.ErrFull, err)
		}
	}
	err = fmt.Errorf("%w: commit: %w", persistence.ErrUnknown, err)
	if !j.broken.Swap(true) && j.onBroken != nil {
		j.onBroken(err)
	}
	return err
}

// shows is the id of the newest transaction in the file.
func (j *Journal) shows() int {
	tx, err := j.db.Begin(false)
	if err != nil {
		return math.MaxInt
	}
	defer func() { _ = tx.Rollback() }()
	return tx.ID()
}

func noSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, errQuota) || errors.Is(err, berrors.ErrMaxSizeReached)
}

// View implements persistence.Journal.
func (j *Journal) View(fn func(persistence.Tx) error) error {
	if j.broken.Load() {
		return fmt.Errorf("view: %w", persistence.ErrBroken)
	}
	err := j.db.View(func(tx *bbolt.Tx) error { return fn(engine.NewTx(&store{tx: tx, recent: j.recent})) })
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return persistence.ErrClosed
	}
	return err
}

// Backup implements persistence.Journal: the copy is a file that Open takes.
// Commits go on meanwhile, but pages freed by them are kept until it ends.
func (j *Journal) Backup(w io.Writer) error {
	if j.broken.Load() {
		return fmt.Errorf("backup: %w", persistence.ErrBroken)
	}
	err := j.db.View(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(w)
		return err
	})
	switch {
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return persistence.ErrClosed
	case err != nil:
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// Size implements persistence.Journal.
func (j *Journal) Size() int64 {
	info, err := os.Stat(j.path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// Epoch implements persistence.Journal.
func (j *Journal) Epoch() string { return j.epoch }

// Full implements persistence.Journal. It looks at the disk anew, so the mode
// ends without a commit.
func (j *Journal) Full() (full bool, reason string) { return j.space.check() }

// Close implements persistence.Journal. It waits for views and commits to end.
func (j *Journal) Close() error {
	j.commits.Lock()
	defer j.commits.Unlock()
	return j.db.Close()
}
