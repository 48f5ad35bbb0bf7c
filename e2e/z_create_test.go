package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestZIMCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.users("alice", "bob", "carol", "out")
	alice, bob, carol, out := p[0], p[1], p[2], p[3]
	op := zimGroup("team")
	op.Name, op.Avatar = "The team", "https://example.org/team.png"
	op.InitialMembers = []*troupev1.InitialMember{{UserId: "bob"}, {UserId: "ghost"}, {UserId: "carol"}}
	made := alice.ok(op).GetCreateGroup()
	h := w.hears(scene{alice: {notices: 1, tips: 1}, bob: {tips: 1}, carol: {tips: 1}})

	t.Run("Z-001_Z-017", func(t *testing.T) {
		require.Equal(t, "team", made.GetGroup().GetGroupId())
		require.Equal(t, "The team", made.GetGroup().GetName())
		require.Equal(t, "alice", made.GetGroup().GetOwnerId())
		require.Equal(t, troupev1.Kind_KIND_CUSTOM, made.GetGroup().GetKind())
		require.Equal(t, map[string]troupev1.Outcome{
			"bob": troupev1.Outcome_OUTCOME_JOINED, "carol": troupev1.Outcome_OUTCOME_JOINED, "ghost": troupev1.Outcome_OUTCOME_FAILED,
		}, outcomes(made.GetUsers()))
		require.EqualValues(t, 10019, made.GetUsers()[1].GetCode())
		require.Equal(t, "user_not_found", made.GetUsers()[1].GetError())
		h[alice].theNotice(6, "team", "alice")
		for _, q := range p[:3] {
			h[q].entered(troupev1.JoinMethod_JOIN_METHOD_CREATED_WITH, "alice", "bob", "carol")
		}
		require.Equal(t, troupev1.Role_ROLE_OWNER, alice.profile("team").GetSelf().GetRole())
	})
	t.Run("Z-007", func(t *testing.T) {
		require.Equal(t, []string{"alice", "bob", "carol"}, carol.roster("team"))
		bob.ok(text("team", "here"))
		w.hears(scene{alice: {messages: 1}, carol: {messages: 1}})
		ghost := w.device("ghost", "")
		for _, q := range []*peer{ghost, out} {
			refusedQuietly(q, 11004, &troupev1.ListMembers{GroupId: "team"}, text("team", "me too"))
		}
	})
	t.Run("Z-006", func(t *testing.T) {
		for _, q := range p[:3] {
			require.Equal(t, "https://example.org/team.png", q.profile("team").GetAvatar())
		}
		long := zimGroup("long")
		long.Avatar = "https://example.org/" + strings.Repeat("x", 481)
		refusedQuietly(alice, 10004, long)
		long.Avatar = long.Avatar[:500]
		alice.ok(long)
		require.Equal(t, long.Avatar, alice.profile("long").GetAvatar())
		w.hears(scene{alice: {notices: 1}})
	})
}

func TestZIMCreateID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.users("alice", "bob")
	alice, bob := p[0], p[1]
	t.Run("alphabet", func(t *testing.T) {
		for _, id := range []string{"azAZ09!#$%&()+-:;<=.>?@[]^_{}|~x", strings.Repeat("9", 32), "x#"} {
			require.Equal(t, id, alice.createWith(zimGroup(id)))
			bob.ok(&troupev1.JoinGroup{GroupId: id})
			w.hears(scene{alice: {tips: 1}, bob: {tips: 1}})
		}
		for _, c := range "\"'*,/\\`\x00\n é群" {
			refusedQuietly(alice, 10015, zimGroup("g"+string(c)))
		}
	})
	t.Run("Z-003", func(t *testing.T) {
		before := len(alice.ok(&troupev1.ListJoinedGroups{}).GetListJoinedGroups().GetGroups())
		for _, id := range []string{"#", "#1", "##", "#group"} {
			a := alice.code(10015, zimGroup(id))
			require.Equal(t, "invalid_group_id", a.GetError())
		}
		silent(p...)
		require.Len(t, alice.ok(&troupev1.ListJoinedGroups{}).GetListJoinedGroups().GetGroups(), before)
	})
	t.Run("Z-004", func(t *testing.T) {
		first := alice.ok(zimGroup("")).GetCreateGroup().GetGroup().GetGroupId()
		second := alice.ok(zimGroup("")).GetCreateGroup().GetGroup().GetGroupId()
		require.NotEmpty(t, first)
		require.NotEqual(t, first, second)
		h := w.hears(scene{alice: {notices: 2}})
		require.Equal(t, first, h[alice].notices[0].GetGroupId())
		require.Equal(t, second, h[alice].notices[1].GetGroupId())
		bob.ok(&troupev1.JoinGroup{GroupId: first})
		w.hears(scene{alice: {tips: 1}, bob: {tips: 1}})
		require.Equal(t, []string{"alice", "bob"}, bob.roster(first))
		require.Equal(t, []string{"alice"}, alice.roster(second))
	})
}

func TestZIMCreateName(t *testing.T) {
	t.Parallel()
	t.Run("Z-005", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob")
		alice, bob := p[0], p[1]
		for i, name := range []string{strings.Repeat("é", 25), "\t!\"#<&>'\\/\n" + strings.Repeat("x", 39), strings.Repeat("😀", 12) + "ab"} {
			require.Len(t, name, 50)
			op := zimGroup(fmt.Sprint("g", i))
			op.Name = name + "."
			refusedQuietly(alice, 10004, op)
			refusedQuietly(bob, 10010, &troupev1.JoinGroup{GroupId: op.GroupId})
			op.Name = name
			alice.createWith(op, "bob")
			require.Equal(t, name, bob.profile(op.GroupId).GetName())
		}
	})
}

func TestZIMCreateRefused(t *testing.T) {
	t.Parallel()
	t.Run("Z-016", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob")
		alice := p[0]
		alice.createWith(zimGroup("taken"))
		many := zimGroup("new")
		for i := range 501 {
			many.InitialMembers = append(many.InitialMembers, &troupev1.InitialMember{UserId: fmt.Sprint("u", i)})
		}
		long, members, owner := zimGroup("new"), zimGroup("new"), zimGroup("new")
		long.Name, members.MaxMembers, owner.OwnerId = strings.Repeat("x", 51), 6001, "bob"
		for _, tc := range []struct {
			op   proto.Message
			code int32
			name string
		}{
			{zimGroup("a b"), 10015, "invalid_group_id"},
			{zimGroup("taken"), 10021, "group_id_taken"},
			{long, 10004, "invalid_parameter"},
			{members, 10004, "invalid_parameter"},
			{many, 10005, "too_many_users"},
			{owner, 10007, "permission_denied"},
		} {
			a := alice.code(tc.code, tc.op)
			require.Equal(t, tc.name, a.GetError())
			require.NotEmpty(t, a.GetMessage(), tc.name)
			require.Nil(t, a.GetCreateGroup())
		}
		silent(p...)
		refusedQuietly(p[1], 10010, &troupev1.JoinGroup{GroupId: "new"})
	})
}

func TestZIMMaxMembers(t *testing.T) {
	t.Parallel()
	t.Run("Z-015", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "carol", "dave")
		alice, bob, carol, dave := p[0], p[1], p[2], p[3]
		op := zimGroup("small")
		op.MaxMembers = 3
		alice.createWith(op, "bob")
		require.EqualValues(t, 3, bob.profile("small").GetMaxMembers())
		require.Equal(t, troupev1.Outcome_OUTCOME_JOINED, carol.ok(&troupev1.JoinGroup{GroupId: "small"}).GetJoinGroup().GetOutcome())
		w.hears(scene{alice: {tips: 1}, bob: {tips: 1}, carol: {tips: 1}})
		refusedQuietly(dave, 10014, &troupev1.JoinGroup{GroupId: "small"})
		added := alice.ok(&troupev1.InviteMembers{GroupId: "small", UserIds: []string{"dave"}}).GetInviteMembers()
		require.EqualValues(t, 10014, first(t, added.GetUsers()).GetCode())
		silent(p...)
		require.Equal(t, []string{"alice", "bob", "carol"}, alice.roster("small"))
		carol.ok(&troupev1.LeaveGroup{GroupId: "small"})
		forget(p...)
		dave.ok(&troupev1.JoinGroup{GroupId: "small"})
		w.hears(scene{alice: {tips: 1}, bob: {tips: 1}, dave: {tips: 1}})

		for id, limit := range map[string]uint32{"zero": 0, "most": 6000} {
			op := zimGroup(id)
			op.MaxMembers = limit
			alice.createWith(op)
			require.EqualValues(t, 6000, alice.profile(id).GetMaxMembers())
		}
		over := zimGroup("over")
		over.MaxMembers = 6001
		refusedQuietly(alice, 10004, over)
	})
}
