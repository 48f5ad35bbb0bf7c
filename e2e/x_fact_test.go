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

// history reads all numbered entries of a group that the user may see.
func (p *peer) history(group string) []*troupev1.Message {
	p.t.Helper()
	return p.ok(&troupev1.GetGroupHistory{GroupId: group}).GetGetGroupHistory().GetMessages()
}

func TestStampedFacts(t *testing.T) {
	t.Parallel()
	t.Run("X-112", func(t *testing.T) {
		j := memory.New()
		// Users get names from their deployment; they cannot change them here.
		names := func(suffix string) {
			register(t, j, &persistence.UserRow{User: "bob", Name: "Bob" + suffix, Avatar: "bob.png" + suffix},
				&persistence.UserRow{User: "mia", Name: "Mia" + suffix, Avatar: "mia.png" + suffix})
		}
		names("")
		w := newWorldWith(t, server.Options{Journal: j, Epoch: j.Epoch()})
		alice, bob, watch := w.device("alice", ""), w.device("bob", ""), w.device("watch", "")
		alice.create(troupev1.Kind_KIND_CUSTOM, "g", "bob", "watch")
		epoch := watch.attachFrom("g", 1, "").GetEpoch()
		bob.ok(&troupev1.SetNameCard{GroupId: "g", UserId: "bob", NameCard: "Bobby"})
		bob.ok(text("g", "hello"))
		mia := w.device("mia", "")
		mia.ok(&troupev1.JoinGroup{GroupId: "g"})
		heard := watch.hear().exactly(counts{messages: 1, tips: 2})
		card := heard.messages[0].GetSender()
		require.True(t, proto.Equal(&troupev1.UserCard{
			UserId: "bob", Name: "Bob", Avatar: "bob.png", NameCard: "Bobby", Role: troupev1.Role_ROLE_MEMBER,
		}, card), "%v", card)
		joined := heard.tips[1]
		require.Equal(t, "g", joined.GetGroupName())
		require.Equal(t, "Mia", first(t, joined.GetUsers()).GetName())
		require.Equal(t, "mia.png", joined.GetUsers()[0].GetAvatar())
		before := watch.history("g")
		require.Len(t, before, 4)

		// Everything that was stamped changes.
		alice.ok(&troupev1.UpdateGroupProfile{GroupId: "g", Name: proto.String("Renamed")})
		alice.ok(&troupev1.SetMemberRole{GroupId: "g", UserId: "bob", Role: troupev1.Role_ROLE_ADMIN})
		bob.ok(&troupev1.SetNameCard{GroupId: "g", UserId: "bob", NameCard: "Robert"})
		names(" the Second")
		bob.cut()
		bob = w.device("bob", "")
		bob.ok(text("g", "hello again"))
		check := func(watch *peer) {
			t.Helper()
			after := watch.history("g")
			require.Len(t, after, 8)
			for i := range before {
				require.True(t, proto.Equal(before[i], after[i]), "%v\n%v", before[i], after[i])
			}
			now := after[7].GetSender()
			require.True(t, proto.Equal(&troupev1.UserCard{
				UserId: "bob", Name: "Bob the Second", Avatar: "bob.png the Second", NameCard: "Robert", Role: troupev1.Role_ROLE_ADMIN,
			}, now), "%v", now)
			tip := tipOf(after[5])
			require.Equal(t, "Renamed", tip.GetGroupName())
		}
		check(watch)
		w.restart()
		watch = w.login("watch", "")
		check(watch)
		watch.attachFrom("g", 1, epoch)
		again := watch.hear().exactly(counts{messages: 2, tips: 5})
		require.True(t, proto.Equal(card, again.messages[0].GetSender()))
		require.True(t, proto.Equal(joined, again.tips[1]))
	})
}

func TestRejoining(t *testing.T) {
	t.Parallel()
	t.Run("X-113", func(t *testing.T) {
		for _, way := range []string{"left", "kicked"} {
			w := newWorld(t)
			p := w.users("olga", "ned", "out")
			olga, ned, out := p[0], p[1], p[2]
			olga.createWith(zimGroup("g"))
			epoch := olga.attachFrom("g", 1, "").GetEpoch()
			olga.ok(text("g", "before ned")) // 1
			ned.ok(&troupev1.JoinGroup{GroupId: "g"})
			ned.ok(text("g", "ned's own"))     // 3
			olga.ok(text("g", "heard by ned")) // 4
			require.Equal(t, upTo(2, 4), ned.seqsRead("g"))
			if way == "left" {
				ned.ok(&troupev1.LeaveGroup{GroupId: "g"})
			} else {
				olga.ok(&troupev1.KickMembers{GroupId: "g", UserIds: []string{"ned"}})
			}
			require.Equal(t, upTo(2, 5), ned.seqsRead("g"), "a former member reads its time")
			olga.ok(text("g", "without ned")) // 6
			require.Equal(t, upTo(2, 5), ned.seqsRead("g"))
			ned.ok(&troupev1.JoinGroup{GroupId: "g"}) // 7
			olga.ok(text("g", "welcome back"))        // 8
			forget(p...)
			require.Equal(t, upTo(7, 8), ned.seqsRead("g"), "not even what it could read before")
			older := ned.ok(&troupev1.GetGroupHistory{GroupId: "g", ReqSeq: 6}).GetGetGroupHistory()
			require.Empty(t, older.GetMessages())
			require.True(t, older.GetFinished())
			again := w.login("ned", "")
			gap := again.attachFrom("g", 3, epoch).GetGap()
			require.EqualValues(t, 4, gap.GetFrom())
			require.EqualValues(t, 6, gap.GetTo())
			h := again.hear().exactly(counts{tips: 1, messages: 1})
			require.EqualValues(t, 8, h.messages[0].GetSeq())
			require.Equal(t, upTo(1, 8), olga.seqsRead("g"))
			refusedQuietly(out, 11004, &troupev1.GetGroupHistory{GroupId: "g"})
		}
	})
}
