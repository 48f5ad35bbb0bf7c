package persistence

import (
	"cmp"
	"slices"

	"github.com/troupe-im/troupe/group"
)

// Keeping of notices (spec 2.4).
const (
	// InboxCap is the number of notices kept per user.
	InboxCap = 500
	// NoticeLife is how long a notice is shown and placed, in ms.
	NoticeLife group.Millis = 30 * 24 * 3600 * 1000
)

// dueNotice is a notice to everybody that one user's inbox does not have yet.
type dueNotice struct {
	stream group.StreamID
	n      uint64
	notice *GroupNotice
}

// HasDueNotices reports whether placing would add anything to the user's
// inbox, so that a reader need not commit for nothing.
func HasDueNotices(tx Tx, user group.UserID, now group.Millis) (bool, error) {
	due, err := dueNotices(tx, user, 0, now)
	return len(due) > 0, err
}

// dueNotices lists what is to be placed, in the order of placing: by (time,
// group id). stream 0 = all groups of the user. Former memberships have
// nothing due, as placing comes before leaving.
func dueNotices(tx Tx, user group.UserID, stream group.StreamID, now group.Millis) ([]dueNotice, error) {
	var due []dueNotice
	var fault error
	visit := func(row *MemberRow) bool {
		if row.Role != group.NoRole {
			due, fault = appendDue(tx, due, user, row, now)
		}
		return fault == nil
	}
	if stream != 0 {
		row, ok, err := Membership(tx, user, stream)
		if err != nil || !ok {
			return nil, err
		}
		visit(&row)
	} else if err := Memberships(tx, user, visit); err != nil {
		return nil, err
	}
	if fault != nil {
		return nil, fault
	}
	slices.SortFunc(due, func(a, b dueNotice) int {
		return cmp.Or(
			cmp.Compare(a.notice.Notice.Time, b.notice.Notice.Time),
			cmp.Compare(a.notice.Group, b.notice.Group),
			cmp.Compare(a.stream, b.stream),
			cmp.Compare(a.n, b.n))
	})
	return due, nil
}

func appendDue(tx Tx, due []dueNotice, user group.UserID, row *MemberRow, now group.Millis) ([]dueNotice, error) {
	var fault error
	placed, known := uint64(0), false
	from := StreamNumberKey(row.Stream, uint64(row.JoinPosition))
	tx.Scan(TableNotices, StreamKey(row.Stream), from, false, func(key, value []byte) bool {
		if !known {
			placed, known = Uint64(tx.Get(TablePlaced, UserStreamKey(user, row.Stream))), true
		}
		n := lastNumber(key)
		if n <= placed {
			return true
		}
		var notice *GroupNotice
		if notice, fault = DecodeGroupNotice(value); fault != nil {
			return false
		}
		if notice.Notice.Time+NoticeLife > now {
			due = append(due, dueNotice{row.Stream, n, notice})
		}
		return true
	})
	return due, fault
}

// placeNotices gives the due notices the next numbers of the user's inbox and
// stores with them how far each group was placed.
func placeNotices(tx WriteTx, user group.UserID, stream group.StreamID, now group.Millis) ([]Numbered, error) {
	due, err := dueNotices(tx, user, stream, now)
	if err != nil || len(due) == 0 {
		return nil, err
	}
	given := make([]Numbered, 0, len(due))
	newest := map[group.StreamID]uint64{}
	for _, d := range due {
		entry := EncodeInboxEntry(&InboxEntry{Group: d.notice.Group, Notice: d.notice.Notice})
		given = append(given, appendNumbered(tx, user, entry, InboxCap))
		if newest[d.stream] < d.n {
			newest[d.stream] = d.n
			tx.Put(TablePlaced, UserStreamKey(user, d.stream), Uint64Value(d.n))
		}
	}
	return given, nil
}
