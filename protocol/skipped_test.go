package protocol

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func said(seq group.Seq, p group.Priority) *Frame {
	return FrameOf("room", 7, true, &group.Numbered{Event: &group.Event{Seq: seq, Body: &group.Sent{Priority: p}}}, 0)
}

func TestLiveFramesHaveTheirPriority(t *testing.T) {
	f := said(5, group.PriorityLow)
	require.Equal(t, group.PriorityLow, f.Priority)
	require.Equal(t, troupev1.Priority_PRIORITY_LOW, f.Message().GetEvent().GetMessage().GetPriority())
	tip := FrameOf("room", 7, true, &group.Numbered{Event: &group.Event{Seq: 5, Body: &group.Kicked{}}}, 0)
	require.Equal(t, group.PrioritySystem, tip.Priority)
	shed := FrameOf("room", 7, true, &group.Numbered{Event: &group.Event{Seq: 5, Body: &group.Shed{}}}, 0)
	require.Nil(t, shed, "nobody is shown it")
}

func TestAfterShed(t *testing.T) {
	shed := []group.Priority{group.PriorityLow, group.PriorityHigh, group.PriorityNormal, group.PriorityLow}
	f := said(9, group.PriorityHigh)
	require.Same(t, f, f.AfterShed(0, nil))
	g := f.AfterShed(5, shed)
	require.Nil(t, f.Message().GetSkipped(), "the frame itself was changed")
	require.Equal(t, group.PriorityHigh, g.Priority)

	alone := RoomShed("room", 7, 5, shed)
	require.EqualValues(t, 8, alone.Seq)
	for last, want := range map[uint64]*troupev1.Skipped{
		3: {FromSeq: 5, ToSeq: 8, Low: 2, Normal: 1, High: 1},
		4: {FromSeq: 5, ToSeq: 8, Low: 2, Normal: 1, High: 1},
		5: {FromSeq: 6, ToSeq: 8, Low: 1, Normal: 1, High: 1},
		7: {FromSeq: 8, ToSeq: 8, Low: 1},
		8: nil,
	} {
		got := g.For(last)
		require.Empty(t, cmp.Diff(want, got.Message().GetSkipped(), protocmp.Transform()), "%d", last)
		require.Empty(t, cmp.Diff(f.Message().GetEvent(), got.Message().GetEvent(), protocmp.Transform()))
		if want != nil {
			e := alone.For(last).Message().GetEvent().GetRoomSkipped()
			require.Equal(t, "room", e.GetGroupId())
			require.Empty(t, cmp.Diff(want, e.GetSkipped(), protocmp.Transform()), "%d", last)
		}
	}
	require.Equal(t, []uint64{9, 5, 5}, []uint64{f.First(), g.First(), alone.First()})
	require.Same(t, g, g.For(4), "shared by all who lack nothing else")
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = g.For(4); _ = f.For(8) }))
}

func TestAddSkipped(t *testing.T) {
	s := AddSkipped(nil, said(3, group.PriorityLow).AfterShed(2, []group.Priority{group.PriorityHigh}))
	s = AddSkipped(s, RoomShed("room", 7, 4, []group.Priority{group.PriorityNormal, group.PriorityNormal}))
	s = AddSkipped(s, FrameOf("room", 7, true, &group.Numbered{Event: &group.Event{Seq: 6, Body: &group.Left{}}}, 0))
	want := &troupev1.Skipped{FromSeq: 2, ToSeq: 6, Low: 1, Normal: 2, High: 1, System: 1}
	require.Empty(t, cmp.Diff(want, s, protocmp.Transform()))
	require.Nil(t, AddSkipped(nil, EventFrame(ClassLive, &troupev1.Event{})), "it has no number")
}

func TestShedIsAnError(t *testing.T) {
	req := &troupev1.Request{RequestId: "r", Op: &troupev1.Request_SendMessage{SendMessage: &troupev1.SendMessage{}}}
	a := AnswerFor(req, &group.Result{Code: group.CodeMessageShed, Seq: 8, Shed: group.ShedBytes, RetryAfter: 40})
	require.EqualValues(t, 11053, a.GetCode())
	require.Equal(t, "message_shed", a.GetError())
	require.Nil(t, a.GetSendMessage())
	require.EqualValues(t, 8, a.GetDetails().GetSeq())
	require.Equal(t, "bytes", a.GetDetails().GetCause())
	require.EqualValues(t, 40, a.GetDetails().GetRetryAfterMs())
}
