package gateway

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

type noCounts struct{}

func (noCounts) step(level, reason)     {}
func (noCounts) leftOut(protocol.Class) {}

func testRules(frames, bytes int) *queueRules {
	return &queueRules{
		frames: frames, bytes: bytes, times: testTimes, roomSkipped: time.Second,
		levels: newLevelFrames(), counts: noCounts{},
	}
}

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	require.TestingT
	Helper()
}

// rig is a queue with a hand on the writer.
type rig struct {
	*queue
	t   tester
	now time.Duration
	// flying is what is being written, in tests that write in two steps.
	flying []byte
	buf    joinBuffer
}

func newRig(t tester, frames, bytes int) *rig {
	return &rig{queue: newQueue(testRules(frames, bytes), protocol.Binary), t: t}
}

func (b *rig) give(f *protocol.Frame) (ok, lag bool) {
	ok, lag = b.push(f, len(f.Bytes(protocol.Binary)), b.now)
	b.check()
	return ok, lag
}

// check compares the counters with what is there.
func (b *rig) check() {
	b.t.Helper()
	blocks, frames, bytes := 0, b.flight.frames, b.flight.bytes
	for _, u := range b.urgent {
		frames++
		bytes += len(u.data)
	}
	for _, s := range b.slots[b.head:] {
		if s.frame != nil {
			frames++
			bytes += len(s.frame.Bytes(protocol.Binary))
		}
		if s.block != nil {
			blocks++
			frames += len(s.block.Frames())
			bytes += len(s.block.Bytes(protocol.Binary))
		}
	}
	require.Equal(b.t, blocks, b.blocks)
	require.True(b.t, blocks == 0 || b.ladder.level == levelFull, "a block is for level full")
	require.Equal(b.t, frames, b.frames)
	require.Equal(b.t, bytes, b.bytes)
}

// giveBlock pushes a block, if need be frame by frame: it returns how many came so.
func (b *rig) giveBlock(k *protocol.Block) (apart int) {
	b.t.Helper()
	if b.pushBlock(k, len(k.Bytes(protocol.Binary)), b.now) {
		b.check()
		return 0
	}
	for _, f := range k.Frames() {
		b.give(f)
	}
	return len(k.Frames())
}

// write takes one write's worth and finishes it.
func (b *rig) write() []*troupev1.Frame {
	b.t.Helper()
	var buf joinBuffer
	defer buf.put()
	data := b.take(&buf)
	out := decode(b.t, data)
	b.check()
	b.written(b.now)
	b.check()
	return out
}

// drain writes everything.
func (b *rig) drain() (out []*troupev1.Frame) {
	b.t.Helper()
	for b.next() != nil {
		out = append(out, b.write()...)
	}
	return out
}

// decode cuts unmasked WebSocket frames apart.
func decode(t tester, data []byte) (out []*troupev1.Frame) {
	t.Helper()
	for len(data) > 0 {
		require.Equal(t, byte(0x82), data[0])
		n, head := int(data[1]), 2
		switch n {
		case 126:
			n, head = int(data[2])<<8|int(data[3]), 4
		case 127:
			n, head = int(data[6])<<24|int(data[7])<<16|int(data[8])<<8|int(data[9]), 10
		}
		require.NoError(t, protocol.DecodeFrames(protocol.Binary, data[head:head+n], func(f *troupev1.Frame) { out = append(out, f) }))
		data = data[head+n:]
	}
	return out
}

// brief says what frames are in a few words.
func brief(frames []*troupev1.Frame) string {
	var words []string
	for _, f := range frames {
		words = append(words, briefOne(f))
	}
	return strings.Join(words, " ")
}

func briefOne(f *troupev1.Frame) string {
	skipped := func(s *troupev1.Skipped) string {
		return fmt.Sprintf("%d-%d:h%d,n%d,l%d,s%d", s.GetFromSeq(), s.GetToSeq(), s.GetHigh(), s.GetNormal(), s.GetLow(), s.GetSystem())
	}
	if a := f.GetAnswer(); a != nil {
		return "answer(" + a.GetRequestId() + ")"
	}
	switch e := f.GetEvent().GetEvent().(type) {
	case *troupev1.Event_Message:
		s := fmt.Sprintf("m%d", e.Message.GetSeq())
		if f.GetSkipped() != nil {
			s += "[" + skipped(f.GetSkipped()) + "]"
		}
		return s
	case *troupev1.Event_GroupMuted:
		return "state(" + e.GroupMuted.GetOperatorId() + ")"
	case *troupev1.Event_LevelChanged:
		return e.LevelChanged.GetLevel() + "/" + e.LevelChanged.GetReason()
	case *troupev1.Event_Lagging:
		return "lagging"
	case *troupev1.Event_RoomSkipped:
		return "room_skipped(" + e.RoomSkipped.GetGroupId() + " " + skipped(e.RoomSkipped.GetSkipped()) + ")"
	case *troupev1.Event_KickedOffline:
		return "kicked"
	}
	return "?"
}

func numbered(seq uint64) *protocol.Frame { return messageFrame(protocol.ClassNumbered, 1, seq, 1) }

func live(seq uint64) *protocol.Frame { return messageFrame(protocol.ClassLive, 9, seq, 1) }

// liveTip is of priority system.
func liveTip(seq uint64) *protocol.Frame {
	return liveOf(group.PrioritySystem)(seq)
}

func liveOf(p group.Priority) func(uint64) *protocol.Frame {
	return func(seq uint64) *protocol.Frame {
		f := live(seq)
		f.Priority = p
		return f
	}
}

func subjectFrame(class protocol.Class, subject, text string) *protocol.Frame {
	f := protocol.NewFrame(class, &troupev1.Frame{Frame: &troupev1.Frame_Event{Event: &troupev1.Event{
		Event: &troupev1.Event_GroupMuted{GroupMuted: &troupev1.GroupMuted{OperatorId: &text}},
	}}})
	f.Subject = subject
	return f
}

// waitingLive tells of the live frames that wait.
func (b *rig) waitingLive() string {
	var out []*troupev1.Frame
	for _, s := range b.slots[b.head:] {
		if s.frame != nil && s.frame.Class == protocol.ClassLive {
			f := s.frame
			if s.before != nil {
				f = withSpared(f, s.before)
			}
			out = append(out, f.Message())
		}
	}
	return brief(out)
}

func (b *rig) fillUp(n int, make func(seq uint64) *protocol.Frame) {
	b.t.Helper()
	for i := range n {
		ok, lag := b.give(make(uint64(i + 1)))
		require.True(b.t, ok)
		require.False(b.t, lag)
	}
}

func TestQueueJoinsFrames(t *testing.T) {
	b := newRig(t, 64, 1<<20)
	b.fillUp(20, numbered)
	require.Len(t, b.write(), 20)
	require.Nil(t, b.next())
	require.True(t, b.spent())

	t.Run("at most 16 KB", func(t *testing.T) {
		for i := range 4 {
			b.give(messageFrame(protocol.ClassNumbered, 1, uint64(i), 6000))
		}
		require.Len(t, b.write(), 2)
		require.Len(t, b.write(), 2)
	})
	t.Run("larger alone", func(t *testing.T) {
		b.give(numbered(1))
		b.give(messageFrame(protocol.ClassNumbered, 1, 2, 20000))
		b.give(numbered(3))
		require.Equal(t, "m1", brief(b.write()))
		require.Equal(t, "m2", brief(b.write()))
		require.Equal(t, "m3", brief(b.write()))
	})
}

// A block is written as one, by itself or joined with what stands around it.
func TestQueueBlocks(t *testing.T) {
	block := func(n ...uint64) *protocol.Block {
		var frames []*protocol.Frame
		for _, seq := range n {
			frames = append(frames, live(seq))
		}
		return protocol.NewBlock(frames)
	}
	t.Run("alone", func(t *testing.T) {
		b, k := newRig(t, 20, 1<<20), block(1, 2, 3)
		require.Zero(t, b.giveBlock(k))
		var buf joinBuffer
		data := b.take(&buf)
		require.Same(t, &k.Bytes(protocol.Binary)[0], &data[0], "the shared bytes")
		fl := b.written(0)
		require.Equal(t, 3, fl.frames)
		require.Equal(t, 3, fl.classes[protocol.ClassLive])
		require.True(t, b.spent())
	})
	t.Run("in order with frames", func(t *testing.T) {
		b := newRig(t, 20, 1<<20)
		b.give(live(1))
		require.Zero(t, b.giveBlock(block(2, 3)))
		b.give(live(4))
		require.Equal(t, "m1 m2 m3 m4", brief(b.write()))
	})
	t.Run("taken apart when something must be left out", func(t *testing.T) {
		b := newRig(t, 20, 1<<20)
		require.Zero(t, b.giveBlock(block(1, 2, 3)))
		for seq := uint64(4); b.ladder.level < levelNewestOnly; seq++ {
			b.give(live(seq))
		}
		require.Equal(t, "folded/half newest_only/high m14[1-13:h0,n13,l0,s0]", brief(b.drain()))
	})
	t.Run("not let in as one", func(t *testing.T) {
		b := newRig(t, 8, 1<<20)
		require.Equal(t, 4, b.giveBlock(block(1, 2, 3, 4)), "as the level may have to change")
		require.Equal(t, levelFolded, b.ladder.level)
		b = newRig(t, 20, 1<<20)
		hint := protocol.NewBlock([]*protocol.Frame{live(1), subjectFrame(protocol.ClassHint, "s", "a")})
		require.Equal(t, 2, b.giveBlock(hint), "as a newer one may replace it")
	})
	t.Run("blocked", func(t *testing.T) {
		b := newRig(t, 20, 1<<20)
		require.Zero(t, b.giveBlock(block(1, 2)))
		require.True(t, b.tick(20*time.Second))
		b.check()
		require.Equal(t, levelPull, b.ladder.level)
	})
}

// What was left out before a waiting room_skipped is named by it: it has no
// frame to stand beside.
func TestQueueRoomSkippedNamesAll(t *testing.T) {
	b := newRig(t, 12, 1<<20)
	for range 5 {
		b.give(answerFrame("a"))
	}
	b.give(live(1)) // half full: folded
	b.give(liveOf(group.PriorityLow)(2))
	b.now = time.Second
	b.tick(b.now)
	require.Equal(t, "m1 room_skipped(room 2-2:h0,n0,l1,s0)", b.waitingLive())
	b.give(numbered(1)) // three quarters full: the newest of the room only
	require.Equal(t, "room_skipped(room 1-2:h0,n1,l1,s0)", b.waitingLive())
	require.Contains(t, brief(b.drain()), "room_skipped(room 1-2:h0,n1,l1,s0) m1")
}

func TestQueueLevels(t *testing.T) {
	b := newRig(t, 16, 1<<20)
	b.fillUp(7, numbered)
	require.Equal(t, levelFull, b.ladder.level)
	b.give(numbered(8))
	require.Equal(t, levelFolded, b.ladder.level)
	require.Equal(t, "folded/half m1 m2 m3 m4 m5 m6 m7 m8", brief(b.drain()))
	b.now = 4 * time.Second
	require.False(t, b.tick(b.now))
	require.Nil(t, b.next())
	b.now = 5 * time.Second
	b.tick(b.now)
	require.Equal(t, "full/recovered", brief(b.drain()))
	require.True(t, b.spent())
}

func TestQueueBytesCountToo(t *testing.T) {
	b := newRig(t, 1000, 10000)
	b.give(messageFrame(protocol.ClassAnswer, 0, 0, 5000))
	require.Equal(t, levelFolded, b.ladder.level)
	ok, _ := b.give(messageFrame(protocol.ClassAnswer, 0, 0, 500000))
	require.True(t, ok, "let in while below both bounds")
	ok, lag := b.give(numbered(1))
	require.False(t, ok)
	require.True(t, lag)
}

func TestQueuePull(t *testing.T) {
	b := newRig(t, 8, 1<<20)
	b.fillUp(5, numbered)
	b.give(answerFrame("old"))
	for b.frames < 8 {
		b.give(numbered(99))
	}
	ok, lag := b.give(numbered(100))
	require.False(t, ok)
	require.True(t, lag)
	require.Equal(t, levelPull, b.ladder.level)

	ok, lag = b.give(numbered(101))
	require.False(t, ok, "not sent until the streams are detached")
	require.False(t, lag, "asked for once")
	ok, _ = b.give(subjectFrame(protocol.ClassState, "s", "1"))
	require.False(t, ok)
	ok, _ = b.give(answerFrame("new"))
	require.True(t, ok)
	attached := answerFrame("attached")
	attached.Attaches = true
	ok, _ = b.give(attached)
	require.False(t, ok, "void: its streams are about to be detached")
	ok, _ = b.give(protocol.KickedOffline("x"))
	require.True(t, ok)

	b.lagged(protocol.Lagging(true, []group.ID{"room"}), b.now)
	b.check()
	ok, _ = b.give(attached)
	require.True(t, ok)
	ok, _ = b.give(numbered(102))
	require.True(t, ok, "attached anew")
	require.Equal(t, "kicked pull/full lagging answer(new) answer(attached) m102", brief(b.write()))
	require.Equal(t, levelFolded, b.ladder.level)
	require.Equal(t, "folded/recovered", brief(b.drain()))
}

func TestQueuePullTwice(t *testing.T) {
	b := newRig(t, 8, 1<<20)
	overflow := func() {
		t.Helper()
		for range 20 {
			if _, lag := b.give(numbered(1)); lag {
				return
			}
		}
		require.Fail(t, "no overflow")
	}
	overflow()
	b.lagged(protocol.Lagging(true, nil), b.now)
	overflow() // what was attached anew overflows again before anything is taken
	ok, lag := b.give(numbered(2))
	require.False(t, ok)
	require.False(t, lag)
	b.lagged(protocol.Lagging(false, []group.ID{"room"}), b.now)
	require.Equal(t, "pull/full lagging lagging", brief(b.write()), "the first one is not lost")
	require.Equal(t, levelFolded, b.ladder.level)
}

func TestQueuePullDropsAnswersAtBound(t *testing.T) {
	b := newRig(t, 8, 1<<20)
	require.True(t, b.overflowNow())
	b.fillUp(8, func(n uint64) *protocol.Frame { return answerFrame(fmt.Sprint(n)) })
	ok, lag := b.give(answerFrame("beyond"))
	require.False(t, ok)
	require.False(t, lag)
}

// overflowNow enters pull.
func (b *rig) overflowNow() bool {
	s := b.ladder.overflow(b.now)
	b.enterPull(s, b.now)
	b.check()
	return s.changed
}

func TestQueueControlOnly(t *testing.T) {
	b := newRig(t, 8, 1<<20)
	for range 8 {
		b.give(protocol.KickedOffline("x"))
	}
	ok, _ := b.give(protocol.KickedOffline("x"))
	require.False(t, ok)
	require.Equal(t, levelClosed, b.ladder.level, "control frames are sent or the connection ends")
}

func TestQueueBlocked(t *testing.T) {
	b := newRig(t, 16, 1<<20)
	b.give(numbered(1))
	var buf joinBuffer
	require.NotNil(t, b.take(&buf)) // being written all the time
	b.now = 10*time.Second - 1
	require.False(t, b.tick(b.now))
	b.now = 10 * time.Second
	require.True(t, b.tick(b.now))
	require.False(t, b.tick(b.now))
	b.lagged(protocol.Lagging(true, nil), b.now)
	b.now = 40*time.Second - 1
	b.tick(b.now)
	require.Equal(t, levelPull, b.ladder.level)
	b.now = 40 * time.Second
	b.tick(b.now)
	require.Equal(t, levelClosed, b.ladder.level)
}

func TestQueueStateIsFolded(t *testing.T) {
	b := newRig(t, 16, 1<<20)
	state := func(subject, text string) { b.give(subjectFrame(protocol.ClassState, subject, text)) }
	state("a", "a1")
	state("b", "b1")
	state("a", "a2")
	require.Equal(t, "state(a1) state(b1) state(a2)", brief(b.drain()), "all at level full")

	state("a", "a1")
	state("b", "b1")
	state("", "n1")
	state("", "n2")
	state("a", "a2")
	b.fillUp(3, numbered) // folds what waits
	state("b", "b2")
	require.Equal(t, "folded/half state(n1) state(n2) state(a2) m1 m2 m3 state(b2)", brief(b.drain()))
}

func TestQueueHints(t *testing.T) {
	b := newRig(t, 16, 1<<20)
	hint := func(subject, text string) bool {
		ok, _ := b.give(subjectFrame(protocol.ClassHint, subject, text))
		return ok
	}
	require.True(t, hint("a", "a1"))
	require.True(t, hint("b", "b1"))
	require.True(t, hint("a", "a2"))
	require.Equal(t, "state(b1) state(a2)", brief(b.drain()), "the newest per subject")
	require.True(t, hint("a", "a3"))
	b.fillUp(7, numbered)
	require.Equal(t, levelFolded, b.ladder.level)
	require.False(t, hint("b", "b2"))
	require.NotContains(t, brief(b.drain()), "state")
}

func TestQueueLive(t *testing.T) {
	t.Run("newest only", func(t *testing.T) {
		b := newRig(t, 16, 1<<20)
		b.fillUp(11, live)
		b.give(messageFrame(protocol.ClassLive, 8, 5, 1)) // another room
		require.Equal(t, levelNewestOnly, b.ladder.level)
		b.give(liveTip(12))
		b.give(live(13))
		require.Equal(t, "folded/half newest_only/high m5 m13[1-12:h0,n11,l0,s1]", brief(b.drain()))
		b.give(live(14))
		require.Equal(t, "m14", brief(b.drain()), "named once")
	})
	t.Run("thrown out for others", func(t *testing.T) {
		b := newRig(t, 8, 1<<20)
		b.give(liveTip(1))
		b.give(live(2))
		for seq := uint64(1); b.frames < 8; seq++ {
			b.give(numbered(seq))
		}
		ok, lag := b.give(answerFrame("x"))
		require.True(t, ok)
		require.False(t, lag)
		require.Equal(t, "folded/half newest_only/high m1 m2 m3 m4 m5 answer(x)", brief(b.drain()))
		b.now = time.Second
		b.tick(b.now)
		require.Equal(t, "room_skipped(room 1-2:h0,n1,l0,s1)", brief(b.drain()))
	})
	t.Run("lowest first", func(t *testing.T) {
		b := newRig(t, 8, 1<<20)
		order := []group.Priority{group.PrioritySystem, group.PriorityHigh, group.PriorityLow, group.PriorityNormal, group.PrioritySystem}
		for i, p := range order[:3] {
			b.append(slot{frame: liveOf(p)(uint64(i + 1))}, len(live(1).Bytes(protocol.Binary)), b.now)
		}
		b.append(slot{frame: live(4)}, len(live(1).Bytes(protocol.Binary)), b.now)
		b.append(slot{frame: liveTip(5)}, len(live(1).Bytes(protocol.Binary)), b.now)
		for i, want := range []string{"m1 m2 m4[3-3:h0,n0,l1,s0] m5", "m1 m2 m5[3-4:h0,n1,l1,s0]", "m1 m5[2-4:h1,n1,l1,s0]"} {
			for b.frames < 8 {
				b.append(slot{frame: answerFrame("a")}, len(answerFrame("a").Bytes(protocol.Binary)), b.now)
			}
			b.throwOut(b.now)
			b.check()
			require.Equal(t, 7, b.frames, "%d", i)
			require.Equal(t, want, b.waitingLive(), "%d", i)
		}
	})
	t.Run("low is left out of a half full queue", func(t *testing.T) {
		b := newRig(t, 16, 1<<20)
		low := liveOf(group.PriorityLow)
		b.give(low(1))
		b.give(live(2))
		for b.frames < 9 {
			b.give(answerFrame("a"))
		}
		require.Equal(t, levelFolded, b.ladder.level)
		b.give(low(3))
		b.give(liveOf(group.PriorityHigh)(4))
		out := brief(b.drain())
		require.Contains(t, out, "m2[1-1:h0,n0,l1,s0]")
		require.Contains(t, out, "m4[3-3:h0,n0,l1,s0]")
	})
	t.Run("a room_skipped that is left out is named as what it names", func(t *testing.T) {
		b := newRig(t, 16, 1<<20)
		b.ladder.level = levelNewestOnly
		b.give(protocol.RoomShed("room", 9, 1, []group.Priority{group.PriorityLow, group.PriorityNormal}))
		b.give(live(3))
		require.Equal(t, "m3[1-2:h0,n1,l1,s0]", brief(b.drain()))
	})
	t.Run("no room at all", func(t *testing.T) {
		b := newRig(t, 8, 1<<20)
		for b.frames < 8 {
			b.give(answerFrame("a"))
		}
		ok, lag := b.give(live(1))
		require.False(t, ok)
		require.False(t, lag, "a live frame never leads to pull")
		b.drain()
		b.give(live(2))
		require.Equal(t, "m2[1-1:h0,n1,l0,s0]", brief(b.drain()))
	})
	t.Run("what a frame names itself is kept", func(t *testing.T) {
		b := newRig(t, 16, 1<<20)
		b.ladder.level = levelNewestOnly
		f := withSpared(live(5), &spared{from: 3, to: 4, counts: [priorities]uint64{2, 0, 0, 0}})
		b.give(f)
		b.give(live(6))
		require.Equal(t, "m6[3-5:h0,n1,l2,s0]", brief(b.drain()))
	})
	t.Run("guest in pull", func(t *testing.T) {
		b := newRig(t, 8, 1<<20)
		b.give(live(1))
		b.overflowNow()
		b.give(live(2))
		b.lagged(nil, b.now)
		require.Equal(t, "pull/full", brief(b.write()))
		require.Equal(t, "folded/recovered", brief(b.write()))
		b.give(live(3))
		require.Equal(t, "m3[1-2:h0,n2,l0,s0]", brief(b.drain()))
	})
	t.Run("member in pull", func(t *testing.T) {
		b := newRig(t, 8, 1<<20)
		b.give(live(1))
		b.overflowNow()
		b.lagged(protocol.Lagging(false, []group.ID{"room"}), b.now)
		b.drain()
		b.give(live(3))
		require.Equal(t, "m3", brief(b.drain()), "the gap of attach names them")
	})
}

func TestQueueControlFrames(t *testing.T) {
	b := newRig(t, 16, 1<<20)
	b.give(numbered(1))
	b.ping = true
	b.pong = []byte{0x8a, 1, 'x'}
	b.final = closeFrame(1000, "bye")
	var buf joinBuffer
	data := b.take(&buf)
	require.Equal(t, []byte{0x8a, 1, 'x', 0x89, 0}, data[:5])
	require.Equal(t, closeFrame(1000, "bye"), data[len(data)-7:])
	fl := b.written(0)
	require.True(t, fl.last)
	require.Equal(t, 1, fl.frames)
	require.Nil(t, b.next())
}

func TestCloseFrame(t *testing.T) {
	require.Equal(t, []byte{0x88, 5, 0x03, 0xe9, '1', '2', '3'}, closeFrame(1001, "123"))
	long := closeFrame(4000, strings.Repeat("é", 100))
	require.Equal(t, 2+2+122, len(long), "cut at a character")
}

func TestQueueEnd(t *testing.T) {
	tests := []struct {
		keep keep
		want string
	}{
		{keepNothing, ""},
		{keepControl, "kicked"},
		{keepAnswers, "kicked answer(a)"},
		{keepAll, "kicked m1 answer(a)"},
	}
	for _, tt := range tests {
		b := newRig(t, 16, 1<<20)
		b.give(numbered(1))
		b.give(answerFrame("a"))
		b.give(protocol.KickedOffline("x"))
		b.end(tt.keep, nil)
		b.check()
		require.Equal(t, tt.want, brief(b.drain()))
	}
}
