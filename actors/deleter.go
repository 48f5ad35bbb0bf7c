package actors

import (
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// deleter does the work that follows a deletion (spec 19.14): every group is
// left by its own actor, then what leads to it is erased, at last what belonged
// to the user alone. All of it may be done again, and
// what is left to do is read from the rows, so a restart or a failure takes it
// up anew. A goroutine of its own, as it waits for groups and for the disk.
type deleter struct {
	sys *System

	wake chan struct{}
	// busy counts accounts that are waiting or in hand, not those that failed.
	busy atomic.Int64

	// mu guards all of the rest.
	mu   sync.Mutex
	todo []group.UserID
	// failed are tried again from retryAt on, in ms.
	failed  []group.UserID
	retryAt int64
	// over: what is left is for the next start.
	over bool
}

const (
	// deleteBatch bounds the groups left at once, the rows erased in one
	// transaction, and the entries looked at in one view.
	deleteBatch   = 64
	deleteRows    = 500
	deleteEntries = 2000
	// deleteRetry, in ms, is the pause before work that failed is taken up again.
	deleteRetry = 10_000
)

func newDeleter(s *System) *deleter { return &deleter{sys: s, wake: make(chan struct{}, 1)} }

// take begins the work on an account that is closed.
func (d *deleter) take(users ...group.UserID) {
	if len(users) == 0 {
		return
	}
	d.mu.Lock()
	if !d.over {
		d.todo = append(d.todo, users...)
		d.busy.Add(int64(len(users)))
	}
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// again takes up what has failed.
func (d *deleter) again() {
	var users []group.UserID
	d.mu.Lock()
	if reached(d.sys.now(), d.retryAt, deleteRetry) {
		users, d.failed = d.failed, nil
	}
	d.mu.Unlock()
	d.take(users...)
}

// next takes all that is waiting.
func (d *deleter) next() []group.UserID {
	d.mu.Lock()
	defer d.mu.Unlock()
	users := d.todo
	d.todo = nil
	return users
}

// run works until the system stops.
func (d *deleter) run() {
	for {
		select {
		case <-d.sys.stop:
			d.end()
			return
		case <-d.wake:
		}
		for users := d.next(); len(users) > 0; users = d.next() {
			d.deleteAll(users)
		}
	}
}

// deleteAll works on accounts, all of them closed, until the system stops.
func (d *deleter) deleteAll(users []group.UserID) {
	if !d.stopping() {
		d.sys.passGroups()
	}
	for _, u := range users {
		if d.stopping() {
			return
		}
		if err := d.delete(u); err != nil && !d.stopping() {
			d.fail(u, err)
		}
		d.busy.Add(-1)
	}
}

func (d *deleter) fail(u group.UserID, err error) {
	d.sys.fault("delete account", err, slog.String("user", string(u)))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failed, d.retryAt = append(d.failed, u), d.sys.now()+deleteRetry
}

// end leaves the rest to the next start.
func (d *deleter) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.over = true
	d.busy.Store(0)
}

func (d *deleter) stopping() bool {
	select {
	case <-d.sys.stop:
		return true
	default:
		return false
	}
}

// takeDeletions reads, before anything is served, what was deleted ever, and
// takes up what was not finished.
func (s *System) takeDeletions() error {
	var unfinished []group.UserID
	if err := s.journal.View(func(tx persistence.Tx) error {
		return persistence.Deletions(tx, func(d *persistence.Deletion) {
			s.deletions.load(d)
			if !d.Done {
				unfinished = append(unfinished, d.User)
			}
		})
	}); err != nil {
		return err
	}
	s.deleter.take(unfinished...)
	return nil
}
