package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/journaltest"
	"github.com/troupe-im/troupe/persistence/memory"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// newFaulty is a world whose storage fails as told.
func newFaulty(t *testing.T, options ...func(*config.Config)) (*world, *journaltest.Faulty) {
	t.Helper()
	j := journaltest.NewFaulty(memory.New())
	return newWorldWith(t, server.Options{Journal: j, Epoch: j.Epoch()}, append(options, unlimited)...), j
}

// lost is a commit that was stored and whose answer was lost.
func lost() journaltest.Fault { return journaltest.Fault{Err: persistence.ErrUnknown, Stored: true} }

// A change whose outcome is unknown to the caller is in force if it was
// stored, for everybody; the repeat gets the first answer, and nothing happens
// twice (spec 18.5).
func TestConnUnknownOutcome(t *testing.T) {
	t.Parallel()
	t.Run("message", func(t *testing.T) {
		w, j := newFaulty(t)
		p := w.users("alice", "bob", "out")
		alice, bob, out := p[0], p[1], p[2]
		g := alice.create(troupev1.Kind_KIND_CUSTOM, "", "bob")
		j.Fail(1, lost())
		send := request(text(g, "once"))
		require.EqualValues(t, 11033, alice.send(send).GetCode())
		require.EqualValues(t, 2, alice.send(send).GetSendMessage().GetSeq())
		h := bob.hear().exactly(counts{messages: 1})
		require.EqualValues(t, 2, h.messages[0].GetSeq())
		require.EqualValues(t, 3, alice.ok(text(g, "next")).GetSendMessage().GetSeq())
		bob.hear().exactly(counts{messages: 1})
		silent(out)
	})
	t.Run("message that was not stored", func(t *testing.T) {
		w, j := newFaulty(t)
		p := w.users("alice", "bob")
		alice, bob := p[0], p[1]
		g := alice.create(troupev1.Kind_KIND_CUSTOM, "", "bob")
		j.Fail(1, journaltest.Fault{Err: persistence.ErrUnknown})
		send := request(text(g, "once"))
		require.EqualValues(t, 11033, alice.send(send).GetCode())
		silent(bob)
		require.EqualValues(t, 2, alice.send(send).GetSendMessage().GetSeq())
		bob.hear().exactly(counts{messages: 1})
	})
	t.Run("removal", func(t *testing.T) {
		w, j := newFaulty(t)
		p := w.users("alice", "bob", "carol")
		alice, bob, carol := p[0], p[1], p[2]
		g := alice.create(troupev1.Kind_KIND_CUSTOM, "", "bob", "carol")
		j.Fail(1, lost())
		kick := request(&troupev1.KickMembers{GroupId: g, UserIds: []string{"bob"}})
		require.EqualValues(t, 11033, alice.send(kick).GetCode())
		bob.hear().exactly(counts{tips: 1, notices: 1})
		carol.hear().exactly(counts{tips: 1})
		alice.ok(text(g, "not for bob"))
		silent(bob)
		a := alice.send(kick)
		require.Zero(t, a.GetCode())
		require.Equal(t, troupev1.Outcome_OUTCOME_REMOVED, a.GetKickMembers().GetUsers()[0].GetStatus())
		carol.hear().exactly(counts{messages: 1})
		silent(bob)
	})
	t.Run("arrival", func(t *testing.T) {
		w, j := newFaulty(t)
		p := w.users("alice", "bob")
		alice, bob := p[0], p[1]
		g := alice.create(troupev1.Kind_KIND_WORK, "")
		j.Fail(1, lost())
		alice.code(11033, &troupev1.InviteMembers{GroupId: g, UserIds: []string{"bob"}})
		bob.hear().exactly(counts{tips: 1, notices: 1})
		alice.ok(text(g, "welcome"))
		bob.hear().exactly(counts{messages: 1})
	})
	t.Run("dismissal", func(t *testing.T) {
		w, j := newFaulty(t)
		p := w.users("alice", "bob")
		alice, bob := p[0], p[1]
		g := alice.create(troupev1.Kind_KIND_CUSTOM, "", "bob")
		j.Fail(1, lost())
		dismiss := request(&troupev1.DismissGroup{GroupId: g})
		require.EqualValues(t, 11033, alice.send(dismiss).GetCode())
		h := bob.hear().exactly(counts{notices: 1})
		require.EqualValues(t, 5, h.notices[0].GetNoticeType())
		alice.hear().exactly(counts{notices: 1})
		bob.code(10010, text(g, "gone"))
	})
	t.Run("notice to everybody", func(t *testing.T) {
		w, j := newFaulty(t)
		p := w.users("root", "alice", "bob", "out")
		root, alice, bob, out := p[0], p[1], p[2], p[3]
		g := alice.create(troupev1.Kind_KIND_CUSTOM, "", "bob")
		j.Fail(1, lost())
		root.code(11033, &troupev1.SendCustomNotice{GroupId: g, Content: []byte("x")})
		for _, q := range []*peer{alice, bob} {
			h := q.hear().exactly(counts{notices: 1})
			require.EqualValues(t, 255, h.notices[0].GetNoticeType())
		}
		silent(out, root)
	})
	t.Run("creation", func(t *testing.T) {
		w, j := newFaulty(t)
		p := w.users("alice", "bob")
		alice, bob := p[0], p[1]
		j.Fail(1, lost())
		create := request(&troupev1.CreateGroup{
			Kind: troupev1.Kind_KIND_WORK, Name: "n", InitialMembers: []*troupev1.InitialMember{{UserId: "bob"}},
		})
		require.EqualValues(t, 11033, alice.send(create).GetCode())
		bob.hear().exactly(counts{tips: 1})
		a := alice.send(create)
		require.Zero(t, a.GetCode(), "%s", a.GetMessage())
		alice.ok(text(a.GetCreateGroup().GetGroup().GetGroupId(), "hello"))
		bob.hear().exactly(counts{messages: 1})
	})
	t.Run("first login", func(t *testing.T) {
		w, j := newFaulty(t)
		p := w.dial(protocol.Binary)
		j.Fail(1, lost())
		p.code(11033, &troupev1.Login{UserId: "ann"})
		p.ok(&troupev1.Login{UserId: "ann"})
	})
}
