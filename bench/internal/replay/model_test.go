package replay

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

const room = "room"

func textEvent(seq uint64, sender, card string, random uint32, text string) *troupev1.Event {
	return &troupev1.Event{Event: &troupev1.Event_Message{Message: &troupev1.Message{
		Conversation: &troupev1.Conversation{Type: troupev1.ConversationType_CONVERSATION_TYPE_GROUP, Id: room},
		SenderId:     sender, Sender: &troupev1.UserCard{UserId: sender, NameCard: card}, Seq: seq, Random: random,
		Elements: []*troupev1.Element{{Element: &troupev1.Element_Text{Text: &troupev1.Text{Text: text}}}},
	}}}
}

func tipEvent(seq uint64, t *troupev1.GroupTip) *troupev1.Event {
	return &troupev1.Event{Event: &troupev1.Event_Message{Message: &troupev1.Message{
		Conversation: &troupev1.Conversation{Type: troupev1.ConversationType_CONVERSATION_TYPE_GROUP, Id: room},
		Seq:          seq, Elements: []*troupev1.Element{{Element: &troupev1.Element_GroupTip{GroupTip: t}}},
	}}}
}

func noticeEvent(seq uint64, kind uint32, user string) *troupev1.Event {
	return &troupev1.Event{Event: &troupev1.Event_SystemNotice{SystemNotice: &troupev1.SystemNotice{
		NoticeType: kind, Seq: seq, GroupId: room, OperatorId: user,
	}}}
}

// story is what ann hears: her joining, bob's message, her own (not heard), a
// name card of bob's, another message, her leaving with a notice.
func story() (*Receiver, []*troupev1.Event) {
	transcript, inbox := &Transcript{}, &Transcript{}
	transcript.Expect(tip{kind: tipJoin, operator: "bob", users: []string{"bob"}, method: troupev1.JoinMethod_JOIN_METHOD_SELF}.hash(room), "")
	inbox.Expect(hashNotice(6, room, "ann"), "") // of an earlier connection
	first := transcript.Expect(tip{kind: tipJoin, operator: "ann", users: []string{"ann"}, method: troupev1.JoinMethod_JOIN_METHOD_SELF}.hash(room), "")
	r := NewReceiver(room, "ann", transcript, first, inbox, 2)
	transcript.Expect(hashMessage(room, "bob", "", 1, "hello"), "bob")
	transcript.Expect(hashMessage(room, "ann", "", 2, "hi"), "ann")
	transcript.Expect(tip{kind: tipMember, operator: "bob", nameCard: "Bobby"}.hash(room), "")
	transcript.Expect(hashMessage(room, "bob", "Bobby", 3, "new name"), "bob")
	transcript.Expect(tip{kind: tipQuit, operator: "ann", users: []string{"ann"}, reason: "leave"}.hash(room), "")
	inbox.Expect(hashNotice(8, room, "ann"), "")
	r.End()
	transcript.Expect(hashMessage(room, "bob", "Bobby", 4, "she is gone"), "bob")
	r.End() // changes nothing
	return r, []*troupev1.Event{
		tipEvent(2, &troupev1.GroupTip{TipType: 1, OperatorId: new("ann"), Users: []*troupev1.UserCard{{UserId: "ann"}}, UserCount: 1, JoinMethod: troupev1.JoinMethod_JOIN_METHOD_SELF}),
		textEvent(3, "bob", "", 1, "hello"),
		tipEvent(5, &troupev1.GroupTip{TipType: 7, OperatorId: new("bob"), Members: []*troupev1.MemberChange{{UserId: "bob", NameCard: new("Bobby")}}}),
		textEvent(6, "bob", "Bobby", 3, "new name"),
		noticeEvent(2, 8, "ann"),
		tipEvent(7, &troupev1.GroupTip{TipType: 2, OperatorId: new("ann"), Users: []*troupev1.UserCard{{UserId: "ann"}}, UserCount: 1, Reason: "leave"}),
	}
}

func isDone(r *Receiver) bool {
	select {
	case <-r.Done():
		return true
	default:
		return false
	}
}

func TestReceiverAccepts(t *testing.T) {
	r, events := story()
	for i, e := range events {
		require.False(t, isDone(r), "before event %d", i)
		r.Take(e)
	}
	require.True(t, isDone(r))
	tally := r.Finish()
	require.NoError(t, tally.Err())
	require.Equal(t, Tally{Expected: 6, Received: 6}, tally)
}

// Whatever happens to a single frame is noticed, at every place.
func TestReceiverNoticesEveryFault(t *testing.T) {
	_, events := story()
	for i := range events {
		numbered := events[i].GetMessage() != nil
		faults := []struct {
			name string
			do   func([]*troupev1.Event) []*troupev1.Event
			want Tally
		}{
			{"lost", func(e []*troupev1.Event) []*troupev1.Event { return slices.Delete(e, i, i+1) },
				Tally{Expected: 6, Received: 5, Lost: 1}},
			{"doubled", func(e []*troupev1.Event) []*troupev1.Event { return slices.Insert(e, i, e[i]) },
				Tally{Expected: 6, Received: 6, Doubled: 1}},
			{"doubled later", func(e []*troupev1.Event) []*troupev1.Event { return append(e, e[i]) },
				Tally{Expected: 6, Received: 6, Doubled: 1}},
		}
		if numbered {
			faults = append(faults, struct {
				name string
				do   func([]*troupev1.Event) []*troupev1.Event
				want Tally
			}{"changed", func(e []*troupev1.Event) []*troupev1.Event {
				m := e[i].GetMessage()
				if tip := m.Elements[0].GetGroupTip(); tip != nil {
					tip.OperatorId = new("eve")
				} else {
					m.Elements[0].GetText().Text += "!"
				}
				return e
			}, Tally{Expected: 6, Received: 6, Changed: 1}})
		}
		for _, f := range faults {
			t.Run(fmt.Sprintf("%s %d", f.name, i), func(t *testing.T) {
				r, fresh := story()
				for _, e := range f.do(fresh) {
					r.Take(e)
				}
				tally := r.Finish()
				require.Error(t, tally.Err())
				require.Equal(t, f.want, tally)
			})
		}
	}
}

// Frames of one stream that change places are noticed; between group and inbox
// no order is promised.
func TestReceiverNoticesDisorder(t *testing.T) {
	_, events := story()
	for i := range len(events) - 1 {
		r, e := story()
		e[i], e[i+1] = e[i+1], e[i]
		between := (e[i].GetMessage() == nil) != (e[i+1].GetMessage() == nil)
		for _, one := range e {
			r.Take(one)
		}
		tally := r.Finish()
		if between {
			require.NoError(t, tally.Err(), "swap %d", i)
			continue
		}
		require.Error(t, tally.Err(), "swap %d", i)
		require.Equal(t, Tally{Expected: 6, Received: 6, Disordered: 1}, tally, "swap %d", i)
	}
}

func TestReceiverNoticesWhatIsNotMeantForIt(t *testing.T) {
	other := textEvent(3, "bob", "", 1, "hello")
	other.GetMessage().Conversation.Id = "elsewhere"
	for name, e := range map[string]*troupev1.Event{
		"from before its join": tipEvent(1, &troupev1.GroupTip{TipType: 1, OperatorId: new("bob")}),
		"its own message":      textEvent(4, "ann", "", 2, "hi"),
		"from after its leave": textEvent(8, "bob", "Bobby", 4, "she is gone"),
		"never sent":           textEvent(90, "bob", "Bobby", 4, "invented"),
		"number zero":          textEvent(0, "bob", "Bobby", 4, "invented"),
		"of another group":     other,
		"a notice before it":   noticeEvent(1, 6, "ann"),
		"a notice of nobody's": noticeEvent(3, 8, "ann"),
		"a notice without seq": noticeEvent(0, 8, "ann"),
	} {
		t.Run(name, func(t *testing.T) {
			r, events := story()
			for _, one := range append(events, e) {
				r.Take(one)
			}
			tally := r.Finish()
			require.Error(t, tally.Err())
			require.Equal(t, Tally{Expected: 6, Received: 6, Foreign: 1}, tally)
		})
	}
}

func TestStatesAreNotJudged(t *testing.T) {
	r, events := story()
	state := &troupev1.Event{Event: &troupev1.Event_ConversationChanged{ConversationChanged: &troupev1.ConversationChanged{}}}
	for _, e := range append(events, state) {
		r.Take(e)
	}
	tally := r.Finish()
	require.NoError(t, tally.Err())
}

func TestRefusedIsNotExpected(t *testing.T) {
	transcript := &Transcript{}
	r := NewReceiver(room, "ann", transcript, 1, &Transcript{}, 1)
	transcript.Expect(hashMessage(room, "bob", "", 1, "a"), "bob")
	transcript.Expect(hashMessage(room, "bob", "", 2, "b"), "bob")
	transcript.Refused()
	r.Take(textEvent(1, "bob", "", 1, "a"))
	r.End()
	require.True(t, isDone(r))
	tally := r.Finish()
	require.NoError(t, tally.Err())
}

func TestNothingExpectedIsAFailure(t *testing.T) {
	r := NewReceiver(room, "ann", &Transcript{}, 1, &Transcript{}, 1)
	r.End()
	tally := r.Finish()
	require.Error(t, tally.Err())
}
