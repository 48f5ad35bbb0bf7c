package actors

import (
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// The audit log (spec 19.13): who stores an entry, and when. A group stores
// that of a call with what the call changed (groupaudit.go); what changes
// nothing stores its entry by itself and is answered then.

// maxTriedParameters bounds, in bytes, what is kept of the parameters of a call
// that was refused to who is no app_admin.
const maxTriedParameters = 2 << 10

// mayTry bounds how often who is no app_admin may ask for what only they may.
func (s *session) mayTry(req *troupev1.Request) *protocol.Error {
	if s.phase != phaseSignedIn || s.appAdmin || !protocol.ForAppAdmins(req, s.user) {
		return nil
	}
	if retry, ok := s.sys.tries.spend(s.user, s.sys.now()); !ok {
		return errRateLimited(retry)
	}
	return nil
}

// auditEntry is what the log says of a request that was decided at a moment.
// Safe to call from anywhere once the session is signed in.
func (s *session) auditEntry(req *troupev1.Request, target string, code group.Code, at group.Millis) *persistence.AuditEntry {
	e := &persistence.AuditEntry{
		Time: at, Actor: s.user, Via: persistence.AuditConnection, Device: s.device,
		Operation: protocol.OpOf(req).String(), Target: target, Parameters: protocol.AuditParameters(req), Code: code,
	}
	if code != group.OK && !s.appAdmin && len(e.Parameters) > maxTriedParameters {
		e.Parameters = nil
	}
	if a := s.conn.Remote(); a.IsValid() {
		e.Address = a.Unmap().String()
	}
	if id := req.GetRequestId(); len(id) <= protocol.MaxRequestID {
		e.Request = id
	}
	return e
}

// auditAlone is the append of an entry that stands by itself. It may use the
// reserve: that of a ban that was refused is as good as that of one set.
func (s *session) auditAlone(req *troupev1.Request, code group.Code) persistence.Append {
	e := s.auditEntry(req, protocol.AuditTarget(req), code, group.Millis(s.sys.now()))
	return persistence.Append{Rows: []persistence.RowOp{persistence.AuditOp(e)}, FromReserve: true}
}

// audit stores the entry of a call that changes nothing, then goes on, on the
// committer's goroutine.
func (s *session) audit(req *troupev1.Request, code group.Code, then func(error)) {
	s.sys.committer.submit(&commit{append: s.auditAlone(req, code), stored: func(_ *commit, err error) {
		if err != nil {
			s.sys.fault("store audit entry", err)
		}
		then(err)
	}})
}

// refuseAudited is refuse for who may have asked for what only app_admins may:
// then the refusal is stored first. Safe to call from anywhere
// once the session is signed in.
func (s *session) refuseAudited(req *troupev1.Request, e *protocol.Error) {
	if !protocol.ForAppAdmins(req, s.user) || !decided(e) {
		s.refuse(req, e)
		return
	}
	s.auditRefusal(req, e)
}

// auditRefusal stores the entry of a refusal, then refuses.
func (s *session) auditRefusal(req *troupev1.Request, e *protocol.Error) {
	s.audit(req, e.Code, func(err error) {
		if err != nil {
			e = unavailableOf(err)
		}
		s.refuse(req, e)
	})
}

// decided tells a refusal from a call that nobody has looked at.
func decided(e *protocol.Error) bool {
	if e == nil {
		return true
	}
	switch e.Code {
	case protocol.CodeBusy, protocol.CodeUnavailable, protocol.CodeInternalError, group.CodeRateLimited:
		return false
	}
	return true
}

// auditPageBytes keeps a page of the log below the largest frame to clients.
const auditPageBytes = pageBytes

// listAudit pages through the log. What it finds does not hold its own entry.
func (s *session) listAudit(req *troupev1.Request, asAppAdmin *bool) (*troupev1.Answer, error) {
	*asAppAdmin = true
	if !s.appAdmin {
		return nil, protocol.NewError(group.CodePermissionDenied)
	}
	m := req.GetListAudit()
	cursor, count, e := pageOf(m.GetCursor(), m.Count, listPage)
	if e != nil {
		return nil, e
	}
	q := persistence.AuditQuery{
		Actor: group.UserID(m.GetActor()), Operation: m.GetOperation(), Target: m.GetTarget(),
		From: group.Millis(m.GetFrom()), To: group.Millis(m.GetTo()), Oldest: m.GetOrder() == troupev1.Order_ORDER_OLDEST,
		Cursor: cursor, Count: count, Bytes: auditPageBytes, Now: group.Millis(s.sys.now()),
	}
	res := &troupev1.ListAuditResult{}
	err := s.sys.journal.View(func(tx persistence.Tx) error {
		page, err := persistence.ListAudit(tx, &q)
		for i := range page.Entries {
			res.Entries = append(res.Entries, auditShown(&page.Entries[i]))
		}
		res.NextCursor = proto.String(protocol.FormatCursor(page.Next))
		return err
	})
	return &troupev1.Answer{Result: &troupev1.Answer_ListAudit{ListAudit: res}}, err
}

func auditShown(e *persistence.AuditEntry) *troupev1.AuditEntry {
	shown := &troupev1.AuditEntry{
		AuditId: e.ID, Time: int64(e.Time), Actor: string(e.Actor), Via: troupev1.Via(e.Via), Address: e.Address,
		Operation: e.Operation, Target: e.Target, Parameters: protocol.ReadAuditParameters(e.Parameters),
		RequestId: e.Request, Code: proto.Int32(int32(e.Code)),
	}
	if e.Via == persistence.AuditServerAPI {
		shown.KeyName = e.Device
	} else {
		shown.DeviceId = e.Device
	}
	return shown
}
