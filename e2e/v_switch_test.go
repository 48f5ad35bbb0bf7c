package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// A deployment may switch tips off per kind; notices and states are not tips.
func TestV2TIMNoticeSwitches(t *testing.T) {
	t.Parallel()
	t.Run("V-006", func(t *testing.T) {
		for _, tc := range []struct {
			name string
			keys []string
			// What the two sorts of change make: tips 1 to 5, tips 6 and 7.
			member, profile int
		}{
			{"both on", nil, 1, 1},
			{"member changes off", []string{"member_change_notices"}, 0, 1},
			{"profile changes off", []string{"profile_change_notices"}, 1, 0},
			{"both off", []string{"member_change_notices", "profile_change_notices"}, 0, 0},
		} {
			t.Run(tc.name, func(t *testing.T) {
				var off []func(*config.Config)
				for _, key := range tc.keys {
					off = append(off, policy("public", key, "off"))
				}
				w := newWorld(t, off...)
				switched(w, "public", troupev1.Kind_KIND_PUBLIC, tc.member, tc.profile)
				switched(w, "other", troupev1.Kind_KIND_COMMUNITY, 1, 1)
			})
		}
	})
}

// switched takes a group of a kind through changes and asserts how many tips
// each sort of change makes.
func switched(w *world, id string, kind troupev1.Kind, member, profile int) {
	w.t.Helper()
	p := w.users("alice", "bob", "carol", "out")
	alice, bob, carol := p[0], p[1], p[2]
	defer func() {
		for _, q := range p {
			q.cut()
		}
	}()
	alice.ok(&troupev1.CreateGroup{Kind: kind, GroupId: id, Name: "g", InitialMembers: []*troupev1.InitialMember{{UserId: "bob"}}})
	w.hears(scene{alice: {notices: 1, tips: member}, bob: {tips: member}})

	alice.ok(&troupev1.UpdateGroupProfile{GroupId: id, JoinOption: troupev1.JoinOption_JOIN_OPTION_CLOSED, Name: proto.String("h")})
	w.hears(scene{alice: {modes: 1, tips: profile}, bob: {modes: 1, tips: profile}})
	alice.ok(&troupev1.MuteGroup{GroupId: id, On: true, Mode: troupev1.MuteMode_MUTE_MODE_ORDINARY})
	w.hears(scene{alice: {muted: 1, tips: profile}, bob: {muted: 1, tips: profile}})
	alice.ok(&troupev1.MuteGroup{GroupId: id})
	w.hears(scene{alice: {muted: 1, tips: profile}, bob: {muted: 1, tips: profile}})
	alice.ok(&troupev1.MuteMembers{GroupId: id, UserIds: []string{"bob"}, Duration: proto.Int64(1)})
	w.hears(scene{alice: {tips: profile}, bob: {tips: profile}})
	bob.ok(&troupev1.SetNameCard{GroupId: id, NameCard: "Bobby"})
	w.hears(scene{alice: {tips: profile}, bob: {tips: profile}})

	alice.ok(&troupev1.UpdateGroupModes{GroupId: id, JoinOption: troupev1.JoinOption_JOIN_OPTION_FREE})
	w.hears(scene{alice: {modes: 1, tips: profile}, bob: {modes: 1, tips: profile}})
	carol.ok(&troupev1.JoinGroup{GroupId: id})
	w.hears(scene{alice: {tips: member}, bob: {tips: member}, carol: {tips: member}})
	alice.ok(&troupev1.SetMemberRole{GroupId: id, UserId: "bob", Role: troupev1.Role_ROLE_ADMIN})
	w.hears(scene{alice: {tips: member}, bob: {tips: member, notices: 1}, carol: {tips: member}})
	alice.ok(&troupev1.SetMemberRole{GroupId: id, UserId: "bob", Role: troupev1.Role_ROLE_MEMBER})
	w.hears(scene{alice: {tips: member}, bob: {tips: member, notices: 1}, carol: {tips: member}})
	alice.ok(&troupev1.KickMembers{GroupId: id, UserIds: []string{"carol"}})
	w.hears(scene{alice: {tips: member}, bob: {tips: member}, carol: {tips: member, notices: 1, convs: 1}})
	bob.ok(&troupev1.LeaveGroup{GroupId: id})
	w.hears(scene{alice: {tips: member}, bob: {tips: member, notices: 1, convs: 1}})
}

// In a livestream the switches are not there, and those of other kinds do nothing.
func TestV2TIMLivestreamNotices(t *testing.T) {
	t.Parallel()
	t.Run("V-007", func(t *testing.T) {
		var off []func(*config.Config)
		for _, key := range []string{"member_change_notices", "profile_change_notices"} {
			cfg := config.Default()
			cfg.Dev = true
			require.NoError(t, server.Check(&cfg))
			policy("livestream", key, "off")(&cfg)
			require.ErrorContains(t, server.Check(&cfg), key)
			for _, kind := range []string{"work", "public", "meeting", "community", "custom"} {
				off = append(off, policy(kind, key, "off"))
			}
		}
		w := newWorld(t, off...)
		p := w.users("alice", "bob", "out")
		alice, bob, out := p[0], p[1], p[2]
		g := alice.create(troupev1.Kind_KIND_LIVESTREAM, "show")
		alice.ok(&troupev1.JoinGroup{GroupId: g})
		w.advance(500 * time.Millisecond)
		alice.untilTip(1)
		bob.ok(&troupev1.JoinGroup{GroupId: g})
		w.advance(500 * time.Millisecond)
		for _, q := range []*peer{alice, bob} {
			require.Equal(t, []string{"bob"}, userIDs(q.untilTip(1)))
		}
		alice.ok(&troupev1.UpdateGroupProfile{GroupId: g, Name: proto.String("renamed")})
		alice.ok(&troupev1.MuteMembers{GroupId: g, UserIds: []string{"bob"}, Duration: proto.Int64(60)})
		for _, q := range []*peer{alice, bob} {
			h := q.hear().exactly(counts{tips: 2})
			require.Equal(t, []uint32{6, 7}, tipTypes(h))
		}
		bob.ok(&troupev1.LeaveGroup{GroupId: g})
		w.advance(500 * time.Millisecond)
		require.Equal(t, []string{"bob"}, userIDs(alice.untilTip(2)))
		silent(alice, out)
	})
}
