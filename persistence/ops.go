package persistence

import "github.com/troupe-im/troupe/group"

// NoticeOps appends one notice to the inboxes of users, in the order given;
// the number of each comes back in Append.Numbers. For notices to everybody in
// a livestream the caller passes those present, some hundred per append.
func NoticeOps(id group.ID, n *group.Notice, users []group.UserID) []RowOp {
	if len(users) == 0 {
		return nil
	}
	entry := EncodeInboxEntry(&InboxEntry{Group: id, Notice: *n})
	ops := make([]RowOp, len(users))
	for i, u := range users {
		ops[i] = RowOp{Op: OpAppendNumbered, Table: TableInbox, Key: UserKey(u), Value: entry, Cap: InboxCap}
	}
	return ops
}

// PlaceOp places all notices to everybody that the user's inbox does not have
// yet (spec 19.17 a); what was placed comes back in Append.Numbers.
func PlaceOp(u group.UserID, now group.Millis) RowOp {
	return RowOp{Op: OpPlaceNotices, Table: TableInbox, Key: UserKey(u), Delta: int64(now)}
}

// PlaceOneOp is PlaceOp for one group only: for users with an attached inbox
// just after a notice to everybody in that group.
func PlaceOneOp(u group.UserID, s group.StreamID, now group.Millis) RowOp {
	op := PlaceOp(u, now)
	op.Value = StreamKey(s)
	return op
}

// TimerOp sets when a stream is to be woken; due 0 removes its timer. RowsOf
// gives it with every event but messages. An actor that was woken and found
// nothing to decide commits it alone, or it is woken for ever.
func TimerOp(s group.StreamID, due group.Millis) RowOp {
	return RowOp{Op: OpTimer, Table: TableTimers, Key: StreamKey(s), Delta: int64(due)}
}

// LikesOp stores the likes of a livestream. They are a row and no events: one
// may be lost (spec 19.10), and the state does not rest on them.
func LikesOp(s group.StreamID, n uint64) RowOp {
	return RowOp{Op: OpPut, Table: TableCounts, Key: likesKey(s), Value: Uint64Value(n)}
}

// UserOp registers a user, or replaces what is known of it.
func UserOp(row *UserRow) RowOp {
	return RowOp{Op: OpPut, Table: TableUsers, Key: UserKey(row.User), Value: EncodeUserRow(row)}
}

// MarkReadOp sets a read mark of a user; name is MarkApplications or
// MarkNotices. It is the caller's care that a mark never goes back.
func MarkReadOp(u group.UserID, name string, mark ReadMark) RowOp {
	return RowOp{Op: OpPut, Table: TableReadMarks, Key: UserNameKey(u, name), Value: EncodeReadMark(mark)}
}
