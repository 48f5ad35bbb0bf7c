package actors

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// stage is a livestream's room in one shard, without its actor.
type stage struct {
	*bed
	aud  *audience
	seq  uint64
	owed group.Seq // first of the numbers shed, 0: none
	shed []group.Priority
	all  []*watcher
}

// watcher is one device or guest, with what a client knows.
type watcher struct {
	*link
	*fakeConn
	catch  *catchUp
	answer uint64   // newest number when it attached
	last   uint64   // up to here it has, or was told of, every number
	own    []uint64 // those that it has in answers
	gone   bool
	gaps   bool // it attached anew, and its answers name the gaps
}

const stageStream group.StreamID = 77

func newStage(t *testing.T, above int) *stage {
	b := newBed(t)
	b.sys.cfg.GatherAbove = above
	return &stage{bed: b, aud: b.sys.delivery.hold(stageStream, "stage")}
}

func (s *stage) watch(w *watcher, late bool) {
	w.catch = nil
	if late {
		w.catch = &catchUp{}
	}
	w.answer = s.seq
	if w.link.subscription(stageStream) != nil {
		w.gaps = true
	} else {
		w.last = s.seq
	}
	s.aud.counts[0].Add(1)
	s.shard.handle(&subscribe{link: w.link, aud: s.aud, after: group.Seq(s.seq), catch: w.catch})
}

// begin ends what watch began late.
func (s *stage) begin(w *watcher) {
	if w.catch != nil {
		s.shard.caughtUp(w.link, &mark{stream: stageStream, catch: w.catch, after: w.answer})
		w.catch = nil
	}
}

func (s *stage) bring(f *protocol.Frame, except uint64) {
	s.shard.handle(&publish{aud: s.aud, live: true, frame: f, except: except})
}

// message is the room's next number, in the answer of by if that is set.
func (s *stage) message(by *watcher) {
	s.seq++
	f := messageFrame(s.seq).AfterShed(uint64(s.owed), s.shed)
	s.owed, s.shed = 0, nil
	var except uint64
	if by != nil {
		except = by.link.id
		by.own = append(by.own, s.seq)
	}
	s.bring(f, except)
}

func (s *stage) leaveOut() {
	s.seq++
	if s.owed == 0 {
		s.owed = group.Seq(s.seq)
	}
	s.shed = append(s.shed, group.PriorityLow)
}

func (s *stage) pay() {
	if s.owed != 0 {
		s.bring(protocol.RoomShed("stage", stageStream, uint64(s.owed), s.shed), 0)
		s.owed, s.shed = 0, nil
	}
}

func (s *stage) open(id group.UserID) *watcher {
	l, c := s.device(id)
	w := &watcher{link: l, fakeConn: c}
	c.lazy = len(s.all)%2 == 0
	s.all = append(s.all, w)
	s.watch(w, len(s.all)%3 == 0)
	return w
}

func playStage(t *testing.T, above int, steps []crowdStep) *stage {
	s := newStage(t, above)
	for i := range 3 {
		s.open(group.UserID(fmt.Sprint("u", i)))
	}
	for i, step := range steps {
		w := s.all[step.who%len(s.all)]
		switch {
		case step.what <= 3:
			s.message(nil)
		case step.what == 4 && !w.gone:
			s.message(w)
		case step.what == 5:
			s.leaveOut()
		case step.what == 6:
			s.pay()
		case step.what == 7:
			w.write()
			s.deliver()
		case step.what == 8 && !w.gone:
			s.begin(w)
		case step.what == 9 && !w.gone && w.catch == nil:
			s.watch(w, true)
		case step.what == 10:
			s.open(group.UserID(fmt.Sprint("v", i)))
		case step.what == 11 && step.who == 3 && !w.gone:
			s.shard.handle(&removeLink{link: w.link})
			w.gone = true
		}
	}
	s.pay()
	for range 3 {
		for _, w := range s.all {
			if !w.gone {
				s.begin(w)
			}
			w.write()
		}
		s.deliver()
	}
	require.Zero(t, s.sys.gathering.Load())
	return s
}

// TestLeaversOfARoom: who leaves a livestream, or is removed from it, while its
// attach is being answered gets all up to the last frame due behind the answer
// (spec 18.3), as do those who see the room end.
func TestLeaversOfARoom(t *testing.T) {
	for name, end := range map[string]publish{"gone": {gone: []group.UserID{"bob"}}, "closed": {closed: true}} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, 100)
			l, c := s.device("bob")
			w := &watcher{link: l, fakeConn: c}
			s.watch(w, true)
			s.message(nil)
			end.aud, end.live, end.frame = s.aud, true, messageFrame(2)
			s.shard.handle(&end)
			s.seq++
			s.message(nil)
			require.Empty(t, c.take(), "before the answer")
			s.begin(w)
			require.Equal(t, upTo(1, 2), seqs(c.take(), stageStream))
			require.Nil(t, l.subscription(stageStream))
			require.Zero(t, s.aud.listeners())
		})
	}
}

// messageFrame is a message of the stage.
func messageFrame(seq uint64) *protocol.Frame {
	f := protocol.EventFrame(protocol.ClassLive, &troupev1.Event{Event: &troupev1.Event_Message{Message: &troupev1.Message{Seq: seq}}})
	f.Stream, f.Seq = stageStream, seq
	return f
}

// has notes that the client has, or was told of, the numbers from to to. None
// before may be missing (spec 19.9).
func (w *watcher) has(rt *rapid.T, from, to uint64) {
	for slices.Contains(w.own, w.last+1) {
		w.last++
	}
	if from != 0 && !w.gaps {
		require.Equal(rt, w.last+1, from)
		w.last = to
	}
}

// heard are the frames in short: what each names and brings.
func (w *watcher) heard(rt *rapid.T) (out []string) {
	for _, f := range w.frames {
		k := f.Message().GetSkipped()
		if r := f.Message().GetEvent().GetRoomSkipped(); r != nil {
			k = r.GetSkipped()
		}
		n := f.Message().GetEvent().GetMessage().GetSeq()
		w.has(rt, k.GetFromSeq(), k.GetToSeq())
		w.has(rt, n, n)
		out = append(out, fmt.Sprintf("%d-%d,%d", k.GetFromSeq(), k.GetToSeq(), n))
	}
	return out
}

// TestGatheringShowsTheSame plays random stories of a livestream, with messages
// that are shed, to a shard that gathers and to one that does not.
func TestGatheringShowsTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) crowdStep {
			return crowdStep{rapid.IntRange(0, 11).Draw(t, "what"), rapid.IntRange(0, 5).Draw(t, "who")}
		}), 1, 80).Draw(rt, "steps")
		plain, gathered := playStage(t, 1000, steps), playStage(t, rapid.SampledFrom([]int{1, 4}).Draw(rt, "above"), steps)
		for i, w := range plain.all {
			want, got := w.heard(rt), gathered.all[i].heard(rt)
			if w.gone {
				require.GreaterOrEqual(rt, len(want), len(got))
				want = want[:len(got)]
			}
			if w = gathered.all[i]; !w.gone && !w.gaps {
				w.has(rt, 0, 0)
				require.Equal(rt, gathered.seq, w.last)
			}
			if fmt.Sprint(want) != fmt.Sprint(got) {
				rt.Fatalf("connection %d: %v, with gathering %v", i, want, got)
			}
		}
	})
}
