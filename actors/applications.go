package actors

import (
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// listApplications pages through the records that concern the caller (spec 7.7).
func (s *session) listApplications(req *troupev1.Request, asAppAdmin *bool) (*troupev1.Answer, error) {
	m := req.GetListApplications()
	cursor, count, e := pageOf(m.GetCursor(), m.Count, listPage)
	if e != nil {
		return nil, e
	}
	q := &persistence.ListApplicationsQuery{
		User: s.user, AppAdmin: s.appAdmin, Now: group.Millis(s.sys.now()),
		Cursor: cursor, Count: count, Oldest: m.GetOrder() == troupev1.Order_ORDER_OLDEST,
	}
	for _, d := range m.GetDirections() {
		q.Directions = append(q.Directions, group.Direction(d))
	}
	for _, st := range m.GetStates() {
		q.States = append(q.States, group.ApplicationState(st))
	}
	res := &troupev1.ListApplicationsResult{}
	err := s.sys.journal.View(func(tx persistence.Tx) error {
		if id := group.ID(m.GetGroupId()); id != "" {
			name, ok, err := persistence.LookupGroup(tx, id)
			if err != nil {
				return err
			}
			if !ok || name.ReservedUntil != 0 {
				return protocol.NewError(group.CodeGroupNotFound)
			}
			q.Stream = name.Stream
		}
		page, err := persistence.ListApplications(tx, q)
		if err != nil {
			return err
		}
		*asAppAdmin = page.AsAppAdmin
		for i := range page.Records {
			a, err := listed(tx, &page.Records[i])
			if err != nil {
				return err
			}
			res.Applications = append(res.Applications, a)
		}
		res.NextCursor = proto.String(protocol.FormatCursor(page.Next))
		res.Unread = proto.Uint32(uint32(page.Unread))
		return nil
	})
	return &troupev1.Answer{Result: &troupev1.Answer_ListApplications{ListApplications: res}}, err
}

// listed is one record with the profiles of those it names.
func listed(tx persistence.Tx, r *persistence.ListedApplication) (*troupev1.Application, error) {
	a := protocol.Application(&r.Record, r.Direction)
	for _, p := range []struct {
		id   group.UserID
		card **troupev1.UserCard
	}{{r.Applicant, &a.Applicant}, {r.Inviter, &a.Inviter}, {r.Handler, &a.Handler}} {
		if p.id == "" {
			continue
		}
		row, _, err := persistence.ReadUser(tx, p.id)
		if err != nil {
			return nil, err
		}
		*p.card = &troupev1.UserCard{UserId: string(p.id), Name: row.Name, Avatar: row.Avatar}
	}
	return a, nil
}

// markApplicationsRead sets the caller's mark to now (spec 7.8).
func (s *session) markApplicationsRead(req *troupev1.Request) (*troupev1.Answer, error) {
	var ops []persistence.RowOp
	err := s.sys.journal.View(func(tx persistence.Tx) (err error) {
		ops, err = persistence.MarkApplicationsReadOps(tx, s.user, group.Millis(s.sys.now()))
		return err
	})
	if err == nil {
		err = s.commitOwn(ops)
	}
	return protocol.DoneAnswer(req.GetRequestId()), err
}

// commitOwn stores rows of the caller's own, unless its account was closed
// meanwhile: they would outlive it.
func (s *session) commitOwn(ops []persistence.RowOp) error {
	if len(ops) == 0 {
		return nil
	}
	var wait func() ([][]persistence.Numbered, error)
	if e := s.sys.deletions.whileOpen(s.user, func() { wait = s.sys.committer.begin(persistence.Append{Rows: ops}) }); e != nil {
		return e
	}
	_, err := wait()
	return err
}

// deleteApplications removes entries from the caller's own lists (spec 7.8).
func (s *session) deleteApplications(req *troupev1.Request) (*troupev1.Answer, error) {
	var ids []group.ApplicationID
	var refs []persistence.NoticeRef
	for _, k := range req.GetDeleteApplications().GetApplications() {
		if k.GetApplicationId() == "" {
			refs = append(refs, persistence.NoticeRef{Seq: k.GetSeq(), Random: k.GetRandom()})
			continue
		}
		id, e := protocol.ParseApplicationID("applications", k.GetApplicationId())
		if e != nil {
			return nil, e
		}
		ids = append(ids, id)
	}
	var ops []persistence.RowOp
	removed := 0
	err := s.sys.journal.View(func(tx persistence.Tx) (err error) {
		ops, removed, err = persistence.DeleteApplicationsOps(tx, s.user, ids, refs, group.Millis(s.sys.now()))
		return err
	})
	if err == nil {
		err = s.commitOwn(ops)
	}
	return &troupev1.Answer{Result: &troupev1.Answer_DeleteApplications{
		DeleteApplications: &troupev1.CountResult{Count: proto.Uint32(uint32(removed))},
	}}, err
}

// listSystemNotices reads the caller's stored notices, newest first.
func (s *session) listSystemNotices(req *troupev1.Request) (*troupev1.Answer, error) {
	m := req.GetListSystemNotices()
	cursor, count, e := pageOf(m.GetCursor(), m.Count, listPage)
	if e != nil {
		return nil, e
	}
	if err := s.sys.place(s.user); err != nil {
		return nil, err
	}
	res := &troupev1.ListSystemNoticesResult{}
	err := s.sys.journal.View(func(tx persistence.Tx) error {
		page, err := persistence.ListNotices(tx, s.user, cursor, count, group.Millis(s.sys.now()))
		if err != nil {
			return err
		}
		for i := range page.Entries {
			entry := &page.Entries[i]
			res.Notices = append(res.Notices, protocol.SystemNotice(entry.Group, &entry.Notice, entry.Seq))
		}
		res.NextCursor = proto.String(protocol.FormatCursor(page.Next))
		return nil
	})
	return &troupev1.Answer{Result: &troupev1.Answer_ListSystemNotices{ListSystemNotices: res}}, err
}
