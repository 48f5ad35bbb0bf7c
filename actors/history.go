package actors

import (
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// maxHistory is the most entries of one page (spec 10.4).
const maxHistory = 100

// pageBytes keeps a page below the largest frame to clients (spec 18.6).
const pageBytes = 512 << 10

// historyJob reads a page of a group's history; its actor has said what the
// caller may read.
type historyJob struct {
	call   *call
	stream group.StreamID
	group  group.ID
	may    group.Visibility
}

func (j *historyJob) run() {
	c := j.call
	s := c.session
	res, e, err := j.read(s.sys)
	if !c.end() {
		return
	}
	defer c.over()
	switch {
	case err != nil:
		s.sys.fault("read history", err)
		s.refuse(c.req, errUnavailable())
	case e != nil:
		s.refuse(c.req, e)
	default:
		s.answer(&troupev1.Answer{RequestId: c.req.GetRequestId(), Code: codeOK(),
			Result: &troupev1.Answer_GetGroupHistory{GetGroupHistory: res}})
	}
}

func (j *historyJob) read(s *System) (*troupev1.GetGroupHistoryResult, *protocol.Error, error) {
	m := j.call.req.GetGetGroupHistory()
	res := &troupev1.GetGroupHistoryResult{}
	var refused *protocol.Error
	var list []*group.Event
	lowest := group.Seq(1)
	err := s.journal.View(func(tx persistence.Tx) error {
		from, to := j.may.From, j.may.To
		if !j.may.Member {
			row, ok, err := persistence.Membership(tx, j.call.session.user, j.stream)
			if err != nil {
				return err
			}
			if !ok && !j.call.session.appAdmin {
				refused = protocol.NewError(group.CodeNotMember)
				return nil
			}
			if ok {
				from, to = row.VisibleFrom, row.LeftSeq
			}
		}
		if req := group.Seq(m.GetReqSeq()); req != 0 {
			to = min(to, req)
		}
		if !j.may.Stored || to < from {
			return nil
		}
		oldest, err := persistence.OldestKept(tx, j.stream, group.Millis(s.now()))
		if err != nil {
			return err
		}
		if from = max(from, oldest); to < from {
			return nil
		}
		lowest = from
		n := maxHistory
		if m.ReqNumber != nil {
			n = int(m.GetReqNumber())
		}
		list, err = page(tx, j.stream, from, to, n)
		return err
	})
	if err != nil || refused != nil {
		return nil, refused, err
	}
	next := group.Seq(0)
	if len(list) > 0 {
		if last := list[len(list)-1].Seq; last > lowest {
			next = last - 1
		}
	}
	for i := len(list) - 1; i >= 0; i-- {
		res.Messages = append(res.Messages, protocol.EventOfNumbered(j.group, list[i]))
	}
	res.NextReqSeq, res.Finished = proto.Uint64(uint64(next)), proto.Bool(next == 0)
	return res, nil, nil
}

// page reads at most n numbered events, newest first.
func page(tx persistence.Tx, stream group.StreamID, from, to group.Seq, n int) ([]*group.Event, error) {
	var list []*group.Event
	var bad error
	size := 0
	err := tx.Range(stream, max(from, 1), to, true, func(e persistence.Entry) bool {
		event, err := persistence.DecodeEvent(e.Data)
		if err != nil {
			bad = err
			return false
		}
		list = append(list, event)
		size += len(e.Data)
		return len(list) < n && size < pageBytes
	})
	if err == nil {
		err = bad
	}
	return list, err
}
