package actors

import (
	"strconv"

	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// attachJob carries out one attach call: the shard has registered its streams
// as catching up, now storage says how far they go (spec 18.3).
type attachJob struct {
	sys     *System
	session *session
	link    *link
	req     *troupev1.Request
	rest    bool
	inbox   *troupev1.InboxFrom
	streams []attachStream
	// turn tells this attach from an older one; set by the shard.
	turn uint64

	answered  bool
	next      int
	inboxFrom uint64
	inboxTo   uint64
	inboxDone bool
	marks     []mark
}

// attachStream is one group of an attach call.
type attachStream struct {
	group  group.ID
	stream group.StreamID
	named  bool // in the call, so in the answer
	live   bool
	from   *troupev1.GroupFrom
	state  *troupev1.StreamState
	// to be sent: from next to head.
	next, head group.Seq
	discard    bool
	drop       bool
}

// abandon gives up: the connection is gone.
func (j *attachJob) abandon() { j.session.tell(&attachDone{}) }

// run implements job. It comes back when the queue has room again.
func (j *attachJob) run() {
	if !j.answered {
		if err := j.look(); err != nil {
			j.sys.fault("attach", err)
			j.refuse(unavailableOf(err))
			return
		}
		a := protocol.DoneAnswer(j.req.GetRequestId())
		a.Result = &troupev1.Answer_Attach{Attach: j.result()}
		j.session.answer(a)
		j.answered = true
		j.flush()
	}
	if j.fill() {
		j.session.tell(&attachDone{})
	}
}

// refuse takes everything back that the shard registered.
func (j *attachJob) refuse(e *protocol.Error) {
	for i := range j.streams {
		if st := &j.streams[i]; st.stream != 0 {
			j.marks = append(j.marks, mark{stream: st.stream, run: j.turn, drop: true})
		}
	}
	j.flush()
	j.session.answer(protocol.ErrorAnswer(j.req.GetRequestId(), e))
	j.session.tell(&attachDone{})
}

// look finds out how far each stream goes and what is missing.
func (j *attachJob) look() error {
	due := false
	if err := j.sys.journal.View(func(tx persistence.Tx) (err error) {
		for i := range j.streams {
			if err := j.lookAt(tx, &j.streams[i]); err != nil {
				return err
			}
		}
		if j.inbox == nil {
			return nil
		}
		// Notices to everybody are placed before the inbox is read (spec 19.17 a).
		if due, err = persistence.HasDueNotices(tx, j.link.user, group.Millis(j.sys.now())); !due && err == nil {
			j.lookInbox(tx)
		}
		return err
	}); err != nil || !due {
		return err
	}
	if err := j.sys.place(j.link.user); err != nil {
		return err
	}
	return j.sys.journal.View(func(tx persistence.Tx) error {
		j.lookInbox(tx)
		return nil
	})
}

func (j *attachJob) lookInbox(tx persistence.Tx) {
	head, oldest := persistence.InboxHead(tx, j.link.user)
	state := &troupev1.StreamState{Code: proto.Int32(0), Epoch: j.sys.epoch, NextSeq: proto.Uint64(head + 1)}
	j.inboxTo = head
	j.inboxFrom = head + 1
	if j.inbox.LastSeq != nil {
		j.inboxFrom, state.Gap = j.sys.missing(j.inbox.GetLastSeq(), j.inbox.GetEpoch(), j.sys.epoch, head, oldest)
	}
	j.streams = append(j.streams, attachStream{state: state})
}

func (j *attachJob) lookAt(tx persistence.Tx, st *attachStream) error {
	if st.live || st.state != nil {
		return nil
	}
	row, ok, err := persistence.Membership(tx, j.link.user, st.stream)
	if err != nil {
		return err
	}
	profile, found, err := persistence.ReadGroupRow(tx, st.stream)
	if err != nil {
		return err
	}
	st.state = &troupev1.StreamState{GroupId: string(st.group)}
	switch {
	case !found || profile.Dismissed:
		st.drop = true
		stateError(st.state, group.CodeGroupNotFound)
		return nil
	case !ok || row.Role == group.NoRole:
		st.drop = true
		stateError(st.state, group.CodeNotMember)
		if ok {
			st.state.LeftSeq = proto.Uint64(uint64(row.LeftSeq))
		}
		return nil
	}
	st.discard = row.Remind == group.Discard
	st.head = tx.Head(st.stream).Seq
	st.next = st.head + 1
	epoch := j.sys.epochOf(st.stream, false)
	st.state.Code, st.state.Epoch, st.state.NextSeq = proto.Int32(0), epoch, proto.Uint64(uint64(st.head)+1)
	if st.from != nil && st.from.LastSeq != nil {
		kept, err := persistence.OldestKept(tx, st.stream, group.Millis(j.sys.now()))
		if err != nil {
			return err
		}
		oldest := uint64(max(row.VisibleFrom, kept))
		var from uint64
		from, st.state.Gap = j.sys.missing(st.from.GetLastSeq(), st.from.GetEpoch(), epoch, uint64(st.head), oldest)
		st.next = group.Seq(from)
	}
	return nil
}

func stateError(s *troupev1.StreamState, code group.Code) {
	s.Code, s.Error = proto.Int32(int32(code)), protocol.NameOf(code)
}

// missing says from which number to send, and what is named instead of sent
// (the table of spec 18.3).
func (s *System) missing(last uint64, epoch, present string, head, oldest uint64) (from uint64, gap *troupev1.Gap) {
	switch {
	case epoch != present || last > head:
		return head + 1, &troupev1.Gap{From: 1, To: head, Reset_: true}
	case head-last > uint64(s.cfg.ResumeFrames):
		return head + 1, &troupev1.Gap{From: last + 1, To: head}
	case last+1 < oldest && last < head:
		to := min(oldest-1, head)
		return to + 1, &troupev1.Gap{From: last + 1, To: to}
	}
	return last + 1, nil
}

// result is the answer: one entry per stream named.
func (j *attachJob) result() *troupev1.AttachResult {
	res := &troupev1.AttachResult{}
	for i := range j.streams {
		st := &j.streams[i]
		switch {
		case st.stream == 0 && st.group == "" && !st.named:
			res.Inbox = st.state
		case st.named:
			res.Groups = append(res.Groups, st.state)
		}
	}
	return res
}

// flush hands the marks of finished streams to the shard.
func (j *attachJob) flush() {
	if !j.answered {
		return
	}
	for ; j.next < len(j.streams); j.next++ {
		st := &j.streams[j.next]
		if st.next <= st.head && !st.drop {
			break
		}
		j.mark(st)
	}
	j.post()
}

func (j *attachJob) mark(st *attachStream) {
	if st.stream == 0 {
		return
	}
	j.marks = append(j.marks, mark{
		stream: st.stream, run: j.turn, after: uint64(st.head), drop: st.drop, discard: st.discard,
	})
}

func (j *attachJob) post() {
	if len(j.marks) > 0 {
		j.sys.root.Send(j.sys.delivery.shards[j.link.shard], &caughtUp{link: j.link, marks: j.marks})
		j.marks = nil
	}
}

// fill sends what is missing, stream by stream, as far as the queue has room.
// It reports whether all is done.
func (j *attachJob) fill() bool {
	if !j.inboxDone && j.inbox != nil {
		from, ok := j.sys.fillInbox(j.link, j.inboxFrom, j.inboxTo, j)
		j.inboxFrom = from
		if !ok {
			return false
		}
		j.inboxDone = true
		j.marks = append(j.marks, mark{run: j.turn, after: j.inboxTo})
		j.post()
	}
	for ; j.next < len(j.streams); j.next++ {
		st := &j.streams[j.next]
		if st.drop || st.stream == 0 || st.next > st.head {
			j.mark(st)
			continue
		}
		next, ok := j.sys.fillStream(j.link, st.stream, st.group, st.next, st.head, st.discard, j)
		st.next = next
		if !ok {
			return false
		}
		j.mark(st)
		j.post()
	}
	j.post()
	return true
}

// fillStream pushes the stored frames from ≤ seq ≤ to. It stops when the
// queue is half full, and comes back as again; ok false then.
func (s *System) fillStream(l *link, stream group.StreamID, id group.ID, from, to group.Seq, discard bool, again job) (next group.Seq, ok bool) {
	next = from
	for next <= to {
		room := l.conn.Room()
		if room <= 0 {
			l.conn.WhenRoom(func() { s.readers.submit(again) })
			return next, false
		}
		var events []*group.Event
		err := s.journal.View(func(tx persistence.Tx) error {
			var bad error
			err := tx.Range(stream, next, to, false, func(e persistence.Entry) bool {
				event, err := persistence.DecodeEvent(e.Data)
				if err != nil {
					bad = err
					return false
				}
				events = append(events, event)
				return len(events) < min(room, 64)
			})
			if err == nil {
				err = bad
			}
			return err
		})
		if err != nil {
			s.fault("read stream", err)
			return to + 1, true
		}
		if len(events) == 0 {
			return to + 1, true
		}
		for _, e := range events {
			f := protocol.FrameOf(id, stream, false, &group.Numbered{Event: e}, 0)
			if !discard || !f.Discardable {
				l.conn.Push(f)
			}
			next = e.Seq + 1
		}
	}
	return next, true
}

// fillInbox is fillStream for the user's inbox.
func (s *System) fillInbox(l *link, from, to uint64, again job) (next uint64, ok bool) {
	next = from
	for next <= to {
		room := l.conn.Room()
		if room <= 0 {
			l.conn.WhenRoom(func() { s.readers.submit(again) })
			return next, false
		}
		var entries []persistence.InboxEntry
		err := s.journal.View(func(tx persistence.Tx) error {
			var err error
			entries, err = persistence.Inbox(tx, l.user, next, min(room, 64), false)
			return err
		})
		if err != nil {
			s.fault("read inbox", err)
			return to + 1, true
		}
		if len(entries) == 0 {
			return to + 1, true
		}
		for i := range entries {
			if entries[i].Seq > to {
				return to + 1, true
			}
			l.conn.Push(protocol.FrameOf(entries[i].Group, 0, false, &entries[i].Notice, entries[i].Seq))
			next = entries[i].Seq + 1
		}
	}
	return next, true
}

// fillJob fills a hole of one stream of one listener.
type fillJob struct {
	sys     *System
	link    *link
	stream  group.StreamID
	group   group.ID
	turn    uint64
	next    group.Seq
	head    group.Seq
	discard bool
}

func (j *fillJob) run() {
	if j.head == 0 {
		_ = j.sys.journal.View(func(tx persistence.Tx) error {
			j.head = tx.Head(j.stream).Seq
			return nil
		})
	}
	next, ok := j.sys.fillStream(j.link, j.stream, j.group, j.next, j.head, j.discard, j)
	j.next = next
	if ok {
		j.sys.root.Send(j.sys.delivery.shards[j.link.shard], &caughtUp{link: j.link, marks: []mark{{
			stream: j.stream, run: j.turn, after: uint64(j.head), discard: j.discard,
		}}})
	}
}

// fillInboxJob fills a hole of a device's inbox.
type fillInboxJob struct {
	sys  *System
	link *link
	turn uint64
	next uint64
	head uint64
}

func (j *fillInboxJob) run() {
	if j.head == 0 {
		_ = j.sys.journal.View(func(tx persistence.Tx) error {
			j.head, _ = persistence.InboxHead(tx, j.link.user)
			return nil
		})
	}
	next, ok := j.sys.fillInbox(j.link, j.next, j.head, j)
	j.next = next
	if ok {
		j.sys.root.Send(j.sys.delivery.shards[j.link.shard], &caughtUp{link: j.link, marks: []mark{{run: j.turn, after: j.head}}})
	}
}

// epochOf is the epoch of a group's numbers: the store's, and the
// incarnation's; of a livestream also the server's start (spec 18.2).
func (s *System) epochOf(stream group.StreamID, live bool) string {
	e := s.epoch + "-" + strconv.FormatUint(uint64(stream), 36)
	if live {
		e += "-" + s.boot
	}
	return e
}
