package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Pull in a livestream: a member's device is detached and told so, the gap of
// its next attach names what it lost; a guest's goes on by itself, and what it
// lost is named by skipped (spec 19.11).
func TestLadderPullLive(t *testing.T) {
	t.Parallel()
	l := newLadder(t, hasty)
	p := l.users("host", "ann", "out")
	host, ann, out := p[0], p[1], p[2]
	bob := l.slow("bob", "")
	host.create(troupev1.Kind_KIND_LIVESTREAM, "show")
	for _, q := range []*peer{host, ann, bob} {
		q.ok(&troupev1.JoinGroup{GroupId: "show"})
	}
	l.advance(500 * time.Millisecond)
	ann.untilTip(1)
	guest := l.slowGuest("show")
	first := ann.ok(text("show", "begin")).GetSendMessage().GetSeq() + 1
	epoch := ann.attachFrom("show", 0, "").GetEpoch()
	forget(l.peers...)

	sent := 0
	for l.steps("newest_only", "high") < 2 {
		sent += l.fill(host, "show", "newest_only", "high")
	}
	l.pass(11*time.Second, host, ann, out)
	l.comesTo("pull", "blocked", 2)
	for range 3 {
		host.ok(text("show", "while they are blocked"))
		sent++
	}
	next := first + uint64(sent)

	list := bob.frames()
	require.Equal(t, []string{"pull blocked", "folded recovered"}, levels(list)[len(levels(list))-2:])
	require.ElementsMatch(t, []string{"", "show"}, lagging(t, list))
	last := accounted(t, list, "show", first) - 1
	require.Less(t, last, next-1)
	host.ok(text("show", "while it is detached"))
	next++
	require.Empty(t, bob.frames())
	gap := bob.attachFrom("show", last, epoch).GetGap()
	require.Equal(t, []uint64{last + 1, next - 1}, []uint64{gap.GetFrom(), gap.GetTo()})
	host.ok(text("show", "attached"))
	require.Equal(t, []uint64{next}, numbers(bob.frames(), "show"))
	next++

	list = guest.frames()
	require.Equal(t, []string{"pull blocked", "folded recovered"}, levels(list)[len(levels(list))-2:])
	require.Empty(t, lagging(t, list))
	host.ok(text("show", "for everybody"))
	list = append(list, guest.frames()...)
	require.Equal(t, next+1, accounted(t, list, "show", first))
	require.Equal(t, []uint64{next}, numbers(list[len(list)-1:], "show"))
	require.Len(t, ann.hear().messages, sent+3)
	silent(out)
}
