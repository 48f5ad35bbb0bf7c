package actors

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
)

// deletions knows every account that was deleted (spec 19.14): whose id is
// closed, and how what stays of it is shown. It is read by whoever decides a
// command, signs a device in or makes a frame, so it takes no lock there, and
// costs one look at some where nobody was ever deleted.
type deletions struct {
	// Fixed after construction.
	now func() int64

	some atomic.Bool
	// users: group.UserID → []deletion by rising until; the lists do not change.
	users sync.Map

	// mu orders the closing of an account against what writes rows of its user
	// (see whileOpen), and guards the writing of users.
	mu sync.RWMutex
}

// deletion is one of them as it is looked up.
type deletion struct {
	shown protocol.DeletedUser
	// until is the end of the time in which the id names the deleted user.
	until group.Millis
	// storing: it is not in force yet. done: so is its work.
	storing, done bool
}

func (d *deletions) of(u group.UserID) []deletion {
	if !d.some.Load() {
		return nil
	}
	list, _ := d.users.Load(u)
	of, _ := list.([]deletion)
	return of
}

// closed says why a user may not come in now: it was deleted, or that is just
// being stored. nil: it may.
func (d *deletions) closed(u group.UserID) *protocol.Error {
	switch newest := d.newest(u); {
	case newest == nil:
		return nil
	case newest.storing:
		return errUnavailable()
	case d.deleted(u):
		return protocol.NewError(group.CodeAccountDeleted)
	}
	return nil
}

// deleted reports whether an id is that of a deleted user now.
func (d *deletions) deleted(u group.UserID) bool {
	newest := d.newest(u)
	return newest != nil && !newest.storing && (!newest.done || group.Millis(d.now()) < newest.until)
}

func (d *deletions) newest(u group.UserID) *deletion {
	list := d.of(u)
	if len(list) == 0 {
		return nil
	}
	return &list[len(list)-1]
}

// At implements protocol.Deleted: an id named before until, or while the work
// lasts, is the deleted user's.
func (d *deletions) At(u group.UserID, at group.Millis) *protocol.DeletedUser {
	list := d.of(u)
	for i := range list {
		if e := &list[i]; !e.storing && (!e.done || at < e.until) {
			return &e.shown
		}
	}
	return nil
}

// Present implements protocol.Deleted.
func (d *deletions) Present(u group.UserID) *protocol.DeletedUser {
	return d.At(u, group.Millis(d.now()))
}

// screen judges a command once more when it is decided: its caller, or a user
// whom it names, may have been deleted since it was sent. What is decided while
// a deletion is being stored is undone with the rest.
func (d *deletions) screen(c *call) *protocol.Error {
	if !d.some.Load() || c.session == nil {
		return nil
	}
	if d.deleted(c.input.Caller.User) {
		return protocol.NewError(group.CodeAccountDeleted)
	}
	for u, fact := range c.input.Facts {
		if d.deleted(u) {
			fact.Exists, fact.Deleted = false, true
			c.input.Facts[u] = fact
		}
	}
	return nil
}

// whileOpen runs fn, which submits rows of a user, unless its account is
// closed: then it says why. What was submitted is stored before the deletion
// is, or not at all.
func (d *deletions) whileOpen(u group.UserID, fn func()) *protocol.Error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if e := d.closed(u); e != nil {
		return e
	}
	fn()
	return nil
}

// reserve closes an account whose deletion is about to be stored; ok false: it
// is closed already, or is being closed.
func (d *deletions) reserve(u group.UserID) (ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed(u) != nil {
		return false
	}
	d.add(u, deletion{storing: true})
	return true
}

// release opens it again: it was not stored.
func (d *deletions) release(u group.UserID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := d.of(u)
	if len(list) == 1 {
		d.users.Delete(u)
		return
	}
	d.users.Store(u, slices.Clip(list[:len(list)-1]))
}

// stored puts the newest deletion of a user in force, or notes that its work
// is done.
func (d *deletions) stored(row *persistence.Deletion) {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := slices.Clone(d.of(row.User))
	list[len(list)-1] = deletionOf(row)
	d.users.Store(row.User, list)
}

// load takes over a deletion that was stored before the start.
func (d *deletions) load(row *persistence.Deletion) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.add(row.User, deletionOf(row))
}

func (d *deletions) add(u group.UserID, e deletion) {
	d.users.Store(u, append(slices.Clip(d.of(u)), e))
	d.some.Store(true)
}

func deletionOf(row *persistence.Deletion) deletion {
	e := deletion{until: row.Until, done: row.Done, shown: protocol.DeletedUser{ID: row.ShownAs}}
	if row.EraseMessages {
		e.shown.Erased = row.At
	}
	return e
}
