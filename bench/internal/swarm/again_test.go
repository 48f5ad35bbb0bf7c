//go:build linux

package swarm

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func attachAnswer(s *troupev1.StreamState) *troupev1.Answer {
	s.GroupId = "stage"
	return &troupev1.Answer{Result: &troupev1.Answer_Attach{Attach: &troupev1.AttachResult{Groups: []*troupev1.StreamState{s}}}}
}

func messageOf(seq uint64) *troupev1.Message {
	return &troupev1.Message{
		Conversation: &troupev1.Conversation{Id: "stage"}, SenderId: "ann", Seq: seq,
		Elements: []*troupev1.Element{{Element: &troupev1.Element_Text{Text: &troupev1.Text{
			Text: string(AppendBody(nil, Mark{Counter: seq, Due: 1}, 60))}}}},
	}
}

// A gap must begin where the receiver was, and can be read from the history.
func TestGap(t *testing.T) {
	j := newTestJudge(1)
	c := j.conns[0]
	j.hear(t, 0, message(5, nil))
	c.Attached(attachAnswer(&troupev1.StreamState{Epoch: "e", Gap: &troupev1.Gap{From: 6, To: 8}}))
	j.hear(t, 0, message(9, nil))
	require.Equal(t, Tally{Messages: 2, Gaps: 1, Gapped: 3}, j.l.Tally)

	req := ReadGaps(c, 0, nil)
	require.EqualValues(t, 8, req.GetGetGroupHistory().GetReqSeq())
	c.page([]*troupev1.Message{messageOf(7), messageOf(8)})
	require.EqualValues(t, 6, ReadGaps(c, 0, nil).GetGetGroupHistory().GetReqSeq())
	c.page([]*troupev1.Message{messageOf(4), messageOf(5)}) // 6 is not there
	require.Nil(t, ReadGaps(c, 0, nil))
	require.Equal(t, Tally{Messages: 2, Gaps: 1, Gapped: 3, Reread: 2, Lost: 1}, j.l.Tally)
}

func TestGapsThatDoNotFit(t *testing.T) {
	for name, g := range map[string]*troupev1.Gap{
		"too early": {From: 5, To: 8}, "too late": {From: 7, To: 8}, "backwards": {From: 6, To: 4}, "reset": {From: 6, To: 8, Reset_: true},
	} {
		j := newTestJudge(1)
		j.hear(t, 0, message(5, nil))
		j.conns[0].Attached(attachAnswer(&troupev1.StreamState{Gap: g}))
		require.EqualValues(t, 1, j.l.Wrong, name)
	}
	j := newTestJudge(1)
	code := int32(11004)
	j.conns[0].Attached(attachAnswer(&troupev1.StreamState{Code: &code}))
	require.EqualValues(t, 1, j.l.Wrong, "refused")
	j.conns[0].Attached(&troupev1.Answer{})
	require.EqualValues(t, 2, j.l.Wrong, "nothing told")
}

// What attach tells as the next number is due, though nothing came before it.
func TestAttachedFrom(t *testing.T) {
	next := uint64(5)
	j := newTestJudge(1)
	j.conns[0].Attached(attachAnswer(&troupev1.StreamState{Epoch: "e", NextSeq: &next}))
	j.hear(t, 0, message(6, nil))
	require.EqualValues(t, 1, j.l.Lost)
	last := uint64(6)
	want := []*troupev1.GroupFrom{{GroupId: "stage", LastSeq: &last, Epoch: "e"}}
	got := j.conns[0].AttachRequest().GetAttach().GetGroups()
	require.Len(t, got, 1)
	require.True(t, proto.Equal(want[0], got[0]), "%v", got)
}

// Who leaves is due what comes up to the tip that says so, and nothing after.
func TestLeaving(t *testing.T) {
	tip := func(seq uint64, user string) []byte {
		return frameOf(&troupev1.Frame{Frame: &troupev1.Frame_Event{Event: &troupev1.Event{Event: &troupev1.Event_Message{Message: &troupev1.Message{
			Conversation: &troupev1.Conversation{Id: "stage"}, Seq: seq,
			Elements: []*troupev1.Element{{Element: &troupev1.Element_GroupTip{GroupTip: &troupev1.GroupTip{
				TipType: tipLeft, Users: []*troupev1.UserCard{{UserId: user}}, UserCount: 1}}}},
		}}}}})
	}
	j := newTestJudge(2)
	c := j.conns[1]
	j.hear(t, 1, message(5, nil))
	c.Leaving(j.room)
	j.hear(t, 1, message(6, nil), tip(7, "bob2"))
	require.False(t, c.Left(j.room))
	j.hear(t, 1, tip(8, "bob"))
	require.True(t, c.Left(j.room))
	require.Equal(t, Tally{Messages: 2, Tips: 2}, j.l.Tally)
	j.hear(t, 1, message(9, nil))
	require.EqualValues(t, 1, j.l.Foreign)
	c.Rejoin(j.room)
	j.hear(t, 1, message(12, nil), message(13, nil))
	require.Equal(t, Tally{Messages: 4, Tips: 2, Foreign: 1}, j.l.Tally)
	require.EqualValues(t, 6, j.l.close([]uint64{13}).Expected)
}
