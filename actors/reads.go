package actors

import (
	"sync"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// read carries out the operations that are not about one group.
func (s *session) read(req *troupev1.Request) {
	switch op := req.GetOp().(type) {
	case *troupev1.Request_GetGroupProfiles:
		s.gather(req, op.GetGroupProfiles.GetGroupIds(), group.GetProfile{MemberFields: len(op.GetGroupProfiles.GetMemberFields()) > 0})
	case *troupev1.Request_SearchGroup:
		s.gather(req, op.SearchGroup.GetGroupIds(), group.GetProfile{Search: true})
	case *troupev1.Request_ListJoinedGroups:
		s.later(req, s.listJoinedGroups)
	case *troupev1.Request_SearchJoinedGroups:
		s.later(req, s.searchJoinedGroups)
	case *troupev1.Request_ListApplications:
		s.later(req, s.listApplications)
	case *troupev1.Request_MarkApplicationsRead:
		s.later(req, s.markApplicationsRead)
	case *troupev1.Request_DeleteApplications:
		s.later(req, s.deleteApplications)
	case *troupev1.Request_ListSystemNotices:
		s.later(req, s.listSystemNotices)
	default:
		s.refuse(req, protocol.InvalidRequest("unknown operation"))
	}
}

// later runs a read on the reader pool and answers with what it gives.
func (s *session) later(req *troupev1.Request, fn func(*troupev1.Request) (*troupev1.Answer, error)) {
	s.sys.readers.submit(jobFunc(func() {
		a, err := fn(req)
		var e *protocol.Error
		switch {
		case asError(err, &e):
			s.refuse(req, e)
		case err != nil:
			s.sys.fault("read", err)
			s.refuse(req, unavailableOf(err))
		default:
			a.RequestId, a.Code = req.GetRequestId(), codeOK()
			s.answer(a)
		}
	}))
}

// gather asks the actors of several groups and answers when the last has.
func (s *session) gather(req *troupev1.Request, groups []string, cmd group.GetProfile) {
	ids := protocol.Distinct(groups)
	entries := make([]*troupev1.GroupEntry, len(ids))
	var mu sync.Mutex // results arrive from the goroutines of several group actors
	left := len(entries)
	finish := func() {
		mu.Lock()
		left--
		last := left <= 0
		mu.Unlock()
		if last {
			s.answerGathered(req, entries)
		}
	}
	if left == 0 {
		finish()
		return
	}
	for i, id := range ids {
		if e := protocol.CheckGroupID(id); e != nil {
			entries[i] = protocol.FailedEntry(id, e)
			finish()
			continue
		}
		s.sys.directory.send(&call{
			session: s, req: req, group: group.ID(id),
			input: group.Input{Caller: s.caller(), Command: cmd},
			then: func(res *group.Result, e *protocol.Error) {
				switch m := req.GetSearchGroup(); {
				case e != nil:
					entries[i] = protocol.FailedEntry(id, e)
				case m != nil:
					entries[i] = protocol.SearchEntry(m, id, res)
				default:
					entries[i] = protocol.GroupEntry(req.GetGetGroupProfiles(), id, res)
				}
				finish()
			},
		})
	}
}

func (s *session) answerGathered(req *troupev1.Request, entries []*troupev1.GroupEntry) {
	res := &troupev1.GroupProfilesResult{Groups: entries}
	a := protocol.DoneAnswer(req.GetRequestId())
	if req.GetSearchGroup() != nil {
		a.Result = &troupev1.Answer_SearchGroup{SearchGroup: res}
	} else {
		a.Result = &troupev1.Answer_GetGroupProfiles{GetGroupProfiles: res}
	}
	s.answer(a)
}

// place puts the group notices due to a user into its inbox (spec 19.17 a).
// On a full disk they stay due.
func (s *System) place(u group.UserID) error {
	due := false
	if err := s.journal.View(func(tx persistence.Tx) (err error) {
		due, err = persistence.HasDueNotices(tx, u, group.Millis(s.now()))
		return err
	}); err != nil || !due {
		return err
	}
	numbers, err := s.committer.wait([]persistence.RowOp{persistence.PlaceOp(u, group.Millis(s.now()))})
	if isFull(err) {
		return nil
	}
	if err == nil && len(numbers) > 0 {
		s.placed(u, numbers[0])
	}
	return err
}

// placed sends what was just placed to the devices that attach the inbox.
func (s *System) placed(u group.UserID, list []persistence.Numbered) {
	items := make([]userFrame, 0, len(list))
	for _, n := range list {
		entry, err := persistence.DecodeInboxEntry(n.N, n.Data)
		if err != nil {
			s.fault("decode placed notice", err)
			return
		}
		items = append(items, userFrame{u, protocol.FrameOf(entry.Group, 0, false, &entry.Notice, n.N)})
	}
	if len(items) > 0 {
		s.delivery.inbox(items)
	}
}
