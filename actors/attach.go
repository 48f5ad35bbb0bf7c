package actors

import (
	"slices"
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

	// Set by the shard: catch is the inbox's, lags tells whether the link was
	// detached since.
	catch *catchUp
	lags  uint32
	// before is what a refusal goes back to; nil: nothing has changed.
	before *listening
	// rooms are the livestreams the user is in, by its registry; with rest.
	rooms []group.ID

	found     bool
	looked    bool
	inboxFrom uint64
	inboxTo   uint64
	fills     []filling
}

// attachStream is one group of an attach call.
type attachStream struct {
	group  group.ID
	stream group.StreamID
	named  bool // in the call, so in the answer
	live   bool
	from   *troupev1.GroupFrom
	state  *troupev1.StreamState
	catch  *catchUp
	// to be sent: from next to head.
	next, head group.Seq
	discard    bool
	drop       bool
}

// abandon gives up: the connection is gone, or all of it was detached again.
func (j *attachJob) abandon() {
	j.session.refuse(j.req, errUnavailable())
	j.session.tell(&attachDone{})
}

// fail refuses the attach, as an actor has failed at it.
func (j *attachJob) fail() {
	j.found = true
	j.send(j.outcome(protocol.NewError(protocol.CodeInternalError)))
}

// run implements job: it finds the streams, then looks how far they go and
// answers, then brings what is missing, stream by stream.
func (j *attachJob) run() {
	switch {
	case !j.found:
		j.found = true
		j.start()
		return
	case !j.looked:
		j.tell(j.look())
		return
	}
	for len(j.fills) > 0 {
		if j.sys.feed(&j.fills[0], j) {
			return
		}
		j.fills = j.fills[1:]
	}
	j.session.tell(&attachDone{})
}

// start finds the streams. If there are none but the inbox, which the shard has
// registered, it looks at once; else the shard registers them first.
func (j *attachJob) start() {
	due := false
	err := j.sys.journal.View(func(tx persistence.Tx) (err error) {
		if err = j.find(tx); err == nil && !j.listens() {
			due, err = j.lookIn(tx)
		}
		return err
	})
	if err == nil && j.listens() {
		j.askLive()
		return
	}
	j.tell(j.placeDue(due, err))
}

// listens: there are groups to listen to.
func (j *attachJob) listens() bool {
	return slices.ContainsFunc(j.streams, func(st attachStream) bool { return st.live || st.stream != 0 && st.group != "" })
}

// tell has the shard answer; with an error storage has failed.
func (j *attachJob) tell(err error) {
	if err == nil {
		j.send(j.outcome(nil))
		return
	}
	j.sys.fault("attach", err)
	j.send(j.outcome(unavailableOf(err)))
}

func (j *attachJob) send(m *looked) {
	j.looked = true
	j.sys.root.Send(j.sys.delivery.shards[j.link.shard], m)
}

// outcome says what comes of the attach. If it is refused, the shard takes back
// all that it has registered, and what was attached before goes on.
func (j *attachJob) outcome(refused *protocol.Error) *looked {
	m := &looked{job: j, refused: refused}
	if refused != nil {
		m.answer = protocol.ErrorAnswer(j.req.GetRequestId(), refused)
	} else {
		m.answer = protocol.DoneAnswer(j.req.GetRequestId())
		m.answer.Result = &troupev1.Answer_Attach{Attach: j.result()}
	}
	if j.catch != nil {
		f := filling{link: j.link, catch: j.catch, next: j.inboxFrom, to: j.inboxTo}
		j.sort(m, f, false)
	}
	for i := range j.streams {
		if st := &j.streams[i]; st.catch != nil {
			j.sort(m, filling{
				link: j.link, stream: st.stream, group: st.group, catch: st.catch,
				next: uint64(st.next), to: uint64(st.head), discard: st.discard,
			}, st.drop)
		}
	}
	m.more = len(j.fills) > 0
	return m
}

// sort tells what is to be sent from what goes on at once, or not at all.
func (j *attachJob) sort(m *looked, f filling, drop bool) {
	refused := m.refused != nil
	if !drop && !refused && f.next <= f.to {
		j.fills = append(j.fills, f)
		return
	}
	m.marks = append(m.marks, mark{
		stream: f.stream, catch: f.catch, after: f.to, drop: drop || refused, refused: refused, discard: f.discard,
	})
}

// look finds out how far each stream goes and what is missing.
func (j *attachJob) look() error {
	due := false
	err := j.sys.journal.View(func(tx persistence.Tx) (err error) {
		due, err = j.lookIn(tx)
		return err
	})
	return j.placeDue(due, err)
}

// lookIn is look but for the inbox, if notices are due: those to everybody are
// placed before the inbox is read (spec 19.17 a).
func (j *attachJob) lookIn(tx persistence.Tx) (due bool, err error) {
	for i := range j.streams {
		if err := j.lookAt(tx, &j.streams[i]); err != nil {
			return false, err
		}
	}
	if j.inbox == nil {
		return false, nil
	}
	if due, err = persistence.HasDueNotices(tx, j.link.user, group.Millis(j.sys.now())); !due && err == nil {
		j.lookInbox(tx)
	}
	return due, err
}

// placeDue places notices that are due and looks at the inbox then.
func (j *attachJob) placeDue(due bool, err error) error {
	if err != nil || !due {
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
	epoch := j.sys.epochOf(st.stream)
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

// epochOf is the epoch of a group's numbers: the store's, and the
// incarnation's (spec 18.2).
func (s *System) epochOf(stream group.StreamID) string {
	return s.epoch + "-" + strconv.FormatUint(uint64(stream), 36)
}

// liveEpoch is that of a livestream: its numbers begin anew when the server
// starts, and when nobody has listened for so long that it was forgotten.
func (s *System) liveEpoch(a *audience) string {
	return s.epochOf(a.stream) + "-" + s.boot + strconv.FormatUint(a.born, 36)
}
