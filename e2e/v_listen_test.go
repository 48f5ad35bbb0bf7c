package e2e

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// eventful puts a group through everything that raises an event: bob is in it,
// carol comes by approval. It gives the types of tips that members heard.
func eventful(w *world, g string, alice, root, bob, carol *peer) []uint32 {
	w.t.Helper()
	alice.ok(&troupev1.UpdateGroupProfile{GroupId: g, JoinOption: troupev1.JoinOption_JOIN_OPTION_ADMIN_APPROVAL})
	forget(w.peers...)
	carol.code(25424, &troupev1.JoinGroup{GroupId: g})
	alice.ok(&troupev1.AcceptApplication{GroupId: g, ApplicantId: "carol"})
	alice.ok(&troupev1.UpdateGroupProfile{GroupId: g, Name: proto.String("renamed")})
	alice.ok(&troupev1.MuteMembers{GroupId: g, UserIds: []string{"bob"}, Duration: proto.Int64(60)})
	alice.ok(&troupev1.SetMemberRole{GroupId: g, UserId: "carol", Role: troupev1.Role_ROLE_ADMIN})
	alice.ok(&troupev1.SetMemberRole{GroupId: g, UserId: "carol", Role: troupev1.Role_ROLE_MEMBER})
	alice.ok(text(g, "news"))
	root.ok(&troupev1.SendCustomNotice{GroupId: g, Content: []byte{0xff}})
	alice.ok(&troupev1.KickMembers{GroupId: g, UserIds: []string{"bob"}})
	carol.ok(&troupev1.LeaveGroup{GroupId: g})
	root.ok(&troupev1.DismissGroup{GroupId: g})
	return []uint32{1, 6, 7, 4, 5, 3, 2}
}

func tipTypes(h heard) []uint32 {
	var types []uint32
	for _, tip := range h.tips {
		types = append(types, tip.GetTipType())
	}
	return types
}

func noticeTypes(h heard) []uint32 {
	var types []uint32
	for _, n := range h.notices {
		types = append(types, n.GetNoticeType())
	}
	return types
}

// What one connection of an admin hears of a group's whole life.
var adminHears = counts{tips: 7, messages: 1, notices: 3, added: 1, updated: 1, convs: 1}

func TestV2TIMListener(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.users("alice", "adam", "adam", "bob", "carol", "out", "root")
	alice, adam, phone, bob, carol, root := p[0], p[1], p[2], p[3], p[4], p[6]
	deaf := w.login("adam", "")
	g := alice.create(troupev1.Kind_KIND_PUBLIC, "club", "adam", "bob")
	alice.makeAdmin(g, "adam")
	tips := eventful(w, g, alice, root, bob, carol)
	h := map[*peer]heard{adam: adam.hear().exactly(adminHears), phone: phone.hear().exactly(adminHears)}

	t.Run("V-001", func(t *testing.T) {
		require.Equal(t, tips, tipTypes(h[adam]))
		for _, same := range [][2]any{
			{h[adam].messages, h[phone].messages}, {h[adam].tips, h[phone].tips}, {h[adam].notices, h[phone].notices},
			{h[adam].added, h[phone].added}, {h[adam].updated, h[phone].updated}, {h[adam].convs, h[phone].convs},
		} {
			require.Empty(t, cmp.Diff(same[0], same[1], protocmp.Transform()), "both devices hear the same")
		}
		silent(deaf, p[5], root)
	})
	t.Run("V-003", func(t *testing.T) {
		require.Subset(t, tipTypes(h[adam]), []uint32{1, 2, 3}, "members")
		require.Equal(t, []uint32{1, 255, 5}, noticeTypes(h[adam]), "applications, custom data, lifecycle")
		require.Equal(t, "carol", h[adam].added[0].GetRecord().GetApplicantId())
		require.Equal(t, troupev1.ApplicationState_APPLICATION_STATE_JOINED, h[adam].updated[0].GetRecord().GetState())
		require.Equal(t, []byte{0xff}, h[adam].notices[1].GetContent())
	})
}

func TestV2TIMTopics(t *testing.T) {
	t.Parallel()
	t.Run("V-004", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "adam", "bob", "carol", "out", "root")
		alice, adam, bob, carol, root := p[0], p[1], p[2], p[3], p[5]
		g := alice.createWith(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_COMMUNITY, GroupId: "folk", Name: "g", Topics: true}, "adam", "bob")
		require.True(t, adam.profile(g).GetTopics())
		alice.makeAdmin(g, "adam")
		tips := eventful(w, g, alice, root, bob, carol)
		h := adam.hear().exactly(adminHears)
		require.Equal(t, tips, tipTypes(h))
		for _, q := range []*peer{alice, bob, carol} {
			require.Empty(t, q.hear().other, "of topics nothing is told")
		}
		silent(p[4], root)
	})
}

func TestV2TIMServerMadeEvents(t *testing.T) {
	t.Parallel()
	t.Run("V-005", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "adam", "bob", "carol", "root")
		alice, adam, bob, carol, root := p[0], p[1], p[2], p[3], p[4]
		g := alice.create(troupev1.Kind_KIND_PUBLIC, "club", "adam", "bob")
		alice.makeAdmin(g, "adam")
		tips := eventful(w, g, alice, root, bob, carol)
		adam.gets(7 + 1 + 3 + 1 + 1 + 1) // no request of adam's since it attached
		require.Equal(t, tips, tipTypes(adam.hear().exactly(adminHears)))
	})
}
