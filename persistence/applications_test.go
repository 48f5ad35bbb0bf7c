package persistence_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// listed is a record as a test looks at it.
type listed struct {
	applicant, inviter group.UserID
	direction          group.Direction
	state              group.ApplicationState
}

func (w *world) list(q persistence.ListApplicationsQuery) (*persistence.ApplicationPage, []listed) {
	w.Helper()
	if q.Count == 0 {
		q.Count = 50
	}
	if q.Now == 0 {
		q.Now = w.now
	}
	var page *persistence.ApplicationPage
	w.view(func(tx persistence.Tx) {
		var err error
		page, err = persistence.ListApplications(tx, &q)
		require.NoError(w, err)
	})
	list := []listed{}
	for _, r := range page.Records {
		list = append(list, listed{r.Applicant, r.Inviter, r.Direction, r.State})
	}
	return page, list
}

func (w *world) of(u group.UserID) []listed {
	w.Helper()
	_, list := w.list(persistence.ListApplicationsQuery{User: u, Oldest: true})
	return list
}

// custom makes a custom group whose members are asked for and approved.
func (w *world) custom(id group.ID, s group.StreamID, consent group.Consent, initial ...group.UserID) {
	w.createWith(group.Create{
		Group: id, Stream: s, Kind: group.Custom, Name: string(id), JoinOption: group.AdminApproval, InviteeConsent: consent,
	}, initial...)
}

func TestWhoSeesAnApplication(t *testing.T) {
	w := newWorld(t)
	w.custom("club", 5, group.ConsentNone, "bob", "cid")
	w.do("club", "ann", group.SetRole{User: "bob", Role: group.Admin})
	w.do("club", "dan", group.Join{Message: "please"})

	received := []listed{{"dan", "", group.ApplicationReceived, group.AdminPending}}
	require.Equal(t, received, w.of("ann"))
	require.Equal(t, received, w.of("bob"))
	require.Empty(t, w.of("cid"), "an ordinary member")
	require.Empty(t, w.of("eve"), "a stranger")
	require.Equal(t, []listed{{"dan", "", group.ApplicationSent, group.AdminPending}}, w.of("dan"))

	page, list := w.list(persistence.ListApplicationsQuery{User: "root", AppAdmin: true})
	require.Empty(t, list, "an app_admin has to name the group")
	require.False(t, page.AsAppAdmin)
	page, list = w.list(persistence.ListApplicationsQuery{User: "root", AppAdmin: true, Stream: 5})
	require.Equal(t, received, list)
	require.True(t, page.AsAppAdmin)
	page, list = w.list(persistence.ListApplicationsQuery{User: "bob", AppAdmin: true, Stream: 5})
	require.Equal(t, received, list)
	require.False(t, page.AsAppAdmin, "as an admin of the group")
	_, list = w.list(persistence.ListApplicationsQuery{User: "cid", Stream: 5})
	require.Empty(t, list)

	owner := group.OwnerApproval
	w.do("club", "ann", group.UpdateModes{JoinOption: &owner})
	require.Equal(t, received, w.of("ann"))
	require.Empty(t, w.of("bob"), "the owner alone approves")

	w.do("club", "ann", group.Handle{Applicant: "dan", Message: "no"})
	require.Equal(t, []listed{{"dan", "", group.ApplicationReceived, group.AdminRefused}}, w.of("ann"))
}

func TestAdminsOfAnOwnerlessGroupApprove(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.table.Override(group.Custom, "owner_leave", "ownerless"))
	w.createWith(group.Create{Group: "club", Stream: 5, Kind: group.Custom, Name: "club", JoinOption: group.OwnerApproval}, "bob")
	w.do("club", "ann", group.SetRole{User: "bob", Role: group.Admin})
	w.do("club", "dan", group.Join{})
	require.Empty(t, w.of("bob"))
	w.do("club", "ann", group.Leave{})
	require.Equal(t, []listed{{"dan", "", group.ApplicationReceived, group.AdminPending}}, w.of("bob"))
	require.Empty(t, w.of("ann"))
}

func TestWhoSeesAnInvitation(t *testing.T) {
	w := newWorld(t)
	w.custom("club", 5, group.ConsentRequired, "bob")
	w.do("club", "bob", group.Invite{Users: []group.UserID{"dan"}})

	require.Equal(t, []listed{{"dan", "bob", group.InvitationSent, group.AdminPending}}, w.of("bob"))
	require.Equal(t, []listed{{"dan", "bob", group.ApplicationReceived, group.AdminPending}}, w.of("ann"))
	require.Empty(t, w.of("dan"), "it has not reached the invitee")

	w.do("club", "ann", group.Handle{Accept: true, Applicant: "dan", Inviter: "bob"})
	require.Equal(t, []listed{{"dan", "bob", group.InvitationReceived, group.InviteePending}}, w.of("dan"))

	w.do("club", "ann", group.Invite{Users: []group.UserID{"eve"}})
	require.Equal(t, []listed{
		{"dan", "bob", group.ApplicationReceived, group.InviteePending},
		{"eve", "ann", group.InvitationSent, group.InviteePending},
	}, w.of("ann"), "one's own invitation is not received")
	require.Equal(t, []listed{{"dan", "bob", group.InvitationSent, group.InviteePending}}, w.of("bob"))
	w.do("club", "ann", group.SetRole{User: "bob", Role: group.Admin})
	require.Equal(t, []listed{{"dan", "bob", group.InvitationSent, group.InviteePending}}, w.of("bob"),
		"an invitation that never waited for approval is its inviter's and invitee's alone")
}

func TestFiltersAndPages(t *testing.T) {
	w := newWorld(t)
	w.custom("club", 5, group.ConsentNone)
	w.custom("den", 6, group.ConsentNone)
	for _, u := range []group.UserID{"bob", "cid", "dan"} {
		w.do("club", u, group.Join{})
	}
	w.do("den", "bob", group.Join{})
	w.do("club", "ann", group.Handle{Accept: true, Applicant: "cid"})

	names := func(q persistence.ListApplicationsQuery) []group.UserID {
		q.User = "ann"
		_, list := w.list(q)
		users := []group.UserID{}
		for _, l := range list {
			users = append(users, l.applicant)
		}
		return users
	}
	type query = persistence.ListApplicationsQuery
	require.Equal(t, []group.UserID{"bob", "dan", "cid", "bob"}, names(query{}), "newest first")
	require.Equal(t, []group.UserID{"bob", "cid", "dan", "bob"}, names(query{Oldest: true}))
	require.Equal(t, []group.UserID{"bob", "cid", "dan"}, names(query{Oldest: true, Stream: 5}))
	require.Equal(t, []group.UserID{"cid"}, names(query{States: []group.ApplicationState{group.StateJoined}}))
	require.Empty(t, names(query{Directions: []group.Direction{group.ApplicationSent, group.InvitationReceived}}))
	require.Len(t, names(query{Directions: []group.Direction{group.ApplicationReceived}}), 4)

	for _, oldest := range []bool{false, true} {
		var paged []group.UserID
		cursor := uint64(0)
		for range 4 {
			page, list := w.list(query{User: "ann", Count: 3, Cursor: cursor, Oldest: oldest})
			for _, l := range list {
				paged = append(paged, l.applicant)
			}
			if cursor = page.Next; cursor == 0 {
				break
			}
		}
		require.Equal(t, names(query{Oldest: oldest}), paged)
	}
	page, _ := w.list(query{User: "ann", Count: 4})
	require.Zero(t, page.Next, "a full last page is the end")
}

func TestUnreadWaitsForTheReader(t *testing.T) {
	w := newWorld(t)
	w.custom("club", 5, group.ConsentRequired, "bob")
	unread := func(u group.UserID) int {
		page, _ := w.list(persistence.ListApplicationsQuery{User: u, Count: 1, States: []group.ApplicationState{group.StateClosed}})
		return page.Unread
	}
	w.do("club", "cid", group.Join{})
	w.do("club", "dan", group.Join{})
	w.do("club", "ann", group.Invite{Users: []group.UserID{"eve"}})
	require.Equal(t, 2, unread("ann"), "whatever the filter")
	require.Equal(t, 0, unread("cid"), "its own application waits for others")
	require.Equal(t, 1, unread("eve"))

	mark := func() {
		w.view(func(tx persistence.Tx) {
			ops, err := persistence.MarkApplicationsReadOps(tx, "ann", w.now)
			require.NoError(t, err)
			w.ops = ops
		})
		w.rows(w.ops...)
	}
	mark()
	require.Len(t, w.ops, 1)
	require.Equal(t, 0, unread("ann"))
	mark()
	require.Empty(t, w.ops, "again changes nothing")
	w.now += 2 * 60_000
	w.do("club", "cid", group.Join{Message: "again"})
	require.Equal(t, 1, unread("ann"), "renewed after the mark")
	w.do("club", "ann", group.Handle{Applicant: "cid"})
	require.Equal(t, 0, unread("ann"))
}

func TestRecordsAreShownAsTheyCountNow(t *testing.T) {
	w := newWorld(t)
	w.custom("club", 5, group.ConsentNone)
	w.do("club", "dan", group.Join{})
	filed := w.now
	state := func(now group.Millis) (states []group.ApplicationState) {
		_, list := w.list(persistence.ListApplicationsQuery{User: "dan", Now: now})
		for _, l := range list {
			states = append(states, l.state)
		}
		return states
	}
	require.Equal(t, []group.ApplicationState{group.AdminPending}, state(filed+7*day-1))
	require.Equal(t, []group.ApplicationState{group.StateExpired}, state(filed+7*day), "at the very millisecond")
	require.Equal(t, []group.ApplicationState{group.StateExpired}, state(filed+14*day-1))
	require.Empty(t, state(filed+14*day), "kept 7 days from its last change")

	w.do("club", "ann", group.Dismiss{})
	page, list := w.list(persistence.ListApplicationsQuery{User: "dan"})
	require.Equal(t, []listed{{"dan", "", group.ApplicationSent, group.StateClosed}}, list)
	require.Equal(t, group.CloseGroupDismissed, page.Records[0].CloseReason)
	require.Equal(t, w.now, page.Records[0].UpdatedAt)
	require.Empty(t, w.of("ann"), "nobody approves in a group that is no more")
}

func TestDeletingFromOnesOwnList(t *testing.T) {
	w := newWorld(t)
	w.custom("club", 5, group.ConsentNone, "bob")
	w.do("club", "ann", group.SetRole{User: "bob", Role: group.Admin})
	w.do("club", "dan", group.Join{})
	w.do("club", "eve", group.Join{})
	page, _ := w.list(persistence.ListApplicationsQuery{User: "bob", Oldest: true})
	id := page.Records[0].ID
	inbox := func() (types map[uint64]group.NoticeType, entries []persistence.InboxEntry) {
		types = map[uint64]group.NoticeType{}
		w.view(func(tx persistence.Tx) {
			var err error
			entries, err = persistence.Inbox(tx, "bob", 0, 0, false)
			require.NoError(t, err)
		})
		for _, e := range entries {
			types[e.Seq] = e.Notice.Type
		}
		return types, entries
	}
	remove := func(ids []group.ApplicationID, refs ...persistence.NoticeRef) (removed int) {
		var ops []persistence.RowOp
		w.view(func(tx persistence.Tx) {
			var err error
			ops, removed, err = persistence.DeleteApplicationsOps(tx, "bob", ids, refs, w.now)
			require.NoError(t, err)
		})
		w.rows(ops...)
		return removed
	}
	types, _ := inbox()
	require.Equal(t, map[uint64]group.NoticeType{1: group.NoticeAdminSet, 2: group.NoticeJoinRequest, 3: group.NoticeJoinRequest}, types)

	require.Equal(t, 1, remove([]group.ApplicationID{id, id, 999_999}), "entries not found are ignored")
	require.Equal(t, []listed{{"eve", "", group.ApplicationReceived, group.AdminPending}}, w.of("bob"))
	types, entries := inbox()
	require.Equal(t, map[uint64]group.NoticeType{1: group.NoticeAdminSet, 3: group.NoticeJoinRequest}, types, "its notice went with it")
	require.Len(t, w.of("ann"), 2, "others still see it")
	require.Len(t, w.of("dan"), 1)
	require.Zero(t, remove([]group.ApplicationID{id}), "not twice")

	require.Zero(t, remove(nil, persistence.NoticeRef{Seq: 3, Random: entries[1].Notice.Random + 1}), "the random must agree")
	require.Equal(t, 1, remove(nil, persistence.NoticeRef{Seq: 3, Random: entries[1].Notice.Random}))
	types, _ = inbox()
	require.Equal(t, map[uint64]group.NoticeType{1: group.NoticeAdminSet}, types)
	require.Len(t, w.of("bob"), 1, "the record stays in the list")

	w.do("club", "ann", group.Handle{Accept: true, Applicant: "dan"})
	require.Len(t, w.of("bob"), 1, "deleting did not decide it, and it stays hidden")
}

func TestListNotices(t *testing.T) {
	w := newWorld(t)
	notice := func(n group.NoticeType, at group.Millis) {
		w.rows(persistence.NoticeOps("g", &group.Notice{Type: n, Time: at}, []group.UserID{"ann"})...)
	}
	now := start + 40*day
	notice(group.NoticeKicked, start)
	notice(group.NoticeCreated, now-3)
	notice(group.NoticeAdminSet, now-30*day)
	notice(group.NoticeAdminUnset, now-2)
	notice(group.NoticeCustom, now-1)
	page := func(cursor uint64, count int) (seqs []uint64, next uint64) {
		w.view(func(tx persistence.Tx) {
			p, err := persistence.ListNotices(tx, "ann", cursor, count, now)
			require.NoError(t, err)
			for _, e := range p.Entries {
				seqs = append(seqs, e.Seq)
			}
			next = p.Next
		})
		return seqs, next
	}
	seqs, next := page(0, 10)
	require.Equal(t, []uint64{5, 4, 2}, seqs, "none older than 30 days")
	require.Zero(t, next)
	seqs, next = page(0, 2)
	require.Equal(t, []uint64{5, 4}, seqs)
	seqs, next = page(next, 2)
	require.Equal(t, []uint64{2}, seqs)
	require.Zero(t, next)
	seqs, _ = page(1, 2)
	require.Empty(t, seqs)

	unread := func() (n int) {
		w.view(func(tx persistence.Tx) {
			var err error
			n, err = persistence.UnreadNotices(tx, "ann", now)
			require.NoError(t, err)
		})
		return n
	}
	require.Equal(t, 2, unread(), "6 has no display hint")
	w.rows(persistence.MarkReadOp("ann", persistence.MarkNotices, persistence.ReadMark{Seq: 4}))
	require.Equal(t, 1, unread())
}
