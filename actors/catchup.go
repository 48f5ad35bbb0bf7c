package actors

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// catchUp is one listener's wait for what is missing to be read and sent; it
// belongs to a stream's subscription or to an inbox, and its address names it:
// what an older one brings is void. Owned by the shard.
type catchUp struct {
	// held came meanwhile and follows. If there was no room for all of it
	// (overflow) the rest is read as well.
	held     []heldFrame
	overflow bool
	// skipped names what found no room of a livestream, which cannot be read.
	skipped *troupev1.Skipped
	// due is a number up to which there is more to be read, as its actor said;
	// it is read once more for it (sought), not for ever.
	due    group.Seq
	sought bool
	// leaving: the user is no longer a member; due is the last number it gets.
	// What is read ends there by itself: storage knows of the leaving.
	leaving bool
	// lags is the link's when the attach to a livestream began, fixed: if it lagged
	// since, the attach is void, and nothing would end the wait.
	lags uint32
	// had: the stream was attached before, and goes on if the attach is refused.
	had bool
	// reminded: the remind type was told meanwhile and is newer than what the
	// catch-up has read.
	reminded bool
}

// heldFrame is a frame that waits for a catch-up to end.
type heldFrame struct {
	frame *protocol.Frame
	// except is the connection that has it in its answer.
	except uint64
}

// maxHeld bounds what is held for a stream that is catching up.
const maxHeld = 256

// hold keeps a frame for later.
func (c *catchUp) hold(f *protocol.Frame, except uint64) {
	if len(c.held) >= maxHeld {
		c.overflow = true
		return
	}
	c.held = append(c.held, heldFrame{f, except})
}

// heldBy is what a catch-up that another follows has held: what of it has no
// number cannot be read. Nothing, if the user has left.
func heldBy(c *catchUp) []heldFrame {
	if c == nil || c.leaving {
		return nil
	}
	return c.held
}

// skip notes a frame of a livestream that found no room.
func (c *catchUp) skip(f *protocol.Frame) { c.skipped = protocol.AddSkipped(c.skipped, f) }

// mark says how far one stream of a link was caught up; stream 0 = inbox.
type mark struct {
	stream group.StreamID
	catch  *catchUp
	after  uint64
	// drop: the user may not listen after all, or (refused) the attach failed.
	drop, refused bool
	discard       bool
}

// attach registers the groups that the client attaches as catching up; the job
// then reads how far each stream goes, so that nothing falls between (spec
// 18.3).
func (s *shard) attach(m *attachTo) {
	s.sys.failAt(FaultAttach)
	l, job := m.link, m.job
	if l.gone || job.lags != l.lags {
		job.abandon()
		return
	}
	for i := range job.streams {
		st := &job.streams[i]
		if st.live || st.stream == 0 {
			continue
		}
		sub := l.subscription(st.stream)
		had := sub != nil && !(sub.catch != nil && sub.catch.leaving)
		if sub == nil {
			sub = s.room(st.stream, st.group, false).add(l, 0, s.index)
		}
		s.settle(sub)
		st.catch = &catchUp{had: had, held: heldBy(sub.catch)}
		sub.catch = st.catch
	}
	s.sys.readers.submit(job)
}

// A shard that has failed at a step of an attach has it refused.
func (m *attachBegin) lost() { m.job.fail() }
func (m *attachTo) lost()    { m.job.fail() }

// lost: the connection is told that all of it is detached, as nobody knows how
// far the shard has come.
func (m *looked) lost() {
	if !m.delivered {
		m.job.session.refuse(m.job.req, protocol.NewError(protocol.CodeInternalError))
	}
	m.job.session.tell(&lagged{})
	m.job.session.tell(&attachDone{})
}

// listens notes what the client wants besides the streams it names.
func (s *shard) listens(l *link, job *attachJob) {
	_, loose := s.loose[l]
	job.before = &listening{attached: l.attached, rest: l.rest, loose: loose}
	l.attached = true
	if job.rest {
		l.rest = true
	}
	if l.rest {
		delete(s.loose, l)
	} else if job.inbox != nil {
		s.loose[l] = struct{}{}
	}
}

// listening is what a link wanted before an attach.
type listening struct{ attached, rest, loose bool }

// unlisten takes back what an attach that was refused has changed.
func (s *shard) unlisten(l *link, was *listening) {
	l.attached, l.rest = was.attached, was.rest
	delete(s.loose, l)
	if was.loose {
		s.loose[l] = struct{}{}
	}
	for i := len(l.subs) - 1; i >= 0; i-- {
		if sub := l.subs[i]; !was.attached || sub.rest && !was.rest {
			s.unsubscribe(sub)
		}
	}
}

// begin is the first step of an attach: the inbox is registered. With rest,
// groups joined from here on are attached as they are joined; the job finds
// those joined before, the registry the livestreams.
func (s *shard) begin(m *attachBegin) {
	s.sys.failAt(FaultAttach)
	l, job := m.link, m.job
	if l.gone {
		job.abandon()
		return
	}
	job.lags = l.lags
	s.listens(l, job)
	if job.inbox != nil {
		job.catch = &catchUp{had: l.inbox.attached, held: heldBy(l.inbox.catch)}
		l.inbox.attached, l.inbox.catch = true, job.catch
	}
	if !job.rest {
		s.sys.readers.submit(job)
		return
	}
	s.sys.root.Send(s.sys.registryOf(l.user), &whereIs{user: l.user, failed: job.fail, then: func(rooms []group.ID) {
		job.rooms = rooms
		s.sys.readers.submit(job)
	}})
}

// looked answers an attach that found out how far its streams go: all of them
// go on from there, at once or when the job has brought what is missing.
func (s *shard) looked(m *looked) {
	job := m.job
	if job.link.gone || job.lags != job.link.lags {
		// The client was told that everything is detached.
		job.abandon()
		return
	}
	s.sys.failAt(FaultAttach)
	if m.answer != nil {
		m.delivered = true
		f := protocol.AnswerFrame(m.answer)
		f.Attaches = m.refused == nil
		job.session.deliver(m.answer, f)
	}
	if m.refused != nil && job.before != nil {
		s.unlisten(job.link, job.before)
	}
	for i := range m.marks {
		s.caughtUp(job.link, &m.marks[i])
	}
	if m.more {
		s.sys.readers.submit(job)
		return
	}
	job.session.tell(&attachDone{})
}

// caughtUp lets out what was held meanwhile and goes on live.
func (s *shard) caughtUp(l *link, k *mark) {
	if k.stream == 0 {
		s.inboxCaughtUp(l, k)
		return
	}
	sub := l.subscription(k.stream)
	if sub == nil || k.catch == nil || sub.catch != k.catch {
		return
	}
	c := sub.catch
	switch {
	case k.refused && c.had && sub.room.live:
		k.after = uint64(sub.after)
	case k.refused && c.had:
		s.refill(sub)
		sub.catch.held, sub.catch.due, sub.catch.leaving = c.held, c.due, c.leaving
		return
	case k.drop:
		s.unsubscribe(sub)
		return
	}
	sub.after, sub.catch = group.Seq(k.after), nil
	if !c.reminded {
		sub.discard = k.discard
	}
	for i, h := range c.held {
		if sub.catch != nil {
			// A hole again: the rest waits with it.
			sub.catch.held = append(sub.catch.held, c.held[i:]...)
			break
		}
		s.give(sub, h.frame, h.except)
	}
	s.resume(sub, c)
}

// resume sees to what a catch-up has left undone.
func (s *shard) resume(sub *subscription, c *catchUp) {
	if sub.room.live {
		if c.skipped != nil {
			aud := sub.room.aud
			sub.after = max(sub.after, group.Seq(c.skipped.ToSeq))
			s.push(sub.conn, protocol.RoomSkipped(aud.group, aud.stream, c.skipped))
		}
		if c.leaving {
			s.unsubscribe(sub)
		}
		return
	}
	late := sub.after < c.due && !c.sought
	if sub.catch == nil && (c.overflow || late) {
		s.refill(sub)
		sub.catch.sought = late
	}
	switch {
	case sub.catch != nil:
		sub.catch.due, sub.catch.leaving = c.due, c.leaving
	case c.leaving:
		s.unsubscribe(sub)
	}
}

func (s *shard) inboxCaughtUp(l *link, k *mark) {
	in := &l.inbox
	if k.catch == nil || in.catch != k.catch {
		return
	}
	c := in.catch
	switch {
	case k.refused && c.had:
		s.refillInbox(l)
		in.catch.held, in.catch.due = c.held, c.due
		return
	case k.drop:
		*in = inboxState{}
		return
	}
	in.after, in.catch = k.after, nil
	for i, h := range c.held {
		if in.catch != nil {
			in.catch.held, in.catch.due = append(in.catch.held, c.held[i:]...), c.due
			return
		}
		s.giveInbox(l, h.frame)
	}
	late := in.after < uint64(c.due) && !c.sought
	if in.catch == nil && (c.overflow || late) {
		s.refillInbox(l)
		in.catch.sought = late
	}
}

// detachAll ends every attachment of a connection that lags and names them; a
// guest goes on by itself, and what it missed is named by skipped (spec 19.11).
func (s *shard) detachAll(l *link) {
	if l.gone {
		return
	}
	if l.user == "" {
		l.conn.Lagged(protocol.LevelChanged("pull", "full"), nil)
		return
	}
	l.lags++
	var groups []group.ID
	for len(l.subs) > 0 {
		sub := l.subs[len(l.subs)-1]
		groups = append(groups, sub.room.aud.group)
		s.unsubscribe(sub)
	}
	inbox := l.inbox.attached
	l.inbox, l.rest = inboxState{}, false
	delete(s.loose, l)
	l.conn.Lagged(protocol.LevelChanged("pull", "full"), protocol.Lagging(inbox, groups))
}
