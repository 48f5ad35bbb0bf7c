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

// What each of the calls decides (spec 19.13).

// banTidyMost bounds how many bans that are over go in one transaction.
const banTidyMost = 1000

// revocationRequests bounds how many calls of a user are kept for repeats.
const revocationRequests = 16

// subject is whom a call about a ban names; its form was checked.
func subject(user, address string) *ban {
	b := &ban{Ban: persistence.Ban{User: group.UserID(user)}}
	if user == "" {
		b.network, _ = protocol.ParseNetwork(address)
		b.Network = b.network.String()
	}
	return b
}

func (d *decrees) setBan(made *decree, m *troupev1.SetBan) *protocol.Error {
	made.audited = true
	if !made.call.session.appAdmin {
		return protocol.NewError(group.CodePermissionDenied)
	}
	b := subject(m.GetUserId(), m.GetAddress())
	if b.User != "" && d.sys.auth.AppAdmin(b.User) {
		return protocol.NewError(group.CodeTargetOutranks)
	}
	b.ID, b.Time, b.Until = d.sys.ids.next(1), made.at, group.NoEnd
	b.Reason, b.By = m.GetReason(), made.call.session.user
	if s := m.GetDuration(); s > 0 {
		b.Until = made.at + group.Millis(s)*1000
	}
	a := &d.sys.authority
	a.mu.RLock()
	full := a.bans.of(b) == nil && len(a.bans.order) >= d.sys.cfg.Bans
	a.mu.RUnlock()
	var over []*ban
	if full {
		if over = d.overBans(made); len(over) == 0 {
			return protocol.NewError(protocol.CodeLimitReached)
		}
	}
	made.rows = append(made.rows, persistence.BanOp(&b.Ban))
	made.result = &troupev1.Answer{Result: &troupev1.Answer_SetBan{
		SetBan: &troupev1.SetBanResult{BanId: strconv.FormatUint(b.ID, 10)}}}
	made.apply = func(a *authority) {
		drop(a, over)
		a.bans.put(b)
	}
	made.enforce = func() { d.enforce(b.User) }
	if b.User != "" {
		made.enforce = func() {
			d.sys.tickets.revoke(b.User, "", d.sys.now())
			d.enforce(b.User)
		}
	}
	return nil
}

func (d *decrees) liftBan(made *decree, m *troupev1.LiftBan) *protocol.Error {
	made.audited = true
	if !made.call.session.appAdmin {
		return protocol.NewError(group.CodePermissionDenied)
	}
	b := subject(m.GetUserId(), m.GetAddress())
	a := &d.sys.authority
	a.mu.RLock()
	old := a.bans.of(b)
	a.mu.RUnlock()
	if old != nil {
		made.rows = append(made.rows, persistence.LiftOp(&b.Ban))
	}
	made.result = &troupev1.Answer{Result: &troupev1.Answer_LiftBan{
		LiftBan: &troupev1.LiftBanResult{Lifted: proto.Bool(old != nil && !old.over(made.at))}}}
	made.apply = func(a *authority) { a.bans.remove(b) }
	return nil
}

// tidy removes what is over, some at a time.
func (d *decrees) tidy(c *decreeCall, now group.Millis) *decree {
	made := &decree{call: c, at: now}
	over := d.overBans(made)
	made.apply = func(a *authority) { drop(a, over) }
	if len(over) == banTidyMost {
		made.enforce = func() { d.sys.decree(&decreeCall{}) }
	}
	return made
}

// overBans lists bans that are over and has the decree remove their rows.
func (d *decrees) overBans(made *decree) []*ban {
	a := &d.sys.authority
	a.mu.RLock()
	over := a.bans.ended(made.at)
	a.mu.RUnlock()
	over = over[:min(len(over), banTidyMost)]
	for _, b := range over {
		made.rows = append(made.rows, persistence.LiftOp(&b.Ban))
	}
	return over
}

func drop(a *authority, over []*ban) {
	for _, b := range over {
		a.bans.remove(b)
	}
}

// revokeTokens raises a user's not_before. It never falls: a lower one is
// answered with what holds.
func (d *decrees) revokeTokens(made *decree, m *troupev1.RevokeTokens) (*protocol.Error, error) {
	s := made.call.session
	user := group.UserID(m.GetUserId())
	if user == "" {
		user = s.user
	}
	made.audited = user != s.user
	at := made.at
	if m.NotBefore != nil {
		at = group.Millis(m.GetNotBefore())
	}
	switch {
	case at > made.at:
		return protocol.InvalidParameter("not_before", "must not be later than now"), nil
	case made.audited && !s.appAdmin:
		return protocol.NewError(group.CodePermissionDenied), nil
	}
	var row persistence.Revocation
	known := false
	if err := d.sys.journal.View(func(tx persistence.Tx) (err error) {
		row, known, err = persistence.ReadRevocation(tx, user)
		return err
	}); err != nil {
		return nil, err
	}
	raised := !known || at > row.NotBefore
	row.User, row.NotBefore = user, max(row.NotBefore, at)
	if !made.audited {
		d.note(&row, made)
	}
	if raised || !made.audited {
		made.rows = append(made.rows, persistence.RevocationOp(&row))
	}
	made.result = revoked(row.NotBefore)
	made.apply = func(a *authority) { a.notBefore[user] = row.NotBefore }
	if raised {
		made.enforce = func() {
			d.sys.tickets.revoke(user, "", d.sys.now())
			d.enforce(user)
		}
	}
	return nil, nil
}

// note keeps a user's own call for its repeats: it has no audit entry.
func (d *decrees) note(row *persistence.Revocation, made *decree) {
	row.Requests = slices.DeleteFunc(row.Requests, func(q persistence.RevocationRequest) bool {
		return made.at-q.Time > d.window()
	})
	row.Requests = append(row.Requests, persistence.RevocationRequest{
		Request: requestHash(made.call.session.user, made.call.req.GetRequestId()), Time: made.at, NotBefore: row.NotBefore,
	})
	row.Requests = row.Requests[max(0, len(row.Requests)-revocationRequests):]
}

func revoked(notBefore group.Millis) *troupev1.Answer {
	return &troupev1.Answer{Result: &troupev1.Answer_RevokeTokens{
		RevokeTokens: &troupev1.RevokeTokensResult{NotBefore: proto.Int64(int64(notBefore))}}}
}
