package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/memory"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// isDeleted asserts the one form in which a deleted user is shown, and gives
// the id.
func isDeleted(t *testing.T, c *troupev1.UserCard) string {
	t.Helper()
	require.True(t, strings.HasPrefix(c.GetUserId(), "@DELETED#"), "%v", c)
	require.Len(t, c.GetUserId(), len("@DELETED#")+10)
	require.True(t, proto.Equal(&troupev1.UserCard{UserId: c.GetUserId(), Role: c.GetRole(), Deleted: true}, c), "%v", c)
	return c.GetUserId()
}

// nowhere asserts that nothing of a user is left in an answer.
func (p *peer) nowhere(name string, ops ...proto.Message) {
	p.t.Helper()
	for _, op := range ops {
		b, err := protocol.MarshalJSON(p.ok(op))
		require.NoError(p.t, err)
		require.NotContains(p.t, string(b), name, "%T", op)
	}
}

func TestDeletedUserIsShown(t *testing.T) {
	t.Parallel()
	j := memory.New()
	register(t, j, &persistence.UserRow{User: "bob", Name: "Bob", Avatar: "bob.png"})
	w := newWorldWith(t, server.Options{Journal: j, Epoch: j.Epoch()})
	ann, bob, root := w.device("ann", ""), w.device("bob", ""), w.device("root", "")
	ann.createWith(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_CUSTOM, GroupId: "g", JoinOption: troupev1.JoinOption_JOIN_OPTION_ADMIN_APPROVAL}, "bob")
	ann.makeAdmin("g", "bob")
	bob.ok(&troupev1.SetNameCard{GroupId: "g", NameCard: "Bobby"})
	bob.ok(text("g", "hello"))
	cid := w.device("cid", "")
	cid.code(25424, &troupev1.JoinGroup{GroupId: "g"})
	bob.ok(&troupev1.AcceptApplication{GroupId: "g", ApplicantId: "cid"})
	bob.ok(&troupev1.MuteMembers{GroupId: "g", UserIds: []string{"cid"}, Duration: proto.Int64(60)})
	bob.ok(&troupev1.KickMembers{GroupId: "g", UserIds: []string{"cid"}})
	ann.ok(&troupev1.MuteMembers{GroupId: "g", UserIds: []string{"bob"}, Duration: proto.Int64(60)})
	before := ann.history("g")
	epoch := ann.attachFrom("g", 0, "").GetEpoch()
	forget(w.peers...)

	root.deletes("bob", false)
	bob.kickedOffline("account_deleted", 4503)
	w.peers = []*peer{ann, cid, root}
	tip := ann.hear().exactly(counts{tips: 1}).tips[0]
	id := isDeleted(t, first(t, tip.GetUsers()))
	require.Equal(t, id, tip.GetOperatorId())
	require.Equal(t, "account_deleted", tip.GetReason())
	silent(cid, root)

	// The same in all that is read, kept and sent again.
	for _, p := range []*peer{ann, w.json("ann")} {
		again := p.history("g")
		require.Len(t, again, len(before)+1)
		for i, m := range again {
			for _, c := range append(tipOf(m).GetUsers(), m.GetSender()) {
				if c.GetDeleted() {
					require.Equal(t, id, isDeleted(t, c), "%d", i)
				}
			}
		}
		require.Equal(t, "hello", textOf(again[3]))
		require.Equal(t, id, again[3].GetSenderId())
		p.nowhere(`"bob`, &troupev1.GetGroupHistory{GroupId: "g"}, &troupev1.ListMembers{GroupId: "g"},
			&troupev1.ListApplications{}, &troupev1.ListSystemNotices{}, &troupev1.ListJoinedGroups{},
			&troupev1.GetGroupProfiles{GroupIds: []string{"g"}, MemberFields: []string{"name"}},
			&troupev1.GetMemberProfiles{GroupId: "g", UserIds: []string{"bob"}})
		p.nowhere("Bob", &troupev1.GetGroupHistory{GroupId: "g"})
	}
	handled := first(t, cid.records(&troupev1.ListApplications{}).GetApplications())
	require.Equal(t, id, handled.GetHandlerId())
	require.Equal(t, id, isDeleted(t, handled.GetHandler()))
	for _, n := range cid.ok(&troupev1.ListSystemNotices{}).GetListSystemNotices().GetNotices() {
		require.Equal(t, id, n.GetOperatorId(), "notice %d", n.GetNoticeType())
	}
	missed := w.login("ann", "")
	missed.attachFrom("g", 0, epoch)
	missed.fence()
	require.Len(t, missed.events, len(before)+1)
	require.NotContains(t, show(missed.events), "bob")
	missed.cut()

	// After a restart, and when the id has been given away.
	w.restart()
	ann = w.device("ann", "")
	require.Equal(t, id, ann.history("g")[3].GetSenderId())
	w.advance(30*24*time.Hour - time.Minute)
	ann.ok(text("g", "not so old"))
	w.advance(time.Minute)
	bob = w.device("bob", "")
	bob.code(25424, &troupev1.JoinGroup{GroupId: "g"})
	ann.ok(&troupev1.AcceptApplication{GroupId: "g", ApplicantId: "bob"})
	bob.ok(text("g", "me again"))
	list := ann.history("g")
	require.Equal(t, "bob", list[len(list)-1].GetSenderId())
	require.False(t, list[len(list)-1].GetSender().GetDeleted())
	require.Equal(t, "bob", first(t, tipOf(list[len(list)-2]).GetUsers()).GetUserId())
}

// json is a connection of the text protocol.
func (w *world) json(user string) *peer {
	w.t.Helper()
	p := w.dial(protocol.JSON)
	p.user = user
	p.ok(&troupev1.Login{UserId: user})
	return p
}
