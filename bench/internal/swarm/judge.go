//go:build linux

package swarm

import (
	"bytes"
	"fmt"
	"time"

	"github.com/troupe-im/troupe/bench/internal/report"
)

// Room is a numbered stream that receivers listen to.
type Room struct {
	ID string
	// Durable rooms lose nothing; the others may skip, by name.
	Durable bool
	index   int
}

// seat is one receiver's place in a room. Owned by the receiver's loop.
type seat struct {
	view *view
	// next is the number that must come next; 0 = whatever comes first.
	next uint64
	// start is the number that came first, or had to.
	start uint64
	// first is the number that must have come first at the latest; 0 = not told.
	first uint64
	// own are numbers that the answers to own messages gave, ahead of next.
	own []uint64
	// newcomer: its latencies are noted apart.
	newcomer bool
	// leaving: the receiver asked to leave; left: it was told that it is out.
	leaving, left bool
	// gaps are what attach named, not read yet.
	gaps []span
	// epoch is what attach told.
	epoch string
	// holes are numbers that were passed over without a word.
	holes []uint64
}

// span are the numbers from one to another.
type span struct{ from, to uint64 }

// view is what a loop knows of a room: the newest frames that were judged, and
// all that was ever seen first.
type view struct {
	room  *Room
	ring  []entry // by number; a power of two
	seats int     // of receivers that Done counts
	log   []Sight
	done  func()
}

// entry is a frame that was judged.
type entry struct {
	seq   uint64
	frame []byte // with the WebSocket header; empty = it did not come alone
	event []byte // the event in it; empty = not known
	mark  Mark
	tip   bool
	left  int // receivers that have it still to come
}

// Sight is the first time a loop saw a number.
type Sight struct {
	Seq  uint64
	Mark Mark
	Tip  bool
	// Users are those that a tip of joining names.
	Users uint64
}

// Types of the tips that say who came and who went.
const (
	tipJoined = 1
	tipLeft   = 2
)

// maxFaults is how many faults are told in words.
const maxFaults = 20

// judge is a loop's judgement. Owned by the loop.
type judge struct {
	Tally
	lane    *report.Lane // from due to read
	late    *report.Lane // the same, of newcomers
	holes   []Hole
	faults  []string
	senders func(publisher uint32) string
	scratch []byte
}

func (j *judge) fault(format string, args ...any) {
	if len(j.faults) < maxFaults {
		j.faults = append(j.faults, fmt.Sprintf(format, args...))
	}
}

// same accepts the frame at the start of b if it is the one that is due and was
// judged before; it returns its size, else 0. This is the road of nearly all.
func (j *judge) same(s *seat, b []byte, now int64) int {
	e := &s.view.ring[s.next&uint64(len(s.view.ring)-1)]
	n := len(e.frame)
	if e.seq != s.next || n == 0 || n > len(b) || s.next == 0 || !bytes.Equal(b[:n], e.frame) {
		return 0
	}
	j.took(s, e, now)
	return n
}

// took counts a frame that is in order and moves on.
func (j *judge) took(s *seat, e *entry, now int64) {
	s.next++
	if e.tip {
		j.Tips++
	} else {
		j.Messages++
		lane := j.lane
		if s.newcomer {
			lane = j.late
		}
		lane.Record(time.Duration(now-e.mark.Due), 1)
	}
	if e.left--; e.left == 0 && !e.tip && s.view.done != nil {
		s.view.done()
	}
	if len(s.own) > 0 {
		j.passOwn(s)
	}
}

// message judges a message or tip that did not go the quick way. frame is the
// whole WebSocket frame if it held nothing else.
func (j *judge) message(user string, s *seat, f *seen, event, frame []byte, now int64) {
	if f.hasSkipped {
		j.skip(user, s, f.skipped, f.seq)
	}
	j.arrive(user, s, f.seq)
	e := j.entryFor(user, s, f, event, frame)
	if s.next == f.seq {
		j.took(s, e, now)
	}
	s.left = s.leaving && f.tipType == tipLeft && tipNames(event, user)
}

// entryFor is the ring's entry for a frame: made from it if it is the first of
// its number, compared with it else.
func (j *judge) entryFor(user string, s *seat, f *seen, event, frame []byte) *entry {
	v := s.view
	e := &v.ring[f.seq&uint64(len(v.ring)-1)]
	known := e.seq == f.seq
	if known && len(event) > 0 && bytes.Equal(event, e.event) {
		return e
	}
	got := entry{seq: f.seq, tip: f.tips > 0, left: v.seats}
	good := j.content(user, v.room, f, &got)
	if known {
		if good && (len(event) > 0 && len(e.event) > 0 || got.mark != e.mark || got.tip != e.tip) {
			j.Changed++
			j.fault("%s got number %d of %s with other content than others", user, f.seq, v.room.ID)
		}
		return e
	}
	if !good || e.seq > f.seq { // no measure for others, or the ring is past it
		return &got
	}
	got.frame, got.event = append(e.frame[:0], frame...), append(e.event[:0], event...)
	*e = got
	v.log = append(v.log, sightOf(f, e))
	return e
}

func sightOf(f *seen, e *entry) Sight {
	g := Sight{Seq: f.seq, Mark: e.mark, Tip: e.tip}
	if f.tipType == tipJoined {
		g.Users = f.userCount
	}
	return g
}

// content judges what stands in a message by itself; false = it is wrong.
func (j *judge) content(user string, r *Room, f *seen, e *entry) bool {
	if e.tip {
		return true
	}
	var err error
	e.mark, j.scratch, err = markOf(f.text, j.scratch)
	if err == nil && (f.texts != 1 || j.senders(e.mark.Publisher) != string(f.senderID)) {
		err = errBody
	}
	if err != nil {
		j.Changed++
		j.fault("%s got number %d of %s, from %s: %v", user, f.seq, r.ID, f.senderID, err)
	}
	return err == nil
}
