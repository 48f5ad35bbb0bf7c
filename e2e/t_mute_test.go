package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func mute(group string, seconds int64, users ...string) *troupev1.MuteMembers {
	return &troupev1.MuteMembers{GroupId: group, UserIds: users, Duration: &seconds}
}

func TestTIMMute(t *testing.T) {
	t.Parallel()
	muted, failed := troupev1.Outcome_OUTCOME_MUTED, troupev1.Outcome_OUTCOME_FAILED

	t.Run("T-085", func(t *testing.T) {
		for _, kind := range []troupev1.Kind{timPublic, timMeeting, timAVChat} {
			c := newTIM(t, kind)
			until := c.now() + 600_000
			a := c.alice.ok(mute(c.g, 600, "bob")).GetMuteMembers()
			require.Equal(t, c.g, a.GetGroup().GetGroupId())
			require.Equal(t, "bob", a.GetMember().GetUserId())
			require.Equal(t, until, a.GetMember().GetMuteUntil())
			require.Equal(t, map[string]troupev1.Outcome{"bob": muted}, outcomes(a.GetUsers()))
			h := c.hears(c.inside(timSaw))
			tip := c.sameTip(h, c.alice, c.adam, c.bob)
			require.EqualValues(t, 7, tip.GetTipType())
			require.Equal(t, "alice", tip.GetOperatorId())
			require.Len(t, tip.GetMembers(), 1)
			require.Equal(t, "bob", tip.GetMembers()[0].GetUserId())
			require.EqualValues(t, 600, tip.GetMembers()[0].GetMuteSeconds())
			refused := c.bob.code(10017, text(c.g, "may I?")).GetDetails()
			require.Equal(t, "member", refused.GetScope())
			require.Equal(t, until, refused.GetUntil())
			silent(c.peers...)

			a = c.alice.ok(mute(c.g, 0, "bob")).GetMuteMembers()
			require.LessOrEqual(t, a.GetMember().GetMuteUntil(), c.now())
			h = c.hears(c.inside(timSaw))
			lifted := h[c.bob].tips[0].GetMembers()[0]
			require.NotNil(t, lifted.MuteSeconds)
			require.Zero(t, lifted.GetMuteSeconds())
			c.bob.ok(text(c.g, "thanks"))
			c.hears(alike(counts{messages: 1}, c.alice, c.adam))
			for _, seconds := range []int64{-1, 31_536_001} {
				refusedQuietly(c.alice, 10004, mute(c.g, seconds, "bob"))
			}
		}
	})

	t.Run("T-075", func(t *testing.T) {
		c := newTIM(t, timPublic)
		find := func(user string) *troupev1.MemberProfile {
			for _, m := range c.bob.ok(&troupev1.ListMembers{GroupId: c.g}).GetListMembers().GetMembers() {
				if m.GetUserId() == user {
					return m
				}
			}
			return nil
		}
		require.LessOrEqual(t, find("bob").GetMuteUntil(), c.now())
		c.alice.ok(mute(c.g, 90, "bob"))
		c.hears(c.inside(timSaw))
		until := c.now() + 90_000
		require.Equal(t, until, find("bob").GetMuteUntil())
		require.LessOrEqual(t, find("adam").GetMuteUntil(), c.now())
		c.advance(90*time.Second - time.Millisecond)
		refusedQuietly(c.bob, 10017, text(c.g, "one ms early"))
		c.advance(time.Millisecond)
		require.LessOrEqual(t, find("bob").GetMuteUntil(), c.now())
		c.bob.ok(text(c.g, "on time"))
		c.hears(alike(counts{messages: 1}, c.alice, c.adam))
	})

	t.Run("T-086", func(t *testing.T) {
		c := newTIM(t, timWork)
		for _, q := range []*peer{c.alice, c.adam, c.root} {
			require.Equal(t, "not_supported_for_kind", q.code(10008, mute(c.g, 600, "bob")).GetError())
		}
		silent(c.peers...)
		c.bob.ok(text(c.g, "free"))
		c.hears(alike(counts{messages: 1}, c.alice, c.adam))
	})

	t.Run("T-087", func(t *testing.T) {
		for _, kind := range []troupev1.Kind{timPublic, timMeeting, timAVChat} {
			c := newTIM(t, kind)
			for _, tc := range []struct {
				by   *peer
				user string
				code int32
			}{
				{c.alice, "adam", 0},
				{c.alice, "bob", 0},
				{c.adam, "bob", 0},
				{c.alice, "alice", 11022},
				{c.adam, "alice", 11022},
				{c.adam, "adam", 11014},
				{c.adam, "carol", 11013},
			} {
				a := tc.by.ok(mute(c.g, 600, tc.user)).GetMuteMembers().GetUsers()
				require.Len(t, a, 1)
				require.Equal(t, tc.code, a[0].GetCode(), "%s mutes %s: %s", tc.by.user, tc.user, a[0].GetError())
				if tc.code != 0 {
					require.Equal(t, failed, a[0].GetStatus())
					silent(c.peers...)
					continue
				}
				require.Equal(t, muted, a[0].GetStatus())
				h := c.hears(c.inside(timSaw))
				require.Equal(t, tc.by.user, h[c.bob].tips[0].GetOperatorId())
				require.Equal(t, c.now()+600_000, c.alice.member(c.g, tc.user).GetMuteUntil())
				tc.by.ok(mute(c.g, 0, tc.user))
				c.hears(c.inside(timSaw))
			}
			refusedQuietly(c.bob, 10007, mute(c.g, 600, "adam"), mute(c.g, 600, "alice"), mute(c.g, 0, "bob"))
			refusedQuietly(c.carol, 10007, mute(c.g, 600, "bob"))
		}
	})
}

func TestTIMCard(t *testing.T) {
	t.Parallel()
	card := func(c *timCast, user, s string) *troupev1.SetNameCard {
		return &troupev1.SetNameCard{GroupId: c.g, UserId: user, NameCard: s}
	}

	t.Run("T-090", func(t *testing.T) {
		c := newTIM(t, timPublic)
		for _, q := range []*peer{c.alice, c.adam, c.bob} {
			a := q.ok(card(c, "", "I, "+q.user)).GetSetNameCard()
			require.Equal(t, c.g, a.GetGroup().GetGroupId())
			require.Equal(t, q.user, a.GetMember().GetUserId())
			require.Equal(t, "I, "+q.user, a.GetMember().GetNameCard())
			h := c.hears(c.inside(timSaw))
			tip := c.sameTip(h, c.alice, c.adam, c.bob)
			require.EqualValues(t, 7, tip.GetTipType())
			require.Equal(t, q.user, tip.GetOperatorId())
			require.Len(t, tip.GetMembers(), 1)
			require.Equal(t, q.user, tip.GetMembers()[0].GetUserId())
			require.Equal(t, "I, "+q.user, tip.GetMembers()[0].GetNameCard())
			require.Equal(t, "I, "+q.user, c.bob.member(c.g, q.user).GetNameCard())
		}
		c.bob.ok(text(c.g, "hello"))
		h := c.hears(alike(counts{messages: 1}, c.alice, c.adam))
		require.Equal(t, "I, bob", h[c.alice].messages[0].GetSender().GetNameCard())
		refusedQuietly(c.carol, 11004, card(c, "", "me"))
	})

	t.Run("T-091", func(t *testing.T) {
		c := newTIM(t, timPublic)
		c.root.ok(&troupev1.InviteMembers{GroupId: c.g, UserIds: []string{"carol"}})
		forget(c.peers...)
		c.alice.makeAdmin(c.g, "carol")
		in := c.inside(timSaw).and(c.carol, timSaw)
		for _, tc := range []struct {
			by   *peer
			user string
			code int32
		}{
			{c.alice, "alice", 0},
			{c.alice, "adam", 0},
			{c.alice, "bob", 0},
			{c.adam, "adam", 0},
			{c.adam, "bob", 0},
			{c.bob, "bob", 0},
			{c.adam, "alice", 11014},
			{c.adam, "carol", 11014},
			{c.bob, "alice", 10007},
			{c.bob, "adam", 10007},
			{c.adam, "out", 11013},
		} {
			name := tc.user + " by " + tc.by.user
			tc.by.code(tc.code, card(c, tc.user, name))
			if tc.code != 0 {
				silent(c.peers...)
				continue
			}
			h := c.hears(in)
			require.Equal(t, tc.by.user, h[c.bob].tips[0].GetOperatorId())
			require.Equal(t, name, c.bob.member(c.g, tc.user).GetNameCard())
		}
		require.Equal(t, "alice by alice", c.bob.member(c.g, "alice").GetNameCard())
	})

	t.Run("T-092", func(t *testing.T) {
		c := newTIM(t, timPublic)
		set := func(user string, list []*troupev1.CustomField) *troupev1.SetMemberCustomFields {
			return &troupev1.SetMemberCustomFields{GroupId: c.g, UserId: user, CustomFields: list}
		}
		a := c.bob.ok(set("", fields("team", "red", "desk", "4"))).GetSetMemberCustomFields()
		require.Equal(t, c.g, a.GetGroup().GetGroupId())
		require.Equal(t, map[string]string{"team": "red", "desk": "4"}, fieldMap(a.GetMember().GetCustomFields()))
		h := c.hears(c.inside(timSaw))
		tip := c.sameTip(h, c.alice, c.adam, c.bob)
		require.EqualValues(t, 7, tip.GetTipType())
		require.Equal(t, map[string]string{"team": "red", "desk": "4"}, fieldMap(tip.GetMembers()[0].GetCustomFields()))
		for by, user := range map[*peer]string{c.bob: "bob", c.adam: "bob", c.alice: "bob"} {
			by.ok(set(user, fields("team", by.user)))
			c.hears(c.inside(timSaw))
			require.Equal(t, map[string]string{"team": by.user, "desk": "4"}, fieldMap(c.alice.member(c.g, "bob").GetCustomFields()))
		}
		c.bob.ok(set("", append(fields("team", ""), &troupev1.CustomField{Key: "desk"})))
		c.hears(c.inside(timSaw))
		require.Equal(t, map[string]string{"team": ""}, fieldMap(c.alice.member(c.g, "bob").GetCustomFields()), "without value = deleted")
		refusedQuietly(c.bob, 10007, set("adam", fields("team", "x")), set("alice", fields("team", "x")))
		refusedQuietly(c.adam, 11014, set("alice", fields("team", "x")))
		require.Empty(t, c.alice.member(c.g, "adam").GetCustomFields())
	})
}
