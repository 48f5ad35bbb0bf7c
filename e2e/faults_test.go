package e2e

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// trap makes a group actor panic at the n-th passing of a point.
type trap struct {
	point actors.FaultPoint
	left  atomic.Int64
	hits  atomic.Int64
}

func (f *trap) spring(p actors.FaultPoint) {
	if p == f.point && f.left.Add(-1) == 0 {
		f.hits.Add(1)
		panic("injected fault")
	}
}

// A group actor that fails in the middle of its work is restarted from the
// journal: every caller hears something, what was acknowledged stays, members
// get every stored message once and in order, other groups notice nothing.
func TestGroupActorFails(t *testing.T) {
	t.Parallel()
	for _, point := range []actors.FaultPoint{actors.FaultDecide, actors.FaultApply, actors.FaultRelease} {
		t.Run(string(point), func(t *testing.T) {
			t.Parallel()
			f := &trap{point: point}
			w := newWorldWith(t, server.Options{Faults: f.spring}, unlimited)
			p := w.users("alice", "bob", "carol", "dave")
			alice, bob, carol, dave := p[0], p[1], p[2], p[3]
			g := alice.create(troupev1.Kind_KIND_CUSTOM, "broken", "bob")
			other := carol.create(troupev1.Kind_KIND_CUSTOM, "whole", "dave")

			const n = 40
			f.left.Store(10)
			ids := map[string]string{}
			for i := range n {
				body := fmt.Sprint("m", i)
				req := request(text(g, body))
				ids[req.GetRequestId()] = body
				require.NoError(t, alice.conn.Send(req))
			}
			acked := map[string]uint64{}
			unknown := 0
			for len(ids) > 0 {
				a := alice.recv().GetAnswer()
				if a == nil {
					continue
				}
				body, mine := ids[a.GetRequestId()]
				require.True(t, mine, "an answer twice: %v", a)
				delete(ids, a.GetRequestId())
				switch a.GetCode() {
				case 0:
					acked[body] = a.GetSendMessage().GetSeq()
				case 11033:
					unknown++
				default:
					t.Fatalf("unexpected answer %v", a)
				}
			}
			require.EqualValues(t, 1, f.hits.Load())
			require.Positive(t, unknown)
			carol.ok(text(other, "unmoved"))
			dave.hear().exactly(counts{messages: 1})

			a := alice.ok(text(g, "after"))
			acked["after"] = a.GetSendMessage().GetSeq()
			h := bob.hear()
			history := bob.ok(&troupev1.GetGroupHistory{GroupId: g}).GetGetGroupHistory().GetMessages()
			require.Equal(t, upTo(1, uint64(len(history))), seqs(history), "numbers without holes")
			require.Equal(t, seqs(history)[1:], seqs(h.messages), "everything stored came once, in order")
			at := map[uint64]string{}
			for _, m := range history {
				if tipOf(m) == nil {
					at[m.GetSeq()] = m.GetElements()[0].GetText().GetText()
				}
			}
			for body, seq := range acked {
				require.Equal(t, body, at[seq])
			}
		})
	}
}

// A session actor that fails answers the request in hand and goes on.
func TestSessionFails(t *testing.T) {
	t.Parallel()
	f := &trap{point: actors.FaultSession}
	w := newWorldWith(t, server.Options{Faults: f.spring})
	p := w.users("alice", "bob")
	alice, bob := p[0], p[1]
	g := alice.create(troupev1.Kind_KIND_CUSTOM, "", "bob")
	f.left.Store(1)
	alice.code(20005, text(g, "fails"))
	require.EqualValues(t, 1, f.hits.Load())
	alice.ok(text(g, "works"))
	bob.hear().exactly(counts{messages: 1})
	alice.cut()
	bob.ok(text(g, "alone"))
}

// A livestream's presence and numbers outlive a failure of its actor, so the
// epoch stays and nobody in the room notices.
func TestLivestreamActorFails(t *testing.T) {
	t.Parallel()
	f := &trap{point: actors.FaultApply}
	w := newWorldWith(t, server.Options{Faults: f.spring})
	p := w.users("host", "ann", "ben")
	host, ann, ben := p[0], p[1], p[2]
	g := host.create(troupev1.Kind_KIND_LIVESTREAM, "show")
	ann.ok(&troupev1.JoinGroup{GroupId: g})
	ben.ok(&troupev1.JoinGroup{GroupId: g})
	w.advance(500 * time.Millisecond)
	ann.untilTip(1)
	ben.untilTip(1)
	guest := w.guest(g)
	epoch := ann.attachFrom(g, 0, "").GetEpoch()
	ann.ok(text(g, "before"))
	forget(append(p, guest)...)
	f.left.Store(1)
	ann.code(11033, text(g, "lost"))
	require.EqualValues(t, 3, ann.ok(text(g, "after")).GetSendMessage().GetSeq())
	for _, q := range []*peer{ben, guest} {
		h := q.hear().exactly(counts{messages: 1})
		require.EqualValues(t, 3, h.messages[0].GetSeq())
	}
	require.Equal(t, epoch, ann.attachFrom(g, 0, "").GetEpoch())
	profile := host.ok(&troupev1.GetGroupProfiles{GroupIds: []string{g}}).GetGetGroupProfiles().GetGroups()[0].GetGroup()
	require.EqualValues(t, 2, profile.GetMemberCount())
	require.EqualValues(t, 3, profile.GetAudienceCount())
}

// An orderly stop does not wait for the answers of clients that are gone.
func TestStopAfterClientsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.device("alice", "")
	g := alice.create(troupev1.Kind_KIND_CUSTOM, "")
	for i := range 50 {
		require.NoError(t, alice.conn.Send(request(text(g, fmt.Sprint("m", i)))))
	}
	alice.recv()
	alice.cut()
	w.stop()
}
