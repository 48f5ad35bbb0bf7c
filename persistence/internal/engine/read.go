package engine

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// mergeChunk bounds how many unnumbered entries are held while merging.
const mergeChunk = 256

// Read implements persistence.Tx: it merges the unnumbered and the numbered
// entries by position. Unnumbered ones are few between numbered ones, so they
// are fetched ahead in chunks.
func (t *Tx) Read(s group.StreamID, after group.Position, seq group.Seq, fn func(persistence.Entry) bool) error {
	m := merger{tx: t, stream: s, next: after + 1, fn: fn}
	m.fetch()
	err := t.Range(s, seq+1, ^group.Seq(0), false, func(e persistence.Entry) bool {
		if e.Position <= after {
			return true
		}
		return m.before(e.Position) && m.give(e)
	})
	if err == nil && !m.stopped {
		m.before(^group.Position(0))
	}
	return err
}

type merger struct {
	tx      *Tx
	stream  group.StreamID
	next    group.Position // first log position not fetched yet
	waiting []persistence.Entry
	all     bool // the log has no more
	fn      func(persistence.Entry) bool
	stopped bool
}

func (m *merger) give(e persistence.Entry) bool {
	m.stopped = !m.fn(e)
	return !m.stopped
}

// before gives the log entries below a position.
func (m *merger) before(p group.Position) bool {
	for {
		for len(m.waiting) > 0 {
			e := m.waiting[0]
			if e.Position >= p {
				return true
			}
			m.waiting = m.waiting[1:]
			if !m.give(e) {
				return false
			}
		}
		if m.all {
			return true
		}
		m.fetch()
	}
}

func (m *merger) fetch() {
	m.waiting = m.waiting[:0]
	from := persistence.StreamNumberKey(m.stream, uint64(m.next))
	m.all = true
	m.tx.r.Seek(Log, persistence.StreamKey(m.stream), from, false, func(key, value []byte) bool {
		if len(m.waiting) == mergeChunk {
			m.all = false
			return false
		}
		m.next = group.Position(tail(key)) + 1
		m.waiting = append(m.waiting, persistence.Entry{Position: m.next - 1, Data: clone(value)})
		return true
	})
}
