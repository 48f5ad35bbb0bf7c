package gateway

import (
	"testing"
	"time"
)

// FuzzLadder plays any moves and holds the ladder against the words of spec
// 19.11, judged from what happened and not from the ladder's own notes.
func FuzzLadder(f *testing.F) {
	f.Add([]byte{0, 60, 1, 10, 4, 5, 4, 6})
	f.Add([]byte{5, 0, 2, 0, 3, 0, 4, 200, 4, 200, 4, 200})
	f.Add([]byte{0, 80, 5, 0, 2, 0, 3, 1, 1, 0, 4, 50, 4, 50})
	f.Fuzz(func(t *testing.T, moves []byte) {
		w := &witness{t: t, times: testTimes}
		for i := 0; i+1 < len(moves); i += 2 {
			w.move(moves[i]%6, int(moves[i+1]))
		}
	})
}

// witness knows what happened to a ladder.
type witness struct {
	t     *testing.T
	times ladderTimes
	l     ladder
	now   time.Duration

	fill    int  // thousandths
	waiting bool // frames wait
	low     time.Duration
	isLow   bool          // fill has been below a quarter since low, at this level
	taken   time.Duration // when a frame was last taken, or began to wait
	pulled  time.Duration
	named   bool
	up      time.Duration // when the last step up by time was made
	everUp  bool
}

func (w *witness) move(what byte, n int) {
	before := w.l.level
	var s step
	switch what {
	case 0: // frames come
		w.fill = min(w.fill+4*n, 1000)
		if !w.waiting && w.fill > 0 {
			w.l.wait(w.now)
			w.waiting, w.taken = true, w.now
		}
		s = w.l.filled(w.now, w.fill)
		w.mark()
		if w.fill >= fillNewestOnly && w.l.level < levelNewestOnly || w.fill >= fillFolded && w.l.level < levelFolded {
			w.t.Fatalf("fill %d at level %s", w.fill, w.l.level)
		}
	case 1: // frames are taken
		if !w.waiting {
			return
		}
		w.fill = max(w.fill-4*n, 0)
		w.waiting, w.taken = w.fill > 0, w.now
		w.l.taken(w.now, w.fill)
		w.mark()
	case 2: // the two frames of pull are queued
		w.l.name()
		w.named = w.l.level == levelPull
	case 3: // they are taken
		s = w.l.recovered(w.now, w.fill)
		if s.changed && (before != levelPull || !w.named || s.to != levelFolded) {
			w.t.Fatalf("%s to %s, named %v", before, s.to, w.named)
		}
	case 4: // time passes
		w.now += time.Duration(n) * 100 * time.Millisecond
		s = w.l.tick(w.now, w.fill, w.waiting, w.times)
		w.timed(before, s)
	case 5: // what must not be dropped finds no room
		s = w.l.overflow(w.now)
		w.named = false
		if before < levelPull && w.l.level != levelPull {
			w.t.Fatalf("overflow at %s leads to %s", before, w.l.level)
		}
	}
	w.after(before, s)
}

// mark notes since when fill has been low.
func (w *witness) mark() {
	if w.fill >= fillRecovered {
		w.isLow = false
	} else if !w.isLow {
		w.isLow, w.low = true, w.now
	}
}

// timed judges what time alone has brought.
func (w *witness) timed(before level, s step) {
	w.mark()
	blocked := before < levelPull && w.waiting && w.now-w.taken >= w.times.blocked
	over := before == levelPull && w.now-max(w.pulled, w.taken) >= w.times.closed
	switch {
	case blocked != (s.changed && s.to == levelPull):
		w.t.Fatalf("blocked %v at %s: %+v", blocked, before, s)
	case over != (s.changed && s.to == levelClosed):
		w.t.Fatalf("%s in pull without taking: %+v", w.now-max(w.pulled, w.taken), s)
	case s.changed && s.to < before:
		if !w.isLow || w.now-w.low < w.times.recover || before-s.to != 1 {
			w.t.Fatalf("up from %s to %s, low for %s", before, s.to, w.now-w.low)
		}
		if w.everUp && w.now-w.up < w.times.recover {
			w.t.Fatalf("two steps up within %s", w.now-w.up)
		}
		w.everUp, w.up = true, w.now
	}
}

func (w *witness) after(before level, s step) {
	now := w.l.level
	if before == levelClosed && now != levelClosed {
		w.t.Fatalf("left closed for %s", now)
	}
	if s.changed != (now != before) || s.changed && s.to != now {
		w.t.Fatalf("%s to %s told as %+v", before, now, s)
	}
	if now == before {
		return
	}
	w.named = false
	w.isLow = false
	if now == levelFull || now == levelFolded || now == levelNewestOnly {
		w.mark()
	}
	if now == levelPull {
		w.pulled = w.now
	}
}
