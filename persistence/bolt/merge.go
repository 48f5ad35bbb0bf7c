package bolt

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// seekLog is Seek over the log and what was set aside from it.
func (s *store) seekLog(prefix, from []byte, reverse bool, fn func(key, value []byte) bool) {
	items := s.aside(prefix)
	next, ended := 0, false
	if reverse {
		next = len(items) - 1
	} else {
		next, _ = slices.BinarySearchFunc(items, from, func(it item, from []byte) int { return bytes.Compare(it.key, from) })
	}
	// give hands out the items that come before a key, nil = all that are left.
	give := func(key []byte) bool {
		for ; !ended && next >= 0 && next < len(items); next += step(reverse) {
			k := items[next].key
			if key != nil && (bytes.Compare(k, key) > 0) != reverse {
				break
			}
			if !behind(from, k, reverse) || !bytes.HasPrefix(k, prefix) {
				continue
			}
			ended = !fn(k, items[next].value)
		}
		return !ended
	}
	if reverse && len(prefix) >= 8 && !give(nil) {
		// A stream's items follow its log.
		return
	}
	s.seek(logSpace, prefix, from, reverse, func(k, v []byte) bool {
		if give(k) {
			ended = !fn(k, v)
		}
		return !ended
	})
	give(nil)
}

func step(reverse bool) int {
	if reverse {
		return -1
	}
	return 1
}

// behind reports whether a key is where a scan that begins at from comes.
func behind(from, key []byte, reverse bool) bool {
	switch {
	case from == nil:
		return true
	case reverse:
		return bytes.Compare(key, from) <= 0
	}
	return bytes.Compare(key, from) >= 0
}

// aside gives the items of the stream that begins a prefix, or of all.
func (s *store) aside(prefix []byte) []item {
	if len(prefix) < 8 {
		return s.everything()
	}
	stream := binary.BigEndian.Uint64(prefix)
	if s.draft != nil {
		return s.draft.items(stream)
	}
	if s.recent != nil {
		if items, known := s.recent.of(stream, uint64(s.tx.ID())); known {
			return items
		}
	}
	return behindLog(s.bucket(logSpace), stream, s.stored().streams[stream])
}

// stored reads the rows of a view that the index does not know.
func (s *store) stored() *allRows {
	if s.rows == nil {
		s.rows = readRows(s.tx)
	}
	return s.rows
}

// everything is for checking a file, not for a transaction that writes; rows
// that cannot be read are the checker's to report.
func (s *store) everything() []item {
	if s.all != nil {
		return s.all
	}
	list := []item{}
	for stream, items := range s.stored().streams {
		list = append(list, behindLog(s.bucket(logSpace), stream, items)...)
	}
	slices.SortFunc(list, func(a, b item) int { return bytes.Compare(a.key, b.key) })
	s.all = list
	return list
}
