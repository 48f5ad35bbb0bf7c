package persistence

import (
	"github.com/troupe-im/troupe/group"
)

// ReadMarkOf reads a user's mark; the zero mark if there is none.
func ReadMarkOf(tx Tx, u group.UserID, name string) (ReadMark, error) {
	data := tx.Get(TableReadMarks, UserNameKey(u, name))
	if data == nil {
		return ReadMark{}, nil
	}
	return DecodeReadMark(data)
}

// MarkApplicationsReadOps is mark_applications_read: everything up to now is
// read for the user (spec 7.8). No ops if that changes nothing.
func MarkApplicationsReadOps(tx Tx, u group.UserID, now group.Millis) ([]RowOp, error) {
	mark, err := ReadMarkOf(tx, u, MarkApplications)
	if err != nil || mark.At >= now {
		return nil, err
	}
	return []RowOp{MarkReadOp(u, MarkApplications, ReadMark{At: now})}, nil
}

// NoticeRef names a stored notice as delete_applications does.
type NoticeRef struct {
	Seq    uint64
	Random uint32
}

// DeleteApplicationsOps is delete_applications (spec 7.8): it removes records
// from the user's own list and notices from its inbox, and says how many of
// the entries named were found. app and now are those of the caller's list
// query; records that the caller sees only as an app_admin are not in a list
// of its own and so are not found. A record's notices go with it.
func DeleteApplicationsOps(tx Tx, u group.UserID, ids []group.ApplicationID, notices []NoticeRef, now group.Millis) (ops []RowOp, removed int, err error) {
	visible := map[group.ApplicationID]group.StreamID{}
	if len(ids) > 0 {
		v, err := visibleApplications(tx, &ListApplicationsQuery{User: u, Now: now})
		if err != nil {
			return nil, 0, err
		}
		for i := range v.list {
			visible[v.list[i].ID] = v.list[i].stream
		}
	}
	wanted := make(map[group.ApplicationID]bool, len(ids))
	found := map[group.ApplicationID]bool{}
	for _, id := range ids {
		wanted[id] = true
		if s, ok := visible[id]; ok && !found[id] {
			found[id] = true
			ops = append(ops, RowOp{Op: OpPut, Table: TableReadMarks, Key: DeletedKey(u, id), Value: StreamKey(s)})
		}
	}
	entries, err := Inbox(tx, u, 0, 0, false)
	if err != nil {
		return nil, 0, err
	}
	for i := range entries {
		e := &entries[i]
		byRecord := e.Notice.Application != 0 && wanted[e.Notice.Application]
		if !byRecord && !named(notices, e) {
			continue
		}
		ops = append(ops, RowOp{Op: OpDelete, Table: TableInbox, Key: UserNumberKey(u, e.Seq)})
		if byRecord {
			found[e.Notice.Application] = true
		}
		if named(notices, e) {
			removed++
		}
	}
	return ops, removed + len(found), nil
}

func named(notices []NoticeRef, e *InboxEntry) bool {
	for _, ref := range notices {
		if ref.Seq == e.Seq && ref.Random == e.Notice.Random {
			return true
		}
	}
	return false
}

// NoticePage is one page of a user's stored notices.
type NoticePage struct {
	Entries []InboxEntry
	// Next is the cursor of the next page; 0 = this was the last.
	Next uint64
}

// ListNotices reads a user's notices of the last 30 days, newest first (spec
// 14.2): at most count with numbers below cursor (0 = from the newest on).
// What is due to the inbox should be placed before (see HasDueNotices).
func ListNotices(tx Tx, u group.UserID, cursor uint64, count int, now group.Millis) (*NoticePage, error) {
	if cursor == 1 {
		return &NoticePage{}, nil
	}
	page := &NoticePage{}
	var fault error
	var from []byte
	if cursor > 0 {
		from = UserNumberKey(u, cursor-1)
	}
	tx.Scan(TableInbox, UserPrefix(u), from, true, func(key, value []byte) bool {
		entry, err := DecodeInboxEntry(lastNumber(key), value)
		if err != nil {
			fault = err
			return false
		}
		if entry.Notice.Time+NoticeLife <= now {
			// Placed late, an entry may be older than the one below it.
			return true
		}
		if len(page.Entries) == count {
			page.Next = page.Entries[count-1].Seq
			return false
		}
		page.Entries = append(page.Entries, *entry)
		return true
	})
	return page, fault
}

// Displayed is the display hint of a notice (spec 14.2).
func Displayed(t group.NoticeType) bool {
	return t != group.NoticeCreated && t != group.NoticeQuit && t != group.NoticeRecycled
}

// UnreadNotices counts the notices to be displayed above the user's mark: the
// unread of the system conversation (spec 10.6).
func UnreadNotices(tx Tx, u group.UserID, now group.Millis) (int, error) {
	mark, err := ReadMarkOf(tx, u, MarkNotices)
	if err != nil {
		return 0, err
	}
	entries, err := Inbox(tx, u, mark.Seq+1, 0, false)
	if err != nil {
		return 0, err
	}
	n := 0
	for i := range entries {
		if Displayed(entries[i].Notice.Type) && entries[i].Notice.Time+NoticeLife > now {
			n++
		}
	}
	return n, nil
}
