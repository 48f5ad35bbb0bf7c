package gateway

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// peers is a queue between a model of the actors and a model of the client. The
// actors push every number while a stream is attached; the client knows only
// what it reads. Promise (spec 18.4, 19.11): no numbered frame is lost
// silently, no live one unnamed.
type peers struct {
	*rig
	guest bool

	// The actors' side.
	attached bool
	toDetach bool // Session.Lagged was called, Conn.Lagged was not yet
	seq      uint64
	filled   uint64 // the newest number that was pushed
	live     uint64 // the newest number of the room

	// The client's side.
	read     uint64 // the newest number of the stream
	detached bool   // lagging was read
	asked    bool   // attach was sent since
	attempt  int    // the newest attach
	roomRead uint64 // every number of the room up to here was read or named
	level    string
}

func (p *peers) took(ok, lag bool) bool {
	if lag {
		require.False(p.t, p.toDetach, "asked for twice")
		p.toDetach = true
	}
	return ok
}

func (p *peers) numbered(size int) {
	p.seq++
	if p.attached && p.filled == p.seq-1 {
		p.filled = p.seq
		p.took(p.give(messageFrame(protocol.ClassNumbered, 1, p.seq, size)))
	}
}

// fill catches up as far as there is room.
func (p *peers) fill() {
	for p.attached && p.filled < p.seq && p.room() > 0 {
		p.filled++
		p.took(p.give(numbered(p.filled)))
	}
}

func (p *peers) liveFrame(priority group.Priority) {
	p.live++
	if !p.guest && !p.attached {
		return // named by the gap of attach
	}
	f := live(p.live)
	f.Priority = priority
	_, lag := p.give(f)
	require.False(p.t, lag, "live frames never lead to pull")
}

// block gives several frames at once, of the stream or of the room.
func (p *peers) block(n int, ofRoom bool) {
	var frames []*protocol.Frame
	for range n {
		switch {
		case ofRoom:
			p.live++
			if p.guest || p.attached {
				frames = append(frames, live(p.live))
			}
		default:
			p.seq++
			if p.attached && p.filled == p.seq-1 {
				p.filled = p.seq
				frames = append(frames, numbered(p.seq))
			}
		}
	}
	if len(frames) == 0 {
		return
	}
	k := protocol.NewBlock(frames)
	if p.pushBlock(k, len(k.Bytes(protocol.Binary)), p.now) {
		p.check()
		return
	}
	for _, f := range frames {
		p.took(p.give(f))
	}
}

// detach is what the actors do when the queue was thrown away.
func (p *peers) detach() {
	if !p.toDetach {
		return
	}
	p.toDetach = false
	if p.guest {
		p.queue.lagged(nil, p.now)
	} else {
		p.attached = false
		p.queue.lagged(protocol.Lagging(true, []group.ID{"g"}), p.now)
	}
	p.check()
}

// attach is what the client does after lagging: an answer that names the gap,
// then the missing frames. Until the answer the client reads no stream frames.
func (p *peers) attach() {
	if !p.detached || p.asked || p.toDetach {
		return
	}
	p.asked, p.attached = true, true
	p.attempt++
	p.filled = p.read
	p.took(p.give(answerFrame(fmt.Sprintf("gap %d %d", p.attempt, p.live))))
}

func (p *peers) answered(id string) {
	var attempt int
	var gap uint64
	if _, err := fmt.Sscanf(id, "gap %d %d", &attempt, &gap); err == nil && p.asked && attempt == p.attempt {
		p.roomRead, p.detached, p.asked = gap, false, false
	}
}

func (p *peers) receive(frames []*troupev1.Frame) {
	for _, f := range frames {
		p.answered(f.GetAnswer().GetRequestId())
		switch e := f.GetEvent().GetEvent().(type) {
		case *troupev1.Event_LevelChanged:
			// Pull may follow pull: what was told between was thrown away.
			if e.LevelChanged.GetLevel() != "pull" {
				require.NotEqual(p.t, p.level, e.LevelChanged.GetLevel())
			}
			p.level = e.LevelChanged.GetLevel()
		case *troupev1.Event_Lagging:
			p.detached, p.asked = true, false
		case *troupev1.Event_RoomSkipped:
			p.skipped(e.RoomSkipped.GetSkipped())
		case *troupev1.Event_Message:
			p.message(f, e.Message)
		}
	}
}

func (p *peers) message(f *troupev1.Frame, m *troupev1.Message) {
	switch {
	case p.detached:
	case m.GetConversation().GetId() == "stream":
		require.Equal(p.t, p.read+1, m.GetSeq(), "a silent gap")
		p.read = m.GetSeq()
	default:
		p.skipped(f.GetSkipped())
		require.Equal(p.t, p.roomRead+1, m.GetSeq(), "an unnamed gap")
		p.roomRead = m.GetSeq()
	}
}

func (p *peers) skipped(s *troupev1.Skipped) {
	if s == nil || p.detached {
		return
	}
	if p.guest {
		require.Equal(p.t, p.roomRead+1, s.GetFromSeq())
	}
	// After an attach in pull, what its gap named may be named again.
	require.LessOrEqual(p.t, s.GetFromSeq(), p.roomRead+1)
	require.Equal(p.t, s.GetToSeq()-s.GetFromSeq()+1, s.GetHigh()+s.GetNormal()+s.GetLow()+s.GetSystem())
	p.roomRead = max(p.roomRead, s.GetToSeq())
}

// settleAll lets everything go through and compares the two sides.
func (p *peers) settleAll() {
	for range 10 {
		p.receive(p.finish())
		p.detach()
		p.receive(p.drain())
		p.attach()
		for p.attached && p.filled < p.seq && !p.toDetach {
			p.fill()
			p.receive(p.drain())
		}
		p.now += 6 * time.Second
		if p.tick(p.now) {
			p.toDetach = true
		}
	}
	p.receive(p.drain())
	require.Equal(p.t, p.live, p.roomRead)
	if !p.guest {
		require.Equal(p.t, p.seq, p.read)
	}
	require.True(p.t, p.spent(), "level %s", p.ladder.level)
	require.Contains(p.t, []string{"", "full"}, p.level)
}

// finish ends a write that is under way.
func (p *peers) finish() []*troupev1.Frame {
	out := decode(p.t, p.flying)
	p.flying = nil
	p.written(p.now)
	p.check()
	return out
}

func TestQueueLosesNothingSilently(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := &peers{rig: newRig(rt, 12, 4000), guest: rapid.Bool().Draw(rt, "guest"), attached: true}
		if p.guest {
			p.attached = false
		}
		rt.Repeat(map[string]func(*rapid.T){
			"block": func(rt *rapid.T) {
				p.block(rapid.IntRange(1, 4).Draw(rt, "frames"), rapid.Bool().Draw(rt, "live"))
			},
			"numbered": func(rt *rapid.T) { p.numbered(rapid.IntRange(1, 900).Draw(rt, "size")) },
			"live":     func(rt *rapid.T) { p.liveFrame(group.Priority(rapid.IntRange(1, 4).Draw(rt, "priority"))) },
			"answer":   func(*rapid.T) { p.took(p.give(answerFrame("a"))) },
			"state":    func(*rapid.T) { p.took(p.give(subjectFrame(protocol.ClassState, "s", "1"))) },
			"hint":     func(*rapid.T) { p.took(p.give(subjectFrame(protocol.ClassHint, "h", "1"))) },
			"detach":   func(*rapid.T) { p.detach() },
			"attach":   func(*rapid.T) { p.attach() },
			"fill":     func(*rapid.T) { p.fill() },
			"begin": func(*rapid.T) {
				if p.flying == nil {
					p.flying = append([]byte(nil), p.take(&p.buf)...)
				}
			},
			"finish": func(*rapid.T) { p.receive(p.finish()) },
			"wait": func(rt *rapid.T) {
				// Less than what closes the connection.
				p.now += time.Duration(rapid.IntRange(1, 4).Draw(rt, "s")) * time.Second
				if p.ladder.level != levelPull && p.tick(p.now) {
					p.toDetach = true
				}
			},
		})
		p.settleAll()
	})
}
