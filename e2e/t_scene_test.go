package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/cmd/troupe/config"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// The kinds and join options that the TIM web surface has.
const (
	timWork, timPublic       = troupev1.Kind_KIND_WORK, troupev1.Kind_KIND_PUBLIC
	timMeeting, timAVChat    = troupev1.Kind_KIND_MEETING, troupev1.Kind_KIND_LIVESTREAM
	timFree, timNeed, timOff = troupev1.JoinOption_JOIN_OPTION_FREE,
		troupev1.JoinOption_JOIN_OPTION_ADMIN_APPROVAL, troupev1.JoinOption_JOIN_OPTION_CLOSED
)

// timCast is a group with everybody who plays a part: owner alice, admin adam,
// member bob; carol and out are not in it, root is an app administrator.
type timCast struct {
	*world
	g                                  string
	alice, adam, bob, carol, out, root *peer
}

func newTIM(t *testing.T, kind troupev1.Kind, options ...func(*config.Config)) *timCast {
	t.Helper()
	w := newWorld(t, options...)
	p := w.users("alice", "adam", "bob", "carol", "out", "root")
	c := &timCast{world: w, alice: p[0], adam: p[1], bob: p[2], carol: p[3], out: p[4], root: p[5]}
	c.found(kind, "")
	return c
}

// found makes one more group with the same cast, and plays in it from now on.
func (c *timCast) found(kind troupev1.Kind, id string) {
	c.t.Helper()
	if kind != timAVChat {
		c.g = c.alice.create(kind, id, "adam", "bob")
		c.alice.makeAdmin(c.g, "adam")
		return
	}
	c.g = c.alice.create(kind, id)
	for _, p := range []*peer{c.alice, c.adam, c.bob} {
		p.ok(&troupev1.JoinGroup{GroupId: c.g, Kind: kind})
	}
	c.advance(c.cfg.Limits.LivestreamFold.Std())
	for _, p := range []*peer{c.alice, c.adam, c.bob} {
		p.untilTip(1)
	}
	c.alice.makeAdmin(c.g, "adam")
}

// inside is a scene in which owner, admin and member get the same.
func (c *timCast) inside(n counts) scene { return alike(n, c.alice, c.adam, c.bob) }

// alike is a scene in which peers get the same.
func alike(n counts, peers ...*peer) scene {
	s := scene{}
	for _, p := range peers {
		s[p] = n
	}
	return s
}

// and adds to a scene what one more peer gets.
func (s scene) and(p *peer, n counts) scene {
	s[p] = n
	return s
}

// sameTip asserts that peers heard one and the same tip, and gives it.
func (c *timCast) sameTip(h map[*peer]heard, peers ...*peer) *troupev1.GroupTip {
	c.t.Helper()
	first := h[peers[0]].tips
	require.Len(c.t, first, 1)
	for _, p := range peers[1:] {
		require.Len(c.t, h[p].tips, 1)
		require.Equal(c.t, first[0].String(), h[p].tips[0].String(), "%s", p.user)
	}
	return first[0]
}

// member reads one member's profile.
func (p *peer) member(group, user string) *troupev1.MemberProfile {
	p.t.Helper()
	list := p.ok(&troupev1.GetMemberProfiles{GroupId: group, UserIds: []string{user}}).GetGetMemberProfiles().GetMembers()
	require.Len(p.t, list, 1)
	require.Equal(p.t, user, list[0].GetUserId())
	return list[0]
}

// joined lists the caller's groups with fields besides the default ones, by id.
func (p *peer) joined(fields ...string) map[string]*troupev1.GroupProfile {
	p.t.Helper()
	groups := map[string]*troupev1.GroupProfile{}
	for _, g := range p.ok(&troupev1.ListJoinedGroups{Fields: fields}).GetListJoinedGroups().GetGroups() {
		require.NotContains(p.t, groups, g.GetGroupId())
		groups[g.GetGroupId()] = g
	}
	return groups
}

// fields gives custom fields as key, value, key, value.
func fields(pairs ...string) []*troupev1.CustomField {
	var list []*troupev1.CustomField
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, &troupev1.CustomField{Key: pairs[i], Value: &pairs[i+1]})
	}
	return list
}

// fieldMap is the reverse of fields.
func fieldMap(list []*troupev1.CustomField) map[string]string {
	m := map[string]string{}
	for _, f := range list {
		m[f.GetKey()] = f.GetValue()
	}
	return m
}
