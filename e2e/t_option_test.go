package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Join options at creation: which kinds take one, and what each does.
func TestTIMJoinOption(t *testing.T) {
	t.Parallel()
	fixed := []troupev1.Kind{timWork, timMeeting, timAVChat}
	options := []troupev1.JoinOption{timFree, timNeed, timOff}

	t.Run("T-026", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "out")
		for _, kind := range fixed {
			for _, o := range options {
				op := &troupev1.CreateGroup{Kind: kind, GroupId: "g" + kind.String(), Name: "g", JoinOption: o}
				require.Equal(t, "option_fixed", p[0].code(11003, op).GetError())
				p[0].code(10010, &troupev1.LeaveGroup{GroupId: op.GetGroupId()})
			}
		}
		silent(p...)
	})

	t.Run("T-027", func(t *testing.T) {
		c := newTIM(t, timWork)
		require.Equal(t, timOff, c.alice.profile(c.g).GetJoinOption())
		for _, o := range options {
			refusedQuietly(c.alice, 11003, &troupev1.UpdateGroupProfile{GroupId: c.g, JoinOption: o},
				&troupev1.UpdateGroupModes{GroupId: c.g, JoinOption: o})
		}
		refusedQuietly(c.carol, 11001, &troupev1.JoinGroup{GroupId: c.g, Message: "please"})
		for _, q := range []*peer{c.alice, c.adam, c.carol} {
			require.Empty(t, q.records(&troupev1.ListApplications{}).GetApplications(), "nothing is filed")
		}
		require.Equal(t, []string{"alice", "adam", "bob"}, c.alice.roster(c.g))
	})

	t.Run("T-028", func(t *testing.T) {
		for _, kind := range fixed[1:] {
			c := newTIM(t, kind)
			require.Equal(t, timFree, c.alice.profile(c.g).GetJoinOption())
			for _, o := range options {
				refusedQuietly(c.alice, 11003, &troupev1.UpdateGroupProfile{GroupId: c.g, JoinOption: o},
					&troupev1.UpdateGroupModes{GroupId: c.g, JoinOption: o})
			}
			a := c.carol.ok(&troupev1.JoinGroup{GroupId: c.g})
			require.Equal(t, troupev1.Outcome_OUTCOME_JOINED, a.GetJoinGroup().GetOutcome())
			if kind == timAVChat {
				c.advance(c.cfg.Limits.LivestreamFold.Std())
				for _, q := range []*peer{c.alice, c.adam, c.bob, c.carol} {
					q.gets(1)
				}
			}
			h := c.hears(c.inside(counts{tips: 1}).and(c.carol, counts{tips: 1}))
			h[c.bob].theTip(1, "carol", "carol")
			c.carol.ok(text(c.g, "at once"))
			c.hears(c.inside(counts{messages: 1}))
		}
	})

	for row, tc := range map[string]struct {
		option troupev1.JoinOption
		code   int32
		heard  scene
	}{
		"T-029": {option: timFree},
		"T-030": {option: timNeed, code: 25424},
		"T-031": {option: timOff, code: 11001},
	} {
		t.Run(row, func(t *testing.T) {
			w := newWorld(t)
			p := w.users("alice", "bob", "carol", "out")
			alice, bob, carol := p[0], p[1], p[2]
			g := alice.createWith(&troupev1.CreateGroup{Kind: timPublic, GroupId: "club", Name: "g", JoinOption: tc.option}, "bob")
			require.Equal(t, tc.option, bob.profile(g).GetJoinOption())
			a := carol.code(tc.code, &troupev1.JoinGroup{GroupId: g})
			switch tc.option {
			case timFree:
				h := w.hears(alike(counts{tips: 1}, alice, bob, carol))
				h[alice].entered(troupev1.JoinMethod_JOIN_METHOD_SELF, "carol", "carol")
				require.Equal(t, []string{"alice", "bob", "carol"}, carol.roster(g))
			case timNeed:
				h := w.hears(scene{alice: {notices: 1, added: 1}, carol: {added: 1}})
				h[alice].theNotice(1, g, "carol")
				carol.code(11004, text(g, "not yet"))
				alice.ok(&troupev1.AcceptApplication{GroupId: g, ApplicantId: "carol"})
				w.hears(scene{alice: {tips: 1, updated: 1}, bob: {tips: 1}, carol: {tips: 1, updated: 1, notices: 1}})
			case timOff:
				require.Equal(t, "join_closed", a.GetError())
				silent(p...)
				require.Empty(t, alice.records(&troupev1.ListApplications{}).GetApplications())
				require.Equal(t, []string{"alice", "bob"}, alice.roster(g))
			}
		})
	}

	t.Run("T-045", func(t *testing.T) {
		c := newTIM(t, timPublic)
		for _, o := range []troupev1.JoinOption{timFree, timOff, timNeed} {
			a := c.adam.ok(&troupev1.UpdateGroupProfile{GroupId: c.g, JoinOption: o})
			require.Equal(t, o, a.GetUpdateGroupProfile().GetGroup().GetJoinOption())
			h := c.hears(c.inside(counts{tips: 1, modes: 1}))
			tip := c.sameTip(h, c.alice, c.adam, c.bob)
			require.EqualValues(t, 6, tip.GetTipType())
			require.Len(t, tip.GetChanges(), 1)
			require.Equal(t, "join_option", tip.GetChanges()[0].GetField())
			require.Equal(t, o, h[c.bob].modes[0].GetJoinOption())
			require.Equal(t, o, c.bob.profile(c.g).GetJoinOption())
		}
		for _, kind := range fixed {
			c.found(kind, "g"+kind.String())
			before := c.alice.profile(c.g)
			for _, o := range options {
				refusedQuietly(c.alice, 11003, &troupev1.UpdateGroupProfile{GroupId: c.g, JoinOption: o, Name: proto.String("new")})
			}
			require.Equal(t, before.String(), c.alice.profile(c.g).String(), "wholly applied or not at all")
		}
	})
}
