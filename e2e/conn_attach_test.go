package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Which groups a device listens to without asking (spec 18.3).
func TestAttachRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.device("alice", "")
	alice.create(troupev1.Kind_KIND_CUSTOM, "old")
	alice.create(troupev1.Kind_KIND_CUSTOM, "new")
	w.known("bob")
	rest, none, deaf := w.device("bob", "rest"), w.login("bob", "none"), w.login("bob", "deaf")
	none.ok(&troupev1.Attach{Rest: troupev1.Rest_REST_NONE})
	none.ok(&troupev1.JoinGroup{GroupId: "old"})
	tip := counts{tips: 1}
	w.hears(scene{alice: tip, rest: tip, none: tip})
	rest.ok(&troupev1.JoinGroup{GroupId: "new"})
	w.hears(scene{alice: tip, rest: tip})
	for _, g := range []string{"old", "new"} {
		alice.ok(text(g, "hello"))
	}
	w.hears(scene{rest: {messages: 2}, none: {messages: 1}})
	rest.ok(&troupev1.LeaveGroup{GroupId: "old"})
	w.hears(scene{alice: tip, rest: {tips: 1, notices: 1, convs: 1}, none: tip})
	alice.ok(text("old", "without bob"))
	silent(rest, none, deaf)
}

// attach begins again from the number given, as often as it is asked.
func TestAttachAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.users("alice", "bob")
	alice, bob := p[0], p[1]
	alice.create(troupev1.Kind_KIND_CUSTOM, "g", "bob")
	epoch := bob.attachFrom("g", 1, "").GetEpoch()
	for range 3 {
		alice.ok(text("g", "m"))
	}
	require.Equal(t, upTo(2, 4), seqs(bob.hear().exactly(counts{messages: 3}).messages))
	for range 2 {
		require.EqualValues(t, 5, bob.attachFrom("g", 2, epoch).GetNextSeq())
		require.Equal(t, upTo(3, 4), seqs(bob.hear().exactly(counts{messages: 2}).messages))
	}
	bob.attachFrom("g", 0, "")
	silent(bob)
	alice.ok(text("g", "m"))
	require.Equal(t, []uint64{5}, seqs(bob.hear().exactly(counts{messages: 1}).messages))
}

// With remind type discard missing messages are left out, tips are sent.
func TestAttachDiscard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.users("alice", "bob")
	alice, bob := p[0], p[1]
	alice.create(troupev1.Kind_KIND_PUBLIC, "g", "bob")
	epoch := bob.attachFrom("g", 1, "").GetEpoch()
	bob.ok(&troupev1.SetRemindType{GroupId: "g", RemindType: troupev1.RemindType_REMIND_TYPE_DISCARD})
	alice.ok(text("g", "left out"))
	alice.ok(mute("g", 60, "bob"))
	bob.hear().exactly(counts{tips: 1, convs: 1})
	late := w.login("bob", "late")
	require.Nil(t, late.attachFrom("g", 1, epoch).GetGap())
	late.hear().exactly(counts{tips: 1})
	require.Equal(t, upTo(1, 3), late.seqsRead("g"))
}

// A livestream: from now on while present, not_member after that; what was
// missed is a gap and cannot be read.
func TestAttachLivestream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.users("host", "ann")
	host, ann := p[0], p[1]
	host.create(troupev1.Kind_KIND_LIVESTREAM, "show")
	for _, q := range p {
		q.ok(&troupev1.JoinGroup{GroupId: "show"})
	}
	w.advance(500 * time.Millisecond)
	host.untilTip(1)
	last := host.ok(text("show", "m")).GetSendMessage().GetSeq()
	epoch := ann.attachFrom("show", 0, "").GetEpoch()
	forget(p...)
	ann.cut()
	host.ok(text("show", "missed"))
	again := w.login("ann", "")
	gap := again.attachFrom("show", last, epoch).GetGap()
	require.Equal(t, []uint64{last + 1, last + 1}, []uint64{gap.GetFrom(), gap.GetTo()})
	silent(again)
	host.ok(text("show", "live"))
	require.Equal(t, []uint64{last + 2}, seqs(again.hear().exactly(counts{messages: 1}).messages))
	history := again.ok(&troupev1.GetGroupHistory{GroupId: "show"}).GetGetGroupHistory()
	require.Empty(t, history.GetMessages())
	require.True(t, history.GetFinished())
	again.ok(&troupev1.LeaveGroup{GroupId: "show"})
	w.advance(500 * time.Millisecond)
	host.untilTip(2)
	forget(again)
	require.EqualValues(t, 11004, again.attachFrom("show", last, epoch).GetCode())
	host.ok(text("show", "without ann"))
	silent(again)
}
