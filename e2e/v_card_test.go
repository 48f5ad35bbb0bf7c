package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/memory"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestV2TIMMemberCards(t *testing.T) {
	t.Parallel()
	// V-065: what tells of members carries their ids and profiles.
	t.Run("V-065", func(t *testing.T) {
		j := memory.New()
		register(t, j, &persistence.UserRow{User: "bob", Name: "Bob", Avatar: "bob.png"})
		w := newWorldWith(t, server.Options{Journal: j, Epoch: j.Epoch()})
		p := w.users("alice", "bob", "watch", "out")
		alice, bob, watch, out := p[0], p[1], p[2], p[3]
		g := alice.create(troupev1.Kind_KIND_CUSTOM, "", "watch")
		watch.take()
		shown := func(role troupev1.Role) {
			t.Helper()
			tips := watch.hear().exactly(counts{tips: 1}).tips
			want := &troupev1.UserCard{UserId: "bob", Name: "Bob", Avatar: "bob.png", Role: role}
			got := first(t, tips[0].GetUsers())
			require.True(t, proto.Equal(want, got), "%v", got)
		}
		bob.ok(&troupev1.JoinGroup{GroupId: g})
		shown(troupev1.Role_ROLE_MEMBER)
		alice.ok(&troupev1.SetMemberRole{GroupId: g, UserId: "bob", Role: troupev1.Role_ROLE_ADMIN})
		shown(troupev1.Role_ROLE_ADMIN)
		alice.ok(&troupev1.KickMembers{GroupId: g, UserIds: []string{"bob"}})
		shown(troupev1.Role_ROLE_ADMIN)
		silent(out)
	})
}
