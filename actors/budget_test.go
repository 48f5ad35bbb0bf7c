package actors

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence/journaltest"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// slowShow is a livestream that lets one message a second pass, and its owner.
func slowShow(t *testing.T, adjust ...func(*Config)) (*rig, *end) {
	t.Helper()
	r := newRig(t, adjust...)
	require.NoError(t, r.sys.table.Override(group.Livestream, "room_budget", "1/1000"))
	host := r.listen("host")
	host.ok(create(troupev1.Kind_KIND_LIVESTREAM, "show"))
	host.ok(&troupev1.JoinGroup{GroupId: "show"})
	return r, host
}

// A stop does not wait for the clock: who waits for the budget is answered.
func TestStopWhileMessagesWait(t *testing.T) {
	r, host := slowShow(t)
	ids := []string{host.post(text("show")), host.post(text("show")), host.post(text("show"))}
	require.Zero(t, host.answer(ids[0]).GetCode())
	host.ok(&troupev1.Ping{})
	r.settle()
	host.take()
	r.stop()
	for _, a := range answers(host.take()) {
		require.EqualValues(t, 11033, a.GetCode())
		require.Contains(t, ids[1:], a.GetRequestId())
		ids = append(ids[:1:1], remove(ids[1:], a.GetRequestId())...)
	}
	require.Len(t, ids, 1, "not answered")
}

func remove(list []string, s string) (rest []string) {
	for _, v := range list {
		if v != s {
			rest = append(rest, v)
		}
	}
	return rest
}

// Messages that wait are unanswered requests of their connection. The group is
// not busy for them: what goes before them, or needs no budget, is let in.
func TestWaitingMessagesCount(t *testing.T) {
	t.Run("not for the group", func(t *testing.T) {
		r, host := slowShow(t, func(c *Config) { c.GroupQueue = 2 })
		r.settle() // what is being told counts as well
		host.ok(text("show"))
		r.settle()
		host.post(text("show"))
		r.settle()
		newest := host.post(text("show"))
		r.settle()
		name := "new"
		host.ok(&troupev1.UpdateGroupProfile{GroupId: "show", Name: &name})
		r.settle()
		high := text("show")
		high.Priority = troupev1.Priority_PRIORITY_HIGH
		first := host.post(high)
		require.EqualValues(t, 11053, host.answer(newest).GetCode(), "it made room")
		r.settle()
		r.clock.Advance(time.Second)
		require.Zero(t, host.answer(first).GetCode())
	})
	t.Run("for the connection", func(t *testing.T) {
		r, host := slowShow(t, func(c *Config) { c.Unanswered = 2 })
		host.ok(text("show"))
		host.post(text("show"))
		host.post(text("show"))
		r.settle()
		host.code(10006, text("show"))
	})
}

// A failed append answers them as well, and what comes then has the budget anew.
func TestAppendFailsWhileMessagesWait(t *testing.T) {
	r, host := slowShow(t)
	host.ok(text("show"))
	id := host.post(text("show"))
	host.ok(&troupev1.Ping{})
	r.settle()
	r.journal.Fail(1, journaltest.Fault{Err: errStopping})
	name := "new"
	host.code(11033, &troupev1.UpdateGroupProfile{GroupId: "show", Name: &name})
	require.EqualValues(t, 11033, host.answer(id).GetCode())
	host.ok(text("show"))
}

// The actor wakes by itself for who waits.
func TestWaitingMessagePasses(t *testing.T) {
	r, host := slowShow(t)
	host.ok(text("show"))
	host.take()
	id := host.post(text("show"))
	host.ok(&troupev1.Ping{})
	r.settle()
	require.Len(t, answers(host.take()), 1, "only that of the ping")
	r.clock.Advance(time.Second)
	require.Zero(t, host.answer(id).GetCode())
}

// What a room's frames name of what was shed belongs to a block's numbers, so
// a listener that lacks nothing gets the block whole.
func TestBlockNamesWhatWasShed(t *testing.T) {
	said := func(seq group.Seq) *protocol.Frame {
		return protocol.FrameOf("show", 7, true, &group.Numbered{Event: &group.Event{Seq: seq, Body: &group.Sent{}}}, 0)
	}
	two := []group.Priority{group.PriorityLow, group.PriorityNormal}
	frames := []gathered{{frame: said(5).AfterShed(3, two)}, {frame: said(6)}, {frame: protocol.RoomShed("show", 7, 7, two)}, {frame: said(9)}}
	b := newBlock(frames, 0)
	require.Equal(t, []group.Seq{3, 9}, []group.Seq{b.from, b.to})
	require.False(t, b.parted)
	b = newBlock(append(frames, gathered{frame: said(11)}), 0)
	require.True(t, b.parted)
}

// A message that is sent again while it waits is still one message: the repeat
// takes no number and no credit, and shares the answer.
func TestRepeatOfAWaitingMessage(t *testing.T) {
	random := func(n uint32) *troupev1.SendMessage {
		m := text("show")
		m.Random = &n
		return m
	}
	t.Run("by random, passes", func(t *testing.T) {
		r, host := slowShow(t)
		host.ok(text("show"))
		first, other := host.post(random(7)), host.post(random(8))
		again := []string{host.post(random(7)), host.post(random(7))}
		host.ok(&troupev1.Ping{})
		r.settle()
		for _, a := range answers(host.take()) {
			require.NotContains(t, append(again, first, other), a.GetRequestId(), "nothing is decided yet")
		}
		r.clock.Advance(time.Second)
		want := host.answer(first)
		require.Zero(t, want.GetCode())
		for _, id := range again {
			got := host.answer(id)
			require.Zero(t, got.GetCode())
			require.Equal(t, want.GetSendMessage().GetSeq(), got.GetSendMessage().GetSeq())
		}
		require.EqualValues(t, 11053, host.answer(other).GetCode())
	})
	t.Run("by request, shed", func(t *testing.T) {
		r, host := slowShow(t)
		host.ok(text("show"))
		before := host.post(text("show"))
		req := wrap(text("show"))
		host.session.Request(req)
		elsewhere := r.login("host", "elsewhere")
		elsewhere.session.Request(req)
		elsewhere.ok(&troupev1.Ping{})
		r.settle()
		r.clock.Advance(time.Second)
		require.Zero(t, host.answer(before).GetCode())
		shed := host.answer(req.GetRequestId())
		require.NotZero(t, shed.GetDetails().GetSeq())
		require.Equal(t, shed.GetDetails().GetSeq(), elsewhere.answer(req.GetRequestId()).GetDetails().GetSeq())
	})
	t.Run("the actor fails", func(t *testing.T) {
		r, host := slowShow(t)
		host.ok(text("show"))
		first, again := host.post(random(7)), host.post(random(7))
		host.ok(&troupev1.Ping{})
		r.settle()
		r.stop()
		for _, id := range []string{first, again} {
			require.EqualValues(t, 11033, host.answer(id).GetCode())
		}
	})
}

// The clock is set back: who waits is answered all the same.
func TestClockGoesBackWhileMessagesWait(t *testing.T) {
	r, host := slowShow(t)
	r.clock.Advance(2 * time.Second)
	require.Eventually(t, func() bool {
		for _, f := range host.take() {
			if f.Message().GetEvent().GetRoomCounters() != nil {
				return true
			}
		}
		return false
	}, patience, time.Millisecond, "no timer runs any more: the fake clock would hold it up")
	r.settle()
	before := host.ok(text("show")).GetSendMessage().GetTime()
	r.clock.Advance(-time.Hour)
	id := host.post(text("show"))
	host.ok(&troupev1.Ping{})
	answered := func() bool {
		r.settle()
		for _, a := range answers(host.take()) {
			if a.GetRequestId() == id {
				require.Zero(t, a.GetCode())
				require.Greater(t, a.GetSendMessage().GetTime(), before)
				return true
			}
		}
		return false
	}
	require.False(t, answered())
	require.Eventually(t, func() bool {
		r.clock.Advance(100 * time.Millisecond)
		return answered()
	}, patience, time.Millisecond)
	require.Less(t, r.sys.now(), before, "it did not wait for the clock")
}

// Nor do a group's times go back when it was asleep meanwhile.
func TestClockGoesBackWhileAsleep(t *testing.T) {
	r := newRig(t)
	host := r.listen("host")
	host.ok(create(troupev1.Kind_KIND_WORK, "g"))
	before := host.ok(text("g")).GetSendMessage().GetTime()
	r.settle()
	r.sys.directory.empty()
	r.clock.Advance(-time.Minute)
	require.GreaterOrEqual(t, host.ok(text("g")).GetSendMessage().GetTime(), before)
}
