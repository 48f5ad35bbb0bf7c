package actors

import (
	"errors"
	"sync"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
)

// The work on one deleted account (spec 19.14), step by step.

// delete does all that is left to do for one account.
func (d *deleter) delete(u group.UserID) error {
	// What fails holds up nothing else, but for the end.
	if err := errors.Join(d.leaveGroups(u), d.leaveStanding(u), d.forgetUser(u)); err != nil {
		return err
	}
	return d.done(u)
}

// passGroups waits until every group has decided what it was sent before, and
// that is stored: nothing then brings the user in any more, since whatever is
// decided later finds the account closed.
func (s *System) passGroups() {
	var awake []*groupEntry
	s.directory.each(func(e *groupEntry) {
		// Booked, so that it is not put to sleep with the barrier in its mailbox.
		e.waiting.Add(1)
		awake = append(awake, e)
	})
	var done sync.WaitGroup
	done.Add(len(awake))
	for _, e := range awake {
		e.send(s, &barrier{&done})
	}
	done.Wait()
	for _, e := range awake {
		e.waiting.Add(-1)
	}
	stored := make(chan struct{})
	s.committer.after(func() { close(stored) })
	<-stored
}

// leaveGroups has the user leave all groups that rows lead to, and erases the
// rows of each that it has left. A group that fails keeps them.
func (d *deleter) leaveGroups(u group.UserID) error {
	var failed error
	var at persistence.TieCursor
	for {
		var ties []persistence.Tie
		if err := d.sys.journal.View(func(tx persistence.Tx) (err error) {
			ties, at, err = persistence.TiesOf(tx, u, at, deleteBatch)
			return err
		}); err != nil {
			return err
		}
		switch {
		case len(ties) == 0:
			return failed
		case d.stopping():
			return ErrNotRunning
		}
		ids := make([]group.ID, len(ties))
		for i := range ties {
			ids[i] = ties[i].Group
		}
		var ops []persistence.RowOp
		for i, err := range d.leave(u, ids) {
			if err == nil {
				err = d.erase(u, ties[i].Stream)
			}
			if err != nil {
				failed = err
				continue
			}
			ops = append(ops, ties[i].Forget...)
		}
		if err := d.commit(ops); err != nil {
			return err
		}
	}
}

// leave has the user leave groups, waits for all, and says what became of each.
func (d *deleter) leave(u group.UserID, ids []group.ID) []error {
	outcomes := make([]error, len(ids))
	var left sync.WaitGroup
	left.Add(len(ids))
	for i, id := range ids {
		d.sys.directory.send(&call{
			group: id,
			input: group.Input{
				Caller:  group.Caller{System: true},
				Command: group.Leave{User: u, Reason: group.LeaveAccountDeleted},
				Entropy: d.sys.ids.entropy(),
			},
			then: func(_ *group.Result, e *protocol.Error) {
				if e != nil && e.Code != group.CodeGroupNotFound {
					outcomes[i] = e
				}
				left.Done()
			},
		})
	}
	left.Wait()
	return outcomes
}

// leaveStanding ends what the user is in livestreams, where it is owner or
// admin without being present.
func (d *deleter) leaveStanding(u group.UserID) error {
	var failed error
	for from := group.StreamID(0); ; {
		var ids []group.ID
		if err := d.sys.journal.View(func(tx persistence.Tx) (err error) {
			ids, from, err = persistence.StandingIn(tx, u, from, deleteEntries)
			return err
		}); err != nil {
			return err
		}
		if d.stopping() {
			return ErrNotRunning
		}
		failed = errors.Join(append(d.leave(u, ids), failed)...)
		if from == 0 {
			return failed
		}
	}
}

// erase notes which messages of a stream are shown as recalled from now on, if
// the user was deleted with its messages.
func (d *deleter) erase(u group.UserID, stream group.StreamID) error {
	newest := d.sys.deletions.newest(u)
	if newest.shown.Erased == 0 {
		return nil
	}
	mine := func(h *persistence.Header) bool {
		if h.Sender != u {
			return false
		}
		shown := d.sys.deletions.At(u, h.Time)
		return shown != nil && shown.ID == newest.shown.ID
	}
	var at persistence.EraseCursor
	for {
		var ops []persistence.RowOp
		done := false
		if err := d.sys.journal.View(func(tx persistence.Tx) (err error) {
			ops, at, done, err = persistence.EraseOps(tx, stream, at, deleteEntries, mine)
			return err
		}); err != nil {
			return err
		}
		if d.stopping() {
			return ErrNotRunning
		}
		if err := d.commit(ops); err != nil || done {
			return err
		}
	}
}

// forgetUser erases what belonged to the user alone.
func (d *deleter) forgetUser(u group.UserID) error {
	for {
		var ops []persistence.RowOp
		if err := d.sys.journal.View(func(tx persistence.Tx) error {
			ops = persistence.ForgetUserOps(tx, u, deleteRows)
			return nil
		}); err != nil || len(ops) == 0 {
			return err
		}
		if err := d.commit(ops); err != nil {
			return err
		}
	}
}

// commit stores some rows and waits. They free space, so they may use the
// reserve (spec 19.15).
func (d *deleter) commit(ops []persistence.RowOp) error {
	for len(ops) > 0 {
		n := min(len(ops), deleteRows)
		if _, err := d.sys.committer.waitFor(persistence.Append{Rows: ops[:n], FromReserve: true}); err != nil {
			return err
		}
		ops = ops[n:]
	}
	return nil
}

// done notes that nothing is left to do. Until now the id named the deleted
// user, however long that took.
func (d *deleter) done(u group.UserID) error {
	var row persistence.Deletion
	if err := d.sys.journal.View(func(tx persistence.Tx) (err error) {
		row, _, err = persistence.NewestDeletion(tx, u)
		return err
	}); err != nil {
		return err
	}
	row.Done, row.Until = true, max(row.Until, group.Millis(d.sys.now())+1)
	if err := d.commit([]persistence.RowOp{persistence.PutDeletionOp(&row)}); err != nil {
		return err
	}
	d.sys.deletions.stored(&row)
	return nil
}
