package actors

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
)

// authority knows who is kept out: bans and revoked tokens (spec 19.13). It is
// asked by sessions, registries and the edge at any moment, without storage; the
// authority actor alone changes it, when the change is stored. A lock, because
// an answer by message would cost every login a round trip.
type authority struct {
	// addressed: there are bans of addresses. Most servers have none, and then
	// an upgrade is not to cost a lock.
	addressed atomic.Bool

	// mu guards the rest.
	mu   sync.RWMutex
	bans bans
	// notBefore holds the moments up to which tokens are revoked, by user.
	notBefore map[group.UserID]group.Millis
}

// Banned reports whether an address is banned, for the edge.
func (s *System) Banned(a netip.Addr) bool {
	return s.authority.address(a, group.Millis(s.now())) != nil
}

// address is the ban in force of an address; nil = none.
func (a *authority) address(addr netip.Addr, now group.Millis) *ban {
	if !a.addressed.Load() {
		return nil
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.bans.ofAddress(addr, now)
}

// user is the ban in force of a user; nil = none.
func (a *authority) user(u group.UserID, now group.Millis) *ban {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.bans.ofUser(u, now)
}

// revoked reports whether a token is one that no longer counts: issued before
// the user's not_before, in its second, or nobody knows when (issued 0).
func (a *authority) revoked(u group.UserID, issued int64) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	at, set := a.notBefore[u]
	return set && concerns(at, issued)
}

func concerns(notBefore group.Millis, issued int64) bool {
	return issued == 0 || issued/1000 <= int64(notBefore)/1000
}

func (b *ban) refusal() *protocol.Error { return protocol.Banned(b.Until, b.Reason) }

// keptOut says why the session may not be signed in; nil: it may. An app_admin
// cannot be banned as a user, also who has become one since.
func (s *session) keptOut() *protocol.Error {
	now := group.Millis(s.sys.now())
	if b := s.sys.authority.address(s.conn.Remote(), now); b != nil {
		return b.refusal()
	}
	if b := s.sys.authority.user(s.user, now); b != nil && !s.appAdmin {
		return b.refusal()
	}
	if s.sys.authority.revoked(s.user, s.issued.Load()) {
		return protocol.NewError(protocol.CodeTokenRevoked)
	}
	return nil
}

// loadAuthority reads what is stored, at start.
func (s *System) loadAuthority(tx persistence.Tx) error {
	var list []*ban
	var bad []error
	err := persistence.Bans(tx, func(row *persistence.Ban) {
		b := &ban{Ban: *row}
		if row.User == "" {
			var err error
			if b.network, err = netip.ParsePrefix(row.Network); err != nil {
				bad = append(bad, fmt.Errorf("%w: ban: %w", persistence.ErrCorrupt, err))
				return
			}
		}
		list = append(list, b)
	})
	notBefore := map[group.UserID]group.Millis{}
	bad = append(bad, err, persistence.Revocations(tx, func(v *persistence.Revocation) { notBefore[v.User] = v.NotBefore }))
	if err = errors.Join(bad...); err != nil {
		return err
	}
	a := &s.authority
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bans, a.notBefore = bans{}, notBefore
	a.bans.load(list)
	a.addressed.Store(len(a.bans.networks) > 0)
	if n := len(a.bans.order); n > 0 {
		s.ids.above(group.StreamID(a.bans.order[n-1].ID))
	}
	return nil
}
