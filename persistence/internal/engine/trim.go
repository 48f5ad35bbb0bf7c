package engine

import (
	"encoding/binary"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// Trim implements persistence.WriteTx. What the snapshot does not cover stays,
// so a stream can always be loaded and its head is never lost.
func (t *WriteTx) Trim(s group.StreamID, upTo group.Seq, upToPosition group.Position, atMost int) int {
	snapshot := t.w.Get(Snapshots, persistence.StreamKey(s))
	if len(snapshot) < snapshotFixed {
		return 0
	}
	covered := group.Position(binary.BigEndian.Uint64(snapshot))
	newest := t.Head(s).Seq
	return t.drop(Log, s, atMost, func(key, _ []byte) bool {
		p := placeOf(key)
		// What stands behind the newest number may be repeated yet.
		byNumber := upTo > 0 && p.seq <= upTo && !(p.unnumbered && p.seq == newest)
		return p.position <= covered && (byNumber || p.position <= upToPosition)
	})
}

// Forget implements persistence.WriteTx. What the snapshot covers goes first; the
// rest goes at once with the snapshot, so that in between a stream begins where
// one that was trimmed may, and a copy made then is sound.
func (t *WriteTx) Forget(s group.StreamID, atMost int) int {
	var covered group.Position
	if snapshot := t.w.Get(Snapshots, persistence.StreamKey(s)); len(snapshot) >= snapshotFixed {
		covered = group.Position(binary.BigEndian.Uint64(snapshot))
	}
	gone := t.drop(Log, s, atMost, func(key, _ []byte) bool { return placeOf(key).position <= covered })
	if atMost > 0 && gone >= atMost {
		return gone
	}
	all := func(_, _ []byte) bool { return true }
	for _, space := range []Space{Log, Chunks, Snapshots} {
		gone += t.drop(space, s, 0, all)
	}
	return gone
}

// drop removes a stream's first entries while they match, at most atMost (0 = all).
func (t *WriteTx) drop(space Space, s group.StreamID, atMost int, match func(key, value []byte) bool) int {
	var keys [][]byte
	t.w.Seek(space, persistence.StreamKey(s), nil, false, func(key, value []byte) bool {
		if !match(key, value) {
			return false
		}
		keys = append(keys, clone(key))
		return atMost == 0 || len(keys) < atMost
	})
	for _, key := range keys {
		t.w.Delete(space, key)
	}
	return len(keys)
}
