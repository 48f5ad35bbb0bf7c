package actors

import (
	"slices"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Who may no longer be there is sent away by those who know who is there: the
// registries their devices, the shards their guests. They ask the authority, so
// a message too many does no harm, and a login that crosses it meets one of the
// two checks.

// enforce: something has changed for a user; "" = for addresses.
type enforce struct{ user group.UserID }

// enforce sends away a user's devices, or everybody's whose address is banned.
func (d *decrees) enforce(u group.UserID) {
	s := d.sys
	if u != "" {
		s.root.Send(s.registryOf(u), &enforce{u})
		return
	}
	for _, pid := range s.registries {
		s.root.Send(pid, &enforce{})
	}
	for _, pid := range s.delivery.shards {
		s.root.Send(pid, &enforce{})
	}
}

func (r *registry) enforce(m *enforce) {
	if m.user != "" {
		if p := r.users[m.user]; p != nil {
			r.enforceOn(m.user, p)
		}
		return
	}
	for u, p := range r.users {
		r.enforceOn(u, p)
	}
}

// enforceOn drops the devices of a user that may not be there. The presence of
// who has none left by that ends at once, as by a logout (spec 6.3, 14.4); that
// of a banned user who had none as well.
func (r *registry) enforceOn(u group.UserID, p *present) {
	ends := r.banned(u)
	p.devices = slices.DeleteFunc(p.devices, func(s *session) bool {
		e := s.keptOut()
		switch {
		case e == nil:
			return false
		case e.Code == protocol.CodeBanned:
			r.kick(s, "banned", closeRefused)
		default:
			r.kick(s, "token_revoked", closeExpired)
		}
		ends = true
		return true
	})
	if len(p.devices) > 0 {
		return
	}
	if p.offline == 0 {
		p.offline = r.sys.now()
	}
	if ends {
		r.end(u, p)
	}
	r.forget(u, p)
}

// banned reports whether a user's ban is in force; an app_admin has none.
func (r *registry) banned(u group.UserID) bool {
	return r.sys.authority.user(u, group.Millis(r.sys.now())) != nil && !r.sys.auth.AppAdmin(u)
}

// enforce drops the guests whose address is banned.
func (s *shard) enforce() {
	now := group.Millis(s.sys.now())
	for _, l := range s.links {
		if l.user == "" && s.sys.authority.address(l.conn.Remote(), now) != nil {
			l.session.tell(&dropped{reason: "banned", code: closeRefused})
		}
	}
}

// bannedHere turns a connection of a banned address away; true if it did.
func (s *session) bannedHere(req *troupev1.Request) bool {
	b := s.sys.authority.address(s.conn.Remote(), group.Millis(s.sys.now()))
	if b == nil {
		return false
	}
	s.turnAway(req, b.refusal())
	return true
}

// turnAway refuses and closes: who is banned is not let try again (spec 19.13).
func (s *session) turnAway(req *troupev1.Request, e *protocol.Error) {
	s.refuse(req, e)
	s.over(false)
	s.conn.Close(closeRefused, e.Name)
}
