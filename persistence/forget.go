package persistence

import (
	"slices"

	"github.com/troupe-im/troupe/group"
)

// What is erased of a deleted user (spec 19.14). All of it may be done again,
// and what is still there says what is left to do.

// Tie is a group that rows of a user lead to.
type Tie struct {
	Stream group.StreamID
	Group  group.ID
	// Forget removes those rows. It is for when the group itself has let the
	// user go: until then they are what leads to it.
	Forget []RowOp
}

// TieCursor is where going through a user's ties goes on; the zero cursor is
// the beginning.
type TieCursor struct {
	applications bool   // else memberships
	after        uint64 // stream, or application
}

// TiesOf lists groups that rows of a user lead to, going by at most limit rows
// from a cursor on: first memberships, former ones too, then applications and
// invitations. No ties: there are no more.
func TiesOf(tx Tx, u group.UserID, at TieCursor, limit int) (ties []Tie, next TieCursor, err error) {
	if !at.applications {
		if ties, next, err = membershipTies(tx, u, at, limit); err != nil || len(ties) > 0 {
			return ties, next, err
		}
		at = TieCursor{applications: true}
	}
	return applicationTies(tx, u, at, limit)
}

func membershipTies(tx Tx, u group.UserID, at TieCursor, limit int) (ties []Tie, next TieCursor, fault error) {
	tx.Scan(TableMembers, UserPrefix(u), UserNumberKey(u, at.after+1), false, func(key, value []byte) bool {
		row, err := DecodeMemberRow(value)
		if fault = err; err != nil {
			return false
		}
		s := group.StreamID(lastNumber(key))
		ties = append(ties, Tie{s, row.Group, []RowOp{
			{Op: OpDelete, Table: TableMembers, Key: UserStreamKey(u, s)},
			{Op: OpDelete, Table: TableSent, Key: StreamUserKey(s, u)},
			{Op: OpDelete, Table: TablePlaced, Key: UserStreamKey(u, s)},
		}})
		next.after = uint64(s)
		return len(ties) < limit
	})
	return ties, next, fault
}

func applicationTies(tx Tx, u group.UserID, at TieCursor, limit int) (ties []Tie, next TieCursor, fault error) {
	seen := 0
	next.applications = true
	tx.Scan(TableApplicationsOf, UserPrefix(u), UserNumberKey(u, at.after+1), false, func(key, value []byte) bool {
		s, id := streamOf(value), lastNumber(key)
		next.after = id
		i := slices.IndexFunc(ties, func(t Tie) bool { return t.Stream == s })
		if i < 0 {
			row, _, err := ReadGroupRow(tx, s)
			if fault = err; err != nil {
				return false
			}
			i, ties = len(ties), append(ties, Tie{Stream: s, Group: row.Group})
		}
		ops, err := forgetRecord(tx, u, s, id)
		ties[i].Forget = append(ties[i].Forget, ops...)
		fault = err
		seen++
		return err == nil && seen < limit
	})
	return ties, next, fault
}

// forgetRecord removes a record and its entries in the lists of both who are
// named in it.
func forgetRecord(tx Tx, u group.UserID, s group.StreamID, id uint64) ([]RowOp, error) {
	key := StreamNumberKey(s, id)
	ops := []RowOp{{Op: OpDelete, Table: TableApplicationsOf, Key: UserNumberKey(u, id)}}
	data := tx.Get(TableApplications, key)
	if data == nil {
		return ops, nil
	}
	record, err := DecodeRecord(data)
	if err != nil {
		return nil, err
	}
	for _, other := range [...]group.UserID{record.Applicant, record.Inviter} {
		if other != u && other != "" {
			ops = append(ops, RowOp{Op: OpDelete, Table: TableApplicationsOf, Key: UserNumberKey(other, id)})
		}
	}
	return append(ops, RowOp{Op: OpDelete, Table: TableApplications, Key: key}), nil
}

// StandingIn lists the livestreams, which have no rows by user, in which a user
// is owner or admin. It looks at no more than limit groups from a stream on;
// next is where to go on, 0 = all were seen.
func StandingIn(tx Tx, u group.UserID, from group.StreamID, limit int) (ids []group.ID, next group.StreamID, fault error) {
	seen := 0
	tx.Scan(TableProfiles, nil, StreamKey(from), false, func(key, value []byte) bool {
		if seen == limit {
			next = streamOf(key)
			return false
		}
		seen++
		if !livesOn(value) {
			return true
		}
		row, err := DecodeGroupRow(value)
		if fault = err; err != nil {
			return false
		}
		if row.Owner == u || slices.Contains(row.Admins, u) {
			ids = append(ids, row.Group)
		}
		return true
	})
	return ids, next, fault
}

// ForgetUserOps removes the rows that belong to a user alone, at most limit of
// each table; nil if there are none.
func ForgetUserOps(tx Tx, u group.UserID, limit uint32) []RowOp {
	var ops []RowOp
	prefix := UserPrefix(u)
	for _, t := range [...]Table{TableInbox, TablePlaced, TableReadMarks, TableCounts} {
		tx.Scan(t, prefix, nil, false, func(_, _ []byte) bool {
			ops = append(ops, RowOp{Op: OpDeletePrefix, Table: t, Key: prefix, Cap: limit})
			return false
		})
	}
	for _, t := range [...]Table{TableInboxHead, TableUsers} {
		if tx.Get(t, UserKey(u)) != nil {
			ops = append(ops, RowOp{Op: OpDelete, Table: t, Key: UserKey(u)})
		}
	}
	return ops
}
