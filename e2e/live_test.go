package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// await receives until an event fits, keeping what came before.
func (p *peer) until(what string, fits func(*troupev1.Event) bool) *troupev1.Event {
	p.t.Helper()
	for i, e := range p.events {
		if fits(e) {
			p.events = append(p.events[:i:i], p.events[i+1:]...)
			return e
		}
	}
	for {
		f := p.recv()
		e := f.GetEvent()
		require.NotNil(p.t, e, "%s: waiting for %s, got an answer", p.user, what)
		if fits(e) {
			return e
		}
		p.events = append(p.events, e)
	}
}

func (p *peer) untilTip(tipType uint32) *troupev1.GroupTip {
	p.t.Helper()
	e := p.until("tip", func(e *troupev1.Event) bool {
		tip := tipOf(e.GetMessage())
		return tip != nil && tip.GetTipType() == tipType
	})
	return tipOf(e.GetMessage())
}

func (w *world) guest(group string) *peer {
	w.t.Helper()
	p := w.dial(protocol.JSON)
	p.user = "guest"
	p.ok(&troupev1.GuestJoin{GroupId: group})
	return p
}

// A livestream: presence, folded tips, guests, one room per user.
func TestLivestream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.users("host", "ann", "ben", "out")
	host, ann, ben, out := p[0], p[1], p[2], p[3]
	a := host.create(troupev1.Kind_KIND_LIVESTREAM, "show-a")
	b := host.create(troupev1.Kind_KIND_LIVESTREAM, "show-b")
	ann.ok(&troupev1.JoinGroup{GroupId: a})
	ben.ok(&troupev1.JoinGroup{GroupId: a})
	silent(p...)
	w.advance(500 * time.Millisecond)
	for _, q := range []*peer{ann, ben} {
		tip := q.untilTip(1)
		require.ElementsMatch(t, []string{"ann", "ben"}, userIDs(tip))
		require.Empty(t, tip.GetOperatorId())
	}
	silent(p...)
	guest := w.guest(a)
	require.EqualValues(t, 2, ann.ok(text(a, "hi")).GetSendMessage().GetSeq())
	ben.hear().exactly(counts{messages: 1})
	guest.hear().exactly(counts{messages: 1})
	silent(ann, out, host)
	host.code(11004, text(a, "not here"))

	ann.ok(&troupev1.JoinGroup{GroupId: b})
	w.settle()
	h := ann.hear().exactly(counts{notices: 1})
	require.EqualValues(t, 8, h.notices[0].GetNoticeType())
	w.advance(500 * time.Millisecond)
	tip := ben.untilTip(2)
	require.Equal(t, []string{"ann"}, userIDs(tip))
	require.Equal(t, "moved", tip.GetReason())
	require.Equal(t, []string{"ann"}, userIDs(ann.untilTip(1)))
	guest.untilTip(2)
	silent(ben, guest, out)
	ann.code(11004, text(a, "gone"))

	_ = ben.conn.Abort()
	require.Eventually(t, func() bool {
		w.clock.Advance(10 * time.Second)
		list := host.ok(&troupev1.GetGroupProfiles{GroupIds: []string{a}}).GetGetGroupProfiles().GetGroups()
		return list[0].GetGroup().GetMemberCount() == 0
	}, patience, 10*time.Millisecond)
	host.ok(&troupev1.DismissGroup{GroupId: a})
	w.settle()
	g := guest.hear()
	require.Len(t, g.notices, 1, "%s", show(g.all))
	require.EqualValues(t, 5, g.notices[0].GetNoticeType())
}
