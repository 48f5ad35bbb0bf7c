package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// lows is how many messages of low priority the frames name as left out; they
// must name nothing else.
func lows(t *testing.T, list []*troupev1.Frame) (n uint64) {
	t.Helper()
	for _, f := range list {
		for _, s := range []*troupev1.Skipped{f.GetSkipped(), f.GetEvent().GetRoomSkipped().GetSkipped()} {
			require.Zero(t, s.GetHigh()+s.GetNormal()+s.GetSystem(), "%v", s)
			n += s.GetLow()
		}
	}
	return n
}

// From half of the bound on, and until it has been below a quarter for 5 s, a
// device gets no hints, the newest state of each subject, and of a livestream
// all but what has low priority, which is named.
func TestLadderLow(t *testing.T) {
	t.Parallel()
	t.Run("X-074", func(t *testing.T) {
		t.Parallel()
		l := newLadder(t)
		p := l.users("host", "ann", "out")
		host, ann, out := p[0], p[1], p[2]
		helper, bob := l.device("bob", "helper"), l.slow("bob", "slow")
		for _, g := range []string{"g", "h"} {
			host.create(troupev1.Kind_KIND_CUSTOM, g, "bob")
		}
		host.create(troupev1.Kind_KIND_LIVESTREAM, "show")
		for _, q := range []*peer{host, ann, bob} {
			q.ok(&troupev1.JoinGroup{GroupId: "show"})
		}
		l.advance(500 * time.Millisecond)
		ann.untilTip(1)
		l.advance(time.Second)
		require.Equal(t, []uint64{0, 3}, ann.told(2))
		bob.frames()
		require.NotEmpty(t, bob.counters, "hints reach whoever keeps up")
		next := ann.ok(text("show", "begin")).GetSendMessage().GetSeq() + 1
		require.Equal(t, []uint64{next - 1}, numbers(bob.frames(), "show"))
		forget(l.peers...)
		ann.counters, bob.counters = nil, nil
		say := func(priority troupev1.Priority, times int) {
			for range times {
				m := text("show", "a word")
				m.Priority = priority
				host.ok(m)
			}
		}
		// like gives one and has its second pass; it is told who keeps up.
		likes := uint64(0)
		like := func() {
			host.ok(&troupev1.SendLike{GroupId: "show", Count: 1})
			likes++
			l.advance(time.Second)
			require.Equal(t, []uint64{likes, 3}, ann.told(1))
		}

		sent := l.fill(host, "show", "folded", "half")
		say(low, 4)
		like()
		remind := []troupev1.RemindType{troupev1.RemindType_REMIND_TYPE_ACCEPT_SILENT, troupev1.RemindType_REMIND_TYPE_ACCEPT_NOTIFY}
		for i := range 5 {
			for _, g := range []string{"g", "h"} {
				helper.ok(&troupev1.SetRemindType{GroupId: g, RemindType: remind[i%2]})
			}
		}
		say(normal, 1)
		list := bob.frames()
		require.Equal(t, []string{"folded half"}, levels(list))
		require.Equal(t, next+uint64(sent)+5, accounted(t, list, "show", next))
		require.Len(t, numbers(list, "show"), sent+1)
		require.EqualValues(t, 4, lows(t, list))
		require.Empty(t, bob.counters, "no hints")
		states := map[string]int{}
		for _, f := range list {
			if c := f.GetEvent().GetConversationChanged(); c != nil {
				states[c.GetConversation().GetId()]++
				require.Equal(t, remind[0], c.GetRemindType(), "the newest")
			}
		}
		require.Equal(t, map[string]int{"g": 1, "h": 1}, states)
		require.Len(t, ann.hear().messages, sent+5)

		// It has caught up, and for less than 5 s.
		next += uint64(sent) + 5
		say(low, 1)
		like()
		l.advance(4*time.Second - time.Millisecond)
		say(normal, 1)
		list = bob.frames()
		require.Empty(t, levels(list))
		require.Equal(t, next+2, accounted(t, list, "show", next))
		require.EqualValues(t, 1, lows(t, list))
		require.Empty(t, bob.counters)

		l.advance(time.Second + time.Millisecond)
		l.comesTo("full", "recovered", 1)
		require.Equal(t, []string{"full recovered"}, levels(bob.frames()))
		say(low, 1)
		like()
		list = bob.frames()
		require.Equal(t, []uint64{next + 2}, numbers(list, "show"))
		require.Zero(t, lows(t, list))
		require.Equal(t, []uint64{likes, 3}, bob.told(1))
		silent(out)
	})
}
