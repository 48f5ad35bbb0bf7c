package bolt

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"

	bbolt "go.etcd.io/bbolt"
)

// draft is what one transaction will do to the recent entries. It is published
// before the transaction is committed: views that can see it begin later.
type draft struct {
	tx     *bbolt.Tx
	log    *bbolt.Bucket
	recent *recent
	err    error

	streams map[uint64]*drafted
	last    *drafted // the one asked for last: entries come stream by stream
	order   []*drafted
	emptied map[uint64]int    // row → entries moved out of it
	row     *rowState         // the new row, nil = none
	void    map[uint64]uint64 // marks to be set
}

// drafted is a stream that the transaction has to do with.
type drafted struct {
	stream uint64
	// set are its items that were set aside before, fresh those of this transaction.
	set, fresh []item
	moved      bool // all are in the log
}

func newDraft(tx *bbolt.Tx, log *bbolt.Bucket, r *recent) *draft {
	return &draft{tx: tx, log: log, recent: r, streams: map[uint64]*drafted{}, emptied: map[uint64]int{}, void: map[uint64]uint64{}}
}

func (d *draft) keep(err error) {
	if d.err == nil {
		d.err = err
	}
}

func (d *draft) of(stream uint64) *drafted {
	if d.last != nil && d.last.stream == stream {
		return d.last
	}
	s := d.streams[stream]
	if s == nil {
		s = &drafted{stream: stream}
		s.set, _ = d.recent.of(stream, uint64(d.tx.ID()))
		d.streams[stream] = s
		d.order = append(d.order, s)
	}
	d.last = s
	return s
}

// items are those of a stream that are not in the log.
func (d *draft) items(stream uint64) []item {
	s := d.of(stream)
	switch {
	case s.moved:
		return nil
	case len(s.fresh) == 0:
		return s.set
	}
	return append(s.set[:len(s.set):len(s.set)], s.fresh...)
}

// put takes an entry, which must be behind all others of its stream.
func (d *draft) put(key, value []byte) {
	s := d.of(binary.BigEndian.Uint64(key))
	if s.moved {
		d.keep(d.log.Put(key, value))
		return
	}
	s.fresh = append(s.fresh, item{key: key, value: value})
	if len(s.set)+len(s.fresh) >= d.recent.together {
		d.move(s)
	}
}

// delete removes an entry from the log. What is left of its stream in rows
// must not come to life again when nothing in the log says that it is old.
func (d *draft) delete(key []byte) {
	s := d.of(binary.BigEndian.Uint64(key))
	d.move(s)
	if len(d.recent.rows) > 0 {
		d.void[s.stream] = d.recent.next - 1
	}
	d.keep(d.log.Delete(key))
}

// move puts a stream's entries into the log.
func (d *draft) move(s *drafted) {
	if s.moved {
		return
	}
	for _, it := range s.set {
		d.keep(d.log.Put(it.key, it.value))
		d.emptied[it.row]++
	}
	for _, it := range s.fresh {
		d.keep(d.log.Put(it.key, it.value))
	}
	s.moved, s.fresh = true, nil
}

// settle decides what goes to the log and what is set aside, and writes both.
func (d *draft) settle() error {
	r := d.recent
	var move []*drafted
	for _, stream := range r.surplus() {
		move = append(move, d.of(stream))
	}
	if fresh := d.fresh(); len(fresh) < r.tuning.streams {
		move = append(move, fresh...)
	}
	// Neighbours share pages.
	slices.SortFunc(move, func(a, b *drafted) int { return cmp.Compare(a.stream, b.stream) })
	for _, s := range move {
		d.move(s)
	}
	d.write(d.fresh())
	d.clean()
	return d.err
}

// fresh are the streams that have new entries which are not in the log.
func (d *draft) fresh() (list []*drafted) {
	for _, s := range d.order {
		if len(s.fresh) > 0 {
			list = append(list, s)
		}
	}
	return list
}

// surplus names the streams that the oldest rows are kept for, as many rows as
// are too much.
func (r *recent) surplus() (streams []uint64) {
	rows, size := len(r.rows)-r.tuning.rows, r.bytes-r.tuning.bytes
	for n := r.oldest; n < r.next && (rows > 0 || size > 0); n++ {
		if row := r.rows[n]; row != nil {
			for _, s := range row.streams {
				if a := r.streams[s]; a != nil && len(a.items) > 0 && a.items[0].row <= n {
					streams = append(streams, s)
				}
			}
			rows, size = rows-1, size-row.size
		}
	}
	return streams
}

// write makes a row of what is set aside. The items refer to it, so that
// nothing of the caller's is kept.
func (d *draft) write(fresh []*drafted) {
	if len(fresh) == 0 {
		return
	}
	size, row, at := 0, d.recent.next, uint64(d.tx.ID())
	for _, s := range fresh {
		for i := range s.fresh {
			size += rowSize(s.fresh[i].key, s.fresh[i].value)
		}
	}
	data := make([]byte, 0, size)
	d.row = &rowState{}
	for _, s := range fresh {
		for i := range s.fresh {
			from := len(data)
			data = appendEntry(data, s.fresh[i].key, s.fresh[i].value)
			key, value, _, _ := cutEntry(data[from:])
			s.fresh[i] = item{key: key, value: value, since: at, row: row}
			d.row.add(s.stream)
		}
	}
	d.row.size = len(data)
	b, err := d.tx.Bucket(bucketName(rowsSpace)).CreateBucket(number(row))
	if err == nil {
		err = b.Put(rowValue, data)
	}
	d.keep(err)
}

// clean removes rows that nothing is left of, and marks that have no older row.
func (d *draft) clean() {
	r := d.recent
	rows := d.tx.Bucket(bucketName(rowsSpace))
	for row, n := range d.emptied {
		if r.rows[row].left == n {
			d.keep(rows.DeleteBucket(number(row)))
		}
	}
	if len(r.voided) == 0 && len(d.void) == 0 {
		return
	}
	oldest := r.oldest
	for oldest < r.next && (r.rows[oldest] == nil || r.rows[oldest].left == d.emptied[oldest]) {
		oldest++
	}
	marks := d.tx.Bucket(bucketName(voidedSpace))
	for stream, row := range r.voided {
		if row < oldest {
			d.keep(marks.Delete(number(stream)))
		}
	}
	for stream, row := range d.void {
		if row >= oldest {
			d.keep(marks.Put(number(stream), number(row)))
		}
	}
}

// publish makes the index what the transaction will have stored. If that
// fails the index must be loaded anew.
func (d *draft) publish() {
	r, at := d.recent, uint64(d.tx.ID())
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range d.order {
		a := r.streams[s.stream]
		switch {
		case s.moved && len(s.set) > 0:
			*a = aside{gone: a.items, goneAt: at, floor: max(a.floor, a.goneAt)}
			r.moves = append(r.moves, moved{s.stream, at})
		case len(s.fresh) > 0:
			if a == nil {
				a = &aside{floor: r.floor}
				r.streams[s.stream] = a
			}
			a.items = append(a.items, s.fresh...)
		}
	}
	r.account(d)
	r.prune(at)
}

// account keeps count of the rows.
func (r *recent) account(d *draft) {
	for n, left := range d.emptied {
		row := r.rows[n]
		if row.left -= left; row.left == 0 {
			r.bytes -= row.size
			delete(r.rows, n)
		}
	}
	for r.oldest < r.next && r.rows[r.oldest] == nil {
		r.oldest++
	}
	if len(d.void) > 0 || len(r.voided) > 0 {
		maps.Copy(r.voided, d.void)
		maps.DeleteFunc(r.voided, func(_, row uint64) bool { return row < r.oldest })
	}
	if d.row != nil {
		r.rows[r.next] = d.row
		r.bytes += d.row.size
		r.next++
	}
}

// prune forgets what was moved long ago: a view as old looks for itself.
func (r *recent) prune(at uint64) {
	n := 0
	for ; n < len(r.moves) && r.moves[n].at+remembered <= at; n++ {
		m := r.moves[n]
		a := r.streams[m.stream]
		switch {
		case a == nil || a.goneAt != m.at: // moved again since
		case len(a.items) == 0:
			r.floor = max(r.floor, m.at)
			delete(r.streams, m.stream)
		default:
			a.gone, a.floor = nil, max(a.floor, m.at)
		}
	}
	r.moves = r.moves[n:]
}
