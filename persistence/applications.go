package persistence

import (
	"cmp"
	"slices"

	"github.com/troupe-im/troupe/group"
)

// RecordLife is how long a final record is shown after its last change, in ms (spec 7.6).
const RecordLife group.Millis = 7 * 24 * 3600 * 1000

// ListApplicationsQuery asks for the applications and invitations that a user
// sees (spec 7.7).
type ListApplicationsQuery struct {
	User group.UserID
	// AppAdmin: the user may read Stream's records as an approver.
	AppAdmin bool
	// Stream limits the list to one group; 0 = all.
	Stream group.StreamID
	// Directions and States filter; empty = all.
	Directions []group.Direction
	States     []group.ApplicationState
	// Count is the size of the page, at least 1.
	Count int
	// Cursor is where the former page ended; 0 = the first page. The wire shows
	// it in decimal.
	Cursor uint64
	// Oldest first; otherwise newest first.
	Oldest bool
	// Now decides what is expired or no longer kept.
	Now group.Millis
}

// ListedApplication is a record as its reader stands to it.
type ListedApplication struct {
	group.Record
	Direction group.Direction
	// stream is where the record lives.
	stream group.StreamID
}

// ApplicationPage is one page of a list of applications.
type ApplicationPage struct {
	Records []ListedApplication
	// Next is the cursor of the next page; 0 = this was the last.
	Next uint64
	// Unread counts the records that wait for the reader's action and changed
	// after its mark, whatever the filters and the page.
	Unread int
	// AsAppAdmin: the records were seen for being an app_admin alone.
	AsAppAdmin bool
}

// ListApplications lists what a user sees: own applications, own invitations,
// invitations that reached it, and as an approver the records of others that
// wait or waited for approval (spec 7.7). Records are ordered by the time of
// filing. Those past their time are shown expired, those of a dismissed group
// closed, whether or not that was written yet.
func ListApplications(tx Tx, q *ListApplicationsQuery) (*ApplicationPage, error) {
	v, err := visibleApplications(tx, q)
	if err != nil {
		return nil, err
	}
	all := v.list
	mark, err := ReadMarkOf(tx, q.User, MarkApplications)
	if err != nil {
		return nil, err
	}
	page := &ApplicationPage{AsAppAdmin: v.asAppAdmin}
	for i := range all {
		if all[i].waits() && all[i].UpdatedAt > mark.At {
			page.Unread++
		}
	}
	slices.SortFunc(all, func(a, b ListedApplication) int {
		if q.Oldest {
			return cmp.Compare(a.ID, b.ID)
		}
		return cmp.Compare(b.ID, a.ID)
	})
	for i := range all {
		if !q.wants(&all[i]) {
			continue
		}
		if len(page.Records) == q.Count {
			page.Next = uint64(page.Records[q.Count-1].ID)
			break
		}
		page.Records = append(page.Records, all[i])
	}
	return page, nil
}

// waits reports whether the reader is the one to act.
func (a *ListedApplication) waits() bool {
	switch a.Direction {
	case group.ApplicationReceived:
		return a.State == group.AdminPending
	case group.InvitationReceived:
		return a.State == group.InviteePending
	}
	return false
}

func (q *ListApplicationsQuery) wants(a *ListedApplication) bool {
	past := q.Cursor == 0
	if q.Oldest {
		past = past || uint64(a.ID) > q.Cursor
	} else {
		past = past || uint64(a.ID) < q.Cursor
	}
	return past &&
		(len(q.Directions) == 0 || slices.Contains(q.Directions, a.Direction)) &&
		(len(q.States) == 0 || slices.Contains(q.States, a.State))
}
