package e2e

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// shown names the fields of a message that are there.
func shown(m proto.Message) []string {
	var names []string
	m.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		names = append(names, string(f.Name()))
		return true
	})
	slices.Sort(names)
	return names
}

// always are the fields of a listed group that nobody need ask for.
var always = []string{"avatar", "group_id", "kind", "last_message", "last_message_time", "name", "self"}

// listed is a world in which alice's group has a value in every field.
func listed(t *testing.T) *timCast {
	t.Helper()
	w := newWorld(t)
	p := w.users("alice", "bob", "out")
	c := &timCast{world: w, alice: p[0], bob: p[1], out: p[2]}
	c.g = c.alice.createWith(&troupev1.CreateGroup{
		Kind: timPublic, GroupId: "club", Name: "The club", Avatar: "https://example.org/a.png",
		Introduction: "We meet.", Announcement: "Dues are due.", MaxMembers: 50, JoinOption: timOff,
		CustomFields: fields("color", "red"),
	}, "bob")
	c.advance(time.Minute)
	c.bob.ok(text(c.g, "first"))
	forget(p...)
	return c
}

func TestTIMGroupList(t *testing.T) {
	t.Parallel()
	c := listed(t)
	said := c.now()

	t.Run("T-001", func(t *testing.T) {
		for _, q := range []*peer{c.alice, c.bob} {
			g := q.joined()[c.g]
			require.Equal(t, always, shown(g))
			require.Equal(t, timPublic, g.GetKind())
			require.Equal(t, "The club", g.GetName())
			require.Equal(t, "https://example.org/a.png", g.GetAvatar())
			require.Equal(t, said, g.GetLastMessageTime())
			require.Equal(t, "first", textOf(g.GetLastMessage()))
		}
		silent(c.peers...)
	})

	t.Run("T-002", func(t *testing.T) {
		g := c.alice.joined("introduction", "member_count")[c.g]
		require.Equal(t, slices.Sorted(slices.Values(append([]string{"introduction", "member_count"}, always...))), shown(g))
		require.Equal(t, "We meet.", g.GetIntroduction())
		require.EqualValues(t, 2, g.GetMemberCount())
		a := c.alice.code(10004, &troupev1.ListJoinedGroups{Fields: []string{"introduction", "shoe_size"}})
		require.Equal(t, "fields", a.GetDetails().GetField())
	})

	created := start.UnixMilli()
	for _, tc := range []struct {
		row, field string
		get        func(*troupev1.GroupProfile) any
		want       any
	}{
		{"T-003", "owner_id", func(g *troupev1.GroupProfile) any { return g.GetOwnerId() }, "alice"},
		{"T-004", "create_time", func(g *troupev1.GroupProfile) any { return g.GetCreateTime() }, created},
		{"T-006", "member_count", func(g *troupev1.GroupProfile) any { return g.GetMemberCount() }, uint32(2)},
		{"T-007", "max_members", func(g *troupev1.GroupProfile) any { return g.GetMaxMembers() }, uint32(50)},
		{"T-008", "join_option", func(g *troupev1.GroupProfile) any { return g.GetJoinOption() }, timOff},
		{"T-009", "introduction", func(g *troupev1.GroupProfile) any { return g.GetIntroduction() }, "We meet."},
		{"T-010", "announcement", func(g *troupev1.GroupProfile) any { return g.GetAnnouncement() }, "Dues are due."},
	} {
		t.Run(tc.row, func(t *testing.T) {
			g := c.bob.joined(tc.field)[c.g]
			require.Equal(t, tc.want, tc.get(g))
			require.Contains(t, shown(g), tc.field)
			require.Len(t, shown(g), len(always)+1, "no other field with it")
		})
	}

	t.Run("T-005", func(t *testing.T) {
		before := c.bob.joined("last_info_time")[c.g].GetLastInfoTime()
		require.LessOrEqual(t, before, created)
		c.advance(time.Minute)
		c.alice.ok(&troupev1.UpdateGroupProfile{GroupId: c.g, Introduction: proto.String("We still meet.")})
		c.hears(alike(counts{tips: 1}, c.alice, c.bob))
		changed := c.now()
		c.advance(time.Minute)
		c.bob.ok(text(c.g, "a message is no change"))
		require.Equal(t, changed, c.bob.joined("last_info_time")[c.g].GetLastInfoTime())
		forget(c.peers...)
	})

	t.Run("T-011", func(t *testing.T) {
		require.False(t, c.bob.joined("mute_all")[c.g].GetMuteAll())
		c.alice.ok(&troupev1.UpdateGroupProfile{GroupId: c.g, MuteAll: proto.Bool(true)})
		c.hears(alike(counts{tips: 1, muted: 1}, c.alice, c.bob))
		g := c.bob.joined("mute_all")[c.g]
		require.True(t, g.GetMuteAll())
		require.Len(t, shown(g), len(always)+1)
	})
}

func TestTIMGroupListWhole(t *testing.T) {
	t.Parallel()
	t.Run("T-012", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "out")
		alice, bob, out := p[0], p[1], p[2]
		for _, g := range []struct {
			kind troupev1.Kind
			id   string
		}{{timWork, "crew"}, {timPublic, "club"}, {timMeeting, "hall"}, {timMeeting, "quit"}, {timPublic, "ended"}} {
			alice.create(g.kind, g.id, "bob")
		}
		alice.create(timMeeting, "alone")
		bob.ok(&troupev1.LeaveGroup{GroupId: "quit"})
		alice.ok(&troupev1.DismissGroup{GroupId: "ended"})
		alice.create(timAVChat, "show")
		bob.ok(&troupev1.JoinGroup{GroupId: "show"})
		require.ElementsMatch(t, []string{"crew", "club", "hall"}, slices.Collect(maps.Keys(bob.joined())), "livestreams are never listed")
		require.ElementsMatch(t, []string{"crew", "club", "hall", "quit", "alone"}, slices.Collect(maps.Keys(alice.joined())))
		require.Empty(t, out.joined())
		require.Equal(t, troupev1.Role_ROLE_OWNER, alice.joined()["crew"].GetSelf().GetRole())
		require.Equal(t, troupev1.Role_ROLE_MEMBER, bob.joined()["crew"].GetSelf().GetRole())
	})
}

func TestTIMGroupProfile(t *testing.T) {
	t.Parallel()
	c := listed(t)

	t.Run("T-014", func(t *testing.T) {
		for _, q := range []*peer{c.alice, c.bob} {
			g := q.profile(c.g)
			require.Equal(t, c.g, g.GetGroupId())
			require.Equal(t, timPublic, g.GetKind())
			require.Equal(t, []string{"The club", "https://example.org/a.png", "We meet.", "Dues are due.", "alice"},
				[]string{g.GetName(), g.GetAvatar(), g.GetIntroduction(), g.GetAnnouncement(), g.GetOwnerId()})
			require.Equal(t, start.UnixMilli(), g.GetCreateTime())
			require.Equal(t, c.now(), g.GetLastMessageTime())
			require.EqualValues(t, 2, g.GetMemberCount())
			require.EqualValues(t, 50, g.GetMaxMembers())
			require.EqualValues(t, 3, g.GetNextSeq())
			require.Equal(t, timOff, g.GetJoinOption())
			require.Equal(t, map[string]string{"color": "red"}, fieldMap(g.GetCustomFields()))
			require.Subset(t, shown(g), []string{"last_info_time", "mute_all", "mute", "self"})
		}
		require.Equal(t, troupev1.Role_ROLE_OWNER, c.alice.profile(c.g).GetSelf().GetRole())
		stranger := c.out.profile(c.g)
		require.Equal(t, "The club", stranger.GetName())
		require.Nil(t, stranger.GetMute(), "outsiders get the public part")
		require.Empty(t, stranger.GetCustomFields())
		list := c.bob.ok(&troupev1.GetGroupProfiles{GroupIds: []string{"nowhere"}}).GetGetGroupProfiles().GetGroups()
		require.Len(t, list, 1)
		require.EqualValues(t, 10010, list[0].GetCode())
		silent(c.peers...)
	})

	t.Run("T-015", func(t *testing.T) {
		c.alice.ok(&troupev1.UpdateGroupProfile{GroupId: c.g, CustomFields: fields("size", "L", "shape", "round")})
		c.hears(alike(counts{tips: 1}, c.alice, c.bob))
		filtered := func(keys ...string) map[string]string {
			a := c.bob.ok(&troupev1.GetGroupProfiles{GroupIds: []string{c.g}, CustomFieldFilter: keys})
			return fieldMap(a.GetGetGroupProfiles().GetGroups()[0].GetGroup().GetCustomFields())
		}
		require.Equal(t, map[string]string{"color": "red", "shape": "round"}, filtered("shape", "color", "weight"))
		require.Empty(t, filtered("weight"))
		require.Equal(t, map[string]string{"color": "red", "shape": "round", "size": "L"}, filtered())
	})
}
