package client

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func tipOf(group string, seq uint64, kind uint32, user string) *troupev1.Frame {
	f := message(group, seq)
	f.GetEvent().GetMessage().Elements = []*troupev1.Element{{Element: &troupev1.Element_GroupTip{GroupTip: &troupev1.GroupTip{
		TipType: kind, GroupId: group, Users: []*troupev1.UserCard{{UserId: user}},
	}}}}
	return f
}

func notice(seq uint64, kind uint32, group string) *troupev1.Frame {
	return eventFrame(&troupev1.Event{Event: &troupev1.Event_SystemNotice{SystemNotice: &troupev1.SystemNotice{
		NoticeType: kind, Seq: seq, GroupId: group,
	}}})
}

func from(group string, last uint64) *troupev1.GroupFrom {
	return &troupev1.GroupFrom{GroupId: group, LastSeq: proto.Uint64(last), Epoch: "e1"}
}

func requireAttach(t *testing.T, want, got *troupev1.Attach) {
	t.Helper()
	require.Empty(t, cmp.Diff(want, got, protocmp.Transform()))
}

func TestReconnect(t *testing.T) {
	r := start1(t, nil)
	r.peer.say(message("hall", 6), notice(3, 2, "hall"), message("hall", 7))
	require.Equal(t, []uint64{6, 3, 7}, r.seqs(t, 3))
	sent := outcomeOf(func() (*troupev1.JoinGroupResult, error) {
		return r.JoinGroup(within(t), &troupev1.JoinGroup{GroupId: "room"})
	})
	lost := r.peer.expect(protocol.OpJoinGroup)
	r.peer.cut()
	require.Equal(t, Reconnecting, wait(t, r.state))

	r.again(t)
	r.peer.joined("hall", "new")
	attach := r.peer.expect(protocol.OpAttach)
	requireAttach(t, &troupev1.Attach{
		Inbox:  &troupev1.InboxFrom{LastSeq: proto.Uint64(3), Epoch: "e1"},
		Groups: []*troupev1.GroupFrom{from("hall", 7), {GroupId: "new"}},
		Rest:   troupev1.Rest_REST_LIVE,
	}, attach.GetAttach())
	r.peer.attached(attach, map[string]uint64{"hall": 9})
	// What was missed comes again, with more than that.
	r.peer.say(messages("hall", 7, 9)...)
	require.Equal(t, []uint64{8, 9}, r.seqs(t, 2))
	require.Equal(t, Connected, wait(t, r.state))

	repeated := r.peer.expect(protocol.OpJoinGroup)
	require.Empty(t, cmp.Diff(lost, repeated, protocmp.Transform()), "the same request with the same id")
	r.peer.done(repeated, func(a *troupev1.Answer) {
		a.Result = &troupev1.Answer_JoinGroup{JoinGroup: &troupev1.JoinGroupResult{Outcome: troupev1.Outcome_OUTCOME_JOINED}}
	})
	require.NoError(t, wait(t, sent).err)
}

func TestReconnectTriesAgain(t *testing.T) {
	r := start1(t, nil)
	r.peer.close(protocol.CloseSilent, "")
	require.Equal(t, Reconnecting, wait(t, r.state))
	p := make(chan *peer, 1)
	accept := func() { go func() { p <- r.fake.accept(t) }() }
	accept()
	r.clock.pass(t, 2*time.Second)
	wait(t, p).cut() // before the login is answered
	accept()
	r.clock.pass(t, 4*time.Second)
	r.peer = wait(t, p)
	r.peer.fail(r.peer.expect(protocol.OpLogin), protocol.RetryLater(protocol.CodeBusy, 10))
	r.clock.pass(t, time.Second)
	r.peer.login(nil)
	r.peer.joined()
	r.peer.attach(nil)
	require.Equal(t, Connected, wait(t, r.state))
}

func TestStaysAway(t *testing.T) {
	for _, code := range []int{protocol.CloseNormal, protocol.CloseToken, protocol.CloseReplaced, protocol.CloseRefused, protocol.CloseBadProtocol} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			r := start1(t, nil)
			r.peer.say(eventFrame(&troupev1.Event{Event: &troupev1.Event_KickedOffline{KickedOffline: &troupev1.KickedOffline{Reason: "banned"}}}))
			r.peer.close(code, "away")
			require.Equal(t, Disconnected, wait(t, r.state))
			require.Equal(t, "banned", r.event(t).Event.GetKickedOffline().GetReason())
			_, open := <-r.Events()
			require.False(t, open)
			var closed *CloseError
			require.ErrorAs(t, r.Err(), &closed)
			require.Equal(t, code, closed.Code)
		})
	}
}

func TestLoginRefusedForGood(t *testing.T) {
	r := start1(t, nil)
	r.peer.cut()
	p := make(chan *peer, 1)
	go func() { p <- r.fake.accept(t) }()
	require.Equal(t, Reconnecting, wait(t, r.state))
	r.clock.pass(t, 2*time.Second)
	peer := wait(t, p)
	peer.fail(peer.expect(protocol.OpLogin), protocol.NewError(protocol.CodeBanned))
	require.Equal(t, Disconnected, wait(t, r.state))
	require.Equal(t, int32(protocol.CodeBanned), CodeOf(r.Err()))
}

func TestGapAttachesAgain(t *testing.T) {
	r := start1(t, nil)
	r.peer.say(message("hall", 6), message("hall", 9), message("hall", 10))
	attach := r.peer.expect(protocol.OpAttach)
	requireAttach(t, &troupev1.Attach{Groups: []*troupev1.GroupFrom{from("hall", 6)}}, attach.GetAttach())
	r.peer.say(message("hall", 11)) // still of the old listening
	r.peer.attached(attach, map[string]uint64{"hall": 11})
	r.peer.say(messages("hall", 7, 12)...)
	require.Equal(t, []uint64{6, 7, 8, 9, 10, 11, 12}, r.seqs(t, 7))
}

func TestGapOfAttach(t *testing.T) {
	r := start1(t, nil)
	answer := func(gap *troupev1.Gap, next uint64) {
		req := r.peer.expect(protocol.OpAttach)
		r.peer.done(req, func(a *troupev1.Answer) {
			a.Result = &troupev1.Answer_Attach{Attach: &troupev1.AttachResult{Groups: []*troupev1.StreamState{{
				GroupId: "hall", Epoch: "e2", NextSeq: proto.Uint64(next), Gap: gap,
			}}}}
		})
	}
	r.peer.say(message("hall", 600))
	answer(&troupev1.Gap{From: 6, To: 599}, 601)
	r.peer.say(message("hall", 600))
	e := r.event(t)
	require.Equal(t, "hall", e.Group)
	require.Empty(t, cmp.Diff(&troupev1.Gap{From: 6, To: 599}, e.Gap, protocmp.Transform()))
	require.Equal(t, []uint64{600}, r.seqs(t, 1))

	r.peer.say(message("hall", 700))
	answer(&troupev1.Gap{From: 1, To: 3, Reset_: true}, 4)
	r.peer.say(message("hall", 4))
	require.True(t, r.event(t).Gap.GetReset_())
	require.Equal(t, []uint64{4}, r.seqs(t, 1))
	_, epoch := r.Position("hall")
	require.Equal(t, "e2", epoch)
}

func TestOwnSendsCount(t *testing.T) {
	r := start1(t, nil)
	send := func(seq uint64) {
		got := outcomeOf(func() (*troupev1.SendMessageResult, error) { return r.SendText(within(t), "hall", "x") })
		r.peer.done(r.peer.expect(protocol.OpSendMessage), func(a *troupev1.Answer) {
			a.Result = &troupev1.Answer_SendMessage{SendMessage: &troupev1.SendMessageResult{Seq: seq}}
		})
		require.NoError(t, wait(t, got).err)
	}
	send(6)
	r.peer.say(message("hall", 7))
	// The answer overtakes the frames of others.
	send(10)
	r.peer.say(message("hall", 8), message("hall", 9), message("hall", 11))
	require.Equal(t, []uint64{7, 8, 9, 11}, r.seqs(t, 4))
	seq, _ := r.Position("hall")
	require.Equal(t, uint64(11), seq)
}

func TestDiscardedGroupsJump(t *testing.T) {
	r := start1(t, nil)
	r.peer.say(eventFrame(&troupev1.Event{Event: &troupev1.Event_ConversationChanged{ConversationChanged: &troupev1.ConversationChanged{
		Conversation: &troupev1.Conversation{Type: troupev1.ConversationType_CONVERSATION_TYPE_GROUP, Id: "hall"},
		RemindType:   troupev1.RemindType_REMIND_TYPE_DISCARD,
	}}}), message("hall", 20), message("hall", 30))
	require.Equal(t, []uint64{0, 20, 30}, r.seqs(t, 3))
}

func TestLagging(t *testing.T) {
	r := start1(t, nil)
	got := outcomeOf(func() (*troupev1.PingResult, error) { return r.Ping(within(t)) })
	lost := r.peer.expect(protocol.OpPing)
	r.peer.say(message("hall", 6), eventFrame(&troupev1.Event{Event: &troupev1.Event_Lagging{Lagging: &troupev1.Lagging{}}}))
	r.peer.joined("hall")
	attach := r.peer.expect(protocol.OpAttach)
	requireAttach(t, &troupev1.Attach{
		Inbox:  &troupev1.InboxFrom{LastSeq: proto.Uint64(2), Epoch: "e1"},
		Groups: []*troupev1.GroupFrom{from("hall", 6)}, Rest: troupev1.Rest_REST_LIVE,
	}, attach.GetAttach())
	r.peer.attached(attach, nil)
	r.peer.say(messages("hall", 7, 8)...)
	again := r.peer.expect(protocol.OpPing)
	require.Equal(t, lost.GetRequestId(), again.GetRequestId())
	r.peer.done(again, nil)
	require.NoError(t, wait(t, got).err)
	require.Equal(t, []uint64{6, 0, 7, 8}, r.seqs(t, 4))
}

func TestUnknownStreamIsNamed(t *testing.T) {
	r := start1(t, nil)
	r.peer.say(message("later", 4), message("later", 5))
	attach := r.peer.expect(protocol.OpAttach)
	requireAttach(t, &troupev1.Attach{Groups: []*troupev1.GroupFrom{{GroupId: "later"}}}, attach.GetAttach())
	// More was on its way than has arrived: ask from what is there.
	r.peer.attached(attach, map[string]uint64{"later": 7})
	attach = r.peer.expect(protocol.OpAttach)
	requireAttach(t, &troupev1.Attach{Groups: []*troupev1.GroupFrom{from("later", 5)}}, attach.GetAttach())
	r.peer.attached(attach, map[string]uint64{"later": 7})
	r.peer.say(messages("later", 6, 8)...)
	require.Equal(t, []uint64{4, 5, 6, 7, 8}, r.seqs(t, 5))
}

func TestMembershipEnds(t *testing.T) {
	t.Run("by a tip", func(t *testing.T) {
		r := start1(t, nil)
		r.peer.say(tipOf("hall", 6, 3, "ann"))
		require.Equal(t, []uint64{6}, r.seqs(t, 1))
		_, epoch := r.Position("hall")
		require.Empty(t, epoch)
		// Coming back starts anew, whatever was missed.
		r.peer.say(tipOf("hall", 90, 1, "ann"))
		require.Equal(t, []uint64{90}, r.seqs(t, 1))
		requireAttach(t, &troupev1.Attach{Groups: []*troupev1.GroupFrom{{GroupId: "hall"}}}, r.peer.attach(map[string]uint64{"hall": 90}))
	})
	t.Run("by a notice", func(t *testing.T) {
		r := start1(t, nil)
		r.peer.say(notice(3, 5, "hall"))
		require.Equal(t, []uint64{3}, r.seqs(t, 1))
		req := r.peer.expect(protocol.OpAttach)
		requireAttach(t, &troupev1.Attach{Groups: []*troupev1.GroupFrom{from("hall", 5)}}, req.GetAttach())
		r.peer.done(req, func(a *troupev1.Answer) {
			a.Result = &troupev1.Answer_Attach{Attach: &troupev1.AttachResult{Groups: []*troupev1.StreamState{{
				GroupId: "hall", Code: proto.Int32(10010), Error: "group_not_found",
			}}}}
		})
		require.Equal(t, int32(10010), r.event(t).Lost.GetCode())
		_, epoch := r.Position("hall")
		require.Empty(t, epoch)
	})
	t.Run("not, the notice is old", func(t *testing.T) {
		r := start1(t, nil)
		r.peer.say(notice(3, 4, "hall"))
		r.peer.attach(map[string]uint64{"hall": 5})
		r.peer.say(message("hall", 6))
		require.Equal(t, []uint64{3, 6}, r.seqs(t, 2))
	})
}

func TestRefusedAttachIsTriedAgain(t *testing.T) {
	r := start1(t, nil)
	r.peer.say(message("hall", 8))
	r.peer.fail(r.peer.expect(protocol.OpAttach), protocol.InvalidParameter("groups", "no"))
	// The refusal also gives the keeper work; if it turns to that first, the tick
	// that it waited for is lost, and the next one counts.
	ctx := within(t)
	passed := make(chan error, 1)
	go func() {
		var err error
		for range 2 {
			err = errors.Join(err, r.clock.BlockUntilContext(ctx, 1))
			r.clock.Advance(time.Second)
		}
		passed <- err
	}()
	again := r.peer.attach(map[string]uint64{"hall": 8})
	require.NoError(t, wait(t, passed))
	requireAttach(t, &troupev1.Attach{Groups: []*troupev1.GroupFrom{from("hall", 5)}}, again)
	r.peer.say(messages("hall", 6, 8)...)
	require.Equal(t, []uint64{6, 7, 8}, r.seqs(t, 3))
}
