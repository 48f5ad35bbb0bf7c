package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestZIMLogin(t *testing.T) {
	t.Parallel()
	t.Run("Z-085", func(t *testing.T) {
		z := newZIM(t, nil)
		early := z.w.dial(protocol.Binary)
		early.user = "nobody"
		fields := (&troupev1.Request{}).ProtoReflect().Descriptor().Oneofs().ByName("op").Fields()
		refused := 0
		for i := range fields.Len() {
			f := fields.Get(i)
			switch f.Name() {
			case "login", "guest_join", "guest_leave", "ping":
				continue
			}
			req := request(&troupev1.LeaveGroup{GroupId: "g"})
			m := req.ProtoReflect()
			m.Set(f, m.NewField(f))
			a := early.send(req)
			require.EqualValues(t, 11030, a.GetCode(), f.Name())
			require.Equal(t, "not_logged_in", a.GetError())
			refused++
		}
		require.Greater(t, refused, 30)
		refusedQuietly(early, 11030, zimGroup("new"), &troupev1.JoinGroup{GroupId: "g"}, text("g", "hello"), &troupev1.ListJoinedGroups{})
		z.in("olga", "adam", "mike")
		early.ok(&troupev1.Login{UserId: "ned"})
		early.ok(&troupev1.JoinGroup{GroupId: "g"})
		z.in("olga", "adam", "mike", "ned")
	})
}

func TestZIMLasting(t *testing.T) {
	t.Parallel()
	t.Run("Z-086", func(t *testing.T) {
		z := newZIM(t, nil)
		z.owner.ok(&troupev1.SetNameCard{GroupId: "g", UserId: "mike", NameCard: "Mike"})
		z.member.ok(&troupev1.Logout{})
		z.member.cut()
		forget(z.w.peers...)
		z.w.advance(48 * time.Hour)
		z.hears(nil)
		z.in("olga", "adam", "mike")
		check := func() {
			t.Helper()
			me := z.member.profile("g").GetSelf()
			require.Equal(t, troupev1.Role_ROLE_MEMBER, me.GetRole())
			require.Equal(t, "Mike", me.GetNameCard())
			require.Len(t, z.member.ok(&troupev1.ListJoinedGroups{}).GetListJoinedGroups().GetGroups(), 1)
			z.owner.ok(text("g", "hello"))
			z.hears(scene{z.member: {messages: 1}, z.admin: {messages: 1}})
			z.member.ok(text("g", "hello"))
			z.hears(scene{z.owner: {messages: 1}, z.admin: {messages: 1}})
		}
		z.member = z.w.device("mike", "")
		check()
		z.w.restart()
		p := z.w.users("olga", "adam", "mike", "out")
		z.owner, z.admin, z.member, z.out = p[0], p[1], p[2], p[3]
		check()
		require.Equal(t, troupev1.Role_ROLE_OWNER, z.owner.profile("g").GetSelf().GetRole())
		require.Equal(t, troupev1.Role_ROLE_ADMIN, z.admin.profile("g").GetSelf().GetRole())
		refusedQuietly(z.out, 11004, text("g", "me too"))
	})
}

func TestZIMHistoryForNewcomers(t *testing.T) {
	t.Parallel()
	t.Run("Z-018", func(t *testing.T) {
		switches := map[string][]func(*config.Config){
			"default": nil,
			"off":     {policy("custom", "history_before_join", "no")},
			"on":      {policy("custom", "history_before_join", "yes")},
		}
		for name, options := range switches {
			from := uint64(3)
			if name == "on" {
				from = 1
			}
			w := newWorld(t, options...)
			p := w.users("olga", "ned", "out")
			olga, ned, out := p[0], p[1], p[2]
			olga.createWith(zimGroup("g"))
			olga.ok(text("g", "one"))
			olga.ok(text("g", "two"))
			ned.ok(&troupev1.JoinGroup{GroupId: "g"})
			w.hears(scene{olga: {tips: 1}, ned: {tips: 1}})
			olga.ok(text("g", "four"))
			w.hears(scene{ned: {messages: 1}})
			require.Equal(t, upTo(from, 4), ned.seqsRead("g"), "history_before_join: %s", name)
			require.Equal(t, upTo(1, 4), olga.seqsRead("g"))
			refusedQuietly(out, 11004, &troupev1.GetGroupHistory{GroupId: "g"})
		}
	})
}
