package client

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// What a room was spared is no gap: named beside a frame, alone, or alone
// behind the answer that counts as a frame.
func TestShedNumbersAreNoGap(t *testing.T) {
	r := start1(t, nil)
	beside := func(seq, from uint64) *troupev1.Frame {
		f := message("hall", seq)
		f.Skipped = &troupev1.Skipped{FromSeq: from, ToSeq: seq - 1, Low: seq - from}
		return f
	}
	alone := func(from, to uint64) *troupev1.Frame {
		return eventFrame(&troupev1.Event{Event: &troupev1.Event_RoomSkipped{RoomSkipped: &troupev1.RoomSkipped{
			GroupId: "hall", Skipped: &troupev1.Skipped{FromSeq: from, ToSeq: to, Normal: to - from + 1},
		}}})
	}
	r.peer.say(message("hall", 6), beside(9, 7), alone(10, 12), message("hall", 13))
	require.Equal(t, []uint64{6, 9, 0, 13}, r.seqs(t, 4))

	got := outcomeOf(func() (*troupev1.SendMessageResult, error) { return r.SendText(within(t), "hall", "x") })
	r.peer.done(r.peer.expect(protocol.OpSendMessage), func(a *troupev1.Answer) {
		a.Result = &troupev1.Answer_SendMessage{SendMessage: &troupev1.SendMessageResult{Seq: 16}}
	})
	require.NoError(t, wait(t, got).err)
	r.peer.say(alone(14, 15), message("hall", 17))
	require.Equal(t, []uint64{0, 17}, r.seqs(t, 2))
	seq, _ := r.Position("hall")
	require.EqualValues(t, 17, seq)
}

func TestShedIsNotRepeated(t *testing.T) {
	r := start1(t, nil)
	got := outcomeOf(func() (*troupev1.SendMessageResult, error) { return r.SendText(within(t), "hall", "hi") })
	r.peer.fail(r.peer.expect(protocol.OpSendMessage), protocol.MessageShed(&group.Result{Seq: 6, Shed: group.ShedBytes, RetryAfter: 300}))
	require.Equal(t, int32(group.CodeMessageShed), CodeOf(wait(t, got).err))
}
