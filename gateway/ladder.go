package gateway

import "time"

// level says how much a slow connection is still sent (spec 19.11).
type level uint8

const (
	levelFull level = iota
	levelFolded
	levelNewestOnly
	levelPull
	levelClosed
)

var levelNames = [...]string{"full", "folded", "newest_only", "pull", "closed"}

// String is the level's name on the wire.
func (l level) String() string { return levelNames[l] }

// reason says why a level was changed.
type reason uint8

const (
	reasonHalf reason = iota
	reasonHigh
	reasonFull
	reasonBlocked
	reasonRecovered
	reasons
)

var reasonNames = [...]string{"half", "high", "full", "blocked", "recovered"}

// String is the reason's name on the wire.
func (r reason) String() string { return reasonNames[r] }

// Fill is the larger of waiting frames and waiting bytes over their bounds, in
// thousandths; these are the marks at which levels change.
const (
	fillFolded     = 500
	fillNewestOnly = 750
	fillRecovered  = 250
)

// ladderTimes are the periods of the ladder.
type ladderTimes struct {
	// recover: so long below a quarter before a step up.
	recover time.Duration
	// blocked: so long nothing taken before pull.
	blocked time.Duration
	// closed: so long nothing taken in pull before the end.
	closed time.Duration
}

// step is one change of level, up or down. The zero value means: none.
type step struct {
	changed bool
	to      level
	why     reason
}

// ladder is the state machine of one connection's level. It is pure: time and
// fill are given in. Moments are durations since a fixed start and never
// decrease.
//
// Invariants: level never leaves closed; low is meaningful only in folded and
// newest_only; named is true only in pull.
type ladder struct {
	level level
	// named: the two frames of pull wait or are being written, so the streams
	// are detached.
	named bool
	// isLow: fill has been below a quarter since low.
	isLow bool
	low   time.Duration
	// moved is when a frame was last taken, or when one began to wait.
	moved time.Duration
	// pulled is when pull was entered.
	pulled time.Duration
}

func (l *ladder) to(lv level, why reason) step {
	l.level = lv
	l.isLow, l.named = false, false
	return step{changed: true, to: lv, why: why}
}

// wait says that a frame waits where none did before.
func (l *ladder) wait(now time.Duration) { l.moved = now }

// filled is asked after a frame was let in.
func (l *ladder) filled(now time.Duration, fill int) step {
	l.mark(now, fill)
	switch {
	case fill >= fillNewestOnly && l.level < levelNewestOnly:
		return l.to(levelNewestOnly, reasonHigh)
	case fill >= fillFolded && l.level < levelFolded:
		return l.to(levelFolded, reasonHalf)
	}
	return step{}
}

// overflow enters pull, because a frame that must not be dropped found no room.
func (l *ladder) overflow(now time.Duration) step { return l.pull(now, reasonFull) }

func (l *ladder) pull(now time.Duration, why reason) step {
	if l.level >= levelPull {
		// Once more: the streams attached since must be named as well. The time
		// limit goes on.
		l.named = false
		return step{}
	}
	l.pulled = now
	return l.to(levelPull, why)
}

// end gives up: not even pull makes room.
func (l *ladder) end() step { return l.to(levelClosed, reasonFull) }

// taken says that frames were written; fill is that of those left.
func (l *ladder) taken(now time.Duration, fill int) {
	l.moved = now
	l.mark(now, fill)
}

// name says that the two frames of pull were queued.
func (l *ladder) name() {
	if l.level == levelPull {
		l.named = true
	}
}

// recovered says that the two frames of pull were taken.
func (l *ladder) recovered(now time.Duration, fill int) step {
	if l.level != levelPull || !l.named {
		return step{}
	}
	s := l.to(levelFolded, reasonRecovered)
	l.mark(now, fill)
	return s
}

// tick does what only time does. waiting: frames wait or are being written.
func (l *ladder) tick(now time.Duration, fill int, waiting bool, t ladderTimes) step {
	switch {
	case l.level == levelClosed:
		return step{}
	case l.level == levelPull:
		if now-max(l.pulled, l.moved) >= t.closed {
			return l.to(levelClosed, reasonBlocked)
		}
		return step{}
	case waiting && now-l.moved >= t.blocked:
		return l.pull(now, reasonBlocked)
	}
	l.mark(now, fill)
	if l.level == levelFull || !l.isLow || now-l.low < t.recover {
		return step{}
	}
	s := l.to(l.level-1, reasonRecovered)
	l.mark(now, fill)
	return s
}

// mark notes since when fill has been low.
func (l *ladder) mark(now time.Duration, fill int) {
	switch {
	case l.level != levelFolded && l.level != levelNewestOnly, fill >= fillRecovered:
		l.isLow = false
	case !l.isLow:
		l.isLow, l.low = true, now
	}
}

// due is when tick may next have something to do; false: not before something
// else happens.
func (l *ladder) due(waiting bool, t ladderTimes) (time.Duration, bool) {
	switch {
	case l.level == levelPull:
		return max(l.pulled, l.moved) + t.closed, true
	case l.level == levelClosed:
		return 0, false
	}
	at, ok := time.Duration(0), false
	if waiting {
		at, ok = l.moved+t.blocked, true
	}
	if l.isLow && (!ok || l.low+t.recover < at) {
		at, ok = l.low+t.recover, true
	}
	return at, ok
}
