package actors

import (
	"crypto/rand"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// deleteUser is delete_user (spec 19.14): the deletion is stored, then in force,
// then answered. What follows from it is the deleter's work.
func (s *session) deleteUser(req *troupev1.Request) {
	s.sys.readers.submit(jobFunc(func() {
		d, made, err := s.closeAccount(req)
		var e *protocol.Error
		switch {
		case asError(err, &e):
			s.refuseAudited(req, e)
			return
		case err != nil:
			s.sys.fault("delete user", err)
			s.refuse(req, unavailableOf(err))
			return
		}
		a := protocol.DoneAnswer(req.GetRequestId())
		a.Result = &troupev1.Answer_DeleteUser{DeleteUser: &troupev1.DeleteUserResult{
			GroupsLeft: proto.Uint32(d.GroupsLeft), GroupsPassedOn: proto.Uint32(d.GroupsPassedOn),
		}}
		s.answer(a)
		if made {
			// Behind the answer, which may be the deleted user's own.
			s.sys.sendAway(d.User)
			s.sys.deleter.take(d.User)
		}
	}))
}

// sendAway ends what a deleted user has under way: its devices, its presence,
// and what they could come back with. It waits until the devices hear nothing
// more, so that they are not told of the groups they leave by it.
func (s *System) sendAway(u group.UserID) {
	s.tickets.revoke(u, "", s.now())
	shard := s.delivery.shards[s.delivery.shardOf(u)]
	s.root.Send(shard, &expel{u})
	s.root.Send(s.registryOf(u), &accountDeleted{u})
	s.pass([]*actor.PID{shard})
}

// closeAccount stores a deletion and puts it in force; a repeated request gets
// the one it made before.
func (s *session) closeAccount(req *troupev1.Request) (d *persistence.Deletion, made bool, err error) {
	m := req.GetDeleteUser()
	user := group.UserID(m.GetUserId())
	if e := s.mayDelete(user); e != nil {
		return nil, false, e
	}
	request := requestHash(s.user, req.GetRequestId())
	if !s.sys.deletions.reserve(user) {
		d, err = s.sys.deletedBefore(user, request)
		return d, false, err
	}
	if d, err = s.sys.draft(user); err != nil {
		s.sys.deletions.release(user)
		return nil, false, err
	}
	d.EraseMessages, d.Request = m.GetEraseMessages(), request
	ops := persistence.DeletionOps(d)
	if protocol.ForAppAdmins(req, s.user) {
		ops = append(ops, persistence.AuditOp(s.auditEntry(req, m.GetUserId(), group.OK, d.At)))
	}
	err = s.sys.storeDeletion(d, ops)
	return d, err == nil, err
}

// mayDelete: app_admins, and oneself if the deployment allows it (spec 19.14).
func (s *session) mayDelete(user group.UserID) *protocol.Error {
	switch {
	case !s.appAdmin && (user != s.user || !s.sys.cfg.SelfDeletion):
		return protocol.NewError(group.CodePermissionDenied)
	case s.sys.auth.AppAdmin(user):
		return protocol.NewError(group.CodeTargetOutranks)
	}
	return nil
}

// deletedBefore answers a call about an account that is closed.
func (s *System) deletedBefore(user group.UserID, request uint64) (*persistence.Deletion, error) {
	var d persistence.Deletion
	found := false
	err := s.journal.View(func(tx persistence.Tx) (err error) {
		d, found, err = persistence.NewestDeletion(tx, user)
		return err
	})
	if err != nil {
		return nil, err
	}
	if found && d.Request == request {
		return &d, nil
	}
	if s.deletions.deleted(user) {
		return nil, protocol.NewError(group.CodeAccountDeleted)
	}
	// Another call is storing it.
	return nil, errBusy(s.cfg.BusyRetry)
}

// draft makes the deletion of a user as things stand.
func (s *System) draft(user group.UserID) (*persistence.Deletion, error) {
	now := group.Millis(s.now())
	d := &persistence.Deletion{User: user, At: now, Until: now + persistence.DeletedFor, ShownAs: deletedID()}
	err := s.journal.View(func(tx persistence.Tx) error {
		_, known, err := persistence.ReadUser(tx, user)
		if err != nil {
			return err
		}
		if !known {
			return protocol.NewError(group.CodeUserNotFound)
		}
		return persistence.JoinedGroups(tx, user, func(row *persistence.MemberRow, g *persistence.GroupRow) bool {
			d.GroupsLeft++
			ownerless := s.table.Of(g.Kind).OwnerLeave == group.LeaveOwnerless
			if row.Role == group.Owner && g.MemberCount > 1 && !ownerless {
				d.GroupsPassedOn++
			}
			return true
		})
	})
	return d, err
}

// deletedID makes the id that is shown of a deleted user: nothing links it to
// the user but the deletion.
func deletedID() group.UserID {
	var random [7]byte
	_, _ = rand.Read(random[:])
	return group.UserID("@DELETED#" + idAlphabet.EncodeToString(random[:])[:10])
}

// storeDeletion stores a deletion whose account is reserved, and puts it in force.
func (s *System) storeDeletion(d *persistence.Deletion, ops []persistence.RowOp) error {
	_, err := s.committer.waitFor(persistence.Append{Rows: ops, FromReserve: true})
	if err != nil && !s.isStored(d) {
		s.deletions.release(d.User)
		return err
	}
	s.deletions.stored(d)
	return nil
}

// isStored tells what became of a commit whose outcome is not known.
func (s *System) isStored(d *persistence.Deletion) bool {
	found := false
	err := s.journal.View(func(tx persistence.Tx) error {
		newest, ok, err := persistence.NewestDeletion(tx, d.User)
		found = ok && newest.ShownAs == d.ShownAs
		return err
	})
	return err == nil && found
}
