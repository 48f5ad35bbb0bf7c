package persistence

import (
	"slices"

	"github.com/troupe-im/troupe/group"
)

// visibleApplications gathers all that the user sees, unfiltered.
func visibleApplications(tx Tx, q *ListApplicationsQuery) (*viewer, error) {
	v := &viewer{tx: tx, q: q, groups: map[group.StreamID]*groupView{}, seen: map[group.ApplicationID]bool{}}
	v.own()
	if v.fault == nil {
		v.received()
	}
	return v, v.fault
}

// viewer gathers the records one user sees.
type viewer struct {
	tx     Tx
	q      *ListApplicationsQuery
	groups map[group.StreamID]*groupView
	seen   map[group.ApplicationID]bool
	list   []ListedApplication
	fault  error
	// asAppAdmin: the user sees records for being an app_admin alone.
	asAppAdmin bool
}

// groupView is what listing needs of a group.
type groupView struct {
	dismissedAt group.Millis
	dismissed   bool
	approver    bool
}

// own adds the records in which the user is named.
func (v *viewer) own() {
	v.tx.Scan(TableApplicationsOf, UserPrefix(v.q.User), nil, false, func(key, value []byte) bool {
		s := streamOf(value)
		if v.q.Stream != 0 && s != v.q.Stream {
			return true
		}
		data := v.tx.Get(TableApplications, StreamNumberKey(s, lastNumber(key)))
		if data != nil {
			v.add(s, data)
		}
		return v.fault == nil
	})
}

// received adds the records of groups in which the user is an approver.
func (v *viewer) received() {
	if v.q.Stream != 0 {
		v.receivedOf(v.q.Stream)
		return
	}
	err := Memberships(v.tx, v.q.User, func(row *MemberRow) bool {
		if row.Role == group.Owner || row.Role == group.Admin {
			v.receivedOf(row.Stream)
		}
		return v.fault == nil
	})
	if v.fault == nil {
		v.fault = err
	}
}

func (v *viewer) receivedOf(s group.StreamID) {
	if g := v.group(s); g == nil || !g.approver || g.dismissed {
		return
	}
	v.tx.Scan(TableApplications, StreamKey(s), nil, false, func(_, data []byte) bool {
		v.add(s, data)
		return v.fault == nil
	})
}

// group reads what listing needs of a group, once.
func (v *viewer) group(s group.StreamID) *groupView {
	if g, ok := v.groups[s]; ok {
		return g
	}
	row, ok, err := ReadGroupRow(v.tx, s)
	if err != nil {
		v.fault = err
	}
	if err != nil || !ok {
		v.groups[s] = nil
		return nil
	}
	g := &groupView{dismissed: row.Dismissed, dismissedAt: row.DismissedAt, approver: v.approves(s, &row)}
	v.groups[s] = g
	return g
}

// approves reports whether the user is an approver now (spec 7.1): the owner
// and the admins, under owner approval the owner alone, unless there is none
// (spec 7.5). An app_admin counts for the group it names.
func (v *viewer) approves(s group.StreamID, row *GroupRow) bool {
	byOwner := row.Settings.Modes.JoinOption == group.OwnerApproval && row.Owner != ""
	switch {
	case row.Owner == v.q.User, !byOwner && slices.Contains(row.Admins, v.q.User):
		return true
	case v.q.AppAdmin && v.q.Stream == s:
		v.asAppAdmin = true
		return true
	}
	return false
}

// add lists a record if the user sees it.
func (v *viewer) add(s group.StreamID, data []byte) {
	record, err := DecodeRecord(data)
	if err != nil {
		v.fault = err
		return
	}
	g := v.group(s)
	if v.seen[record.ID] || g == nil {
		return
	}
	direction := v.direction(record, g)
	if direction == 0 || v.tx.Get(TableReadMarks, DeletedKey(v.q.User, record.ID)) != nil {
		return
	}
	settle(record, g, v.q.Now)
	if record.State.Final() && record.UpdatedAt+RecordLife <= v.q.Now {
		return
	}
	v.seen[record.ID] = true
	v.list = append(v.list, ListedApplication{Record: *record, Direction: direction, stream: s})
}

// direction says how the user stands to a record; 0 = does not see it. An
// invitee sees an invitation once it has reached it, not before as an approver.
func (v *viewer) direction(r *group.Record, g *groupView) group.Direction {
	switch {
	case r.Type == group.TypeJoin && r.Applicant == v.q.User:
		return group.ApplicationSent
	case r.Type == group.TypeInvite && r.Inviter == v.q.User:
		return group.InvitationSent
	case r.Applicant == v.q.User && r.ReachedInvitee:
		return group.InvitationReceived
	case r.Applicant != v.q.User && g.approver && r.NeededApproval:
		return group.ApplicationReceived
	}
	return 0
}

// settle shows a pending record as it counts now: expired by the clock (spec
// 7.6), or closed by the end of its group (spec 7.5), whichever came first.
func settle(r *group.Record, g *groupView, now group.Millis) {
	if r.State.Final() {
		return
	}
	if g.dismissed && g.dismissedAt < r.ExpiresAt {
		r.State, r.CloseReason, r.UpdatedAt = group.StateClosed, group.CloseGroupDismissed, g.dismissedAt
		return
	}
	if now >= r.ExpiresAt {
		r.State, r.UpdatedAt = group.StateExpired, r.ExpiresAt
	}
}
