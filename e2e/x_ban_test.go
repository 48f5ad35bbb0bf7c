package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/memory"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestBan(t *testing.T) {
	t.Parallel()
	t.Run("X-091", func(t *testing.T) {
		w := newWorld(t, rooted)
		root, bob := w.trusted("root", ""), w.trusted("bob", "")
		root.create(troupev1.Kind_KIND_LIVESTREAM, "show")
		phone, ticket := w.enter(w.byToken("ann", "phone"))
		laptop := w.trusted("ann", "laptop")
		for _, p := range []*peer{phone, bob} {
			p.ok(&troupev1.JoinGroup{GroupId: "show"})
		}
		bob.ok(&troupev1.Attach{Rest: troupev1.Rest_REST_LIVE})
		w.advance(500 * time.Millisecond)
		bob.untilTip(1)
		forget(w.peers...)

		root.ok(banOf("ann", 3600, "flooding"))
		phone.kickedOffline("banned", 4503)
		laptop.kickedOffline("banned", 4503)
		// Presence ends at once; only the fold of departures is to be waited for.
		w.advance(500 * time.Millisecond)
		bob.gets(1)
		tip := bob.hear().exactly(counts{tips: 1}).theTip(2, "ann", "ann")
		require.Equal(t, "disconnected", tip.GetReason())

		until := start.Add(500*time.Millisecond + time.Hour).UnixMilli()
		for range 2 {
			w.bannedLogin(w.dial(protocol.Binary), w.byToken("ann", "phone"), until, "flooding")
			w.bannedLogin(w.dial(protocol.JSON), w.byToken("ann", ""), until, "flooding")
			w.bannedLogin(w.dial(protocol.Binary), w.byTicket("ann", "phone", ticket), until, "flooding")
			// Who cannot prove to be ann learns nothing.
			w.dial(protocol.Binary).code(20002, &troupev1.Login{AppId: w.cfg.App.ID, UserId: "ann", Token: "x"})
			w.trusted("bob", "other").ok(&troupev1.ListJoinedGroups{})
			w.restart()
		}
	})
	t.Run("X-092", func(t *testing.T) {
		w := newWorld(t, rooted)
		root := w.trusted("root", "")
		root.create(troupev1.Kind_KIND_LIVESTREAM, "show")
		const here, near, far = "127.0.7.1", "127.0.7.2", "127.0.8.1"
		in := func(address, user, device string) *peer {
			p := w.from(address)
			p.user = user
			p.ok(w.byToken(user, device))
			return p
		}
		watch := func(address string) *peer {
			p := w.from(address)
			p.ok(&troupev1.GuestJoin{GroupId: "show"})
			return p
		}
		ann, cat, dan := in(here, "ann", "phone"), in(far, "cat", ""), in(near, "dan", "")
		elsewhere := in(far, "ann", "laptop")
		guest, other := watch(here), watch(far)
		idle := w.from(here)

		root.ok(&troupev1.SetBan{Address: here, Duration: proto.Int64(-1), Reason: "scraping"})
		ann.kickedOffline("banned", 4503)
		guest.kickedOffline("banned", 4503)
		w.upgradeRefused(here)
		w.bannedLogin(idle, w.byToken("bob", ""), -1, "scraping")
		silent(cat, dan, elsewhere, other)
		in(near, "bob", "").cut()

		// A network takes its neighbours along, and holds beside the address.
		root.ok(&troupev1.SetBan{Address: "127.0.7.0/24", Duration: proto.Int64(60)})
		dan.kickedOffline("banned", 4503)
		w.upgradeRefused(near)
		silent(cat, elsewhere, other)
		w.advance(time.Minute)
		in(near, "dan", "").cut()
		w.upgradeRefused(here)
		w.restart()
		w.upgradeRefused(here)
		root = w.trusted("root", "")
		require.True(t, root.ok(&troupev1.LiftBan{Address: here}).GetLiftBan().GetLifted())
		in(here, "ann", "phone")
		watch(here)
	})
	t.Run("X-093", func(t *testing.T) {
		w := newWorld(t, rooted)
		root, bob, ann := w.trusted("root", ""), w.trusted("bob", ""), w.trusted("ann", "")
		bob.create(troupev1.Kind_KIND_CUSTOM, "g", "ann")
		bob.ok(&troupev1.Attach{Rest: troupev1.Rest_REST_LIVE})
		root.ok(&troupev1.SendCustomNotice{GroupId: "g", Content: []byte("before"), ToUserIds: []string{"ann"}})
		forget(w.peers...)
		back := func() {
			t.Helper()
			ann = w.trusted("ann", "")
			groups := ann.ok(&troupev1.ListJoinedGroups{}).GetListJoinedGroups().GetGroups()
			require.Len(t, groups, 1)
			require.Equal(t, "g", groups[0].GetGroupId())
			notices := ann.ok(&troupev1.ListSystemNotices{}).GetListSystemNotices().GetNotices()
			require.Equal(t, "before", string(notices[len(notices)-1].GetContent()))
			history := ann.ok(&troupev1.GetGroupHistory{GroupId: "g"}).GetGetGroupHistory().GetMessages()
			require.Equal(t, "meanwhile", textOf(history[1]), "after the tip of the founding, before that of the name card")
			require.Equal(t, "away", tipOf(history[2]).GetMembers()[0].GetNameCard())
			forget(bob)
			ann.ok(text("g", "back"))
			require.Equal(t, "back", textOf(bob.hear().exactly(counts{messages: 1}).messages[0]))
		}
		root.ok(banOf("ann", 60, ""))
		ann.kickedOffline("banned", 4503)
		bob.ok(text("g", "meanwhile"))
		bob.ok(&troupev1.SetNameCard{GroupId: "g", UserId: "ann", NameCard: "away"}) // others act on her as before
		until := start.Add(time.Minute).UnixMilli()
		w.advance(time.Minute - time.Millisecond)
		w.bannedLogin(w.dial(protocol.Binary), w.byToken("ann", ""), until, "")
		forget(bob, root)
		w.advance(time.Millisecond)
		silent(bob, root)
		back()

		root.ok(banOf("ann", -1, ""))
		ann.kickedOffline("banned", 4503)
		w.bannedLogin(w.dial(protocol.Binary), w.byToken("ann", ""), -1, "")
		require.True(t, root.ok(&troupev1.LiftBan{UserId: "ann"}).GetLiftBan().GetLifted())
		require.False(t, root.ok(&troupev1.LiftBan{UserId: "ann"}).GetLiftBan().GetLifted())
		back()
	})
	t.Run("X-094", func(t *testing.T) {
		j := memory.New()
		w := newWorldWith(t, server.Options{Journal: j, Epoch: j.Epoch()}, rooted)
		root, ann := w.trusted("root", ""), w.trusted("ann", "")
		root.code(11014, banOf("root", -1, ""))
		for _, op := range []proto.Message{banOf("bob", 1, ""), &troupev1.LiftBan{UserId: "bob"}, &troupev1.ListBans{}} {
			ann.code(10007, op)
		}
		first := root.ok(banOf("bob", 60, "spam")).GetSetBan().GetBanId()
		w.advance(time.Second)
		second := root.ok(&troupev1.SetBan{Address: "2001:db8::1/32", Duration: proto.Int64(-1)}).GetSetBan().GetBanId()
		want := []*troupev1.Ban{
			{BanId: first, UserId: "bob", Until: proto.Int64(start.Add(time.Minute).UnixMilli()), Reason: "spam", By: "root", Time: start.UnixMilli()},
			{BanId: second, Address: "2001:db8::/32", Until: proto.Int64(-1), By: "root", Time: start.Add(time.Second).UnixMilli()},
		}
		list := root.ok(&troupev1.ListBans{}).GetListBans()
		require.Empty(t, list.GetNextCursor())
		require.Empty(t, cmp.Diff(want, list.GetBans(), protocmp.Transform()))
		// A new one of the same subject takes the place of the old.
		third := root.ok(banOf("bob", -1, "again")).GetSetBan().GetBanId()
		require.NotEqual(t, first, third)
		page := root.ok(&troupev1.ListBans{Count: proto.Uint32(1)}).GetListBans()
		require.Equal(t, []string{second}, []string{page.GetBans()[0].GetBanId()})
		page = root.ok(&troupev1.ListBans{Count: proto.Uint32(1), Cursor: page.GetNextCursor()}).GetListBans()
		require.Equal(t, "again", page.GetBans()[0].GetReason())
		require.Empty(t, page.GetNextCursor())

		// 99 997 more are stored, as if set long ago.
		w.stop()
		var rows []persistence.RowOp
		for i := range 99_997 {
			rows = append(rows, persistence.BanOp(&persistence.Ban{User: group.UserID(fmt.Sprint("u", i)), ID: uint64(i + 1), Until: group.NoEnd}))
		}
		a := &persistence.Append{Rows: rows}
		require.NoError(t, j.Commit(t.Context(), []*persistence.Append{a}))
		require.NoError(t, a.Err)
		w.peers = nil
		w.boot()
		root = w.trusted("root", "")
		root.ok(banOf("cat", 60, "")) // the last
		root.code(11054, banOf("dan", 60, ""))
		root.ok(banOf("bob", 60, "of those there are"))
		w.bannedLogin(w.dial(protocol.Binary), w.byToken("u99996", ""), -1, "")
		w.trusted("dan", "")
		w.advance(time.Minute)
		root.ok(banOf("dan", -1, "now there is room"))
		w.bannedLogin(w.dial(protocol.Binary), w.byToken("dan", ""), -1, "now there is room")
	})
}
