package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// deletes deletes a user and gives what the call answered.
func (p *peer) deletes(user string, erase bool) *troupev1.DeleteUserResult {
	p.t.Helper()
	return p.ok(&troupev1.DeleteUser{UserId: user, EraseMessages: erase}).GetDeleteUser()
}

// refused tries to log in on a connection of its own.
func (w *world) refused(code int32, l *troupev1.Login) {
	w.t.Helper()
	p := w.dial(protocol.Binary)
	p.user = l.GetUserId()
	p.code(code, l)
	p.code(11030, &troupev1.ListJoinedGroups{})
	p.cut()
}

func TestDeleteUser(t *testing.T) {
	t.Parallel()
	t.Run("X-100", func(t *testing.T) {
		w := newWorld(t)
		root, bob := w.device("root", ""), w.device("bob", "")
		ann, cid, dan := w.device("ann", ""), w.device("cid", ""), w.device("dan", "")
		bob.create(troupev1.Kind_KIND_PUBLIC, "admin", "ann", "cid", "dan")
		bob.makeAdmin("admin", "dan", "cid") // cid entered before dan
		bob.create(troupev1.Kind_KIND_MEETING, "earliest", "cid", "ann")
		bob.create(troupev1.Kind_KIND_WORK, "ownerless", "ann")
		bob.create(troupev1.Kind_KIND_CUSTOM, "alone")
		ann.create(troupev1.Kind_KIND_CUSTOM, "member", "bob")
		bob.create(troupev1.Kind_KIND_LIVESTREAM, "room")
		bob.ok(&troupev1.JoinGroup{GroupId: "room"})
		ann.ok(&troupev1.JoinGroup{GroupId: "room"})
		w.advance(time.Second)
		ann.until("the tip of who entered the room", func(e *troupev1.Event) bool { return tipOf(e.GetMessage()).GetGroupId() == "room" })
		forget(w.peers...)

		res := root.deletes("bob", false)
		require.EqualValues(t, 5, res.GetGroupsLeft())
		require.EqualValues(t, 2, res.GetGroupsPassedOn())
		w.settle()
		bob.kickedOffline("account_deleted", 4503)
		w.peers = []*peer{root, ann, cid, dan}
		w.advance(time.Second) // the room folds departures

		follows := func(p *peer, group, heir string) {
			t.Helper()
			list := p.history(group)
			left, passed := tipOf(list[len(list)-2]), tipOf(list[len(list)-1])
			require.Equal(t, uint32(2), left.GetTipType())
			require.Equal(t, "account_deleted", left.GetReason())
			isDeleted(t, first(t, left.GetUsers()))
			require.Equal(t, uint32(6), passed.GetTipType())
			require.Empty(t, passed.GetOperatorId())
			require.Equal(t, "owner", first(t, passed.GetChanges()).GetField())
			require.Equal(t, heir, passed.GetChanges()[0].GetValue())
			require.Equal(t, heir, p.profile(group).GetOwnerId())
			require.NotContains(t, p.roster(group), "bob")
		}
		follows(cid, "admin", "cid")
		follows(ann, "earliest", "cid")
		list := ann.history("ownerless")
		require.Equal(t, "account_deleted", tipOf(list[len(list)-1]).GetReason())
		require.Empty(t, ann.profile("ownerless").GetOwnerId())
		root.code(10010, &troupev1.ListMembers{GroupId: "alone"})
		require.Equal(t, []string{"ann"}, ann.roster("member"))
		require.Equal(t, "ann", root.profile("room").GetOwnerId(), "the earliest who is there")
		require.Equal(t, []string{"ann"}, root.roster("room"))
		var inRoom []*troupev1.GroupTip
		ann.gets(8)
		for _, tip := range ann.hear().exactly(counts{tips: 8}).tips {
			if tip.GetGroupId() == "room" {
				inRoom = append(inRoom, tip)
			}
		}
		require.Len(t, inRoom, 2)
		require.Equal(t, "ann", first(t, inRoom[0].GetChanges()).GetValue())
		require.Equal(t, "account_deleted", inRoom[1].GetReason(), "a livestream folds departures")
		isDeleted(t, first(t, inRoom[1].GetUsers()))
		dan.hear().exactly(counts{tips: 2})
		cid.hear().exactly(counts{tips: 4})
		silent(root)
	})
	t.Run("X-099", func(t *testing.T) {
		w := newWorld(t)
		w.known("cid")
		root, ann, bob := w.device("root", ""), w.device("ann", ""), w.device("bob", "")
		ann.create(troupev1.Kind_KIND_MEETING, "g", "bob", "cid")
		bob.create(troupev1.Kind_KIND_MEETING, "was", "ann", "cid")
		for range 3 {
			bob.ok(text("g", "erase me"))
			ann.ok(text("g", "leave me"))
		}
		bob.ok(text("was", "gone already"))
		bob.ok(&troupev1.TransferOwner{GroupId: "was", NewOwnerId: "ann"})
		bob.ok(&troupev1.LeaveGroup{GroupId: "was"})
		unread := func(p *peer) map[string]uint32 {
			t.Helper()
			n := map[string]uint32{}
			for _, g := range p.ok(&troupev1.ListJoinedGroups{}).GetListJoinedGroups().GetGroups() {
				n[g.GetGroupId()] = g.GetSelf().GetUnread()
			}
			return n
		}
		cid := w.device("cid", "")
		require.Equal(t, map[string]uint32{"g": 6, "was": 1}, unread(cid))
		require.Equal(t, map[string]uint32{"g": 3, "was": 1}, unread(ann))
		forget(w.peers...)

		root.deletes("bob", true)
		w.settle()
		bob.kickedOffline("account_deleted", 4503)
		w.peers = []*peer{root, ann, cid}
		for _, p := range []*peer{ann, cid} {
			p.hear().exactly(counts{tips: 1}) // of leaving: no frame tells of the messages
		}
		check := func(p *peer) {
			t.Helper()
			erased := 0
			for _, m := range append(p.history("g"), p.history("was")...) {
				if m.GetSender().GetDeleted() {
					erased++
					require.Empty(t, m.GetElements())
					require.NotNil(t, m.GetRecalled().By)
					require.Empty(t, m.GetRecalled().GetBy())
					require.NotZero(t, m.GetTime())
				} else {
					require.Nil(t, m.GetRecalled())
					require.NotEmpty(t, m.GetElements())
				}
			}
			require.Equal(t, 4, erased)
			for _, g := range p.ok(&troupev1.ListJoinedGroups{}).GetListJoinedGroups().GetGroups() {
				last := g.GetLastMessage()
				require.NotNil(t, last, "a recalled last message stays the last")
				require.Equal(t, g.GetGroupId() == "was", last.GetRecalled() != nil)
			}
		}
		check(cid)
		require.Equal(t, map[string]uint32{"g": 3, "was": 0}, unread(cid))
		require.Equal(t, map[string]uint32{"g": 0, "was": 0}, unread(ann))
		w.restart()
		cid = w.device("cid", "")
		check(cid)
		require.Equal(t, map[string]uint32{"g": 3, "was": 0}, unread(cid))
		w.device("ann", "").ok(text("g", "one more"))
		require.Equal(t, map[string]uint32{"g": 4, "was": 0}, unread(cid))
	})
}

func TestDeletedIDIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, rooted)
	by := func(user string) *peer {
		p, _ := w.enter(w.byToken(user, user))
		p.ok(&troupev1.Attach{Rest: troupev1.Rest_REST_LIVE})
		return p
	}
	root := w.dial(protocol.Binary)
	root.user = "root"
	root.ok(w.byToken("root", ""))
	ann, bob := by("ann"), by("bob")
	_, ticket := w.enter(w.byToken("bob", "other"))
	ann.createWith(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_CUSTOM, GroupId: "asks", JoinOption: troupev1.JoinOption_JOIN_OPTION_ADMIN_APPROVAL})
	bob.code(25424, &troupev1.JoinGroup{GroupId: "asks"})
	forget(w.peers...)

	root.deletes("bob", false)
	bob.kickedOffline("account_deleted", 4503)
	h := ann.hear().exactly(counts{updated: 1})
	require.Equal(t, troupev1.CloseReason_CLOSE_REASON_ACCOUNT_DELETED, h.updated[0].GetRecord().GetCloseReason())
	require.True(t, strings.HasPrefix(h.updated[0].GetRecord().GetApplicantId(), "@DELETED#"))
	require.Empty(t, ann.records(&troupev1.ListApplications{}).GetApplications(), "records of the deleted are erased")

	check := func() {
		t.Helper()
		w.refused(11058, w.byToken("bob", "again"))
		w.refused(11058, w.byToken("bob", "bob"))
		invited := ann.ok(&troupev1.InviteMembers{GroupId: "asks", UserIds: []string{"bob", "nobody"}}).GetInviteMembers().GetUsers()
		require.Equal(t, "account_deleted", invited[0].GetError())
		require.Equal(t, "user_not_found", invited[1].GetError())
		made := ann.ok(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_WORK, Name: "x", InitialMembers: []*troupev1.InitialMember{{UserId: "bob"}}})
		require.Equal(t, "account_deleted", made.GetCreateGroup().GetUsers()[0].GetError())
		root.code(11058, &troupev1.CreateGroup{Kind: troupev1.Kind_KIND_WORK, Name: "x", OwnerId: "bob"})
		root.code(11058, &troupev1.DeleteUser{UserId: "bob"})
	}
	check()
	p := w.dial(protocol.Binary)
	require.Equal(t, "revoked", p.code(11055, w.byTicket("bob", "other", ticket)).GetDetails().GetCause())
	p.cut()
	w.restart()
	root, ann = w.dial(protocol.Binary), by("ann")
	root.ok(w.byToken("root", ""))
	check()
	w.advance(30*24*time.Hour - time.Millisecond)
	root, ann = w.dial(protocol.Binary), by("ann")
	root.ok(w.byToken("root", ""))
	check()
	w.advance(time.Millisecond)
	ann = by("ann")
	require.Equal(t, "user_not_found", ann.ok(&troupev1.InviteMembers{GroupId: "asks", UserIds: []string{"bob"}}).
		GetInviteMembers().GetUsers()[0].GetError(), "nobody yet")
	bob = by("bob")
	require.Empty(t, bob.ok(&troupev1.ListJoinedGroups{}).GetListJoinedGroups().GetGroups())
	require.Empty(t, bob.records(&troupev1.ListApplications{}).GetApplications())
	require.Empty(t, bob.ok(&troupev1.ListSystemNotices{}).GetListSystemNotices().GetNotices())
	bob.code(25424, &troupev1.JoinGroup{GroupId: "asks"})
}

func TestWhoMayDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *config.Config) { c.DevAdmins = append(c.DevAdmins, "toor") })
	root, ann := w.device("root", ""), w.device("ann", "")
	w.known("bob", "toor")
	ann.code(10007, &troupev1.DeleteUser{UserId: "bob"})
	ann.code(10007, &troupev1.DeleteUser{UserId: "ann"})
	ann.code(10007, &troupev1.DeleteUser{UserId: "root"})
	root.code(11014, &troupev1.DeleteUser{UserId: "root"})
	root.code(11014, &troupev1.DeleteUser{UserId: "toor"})
	root.code(10019, &troupev1.DeleteUser{UserId: "nobody"})
	root.code(10004, &troupev1.DeleteUser{})
	root.code(20003, &troupev1.DeleteUser{UserId: "@DELETED#0123456789"})
	silent(root, ann)
	w.known("bob")

	// A repeated request gets the first answer, also from elsewhere and later.
	ann.create(troupev1.Kind_KIND_MEETING, "g", "bob")
	req := request(&troupev1.DeleteUser{UserId: "bob"})
	want := root.send(req).GetDeleteUser()
	require.EqualValues(t, 1, want.GetGroupsLeft())
	w.settle()
	ann.hear().exactly(counts{tips: 1})
	w.restart()
	root, ann = w.device("root", ""), w.device("ann", "")
	a := root.send(req)
	require.Zero(t, a.GetCode())
	require.True(t, proto.Equal(want, a.GetDeleteUser()))
	root.code(11058, &troupev1.DeleteUser{UserId: "bob", EraseMessages: true})
	silent(ann)

	own := newWorld(t, func(c *config.Config) { c.App.SelfDeletion = true })
	eve, fay := own.device("eve", ""), own.device("fay", "")
	fay.create(troupev1.Kind_KIND_MEETING, "g", "eve")
	eve.code(10007, &troupev1.DeleteUser{UserId: "fay"})
	require.EqualValues(t, 1, eve.deletes("eve", false).GetGroupsLeft(), "the answer comes before the end")
	eve.kickedOffline("account_deleted", 4503)
	own.peers = []*peer{fay}
	isDeleted(t, first(t, fay.hear().exactly(counts{tips: 1}).tips[0].GetUsers()))
	own.refused(11058, &troupev1.Login{UserId: "eve"})
}

// Deletions that come together are worked on one after the other, and each is
// a user of its own.
func TestManyDeletions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root, ann := w.device("root", ""), w.device("ann", "")
	var users, ids []string
	for i := range 20 {
		users = append(users, fmt.Sprintf("bob%02d", i))
	}
	w.known(users...)
	for _, g := range []string{"a", "b"} {
		ann.create(troupev1.Kind_KIND_MEETING, g, users...)
	}
	var asked []*troupev1.Request
	for _, u := range users {
		asked = append(asked, request(&troupev1.DeleteUser{UserId: u}))
		require.NoError(t, root.conn.Send(asked[len(asked)-1]))
	}
	answered := map[string]bool{}
	for range asked { // in any order
		a := root.recv().GetAnswer()
		require.Zero(t, a.GetCode())
		require.EqualValues(t, 2, a.GetDeleteUser().GetGroupsLeft())
		answered[a.GetRequestId()] = true
	}
	require.Len(t, answered, len(asked))
	for _, tip := range ann.hear().exactly(counts{tips: 2 * len(users)}).tips {
		ids = append(ids, isDeleted(t, first(t, tip.GetUsers())))
	}
	slices.Sort(ids)
	require.Len(t, slices.Compact(ids), len(users), "one id each, in both groups")
	for _, g := range []string{"a", "b"} {
		require.Equal(t, []string{"ann"}, ann.roster(g))
	}
}
