package actors

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
)

// filling is the part of a catch-up that storage holds: the frames of a stream
// (or, with stream 0, of the user's inbox) from next to to. A reader reads as
// many as the connection has room for and the shard sends them, so that they
// stand in order with everything else the shard sends, and end when it says so.
type filling struct {
	link   *link
	stream group.StreamID
	group  group.ID
	catch  *catchUp
	next   uint64
	to     uint64
	// discard leaves messages out.
	discard bool
	// over: all was sent, or is not wanted any more. Set by the shard.
	over bool

	frames []*protocol.Frame
	failed bool
}

// fed carries what a reader has read to the shard, which goes on with the job.
type fed struct {
	fill *filling
	job  job
}

// feedBatch bounds the frames of one reading.
const feedBatch = 64

// feed reads the next frames and hands them to the shard. again goes on when
// they were sent, or when the queue has room. It reports false, and does
// nothing, if the filling is over.
func (s *System) feed(f *filling, again job) bool {
	if f.over {
		return false
	}
	room := f.link.conn.Room()
	if room <= 0 && f.next <= f.to {
		f.link.conn.WhenRoom(func() { s.readers.submit(again) })
		return true
	}
	f.frames = nil
	if f.next <= f.to {
		if err := s.journal.View(func(tx persistence.Tx) error { return f.read(s, tx, min(room, feedBatch)) }); err != nil {
			s.fault("read stream", err)
			f.failed = true
		}
	}
	codec := f.link.conn.Codec()
	for _, frame := range f.frames {
		// Encoded here, not on the shard's time.
		frame.Bytes(codec)
	}
	s.root.Send(s.delivery.shards[f.link.shard], &fed{f, again})
	return true
}

// read collects at most n frames and moves next behind them.
func (f *filling) read(s *System, tx persistence.Tx, n int) error {
	if f.stream == 0 {
		return f.readInbox(s, tx, n)
	}
	var bad error
	read := 0
	err := tx.Range(f.stream, group.Seq(f.next), group.Seq(f.to), false, func(e persistence.Entry) bool {
		event, err := persistence.DecodeEvent(e.Data)
		if err != nil {
			bad = err
			return false
		}
		frame := s.frameOf(f.group, f.stream, false, &group.Numbered{Event: event}, 0)
		if frame != nil && !(f.discard && frame.Discardable) {
			f.frames = append(f.frames, frame)
		}
		f.next = uint64(e.Seq) + 1
		read++
		return read < n
	})
	if err == nil {
		err = bad
	}
	if err == nil && read < n {
		f.next = f.to + 1
	}
	return err
}

func (f *filling) readInbox(s *System, tx persistence.Tx, n int) error {
	entries, err := persistence.Inbox(tx, f.link.user, f.next, n, false)
	if err != nil {
		return err
	}
	for i := range entries {
		if e := &entries[i]; e.Seq <= f.to {
			f.frames = append(f.frames, s.frameOf(e.Group, 0, false, &e.Notice, e.Seq))
			f.next = e.Seq + 1
		}
	}
	if len(entries) < n || entries[len(entries)-1].Seq >= f.to {
		f.next = f.to + 1
	}
	return nil
}

// lost: as with a client that is too slow, it is told and attaches again.
func (m *fed) lost() {
	s := m.fill.link.session
	m.fill.over = true
	s.tell(&lagged{})
	s.sys.readers.submit(m.job)
}

// fed sends what was read, if the catch-up is still the present one.
func (s *shard) fed(m *fed) {
	f := m.fill
	s.sys.failAt(FaultFeed)
	switch {
	case !s.wants(f):
		f.over = true
	case f.failed:
		// As with a client that is too slow: it is told and attaches again.
		f.over = true
		f.link.session.tell(&lagged{})
	default:
		for _, frame := range f.frames {
			s.push(f.link.conn, frame)
		}
		f.over = f.next > f.to
		if f.over {
			s.caughtUp(f.link, &mark{stream: f.stream, catch: f.catch, after: f.to, discard: f.discard})
		}
	}
	f.frames = nil
	s.sys.readers.submit(m.job)
}

// wants reports whether a filling belongs to the present catch-up.
func (s *shard) wants(f *filling) bool {
	if f.link.gone {
		return false
	}
	if f.stream == 0 {
		return f.link.inbox.catch == f.catch
	}
	sub := f.link.subscription(f.stream)
	return sub != nil && sub.catch == f.catch
}

// fillJob fills a hole of one stream, or of the inbox, of one listener.
type fillJob struct {
	sys    *System
	fill   filling
	looked bool
}

func (j *fillJob) run() {
	if !j.looked {
		j.looked = true
		if err := j.sys.journal.View(j.look); err != nil {
			j.sys.fault("read stream", err)
			j.fill.failed = true
		}
	}
	j.sys.feed(&j.fill, j)
}

// look finds out how far there is something to be read.
func (j *fillJob) look(tx persistence.Tx) error {
	f := &j.fill
	if f.stream == 0 {
		f.to, _ = persistence.InboxHead(tx, f.link.user)
		return nil
	}
	f.to = uint64(tx.Head(f.stream).Seq)
	row, ok, err := persistence.Membership(tx, f.link.user, f.stream)
	switch {
	case err != nil || !ok:
	case row.Role == group.NoRole:
		// Removed meanwhile, which the shard is about to learn.
		f.to = min(f.to, uint64(row.LeftSeq))
	default:
		f.next = max(f.next, uint64(row.VisibleFrom))
	}
	return err
}

// refill starts a catch-up of one stream from where the listener is.
func (s *shard) refill(sub *subscription) {
	sub.catch = &catchUp{}
	s.fill(filling{
		link: sub.link, stream: sub.room.aud.stream, group: sub.room.aud.group,
		catch: sub.catch, next: uint64(sub.after) + 1, discard: sub.discard,
	})
}

func (s *shard) refillInbox(l *link) {
	l.inbox.catch = &catchUp{}
	s.fill(filling{link: l, catch: l.inbox.catch, next: l.inbox.after + 1})
}

func (s *shard) fill(f filling) {
	s.sys.metrics.refills.Inc()
	s.sys.readers.submit(&fillJob{sys: s.sys, fill: f})
}
