package e2e

import (
	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// heard is what a peer got up to a fence, sorted by sort of event. Order
// between streams is not promised (spec 2.3), within a sort it is kept.
type heard struct {
	p        *peer
	all      []*troupev1.Event
	messages []*troupev1.Message
	tips     []*troupev1.GroupTip
	notices  []*troupev1.SystemNotice
	added    []*troupev1.ApplicationEvent
	updated  []*troupev1.ApplicationEvent
	modes    []*troupev1.GroupModesChanged
	muted    []*troupev1.GroupMuted
	convs    []*troupev1.ConversationChanged
	other    []*troupev1.Event
}

// hear takes everything a peer got, up to a fence.
func (p *peer) hear() heard {
	p.t.Helper()
	h := heard{p: p, all: p.take()}
	for _, e := range h.all {
		switch v := e.GetEvent().(type) {
		case *troupev1.Event_Message:
			if tip := tipOf(v.Message); tip != nil {
				h.tips = append(h.tips, tip)
			} else {
				h.messages = append(h.messages, v.Message)
			}
		case *troupev1.Event_SystemNotice:
			h.notices = append(h.notices, v.SystemNotice)
		case *troupev1.Event_ApplicationAdded:
			h.added = append(h.added, v.ApplicationAdded)
		case *troupev1.Event_ApplicationUpdated:
			h.updated = append(h.updated, v.ApplicationUpdated)
		case *troupev1.Event_GroupModesChanged:
			h.modes = append(h.modes, v.GroupModesChanged)
		case *troupev1.Event_GroupMuted:
			h.muted = append(h.muted, v.GroupMuted)
		case *troupev1.Event_ConversationChanged:
			h.convs = append(h.convs, v.ConversationChanged)
		default:
			h.other = append(h.other, e)
		}
	}
	return h
}

// tipOf is the tip that a message consists of, nil if it is none.
func tipOf(m *troupev1.Message) *troupev1.GroupTip {
	if len(m.GetElements()) == 1 {
		return m.GetElements()[0].GetGroupTip()
	}
	return nil
}

// counts asserts how many of each sort came; everything not named must be none.
type counts struct {
	messages, tips, notices, added, updated, modes, muted, convs int
}

func (h heard) exactly(c counts) heard {
	h.p.t.Helper()
	got := counts{len(h.messages), len(h.tips), len(h.notices), len(h.added), len(h.updated), len(h.modes), len(h.muted), len(h.convs)}
	require.Equal(h.p.t, c, got, "%s: %s", h.p.user, show(h.all))
	require.Empty(h.p.t, h.other, "%s: %s", h.p.user, show(h.other))
	return h
}

// userIDs are the users of a tip in order.
func userIDs(tip *troupev1.GroupTip) []string {
	var ids []string
	for _, u := range tip.GetUsers() {
		ids = append(ids, u.GetUserId())
	}
	return ids
}
