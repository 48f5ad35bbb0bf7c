package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// tencentKinds are the kinds of the Tencent surfaces, by the digit that
// stands in ids made by the server.
var tencentKinds = map[string]troupev1.Kind{
	"1": troupev1.Kind_KIND_WORK, "2": troupev1.Kind_KIND_PUBLIC, "3": troupev1.Kind_KIND_MEETING,
	"4": troupev1.Kind_KIND_COMMUNITY, "5": troupev1.Kind_KIND_LIVESTREAM,
}

func TestV2TIMCreateBasic(t *testing.T) {
	t.Parallel()
	t.Run("V-008_V-018", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "alice", "out")
		alice, phone := p[0], p[1]
		made := alice.ok(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_PUBLIC, GroupId: "club", Name: "The club"}).GetCreateGroup()
		require.Equal(t, "club", made.GetGroup().GetGroupId())
		require.Equal(t, "alice", made.GetGroup().GetOwnerId())
		h := w.hears(scene{alice: {notices: 1}, phone: {notices: 1}})
		for _, device := range p[:2] {
			n := h[device].theNotice(6, "club", "alice")
			require.Equal(t, "The club", n.GetGroupName())
			require.False(t, n.GetDisplay())
		}
		g := alice.profile("club")
		require.Equal(t, troupev1.Kind_KIND_PUBLIC, g.GetKind())
		require.Equal(t, "The club", g.GetName())
		require.Equal(t, troupev1.Role_ROLE_OWNER, g.GetSelf().GetRole())
		require.Equal(t, []string{"alice"}, alice.roster("club"))
	})

	t.Run("V-009", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "out")
		for digit, kind := range tencentKinds {
			got := p[0].ok(&troupev1.CreateGroup{Kind: kind, GroupId: "g" + digit, Name: "g"}).GetCreateGroup().GetGroup()
			require.Equal(t, kind, got.GetKind())
			require.Equal(t, kind, p[0].profile("g"+digit).GetKind())
		}
		w.hears(scene{p[0]: {notices: len(tencentKinds)}})
		for _, kind := range []troupev1.Kind{7, 99, -1} {
			a := p[0].code(10004, &troupev1.CreateGroup{Kind: kind, GroupId: "odd", Name: "g"})
			require.Equal(t, "kind", a.GetDetails().GetField())
		}
		p[0].code(10010, &troupev1.JoinGroup{GroupId: "odd"})
		silent(p...)
	})

	t.Run("V-016", func(t *testing.T) {
		w := newWorld(t)
		w.known("bob")
		alice := w.device("alice", "")
		basic := alice.ok(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_MEETING, GroupId: "basic", Name: "g"})
		require.Equal(t, "basic", basic.GetCreateGroup().GetGroup().GetGroupId())
		advanced := alice.ok(&troupev1.CreateGroup{
			Kind: troupev1.Kind_KIND_MEETING, GroupId: "advanced", Name: "g", Introduction: "i",
			InitialMembers: []*troupev1.InitialMember{{UserId: "bob"}},
		})
		require.Equal(t, "advanced", advanced.GetCreateGroup().GetGroup().GetGroupId())
		named := alice.ok(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_MEETING, Name: "g"})
		id := named.GetCreateGroup().GetGroup().GetGroupId()
		require.NotEmpty(t, id)
		w.hears(scene{alice: {notices: 3, tips: 1}})
		require.Equal(t, id, alice.profile(id).GetGroupId())
	})
}

func TestV2TIMCreateID(t *testing.T) {
	t.Parallel()
	t.Run("V-011", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob")
		for digit, kind := range tencentKinds {
			id := p[0].create(kind, "")
			require.Regexp(t, "^@TGS#"+digit+"[0-9A-Za-z]{8,}$", id)
			require.NotEqual(t, id, p[0].create(kind, ""), "each group has its own")
			require.Equal(t, kind, p[0].profile(id).GetKind())
		}
		id := p[0].create(troupev1.Kind_KIND_MEETING, "")
		p[1].ok(&troupev1.JoinGroup{GroupId: id})
		w.hears(scene{p[0]: {tips: 1}, p[1]: {tips: 1}})
	})

	t.Run("V-012", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob")
		for _, id := range []string{"x", "Team-1_(a)&b:c;d<e=f.g>h?i@j[k]l^m{n}|o~!#$%+", strings.Repeat("z", 64)} {
			require.Equal(t, id, p[0].create(troupev1.Kind_KIND_MEETING, id))
			p[1].ok(&troupev1.JoinGroup{GroupId: id})
			w.hears(scene{p[0]: {tips: 1}, p[1]: {tips: 1}})
			require.Equal(t, []string{"alice", "bob"}, p[1].roster(id))
		}
	})

	t.Run("V-013", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob")
		for _, id := range []string{"#x", "@TGS#mine", "@TIM#x", "a b", "a/b", "a,b", "gründe", "a\nb", strings.Repeat("z", 65)} {
			p[0].code(10015, &troupev1.CreateGroup{Kind: troupev1.Kind_KIND_PUBLIC, GroupId: id, Name: "g"})
		}
		silent(p...)
		p[0].create(troupev1.Kind_KIND_PUBLIC, "taken")
		for _, q := range p {
			q.code(10021, &troupev1.CreateGroup{Kind: troupev1.Kind_KIND_MEETING, GroupId: "taken", Name: "other"})
		}
		silent(p...)
		require.Equal(t, "g", p[0].profile("taken").GetName())
		p[0].ok(&troupev1.DismissGroup{GroupId: "taken"})
		forget(p...)
		p[1].code(10021, &troupev1.CreateGroup{Kind: troupev1.Kind_KIND_MEETING, GroupId: "taken", Name: "other"})
		silent(p...)
	})
}

func TestV2TIMCreateName(t *testing.T) {
	t.Parallel()
	t.Run("V-014", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "out")
		for digit, kind := range tencentKinds {
			for _, name := range []string{"", " ", " \t\n "} {
				a := p[0].code(10004, &troupev1.CreateGroup{Kind: kind, GroupId: "g" + digit, Name: name})
				require.Equal(t, "name", a.GetDetails().GetField())
			}
			p[0].code(10010, &troupev1.JoinGroup{GroupId: "g" + digit})
		}
		silent(p...)
	})

	t.Run("V-015", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "out")
		fits := strings.Repeat("ü", 15)
		for digit, kind := range tencentKinds {
			for _, long := range []string{fits + "x", strings.Repeat("x", 31)} {
				a := p[0].code(10004, &troupev1.CreateGroup{Kind: kind, GroupId: "g" + digit, Name: long})
				require.Equal(t, "name", a.GetDetails().GetField())
			}
			silent(p...)
			p[0].ok(&troupev1.CreateGroup{Kind: kind, GroupId: "g" + digit, Name: fits})
			w.hears(scene{p[0]: {notices: 1}})
			require.Equal(t, fits, p[0].profile("g"+digit).GetName())
			p[0].ok(&troupev1.CreateGroup{Kind: kind, GroupId: "ascii" + digit, Name: strings.Repeat("x", 30)})
			w.hears(scene{p[0]: {notices: 1}})
		}
	})

	t.Run("V-017", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "out")
		p[0].create(troupev1.Kind_KIND_PUBLIC, "taken")
		for _, tc := range []struct {
			op   *troupev1.CreateGroup
			code int32
			name string
		}{
			{&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_WORK, GroupId: "a b", Name: "g"}, 10015, "invalid_group_id"},
			{&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_WORK, GroupId: "taken", Name: "g"}, 10021, "group_id_taken"},
			{&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_WORK, GroupId: "new"}, 10004, "invalid_parameter"},
			{&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_WORK, GroupId: "new", Name: "g", JoinOption: troupev1.JoinOption_JOIN_OPTION_FREE}, 11003, "option_fixed"},
		} {
			a := p[0].code(tc.code, tc.op)
			require.Equal(t, tc.name, a.GetError())
			require.NotEmpty(t, a.GetMessage(), "%s: a text for people", tc.name)
			require.Nil(t, a.GetCreateGroup())
		}
		silent(p...)
	})
}

func TestV2TIMCreateAdvanced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.users("alice", "bob", "carol", "out")
	alice, bob, carol := p[0], p[1], p[2]
	made := alice.ok(&troupev1.CreateGroup{
		Kind: troupev1.Kind_KIND_WORK, GroupId: "crew", Name: "Crew", Introduction: "We sail.", Avatar: "https://example.org/a.png",
		InitialMembers: []*troupev1.InitialMember{{UserId: "bob"}, {UserId: "ghost"}, {UserId: "carol"}},
	}).GetCreateGroup()
	h := w.hears(scene{alice: {notices: 1, tips: 1}, bob: {tips: 1}, carol: {tips: 1}})

	t.Run("V-019", func(t *testing.T) {
		require.Equal(t, "Crew", made.GetGroup().GetName())
		require.Equal(t, troupev1.Kind_KIND_WORK, made.GetGroup().GetKind())
		require.Equal(t, "We sail.", made.GetGroup().GetIntroduction())
		require.Equal(t, "https://example.org/a.png", made.GetGroup().GetAvatar())
		require.Equal(t, map[string]troupev1.Outcome{
			"bob": troupev1.Outcome_OUTCOME_JOINED, "carol": troupev1.Outcome_OUTCOME_JOINED, "ghost": troupev1.Outcome_OUTCOME_FAILED,
		}, outcomes(made.GetUsers()))
		for _, q := range p[:3] {
			h[q].entered(troupev1.JoinMethod_JOIN_METHOD_CREATED_WITH, "alice", "bob", "carol")
		}
		h[alice].theNotice(6, "crew", "alice")
	})
	t.Run("V-020", func(t *testing.T) {
		for _, q := range p[:3] {
			require.Equal(t, "We sail.", q.profile("crew").GetIntroduction())
		}
		limit := strings.Repeat("ß", 120)
		alice.ok(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_PUBLIC, GroupId: "long", Name: "g", Introduction: limit})
		require.Equal(t, limit, alice.profile("long").GetIntroduction())
		alice.code(10004, &troupev1.CreateGroup{Kind: troupev1.Kind_KIND_PUBLIC, GroupId: "longer", Name: "g", Introduction: limit + "."})
		w.hears(scene{alice: {notices: 1}})
	})
	t.Run("V-021", func(t *testing.T) {
		require.Equal(t, []string{"alice", "bob", "carol"}, carol.roster("crew"))
		bob.ok(text("crew", "ahoy"))
		w.hears(scene{alice: {messages: 1}, carol: {messages: 1}})
	})
}
