package actors

import (
	"sync"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// read carries out the operations that are not about one group, or hands them on.
func (s *session) read(req *troupev1.Request) {
	switch op := req.GetOp().(type) {
	case *troupev1.Request_GetGroupProfiles:
		s.gather(req, op.GetGroupProfiles.GetGroupIds(), group.GetProfile{MemberFields: len(op.GetGroupProfiles.GetMemberFields()) > 0})
	case *troupev1.Request_SearchGroup:
		s.gather(req, op.SearchGroup.GetGroupIds(), group.GetProfile{Search: true})
	case *troupev1.Request_ListJoinedGroups:
		s.laterAudited(req, s.listJoinedGroups)
	case *troupev1.Request_SearchJoinedGroups:
		s.later(req, s.searchJoinedGroups)
	case *troupev1.Request_ListApplications:
		s.laterAudited(req, s.listApplications)
	case *troupev1.Request_MarkApplicationsRead:
		s.later(req, s.markApplicationsRead)
	case *troupev1.Request_DeleteApplications:
		s.later(req, s.deleteApplications)
	case *troupev1.Request_ListSystemNotices:
		s.later(req, s.listSystemNotices)
	case *troupev1.Request_ListAudit:
		s.laterAudited(req, s.listAudit)
	case *troupev1.Request_ListBans:
		s.laterAudited(req, s.listBans)
	case *troupev1.Request_SetBan, *troupev1.Request_LiftBan, *troupev1.Request_RevokeTokens:
		s.sys.decree(&decreeCall{session: s, req: req})
	case *troupev1.Request_DeleteUser:
		s.deleteUser(req)
	default:
		s.refuse(req, protocol.InvalidRequest("unknown operation"))
	}
}

// later runs a read on the reader pool and answers with what it gives.
func (s *session) later(req *troupev1.Request, fn func(*troupev1.Request) (*troupev1.Answer, error)) {
	s.laterAudited(req, func(req *troupev1.Request, _ *bool) (*troupev1.Answer, error) { return fn(req) })
}

// laterAudited is later for reads that may rest on being an app_admin, which
// they say by the flag: then their entry is stored before they are answered.
func (s *session) laterAudited(req *troupev1.Request, fn func(_ *troupev1.Request, asAppAdmin *bool) (*troupev1.Answer, error)) {
	s.sys.readers.submit(jobFunc(func() {
		asAppAdmin := false
		a, err := fn(req, &asAppAdmin)
		var e *protocol.Error
		if err != nil && !asError(err, &e) {
			s.sys.fault("read", err)
			e = unavailableOf(err)
		}
		if asAppAdmin && decided(e) {
			code := group.OK
			if e != nil {
				code = e.Code
			}
			if _, err := s.sys.committer.waitFor(s.auditAlone(req, code)); err != nil {
				s.sys.fault("store audit entry", err)
				e = unavailableOf(err)
			}
		}
		if e != nil {
			s.refuse(req, e)
			return
		}
		a.RequestId, a.Code = req.GetRequestId(), codeOK()
		s.answer(a)
	}))
}

// gather asks the actors of several groups and answers when the last has.
func (s *session) gather(req *troupev1.Request, groups []string, cmd group.GetProfile) {
	ids := protocol.Distinct(groups)
	entries := make([]*troupev1.GroupEntry, len(ids))
	var mu sync.Mutex // results arrive from the goroutines of several group actors
	left, asAppAdmin := len(entries), false
	finish := func(c *call) {
		mu.Lock()
		left--
		asAppAdmin = asAppAdmin || c != nil && c.asAppAdmin
		last, audited := left <= 0, asAppAdmin
		mu.Unlock()
		if last {
			s.answerGathered(req, entries, audited)
		}
	}
	if left == 0 {
		finish(nil)
		return
	}
	for i, id := range ids {
		if e := protocol.CheckGroupID(id); e != nil {
			entries[i] = protocol.FailedEntry(id, e)
			finish(nil)
			continue
		}
		c := &call{
			session: s, req: req, group: group.ID(id),
			input: group.Input{Caller: s.caller(), Command: cmd},
		}
		c.then = func(res *group.Result, e *protocol.Error) {
			switch m := req.GetSearchGroup(); {
			case e != nil:
				entries[i] = protocol.FailedEntry(id, e)
			case m != nil:
				entries[i] = protocol.SearchEntry(m, id, res)
			default:
				entries[i] = protocol.GroupEntry(req.GetGetGroupProfiles(), id, res)
			}
			finish(c)
		}
		s.sys.directory.send(c)
	}
}

// answerGathered answers, and if that rests on being an app_admin, when its
// audit entry is stored.
func (s *session) answerGathered(req *troupev1.Request, entries []*troupev1.GroupEntry, asAppAdmin bool) {
	res := &troupev1.GroupProfilesResult{Groups: entries}
	a := protocol.DoneAnswer(req.GetRequestId())
	if req.GetSearchGroup() != nil {
		a.Result = &troupev1.Answer_SearchGroup{SearchGroup: res}
	} else {
		a.Result = &troupev1.Answer_GetGroupProfiles{GetGroupProfiles: res}
	}
	if !asAppAdmin {
		s.answer(a)
		return
	}
	s.audit(req, group.OK, func(err error) {
		if err != nil {
			s.refuse(req, unavailableOf(err))
			return
		}
		s.answer(a)
	})
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
		items = append(items, userFrame{u, s.frameOf(entry.Group, 0, false, &entry.Notice, n.N)})
	}
	if len(items) > 0 {
		s.delivery.inbox(items)
	}
}
