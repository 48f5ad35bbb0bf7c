package persistence_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

func TestRowsOfCreation(t *testing.T) {
	w := newWorld(t)
	w.create("club", 5, group.Public, "bob")

	w.view(func(tx persistence.Tx) {
		name, ok, err := persistence.LookupGroup(tx, "club")
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, persistence.GroupName{Stream: 5, Kind: group.Public}, name)
		_, ok, err = persistence.LookupGroup(tx, "other")
		require.NoError(t, err)
		require.False(t, ok)
	})
	row := w.row(5)
	require.Equal(t, group.ID("club"), row.Group)
	require.Equal(t, group.UserID("ann"), row.Owner)
	require.Equal(t, uint32(2), row.MemberCount)
	require.Equal(t, "club", row.Settings.Name)
	require.False(t, row.Dismissed)

	ann, ok := w.member("ann", 5)
	require.True(t, ok)
	require.Equal(t, persistence.MemberRow{
		Stream: 5, Kind: group.Public, Group: "club", Role: group.Owner, JoinTime: w.now,
		JoinSeq: 0, JoinPosition: 1, VisibleFrom: 1,
	}, ann)
	bob, ok := w.member("bob", 5)
	require.True(t, ok)
	require.Equal(t, persistence.MemberRow{
		Stream: 5, Kind: group.Public, Group: "club", Role: group.Member, JoinTime: w.now,
		JoinSeq: 1, JoinPosition: 2, VisibleFrom: 1,
	}, bob)
	require.Equal(t, 1, w.groupCount("ann", 1000))
	require.Equal(t, []group.NoticeType{group.NoticeCreated}, w.inbox("ann"))
}

func TestRowsOfMembership(t *testing.T) {
	w := newWorld(t)
	w.createWith(group.Create{Group: "club", Stream: 5, Kind: group.Custom, Name: "club"}, "bob")
	w.say("club", "bob", "one")
	w.say("club", "ann", "two")
	w.do("club", "cid", group.Join{})

	cid, _ := w.member("cid", 5)
	require.Equal(t, group.Seq(4), cid.JoinSeq)
	require.Equal(t, uint64(2), cid.JoinOrdinal)
	require.Equal(t, group.Seq(4), cid.VisibleFrom, "custom groups hide what was before")

	w.do("club", "ann", group.SetRole{User: "bob", Role: group.Admin})
	w.do("club", "bob", group.SetNameCard{NameCard: "Bobby"})
	w.do("club", "bob", group.SetRemindType{Remind: group.Discard})
	bob, _ := w.member("bob", 5)
	require.Equal(t, group.Admin, bob.Role)
	require.Equal(t, "Bobby", bob.NameCard)
	require.Equal(t, group.Discard, bob.Remind)
	require.Equal(t, []group.UserID{"bob"}, w.row(5).Admins)

	w.say("club", "cid", "three")
	m := w.groups["club"]
	w.do("club", "bob", group.Leave{})
	bob, _ = w.member("bob", 5)
	require.Equal(t, group.NoRole, bob.Role)
	require.Equal(t, m.Seq(), bob.LeftSeq)
	require.Equal(t, m.Position(), bob.LeftPosition)
	require.Equal(t, uint64(3), bob.LeftOrdinal)
	require.Equal(t, w.now, bob.LeftTime)
	require.Empty(t, bob.NameCard)
	require.Equal(t, group.Seq(1), bob.JoinSeq, "the rest stays")
	require.Equal(t, 0, w.groupCount("bob", 1000))

	w.do("club", "bob", group.Join{})
	bob, _ = w.member("bob", 5)
	require.Equal(t, group.Member, bob.Role)
	require.Equal(t, m.Seq(), bob.JoinSeq)
	require.Zero(t, bob.LeftSeq)
	require.Zero(t, bob.Remind)
	require.Equal(t, 1, w.groupCount("bob", 1000))
}

func TestRowsOfUnwatchedJoining(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.table.Override(group.Custom, "member_change_notices", "off"))
	w.createWith(group.Create{Group: "club", Stream: 5, Kind: group.Custom, Name: "club"})
	w.say("club", "ann", "one")
	w.do("club", "bob", group.Join{})
	bob, _ := w.member("bob", 5)
	require.Equal(t, group.Seq(1), bob.JoinSeq)
	require.Equal(t, group.Seq(2), bob.VisibleFrom, "what was newest then stays hidden")
	profile, ok := w.groups["club"].Member("bob")
	require.True(t, ok)
	require.Equal(t, profile.VisibleFrom, bob.VisibleFrom, "as the core says")
}

func TestRowsOfOwnerLeaving(t *testing.T) {
	w := newWorld(t)
	w.createWith(group.Create{Group: "club", Stream: 5, Kind: group.Custom, Name: "club"}, "bob", "cid")
	w.do("club", "ann", group.Leave{})
	ann, _ := w.member("ann", 5)
	bob, _ := w.member("bob", 5)
	require.Equal(t, group.NoRole, ann.Role, "who left gets no role back")
	require.Equal(t, group.Owner, bob.Role)
	require.Equal(t, group.UserID("bob"), w.row(5).Owner)

	w.do("club", "bob", group.TransferOwner{NewOwner: "cid"})
	bob, _ = w.member("bob", 5)
	cid, _ := w.member("cid", 5)
	require.Equal(t, group.Member, bob.Role)
	require.Equal(t, group.Owner, cid.Role)
}

func TestMessageWritesNoRow(t *testing.T) {
	w := newWorld(t)
	w.create("club", 5, group.Public, "bob")
	for m := w.groups["club"]; m.Seq() < persistence.TallyEvery-1; {
		w.say("club", "bob", "hello")
		require.Empty(t, w.ops)
	}
	w.say("club", "bob", "hello")
	require.Equal(t, []persistence.RowOp{{
		Op: persistence.OpTally, Table: persistence.TableSent, Key: persistence.StreamKey(5), Delta: persistence.TallyEvery,
	}}, w.ops)
}

func TestRowsOfDismissal(t *testing.T) {
	w := newWorld(t)
	w.create("club", 5, group.Public, "bob")
	w.do("club", "cid", group.Join{})
	w.create("den", 6, group.Public, "bob")
	w.do("club", "ann", group.Dismiss{})
	require.Less(t, len(w.ops), 10, "no row per member")

	w.view(func(tx persistence.Tx) {
		name, _, err := persistence.LookupGroup(tx, "club")
		require.NoError(t, err)
		require.Equal(t, w.now+30*day, name.ReservedUntil)
		require.Empty(t, persistence.DueTimers(tx, start+100*day, 9), "its timer is gone")
		var joined []group.ID
		require.NoError(t, persistence.JoinedGroups(tx, "bob", func(_ *persistence.MemberRow, g *persistence.GroupRow) bool {
			joined = append(joined, g.Group)
			return true
		}))
		require.Equal(t, []group.ID{"den"}, joined)
	})
	row := w.row(5)
	require.True(t, row.Dismissed)
	require.Equal(t, w.now, row.DismissedAt)

	require.Equal(t, 2, w.groupCount("bob", 1000), "an upper bound below the limit")
	require.Equal(t, 1, w.groupCount("bob", 2), "exact from the limit on")

	require.Empty(t, w.inbox("bob"))
	w.rows(persistence.PlaceOp("bob", w.now))
	require.Equal(t, []group.NoticeType{group.NoticeDismissed}, w.inbox("bob"))
}

func TestNoticesArePlacedBeforeLeaving(t *testing.T) {
	w := newWorld(t)
	w.create("club", 5, group.Public, "bob", "cid", "dan")
	w.admin("club", group.SendNotice{Content: []byte("first")})
	w.do("club", "bob", group.Leave{})
	require.Equal(t, []group.NoticeType{group.NoticeCustom, group.NoticeQuit}, w.inbox("bob"))
	w.do("club", "ann", group.Kick{Users: []group.UserID{"cid"}})
	require.Equal(t, []group.NoticeType{group.NoticeCustom, group.NoticeKicked}, w.inbox("cid"))

	w.admin("club", group.SendNotice{Content: []byte("second")})
	for _, u := range []group.UserID{"bob", "dan"} {
		w.rows(persistence.PlaceOp(u, w.now))
	}
	require.Len(t, w.inbox("bob"), 2, "who left gets no more")
	require.Equal(t, []group.NoticeType{group.NoticeCustom, group.NoticeCustom}, w.inbox("dan"))

	w.admin("club", group.Invite{Users: []group.UserID{"bob"}})
	w.rows(persistence.PlaceOp("bob", w.now))
	require.Len(t, w.inbox("bob"), 3, "only the invitation")
}

func TestNumbersStandByReceiver(t *testing.T) {
	w := newWorld(t)
	w.create("club", 5, group.Public, "bob", "cid")
	w.admin("club", group.SendNotice{Content: []byte("all")})
	w.do("club", "ann", group.Kick{Users: []group.UserID{"bob", "cid"}, Reason: "noise"})
	var numbers []uint64
	for i, op := range w.ops {
		switch op.Op {
		case persistence.OpAppendNumbered:
			require.Len(t, w.given[i], 1)
			numbers = append(numbers, w.given[i][0].N)
			entry, err := persistence.DecodeInboxEntry(w.given[i][0].N, w.given[i][0].Data)
			require.NoError(t, err)
			require.Equal(t, "noise", entry.Notice.Remark)
		case persistence.OpPlaceNotices:
			require.Len(t, w.given[i], 1, "what was due to the leaver")
		}
	}
	require.Equal(t, []uint64{2, 2}, numbers)
}

func TestLivestreamPresenceWritesNothing(t *testing.T) {
	w := newWorld(t)
	w.createWith(group.Create{Group: "show", Stream: 5, Kind: group.Livestream, Name: "show"})
	_, ok := w.member("ann", 5)
	require.False(t, ok)
	require.Equal(t, 0, w.groupCount("ann", 1))

	w.do("show", "bob", group.Join{})
	require.Empty(t, w.ops)
	w.say("show", "bob", "hi")
	require.Empty(t, w.ops)
	w.do("show", "bob", group.Leave{})
	require.Len(t, w.ops, 1, "only notice 8 is kept")
	require.Equal(t, []group.NoticeType{group.NoticeQuit}, w.inbox("bob"))

	w.do("show", "bob", group.Join{})
	w.do("show", "ann", group.SetRole{User: "bob", Role: group.Admin})
	require.Equal(t, []group.UserID{"bob"}, w.row(5).Admins)
	_, ok = w.member("bob", 5)
	require.False(t, ok)
	w.do("show", "ann", group.Dismiss{})
	require.True(t, w.row(5).Dismissed)
	for _, op := range w.ops {
		require.NotEqual(t, persistence.TableNotices, op.Table, "those present are given it one by one")
	}
}

func TestTimerFollowsRecords(t *testing.T) {
	w := newWorld(t)
	w.create("club", 5, group.Public)
	due := func() (list []persistence.Timer) {
		w.view(func(tx persistence.Tx) { list = persistence.DueTimers(tx, start+100*day, 9) })
		return list
	}
	require.Empty(t, due())
	w.do("club", "bob", group.Join{})
	require.Equal(t, []persistence.Timer{{Due: w.now + 7*day, Stream: 5}}, due())
	w.do("club", "ann", group.Handle{Accept: true, Applicant: "bob"})
	require.Empty(t, due())
}

func TestRowsOfIsPure(t *testing.T) {
	w := newWorld(t)
	w.create("club", 5, group.Custom, "bob", "cid", "dan")
	w.do("club", "ann", group.SetRole{User: "bob", Role: group.Admin})
	d := w.do("club", "ann", group.Kick{Users: []group.UserID{"dan", "bob", "cid"}})
	require.Equal(t, w.ops, persistence.RowsOf(w.groups["club"], &d))
}

func BenchmarkRowsOfMessage(b *testing.B) {
	w := newWorld(b)
	w.create("club", 5, group.Public, "bob")
	d := w.do("club", "bob", group.Send{Elements: []group.Element{{Type: group.ElementText, Text: "x"}}})
	b.ReportAllocs()
	for b.Loop() {
		persistence.RowsOf(w.groups["club"], &d)
	}
}
