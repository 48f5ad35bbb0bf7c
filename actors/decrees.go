package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// decrees is the actor that changes bans and revocations: one call after the
// other, each stored with its audit entry before it is in force, answered and
// carried out (spec 19.13). Its state outlives its restarts.
type decrees struct {
	sys *System
	// answers are those of the last minutes' requests, for repeats (spec 18.5).
	answers map[uint64]firstAnswer
	swept   group.Millis
	// pending is being stored; queue waits for it. current is in hand.
	pending *decree
	queue   []*decreeCall
	current *decreeCall
}

// Messages of decrees.
type (
	// decreeCall is set_ban, lift_ban or revoke_tokens; without a session it
	// removes what is over.
	decreeCall struct {
		session *session
		req     *troupev1.Request
	}
	decreeStored struct {
		decree *decree
		err    error
	}
)

// decree is one change on its way to storage.
type decree struct {
	call *decreeCall
	at   group.Millis
	rows []persistence.RowOp
	// result is what is answered; audited: it rests on being an app_admin.
	result  *troupev1.Answer
	audited bool
	// apply brings it into force; authority.mu is held.
	apply func(*authority)
	// enforce sends away whom it concerns.
	enforce func()
}

// Receive implements actor.Actor.
func (d *decrees) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *barrier:
		m.done.Done()
	case *decreeCall:
		d.queue = append(d.queue, m)
		d.next(ctx.Self())
	case *decreeStored:
		d.stored(m)
		d.next(ctx.Self())
	case *actor.Restarting:
		if c := d.current; c != nil && c.session != nil {
			c.session.refuse(c.req, protocol.NewError(protocol.CodeInternalError))
		}
		d.current = nil
	}
}

// decree hands a call to the actor.
func (s *System) decree(c *decreeCall) {
	s.calls.Add(1)
	s.root.Send(s.decrees, c)
}

// next takes up what waits.
func (d *decrees) next(self *actor.PID) {
	for d.pending == nil && len(d.queue) > 0 {
		d.current = d.queue[0]
		d.queue = d.queue[1:]
		d.decide(self, d.current)
		d.current = nil
	}
}

func (d *decrees) decide(self *actor.PID, c *decreeCall) {
	now := group.Millis(d.sys.now())
	if c.session == nil {
		d.store(self, d.tidy(c, now))
		return
	}
	if d.repeated(c, now) {
		return
	}
	made := &decree{call: c, at: now}
	var e *protocol.Error
	var err error
	switch op := c.req.GetOp().(type) {
	case *troupev1.Request_SetBan:
		e = d.setBan(made, op.SetBan)
	case *troupev1.Request_LiftBan:
		e = d.liftBan(made, op.LiftBan)
	case *troupev1.Request_RevokeTokens:
		e, err = d.revokeTokens(made, op.RevokeTokens)
	}
	switch {
	case err != nil:
		d.sys.fault("read revocation", err)
		c.session.refuse(c.req, errUnavailable())
	case e != nil && made.audited:
		c.session.auditRefusal(c.req, e)
	case e != nil:
		c.session.refuse(c.req, e)
	default:
		d.store(self, made)
	}
}

// store sends a decree to storage, with its audit entry. It may use the
// reserve (spec 19.15).
func (d *decrees) store(self *actor.PID, made *decree) {
	if made.audited {
		c := made.call
		entry := c.session.auditEntry(c.req, protocol.AuditTarget(c.req), group.OK, made.at)
		entry.Answer = encodeAnswer(made.result)
		made.rows = append(made.rows, persistence.AuditOp(entry))
	}
	if len(made.rows) == 0 {
		return
	}
	d.pending = made
	root := d.sys.root
	d.sys.committer.submit(&commit{
		append: persistence.Append{Rows: made.rows, FromReserve: true},
		stored: func(_ *commit, err error) { root.Send(self, &decreeStored{made, err}) },
	})
}

// stored brings a decree into force, answers it, and sends away whom it
// concerns, in this order.
func (d *decrees) stored(m *decreeStored) {
	made, c := m.decree, m.decree.call
	d.pending, d.current = nil, c
	defer func() { d.current = nil }()
	if m.err != nil {
		d.lost(made, m.err)
		return
	}
	a := &d.sys.authority
	a.mu.Lock()
	made.apply(a)
	a.addressed.Store(len(a.bans.networks) > 0)
	a.mu.Unlock()
	if c.session != nil {
		d.remember(requestHash(c.session.user, c.req.GetRequestId()), made.at, encodeAnswer(made.result))
		d.answer(c, made.result)
	}
	if made.enforce != nil {
		made.enforce()
	}
}

// lost handles a failed commit: whether it was stored is not known, so what
// holds is read anew, and holds.
func (d *decrees) lost(made *decree, err error) {
	d.sys.fault("store ban or revocation", err)
	if c := made.call; c.session != nil {
		c.session.refuse(c.req, unavailableOf(err))
	}
	if isFull(err) {
		return
	}
	if err := d.sys.journal.View(d.load); err != nil {
		d.sys.fault("read bans and revocations", err)
		return
	}
	if made.enforce != nil {
		made.enforce()
	}
}
