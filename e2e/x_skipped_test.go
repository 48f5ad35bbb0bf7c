package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// What the budget sheds is named to everybody who listens, once, whether they
// are members, guests, further devices or senders.
func TestSkipped(t *testing.T) {
	t.Parallel()
	t.Run("X-069", func(t *testing.T) {
		s := newStage(t, "2/100000", []string{"ann", "ben", "late"}, policy("livestream", "priority_high_by", "any_member"))
		ann, ben, late := s.voices["ann"], s.voices["ben"], s.voices["late"]
		late.ok(&troupev1.LeaveGroup{GroupId: s.g})
		s.clock.Advance(s.cfg.Limits.LivestreamFold.Std())
		ben.untilTip(2)
		forget(append(s.everybody, s.out)...)
		from := s.nextSeq() - 1
		accounts := map[string]*account{}
		for _, p := range s.everybody {
			accounts[p.user] = p.account(from)
		}
		first := ann.post(s.say("a", normal), s.say("b", normal))
		lows := ann.post(s.say("l1", low), s.say("l2", low), s.say("l3", low), s.say("l4", low))
		for _, a := range ann.answers(first...) {
			accounts["ann"].own[a.GetSendMessage().GetSeq()] = true
		}
		own := ben.post(s.say("own", high))
		require.Equal(t, []int32{shed}, ann.codes(lows[3]))
		at := ann.answers(lows[3])[0].GetDetails().GetSeq()
		require.Equal(t, from+3, at)

		late.ok(&troupev1.JoinGroup{GroupId: s.g})
		accounts["late"] = late.account(at)
		forget(ben.peer)
		second := s.login("ben", "tablet")
		state := second.attachFrom(s.g, from, ben.attachFrom(s.g, from+2, "").GetEpoch())
		require.Equal(t, at, state.GetGap().GetTo(), "named by the gap")
		accounts["tablet"], accounts["ben"] = second.account(at), ben.account(at)

		s.clock.Advance(500 * time.Millisecond)
		a := ben.answers(own...)[0]
		require.Equal(t, at+1, a.GetSendMessage().GetSeq())
		accounts["ben"].own[at+1] = true
		s.clock.Advance(500 * time.Millisecond)
		require.Equal(t, []int32{0, shed, shed}, ann.codes(lows[:3]...))
		accounts["ann"].own[ann.answers(lows[0])[0].GetSendMessage().GetSeq()] = true
		name := "done"
		s.host.ok(&troupev1.UpdateGroupProfile{GroupId: s.g, Name: &name})
		newest := s.nextSeq() - 1
		for user, a := range accounts {
			a.take()
			require.Equal(t, newest, a.last, user)
			missed := uint64(3)
			if user == "late" || user == "tablet" || user == "ben" {
				missed = 2
			}
			require.Equal(t, missed, a.named.GetLow(), user)
			require.Zero(t, a.named.GetHigh()+a.named.GetNormal()+a.named.GetSystem(), user)
		}
		require.Equal(t, []string{"a", "b", "own", "tip", "l1", "tip"}, accounts["guest"].texts)
		require.Equal(t, []string{"own", "tip", "l1", "tip"}, accounts["tablet"].texts)
		silent(s.out)
	})
	t.Run("own message behind what was shed", func(t *testing.T) {
		s := newStage(t, "1/100000", []string{"ann", "ben"})
		ann, ben := s.voices["ann"], s.voices["ben"]
		from := s.nextSeq() - 1
		ann.post(s.say("1", normal), s.say("2", low), s.say("3", low))
		own := ben.post(s.say("own", normal))
		s.clock.Advance(time.Second)
		n := ben.answers(own...)[0].GetSendMessage().GetSeq()
		a, guest := ben.account(from), s.guest.account(from)
		a.own[n] = true
		a.take()
		guest.take()
		require.EqualValues(t, 1, a.named.GetLow(), "shed for the newcomer, so before its number")
		require.GreaterOrEqual(t, a.last, n)
		require.Equal(t, []string{"1", "own"}, guest.texts)
	})
	t.Run("X-070", func(t *testing.T) {
		s := newStage(t, "1/1000", []string{"ann", "ben", "late"})
		ann, ben, late := s.voices["ann"], s.voices["ben"], s.voices["late"]
		late.ok(&troupev1.LeaveGroup{GroupId: s.g})
		s.clock.Advance(s.cfg.Limits.LivestreamFold.Std())
		ben.untilTip(2)
		ann.codes(ann.post(s.say("1", normal))...)
		forget(s.everybody...)
		body := func(p troupev1.Priority) *troupev1.SendMessage { return s.say(string(make([]byte, 2001)), p) }
		require.Equal(t, []int32{shed, shed}, ann.codes(ann.post(body(low), body(normal))...))
		s.clock.Advance(499 * time.Millisecond)
		s.settle()
		late.ok(&troupev1.JoinGroup{GroupId: s.g})
		require.Equal(t, []int32{shed}, ann.codes(ann.post(body(normal))...))
		silent(s.everybody...)
		last := s.nextSeq() - 1
		s.clock.Advance(501 * time.Millisecond)
		for _, p := range s.everybody {
			e := p.until("room_skipped", func(e *troupev1.Event) bool { return e.GetRoomSkipped() != nil }).GetRoomSkipped()
			require.Equal(t, s.g, e.GetGroupId())
			sk := e.GetSkipped()
			require.Equal(t, last, sk.GetToSeq())
			if p == late.peer {
				require.Equal(t, []uint64{last, 1, 0}, []uint64{sk.GetFromSeq(), sk.GetNormal(), sk.GetLow()}, "what lies before the join is not named")
				continue
			}
			require.Equal(t, []uint64{last - 2, 2, 1}, []uint64{sk.GetFromSeq(), sk.GetNormal(), sk.GetLow()})
			require.Zero(t, sk.GetHigh()+sk.GetSystem())
		}
		ben.untilTip(1)
		s.advance(3 * time.Second)
		forget(s.everybody...)
		ann.ok(s.say("2", normal))
		for _, p := range []*peer{ben.peer, late.peer, s.guest} {
			e := p.take()
			require.Len(t, e, 1)
			require.NotNil(t, e[0].GetMessage())
			require.Nil(t, p.skipped[e[0]], "named once")
		}
		silent(s.out)
	})
}

// When the room's actor fails everybody who waits is answered once, and what
// was shed before is named all the same.
func TestRoomActorFails(t *testing.T) {
	t.Parallel()
	f := &trap{point: actors.FaultDecide}
	s := newStageWith(t, server.Options{Faults: f.spring}, "1/1000", []string{"ann", "ben"})
	ann, ben := s.voices["ann"], s.voices["ben"].account(s.nextSeq()-1)
	ids := ann.post(s.say("1", normal), s.say("2", normal), s.say("3", normal), s.say(string(make([]byte, 2001)), low))
	require.Equal(t, []int32{0, shed}, ann.codes(ids[0], ids[3]))
	f.left.Store(1)
	s.host.code(11033, s.say("breaks it", normal))
	require.Equal(t, []int32{11033, 11033}, ann.codes(ids[1:3]...))
	ann.ok(s.say("goes on", normal))
	ben.take()
	require.Equal(t, []string{"1", "goes on"}, ben.texts)
	require.EqualValues(t, 1, ben.named.GetLow())
	require.Empty(t, ann.waiting(ids...))
}
