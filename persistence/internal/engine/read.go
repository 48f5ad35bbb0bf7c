package engine

import (
	"sort"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// Read implements persistence.Tx.
func (t *Tx) Read(s group.StreamID, after group.Position, fn func(persistence.Entry) bool) error {
	t.walk(s, t.behind(s, after), false, func(p place, value []byte) bool {
		return fn(p.entry(value))
	})
	return nil
}

// walk calls fn with a stream's entries from a place on.
func (t *Tx) walk(s group.StreamID, from place, reverse bool, fn func(p place, value []byte) bool) {
	t.r.Seek(Log, persistence.StreamKey(s), from.key(s), reverse, func(key, value []byte) bool {
		return fn(placeOf(key), value)
	})
}

// at gives the first entry from a place on, or the last up to it.
func (t *Tx) at(s group.StreamID, from place, reverse bool) (found place, ok bool) {
	t.walk(s, from, reverse, func(p place, _ []byte) bool {
		found, ok = p, true
		return false
	})
	return found, ok
}

// behind is where what follows a position begins. Numbers rise with positions
// and are not above them, so the newest number up to it is sought by halves.
func (t *Tx) behind(s group.StreamID, after group.Position) place {
	if after == 0 {
		return place{}
	}
	newest, ok := t.at(s, place{seq: ^group.Seq(0)}, true)
	if !ok || newest.position <= after {
		return place{seq: ^group.Seq(0)}
	}
	oldest, _ := t.at(s, place{}, false)
	if oldest.position > after {
		return oldest
	}
	numbers := min(newest.seq, group.Seq(after)) - oldest.seq
	n := sort.Search(int(numbers), func(i int) bool {
		p, ok := t.at(s, firstOf(oldest.seq+1+group.Seq(i)), false)
		return !ok || p.position > after
	})
	return place{seq: oldest.seq + group.Seq(n), unnumbered: true, position: after + 1}
}

// passed bounds how many unnumbered entries Range goes over one by one before
// it seeks the next number.
const passed = 16

// Range implements persistence.Tx.
func (t *Tx) Range(s group.StreamID, from, to group.Seq, reverse bool, fn func(persistence.Entry) bool) error {
	next := firstOf(max(from, 1))
	if reverse {
		next = lastOf(to)
	}
	for more := true; more; {
		more = false
		over := 0
		t.walk(s, next, reverse, func(p place, value []byte) bool {
			switch {
			case p.seq < from || p.seq > to:
				return false
			case !p.unnumbered:
				over = 0
				return fn(p.entry(value))
			case over < passed:
				over++
				return true
			}
			next, more = lastOf(p.seq), true
			if !reverse {
				next = firstOf(p.seq + 1)
			}
			return false
		})
	}
	return nil
}
