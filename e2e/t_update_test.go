package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// changed gives the changes of a tip 6 by field.
func changed(t *testing.T, tip *troupev1.GroupTip) map[string]string {
	t.Helper()
	require.EqualValues(t, 6, tip.GetTipType())
	require.Equal(t, "group_info_changed", tip.GetEvent())
	m := map[string]string{}
	for _, c := range tip.GetChanges() {
		require.NotContains(t, m, c.GetField())
		m[c.GetField()] = c.GetValue()
	}
	return m
}

func TestTIMUpdateProfile(t *testing.T) {
	t.Parallel()

	t.Run("T-041", func(t *testing.T) {
		c := newTIM(t, timPublic)
		c.advance(time.Minute)
		op := &troupev1.UpdateGroupProfile{
			GroupId: c.g, Name: proto.String("New name"), Avatar: proto.String("https://example.org/b.png"),
			Introduction: proto.String("new intro"), Announcement: proto.String("new notice"), MaxMembers: proto.Uint32(9),
		}
		refusedQuietly(c.bob, 10007, op, &troupev1.UpdateGroupProfile{GroupId: c.g, Name: proto.String("Bob's")})
		refusedQuietly(c.carol, 10007, op)
		for _, g := range []*troupev1.GroupProfile{c.alice.ok(op).GetUpdateGroupProfile().GetGroup(), c.bob.profile(c.g)} {
			require.Equal(t, []string{c.g, "New name", "https://example.org/b.png", "new intro", "new notice"},
				[]string{g.GetGroupId(), g.GetName(), g.GetAvatar(), g.GetIntroduction(), g.GetAnnouncement()})
			require.EqualValues(t, 9, g.GetMaxMembers())
			require.Equal(t, c.now(), g.GetLastInfoTime())
		}
		h := c.hears(c.inside(counts{tips: 1}))
		tip := c.sameTip(h, c.alice, c.adam, c.bob)
		require.Equal(t, "alice", tip.GetOperatorId())
		require.Equal(t, map[string]string{
			"name": "New name", "avatar": "https://example.org/b.png", "introduction": "new intro",
			"announcement": "new notice", "max_members": "9",
		}, changed(t, tip))
		c.alice.ok(op)
		silent(c.peers...)
	})

	t.Run("T-042", func(t *testing.T) {
		c := newTIM(t, timMeeting)
		for _, tc := range []struct {
			field string
			max   int
			set   func(*troupev1.UpdateGroupProfile, *string)
			get   func(*troupev1.GroupProfile) string
		}{
			{
				"name", 30, func(op *troupev1.UpdateGroupProfile, s *string) { op.Name = s },
				func(g *troupev1.GroupProfile) string { return g.GetName() },
			},
			{
				"avatar", 100, func(op *troupev1.UpdateGroupProfile, s *string) { op.Avatar = s },
				func(g *troupev1.GroupProfile) string { return g.GetAvatar() },
			},
			{
				"introduction", 240, func(op *troupev1.UpdateGroupProfile, s *string) { op.Introduction = s },
				func(g *troupev1.GroupProfile) string { return g.GetIntroduction() },
			},
			{
				"announcement", 300, func(op *troupev1.UpdateGroupProfile, s *string) { op.Announcement = s },
				func(g *troupev1.GroupProfile) string { return g.GetAnnouncement() },
			},
		} {
			fits := strings.Repeat("ü", tc.max/2)
			op := &troupev1.UpdateGroupProfile{GroupId: c.g}
			tc.set(op, proto.String(fits+"x"))
			require.Equal(t, tc.field, c.alice.code(10004, op).GetDetails().GetField())
			silent(c.peers...)
			tc.set(op, &fits)
			require.Equal(t, fits, tc.get(c.alice.ok(op).GetUpdateGroupProfile().GetGroup()))
			h := c.hears(c.inside(counts{tips: 1}))
			require.Equal(t, map[string]string{tc.field: fits}, changed(t, c.sameTip(h, c.bob, c.alice, c.adam)))
			require.Equal(t, fits, tc.get(c.bob.profile(c.g)))
		}
	})

	t.Run("T-043", func(t *testing.T) {
		c := newTIM(t, timPublic)
		set := func(n uint32) *troupev1.UpdateGroupProfile {
			return &troupev1.UpdateGroupProfile{GroupId: c.g, MaxMembers: &n}
		}
		for _, kind := range []troupev1.Kind{timWork, timPublic, timMeeting} {
			c.found(kind, "g"+kind.String())
			require.Equal(t, "max_members", c.alice.code(10004, set(6001)).GetDetails().GetField())
			refusedQuietly(c.alice, 11015, set(2))
			for _, n := range []uint32{3, 6000} {
				c.alice.ok(set(n))
				c.hears(c.inside(counts{tips: 1}))
				require.Equal(t, n, c.bob.profile(c.g).GetMaxMembers())
			}
		}
		c.alice.ok(set(3))
		c.hears(c.inside(counts{tips: 1}))
		refusedQuietly(c.carol, 10014, &troupev1.JoinGroup{GroupId: c.g})
	})

	t.Run("T-046_T-047", func(t *testing.T) {
		c := newTIM(t, timPublic)
		c.alice.ok(&troupev1.UpdateGroupProfile{GroupId: c.g, CustomFields: fields("color", "red", "size", "L")})
		h := c.hears(c.inside(counts{tips: 1}))
		tip := c.sameTip(h, c.alice, c.adam, c.bob)
		require.Contains(t, changed(t, tip), "custom_fields")
		require.Len(t, tip.GetChanges(), 1)
		require.Equal(t, map[string]string{"color": "red", "size": "L"}, fieldMap(tip.GetChanges()[0].GetCustomFields()))

		a := c.adam.ok(&troupev1.UpdateGroupProfile{GroupId: c.g, CustomFields: append(fields("color", "blue"), &troupev1.CustomField{Key: "size"})})
		require.Equal(t, map[string]string{"color": "blue"}, fieldMap(a.GetUpdateGroupProfile().GetGroup().GetCustomFields()))
		require.Equal(t, map[string]string{"color": "blue"}, fieldMap(c.bob.profile(c.g).GetCustomFields()))
		h = c.hears(c.inside(counts{tips: 1}))
		tip = c.sameTip(h, c.alice, c.adam, c.bob)
		require.Equal(t, "adam", tip.GetOperatorId())
		list := tip.GetChanges()[0].GetCustomFields()
		require.Len(t, list, 2)
		for _, f := range list {
			require.Equal(t, f.GetKey() == "color", f.Value != nil, "%s: without value = deleted", f.GetKey())
		}
		refusedQuietly(c.bob, 10007, &troupev1.UpdateGroupProfile{GroupId: c.g, CustomFields: fields("color", "green")})
	})
}

// The switch for all members: owner and admins stay free to speak (C-19).
func TestTIMMuteAll(t *testing.T) {
	t.Parallel()
	set := func(c *timCast, on bool) *troupev1.UpdateGroupProfile {
		return &troupev1.UpdateGroupProfile{GroupId: c.g, MuteAll: &on}
	}

	t.Run("T-044", func(t *testing.T) {
		c := newTIM(t, timMeeting)
		for i, on := range []bool{true, false} {
			g := c.alice.ok(set(c, on)).GetUpdateGroupProfile().GetGroup()
			require.Equal(t, on, g.GetMuteAll())
			h := c.hears(c.inside(counts{tips: 1, muted: 1}))
			tip := c.sameTip(h, c.alice, c.adam, c.bob)
			require.Equal(t, map[string]string{"mute_all": []string{"true", "false"}[i]}, changed(t, tip))
			want := []troupev1.MuteMode{troupev1.MuteMode_MUTE_MODE_ORDINARY, troupev1.MuteMode_MUTE_MODE_NONE}[i]
			for _, q := range []*peer{c.alice, c.adam, c.bob} {
				require.Equal(t, want, h[q].muted[0].GetMute().GetMode())
				require.Equal(t, "alice", h[q].muted[0].GetOperatorId())
			}
			if on {
				require.EqualValues(t, -1, h[c.bob].muted[0].GetMute().GetExpiresAt(), "without end")
				refusedQuietly(c.bob, 10017, text(c.g, "may I?"))
			} else {
				c.bob.ok(text(c.g, "at last"))
				c.hears(alike(counts{messages: 1}, c.alice, c.adam))
			}
		}
		refusedQuietly(c.bob, 10007, set(c, true))
		c.found(timWork, "crew")
		refusedQuietly(c.alice, 10008, set(c, true))
	})

	t.Run("T-111", func(t *testing.T) {
		for _, kind := range []troupev1.Kind{timPublic, timMeeting, timAVChat} {
			c := newTIM(t, kind)
			c.alice.ok(set(c, true))
			c.hears(c.inside(counts{tips: 1, muted: 1}))
			a := c.bob.code(10017, text(c.g, "may I?"))
			require.Equal(t, "group", a.GetDetails().GetScope())
			require.EqualValues(t, -1, a.GetDetails().GetUntil())
			silent(c.peers...)
			next := c.bob.profile(c.g).GetNextSeq()
			require.Equal(t, next, c.alice.ok(text(c.g, "owner speaks")).GetSendMessage().GetSeq(), "what was refused took no number")
			h := c.hears(alike(counts{messages: 1}, c.adam, c.bob))
			require.Equal(t, "owner speaks", textOf(h[c.bob].messages[0]))
			c.adam.ok(text(c.g, "so does the admin"))
			c.hears(alike(counts{messages: 1}, c.alice, c.bob))
		}
	})
}
