package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/cmd/troupe/config"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// follower reads a group and the inbox as a client does: what lags is attached
// again from the last number, and every number must come once and in order.
type follower struct {
	*peer
	g, epoch, inboxEpoch string
	seq, notice          uint64
	lags                 int
}

// follow takes up from the numbers that the client has.
func (p *peer) follow(g string) *follower {
	p.t.Helper()
	f := &follower{peer: p, g: g}
	a := p.ok(&troupev1.Attach{Inbox: &troupev1.InboxFrom{}, Groups: []*troupev1.GroupFrom{{GroupId: g}}}).GetAttach()
	require.Len(p.t, a.GetGroups(), 1)
	f.epoch, f.inboxEpoch = a.GetGroups()[0].GetEpoch(), a.GetInbox().GetEpoch()
	f.seq, f.notice = a.GetGroups()[0].GetNextSeq()-1, a.GetInbox().GetNextSeq()-1
	return f
}

// take looks at frames; it reports whether the streams lag.
func (f *follower) take(list []*troupev1.Frame) (lags bool) {
	f.t.Helper()
	for _, x := range list {
		e := x.GetEvent()
		switch {
		case e.GetMessage() != nil:
			f.seq++
			require.Equal(f.t, f.seq, e.GetMessage().GetSeq(), "once, in order, and nothing before attach")
		case e.GetSystemNotice() != nil:
			f.notice++
			require.Equal(f.t, f.notice, e.GetSystemNotice().GetSeq())
		case e.GetLagging() != nil:
			lags = true
		}
	}
	return lags
}

// again attaches from the last numbers, without waiting for the answer.
func (f *follower) again() {
	f.t.Helper()
	f.lags++
	require.NoError(f.t, f.conn.Send(request(&troupev1.Attach{
		Inbox:  &troupev1.InboxFrom{LastSeq: proto.Uint64(f.notice), Epoch: f.inboxEpoch},
		Groups: []*troupev1.GroupFrom{{GroupId: f.g, LastSeq: proto.Uint64(f.seq), Epoch: f.epoch}},
	})))
}

func TestLadderHarm(t *testing.T) {
	t.Parallel()
	t.Run("X-079", func(t *testing.T) {
		t.Parallel()
		l := newLadder(t, func(c *config.Config) { c.Limits.ResumeFrames = 2000 })
		alice, root, out := l.device("alice", ""), l.device("root", ""), l.device("out", "")
		bob := l.slow("bob", "")
		alice.create(troupev1.Kind_KIND_CUSTOM, "g", "bob")
		f := bob.follow("g")
		fill := func() {
			alice.says("g", 3)
			root.ok(&troupev1.SendCustomNotice{GroupId: "g", Content: []byte("n"), ToUserIds: []string{"bob"}})
		}
		for round := range 4 {
			// Each round the device lags anew; in every second much more comes while it
			// catches up.
			end := time.Now().Add(patience)
			for before := l.steps("pull", "full"); l.steps("pull", "full") == before; {
				require.True(t, time.Now().Before(end), "pull was not reached")
				fill()
				l.settle()
			}
			fill()
			if !f.take(bob.frames()) {
				require.True(t, f.take(bob.frames()), "round %d: what was left out is named", round)
			}
			f.again()
			if round%2 == 1 {
				for range 40 {
					fill()
				}
			}
			newest := alice.ok(text("g", "last")).GetSendMessage().GetSeq()
			l.settle()
			inbox := uint64(len(l.inboxOf("bob")))
			for f.seq < newest || f.notice < inbox {
				if f.take([]*troupev1.Frame{bob.recv()}) {
					f.again()
				}
			}
		}
		require.Empty(t, numbers(bob.frames(), "g"))
		require.GreaterOrEqual(t, f.lags, 4)
		silent(out)
	})

	t.Run("X-080", func(t *testing.T) {
		t.Parallel()
		l := newLadder(t)
		p := l.users("alice", "carol", "out")
		alice, carol, out := p[0], p[1], p[2]
		phone := l.device("bob", "phone")
		slow := l.slow("bob", "slow")
		alice.create(troupev1.Kind_KIND_CUSTOM, "g", "bob", "carol")
		alice.create(troupev1.Kind_KIND_LIVESTREAM, "show")
		alice.ok(&troupev1.JoinGroup{GroupId: "show"})
		carol.ok(&troupev1.JoinGroup{GroupId: "show"})
		l.advance(500 * time.Millisecond)
		carol.untilTip(1)
		stuck, guest := l.slowGuest("show"), l.guest("show")
		forget(alice, carol, phone, guest)
		sent := 0
		end := time.Now().Add(3 * patience)
		for ; l.steps("pull", "full") == 0 || l.steps("newest_only", "high") < 2; sent++ {
			require.True(t, time.Now().Before(end), "nobody was slow")
			alice.ok(long("g", "in the group"))
			alice.ok(long("show", "in the room"))
			// The clock stands still: nobody waits for the slow ones.
			carol.hear().exactly(counts{messages: 2})
			phone.hear().exactly(counts{messages: 1})
			guest.hear().exactly(counts{messages: 1})
		}
		for range 20 {
			alice.ok(text("g", "on and on"))
			carol.ok(text("show", "and on"))
			carol.hear().exactly(counts{messages: 1})
			alice.hear().exactly(counts{messages: 1})
			phone.hear().exactly(counts{messages: 1})
			guest.hear().exactly(counts{messages: 1})
		}
		require.Less(t, len(numbers(slow.frames(), "g")), sent)
		accounted(t, stuck.frames(), "show", 2)
		silent(out)
	})

	t.Run("X-081", func(t *testing.T) {
		t.Parallel()
		const bound = 16 << 10
		l := newLadder(t, func(c *config.Config) { c.Limits.QueueBytes = bound })
		alice, out := l.device("alice", ""), l.device("out", "")
		quick, slow := l.device("bob", "quick"), l.slow("bob", "slow")
		alice.create(troupev1.Kind_KIND_CUSTOM, "g", "bob")
		const messages, size = 20, 8000
		for i := range messages {
			alice.ok(text("g", fmt.Sprint(i%10)+strings.Repeat("x", size-1)))
			quick.fence()
			// The slow device keeps up as long as it is asked to.
			slow.frames()
		}
		forget(quick)
		history := &troupev1.GetGroupHistory{GroupId: "g", ReqSeq: messages + 1, ReqNumber: proto.Uint32(messages)}
		whole := func(a *troupev1.Answer) {
			require.Zero(t, a.GetCode(), "%v", a)
			list := a.GetGetGroupHistory().GetMessages()
			require.Equal(t, upTo(2, messages+1), seqs(list))
			require.Greater(t, proto.Size(a), 8*bound)
		}
		whole(quick.ok(history))

		l.advance(time.Minute) // slow may be at its full level again
		slow.frames()
		before := l.steps("pull", "full")
		sent := l.fill(alice, "g", "folded", "half")
		req := request(history)
		require.NoError(t, slow.conn.Send(req))
		l.settle()
		var answer *troupev1.Answer
		list := []*troupev1.Frame{}
		for answer == nil {
			f := slow.recv()
			if a := f.GetAnswer(); a != nil {
				require.Equal(t, req.GetRequestId(), a.GetRequestId())
				answer = a
				continue
			}
			list = append(list, f)
		}
		whole(answer)
		require.Equal(t, upTo(messages+2, uint64(messages+1+sent)), numbers(list, "g"), "nothing was thrown out for it")
		require.Equal(t, before, l.steps("pull", "full"))
		alice.ok(text("g", "and on"))
		require.Equal(t, []uint64{uint64(messages + sent + 2)}, numbers(slow.frames(), "g"))
		silent(out)
	})
}
