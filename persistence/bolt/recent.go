package bolt

import (
	"bytes"
	"encoding/binary"
	"sync"

	bbolt "go.etcd.io/bbolt"
)

// tuning says how entries stay out of the log's pages until several of a
// stream go there together. Tests tighten it.
type tuning struct {
	// streams is the least number of streams in a batch for which entries are
	// set aside; fewer go to the log at once.
	streams int
	// together is how many entries of a stream are moved as soon as they are there.
	together int
	// rows and bytes bound what is set aside.
	rows, bytes int
}

var ordinary = tuning{streams: 2, together: 24, rows: 4096, bytes: 16 << 20}

// remembered is for how many transactions it is known what was moved.
const remembered = 128

// item is an entry of the log that was set aside.
type item struct {
	key, value []byte
	since      uint64 // the transaction that stored it
	row        uint64 // where it is stored meanwhile
}

// aside are the items of one stream. Slices are only ever appended to, so a
// reader may keep what it was given.
type aside struct {
	items []item
	// gone were moved into the log by the transaction goneAt; views that are
	// older need them still.
	gone   []item
	goneAt uint64
	// floor: views older than this transaction find nothing here.
	floor uint64
}

// recent knows which entries are stored but not in the log's pages yet. It is
// an index of the bucket of rows and can be made anew from it at any time.
type recent struct {
	tuning

	// mu guards what readers see: streams and floor. The one commit under way
	// writes, and so reads without it.
	mu      sync.RWMutex
	streams map[uint64]*aside
	// floor: views older than this transaction find nothing at all.
	floor uint64

	// Owned by the commit under way.
	rows   map[uint64]*rowState
	voided map[uint64]uint64 // stream → row, see draft.void
	oldest uint64            // number of the oldest row, next if there is none
	next   uint64            // number of the next row
	bytes  int               // of all rows
	moves  []moved           // in order
	stale  bool              // a commit failed: load before the next
}

// moved is a stream whose items a transaction moved into the log.
type moved struct{ stream, at uint64 }

// rowState says what of a row is still needed.
type rowState struct {
	left, size int
	streams    []uint64
}

// of gives a stream's items as a view of the transaction at sees them; false
// if that is too old to be known here.
func (r *recent) of(stream, at uint64) ([]item, bool) {
	r.mu.RLock()
	a := r.streams[stream]
	if a == nil {
		known := at >= r.floor
		r.mu.RUnlock()
		return nil, known
	}
	list, known := a.items, at >= a.floor
	if at < a.goneAt {
		list = a.gone
	}
	r.mu.RUnlock()
	n := len(list)
	for n > 0 && list[n-1].since > at {
		n--
	}
	return list[:n], known
}

// load makes the index from the rows that a view sees; ErrCorrupt if one
// cannot be read.
func (r *recent) load(tx *bbolt.Tx) error {
	at := uint64(tx.ID())
	if tx.Writable() {
		at--
	}
	found := readRows(tx)
	if found.err != nil {
		return found.err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.streams, r.floor, r.stale, r.moves = map[uint64]*aside{}, at, false, nil
	r.rows, r.voided, r.oldest, r.next, r.bytes = found.rows, found.voided, found.next, found.next, 0
	for n, row := range r.rows {
		r.oldest = min(r.oldest, n)
		r.bytes += row.size
	}
	log := tx.Bucket(bucketName(logSpace))
	for stream, items := range found.streams {
		live := behindLog(log, stream, items)
		for i := range items[:len(items)-len(live)] {
			r.rows[items[i].row].left--
		}
		for i := range live {
			live[i].since = at
		}
		if len(live) > 0 {
			r.streams[stream] = &aside{items: live, floor: at}
		}
	}
	return nil
}

// behindLog leaves out what has been moved: a stream's items follow its log.
func behindLog(log *bbolt.Bucket, stream uint64, items []item) []item {
	prefix := binary.BigEndian.AppendUint64(nil, stream)
	k, _ := last(log.Cursor(), prefix, nil)
	for len(items) > 0 && k != nil && bytes.HasPrefix(k, prefix) && bytes.Compare(items[0].key, k) <= 0 {
		items = items[1:]
	}
	return items
}
