package actors

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// audit gives the row of a decision that the audit log is to tell of, none
// otherwise. It is stored with what was decided, and where that is nothing, by
// itself: the answer waits for it (spec 19.13).
func (g *groupActor) audit(h *held) []persistence.RowOp {
	c := h.call
	if !h.decision.AsAppAdmin || c.session == nil {
		return nil
	}
	if c.asAppAdmin = true; c.then != nil {
		return nil // one of several groups that a call asks: it stores its entry itself
	}
	code := h.decision.Result.Code
	if r := h.decision.Reject; r != nil {
		code = r.Code
	}
	return []persistence.RowOp{persistence.AuditOp(c.session.auditEntry(c.req, string(c.group), code, g.now))}
}

// commitRows stores what follows from volatile events, and an audit entry.
func (g *groupActor) commitRows(h *held, audit []persistence.RowOp) {
	var rows []persistence.RowOp
	if g.live && notifies(h.decision.Effects) {
		rows = persistence.RowsOf(g.machine, &h.decision)
	}
	// Alone an entry may use the reserve (spec 19.15).
	a := persistence.Append{Rows: append(rows, audit...), FromReserve: len(rows) == 0}
	if len(a.Rows) > 0 {
		g.submit(h, a)
	}
}

// notifies reports whether somebody gets a notice, which is stored even where
// the event is not.
func notifies(effects []group.Effect) bool {
	for i := range effects {
		if _, notice := effects[i].Frame.(*group.Notice); notice && effects[i].Scope == group.ToUsers {
			return true
		}
	}
	return false
}
