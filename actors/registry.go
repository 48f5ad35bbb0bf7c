package actors

import (
	"errors"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
)

// registry knows the users that hash to it: their devices, since when they
// are offline, and the livestream they are present in. Its state outlives a
// restart of the actor.
type registry struct {
	sys    *System
	users  map[group.UserID]*present
	inside insiders
}

func newRegistry(s *System) *registry {
	return &registry{sys: s, users: map[group.UserID]*present{}, inside: insiders{}}
}

// present is one user with a device, or within the time after the last one.
type present struct {
	devices []*session // in order of login
	// offline is when the last connection was lost; 0 while there is one.
	offline int64
	// ended: presence ended at once with the last device. Kept for the time after
	// it, as a room's actor may have decided an entry before.
	ended bool
	// rooms are the livestreams the user is a member of: one at most, unless
	// the deployment lets users be in several (row 21).
	rooms []presence
}

// Messages of registries.
type (
	signIn      struct{ session *session }
	notSignedIn struct{ session *session }
	// signOff: the connection is gone; logout: by the user's own call.
	signOff struct {
		session *session
		logout  bool
	}
	// entered and left follow from what the actor of a livestream decided.
	entered struct {
		user   group.UserID
		group  group.ID
		stream group.StreamID
		card   group.Card
	}
	left struct {
		user   group.UserID
		stream group.StreamID
	}
	roomClosed struct{ stream group.StreamID }
	// accountDeleted: the account is closed, whoever is signed in with it goes.
	accountDeleted struct{ user group.UserID }
	// whereIs asks which livestreams a user is in. If the registry fails at it,
	// failed is called.
	whereIs struct {
		user   group.UserID
		then   func([]group.ID)
		failed func()
	}
	// whoIsIn asks who is present in a livestream. If the registry fails at it,
	// failed is called, unless it is nil.
	whoIsIn struct {
		stream group.StreamID
		then   func([]group.Card)
		failed func()
	}
	sweep struct{ now int64 }
)

// Receive implements actor.Actor.
func (r *registry) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *barrier:
		m.done.Done()
	case *signIn:
		r.signIn(m.session)
	case *notSignedIn:
		r.notSignedIn(m.session)
	case *signOff:
		r.signOff(m)
	case *entered:
		r.entered(m)
	case *left:
		r.left(m)
	case *roomClosed:
		r.closed(m)
	case *accountDeleted:
		r.accountDeleted(m.user)
	case *whereIs:
		r.whereIs(m)
	case *whoIsIn:
		r.whoIsIn(m)
	case *sweep:
		r.sweep(m.now)
	case *enforce:
		r.enforce(m)
	}
}

func (m *signIn) lost() {
	s := m.session // which waits, and so keeps its user
	s.sys.root.Send(s.sys.registryOf(s.user), &notSignedIn{s})
}

// notSignedIn takes off the books what a sign-in that failed may have left
// there, and has the login answered.
func (r *registry) notSignedIn(s *session) {
	r.signOff(&signOff{session: s})
	s.tell(&registered{errSignIn})
}

// errSignIn: a registry has failed to sign a device in.
var errSignIn = errors.New("sign in")

// signIn adds a device: the same device replaces its older connection, one
// too many drops the device that logged in first (spec 18.1).
func (r *registry) signIn(s *session) {
	r.sys.failAt(FaultSignIn)
	if e := s.shutOut(); e != nil { // since the login began
		s.tell(&registered{e})
		return
	}
	p := r.users[s.user]
	if p == nil {
		p = &present{}
		r.users[s.user] = p
	}
	p.offline, p.ended = 0, false
	for i, old := range p.devices {
		if old.device == s.device {
			p.devices = append(p.devices[:i], p.devices[i+1:]...)
			r.kick(old, "another_device", closeReplaced)
			break
		}
	}
	p.devices = append(p.devices, s)
	for len(p.devices) > r.sys.cfg.DevicesPerUser {
		old := p.devices[0]
		p.devices = p.devices[1:]
		r.kick(old, "too_many_devices", closeReplaced)
	}
	s.tell(&signedIn{})
}

// accountDeleted sends a deleted user's devices away and ends its presence at
// once (spec 19.14). Who signs in after it finds the account closed.
func (r *registry) accountDeleted(u group.UserID) {
	p := r.users[u]
	if p == nil {
		return
	}
	for _, s := range p.devices {
		r.kick(s, protocol.KickedAccountDeleted, closeRefused)
	}
	for _, room := range p.rooms {
		r.leave(room.group, u, group.LeaveAccountDeleted)
	}
	r.goOutOfAll(u, p)
	delete(r.users, u)
}

// kick drops a device by the server's will and makes its resume tickets
// worthless (spec 19.12). What it is given after that it does not hear of.
func (r *registry) kick(s *session, reason string, code int) {
	if s.kicked.Swap(true) {
		return
	}
	r.sys.tickets.revoke(s.user, s.device, r.sys.now())
	s.tell(&dropped{reason: reason, code: code})
}

func (r *registry) signOff(m *signOff) {
	u := m.session.user
	p := r.users[u]
	if p == nil {
		return
	}
	for i, s := range p.devices {
		if s == m.session {
			p.devices = append(p.devices[:i], p.devices[i+1:]...)
			break
		}
	}
	if len(p.devices) > 0 {
		return
	}
	if p.offline == 0 {
		p.offline = r.sys.now()
	}
	if m.logout {
		// The logout of the last device ends presence at once (spec 6.3).
		r.end(u, p)
	}
	r.forget(u, p)
}

// forget drops a user of whom nothing is to be remembered.
func (r *registry) forget(u group.UserID, p *present) {
	if len(p.devices) == 0 && len(p.rooms) == 0 && !p.ended {
		delete(r.users, u)
	}
}

// sweep ends presence after its grace and connections whose token is over.
func (r *registry) sweep(now int64) {
	for u, p := range r.users {
		for _, s := range p.devices {
			if at := s.expires.Load(); at != 0 && now >= at {
				r.kick(s, "token_expired", closeExpired)
			}
		}
		if len(p.devices) == 0 && now-p.offline >= r.sys.cfg.OfflineAfter.Milliseconds() {
			r.disconnect(u, p)
			p.ended = false
			r.forget(u, p)
		}
	}
}

func (s *System) registryOf(u group.UserID) *actor.PID {
	return s.registries[hashUser(u)%uint64(len(s.registries))]
}

// ticks sends the registries their sweeps.
func (s *System) ticks(now time.Time) {
	for _, pid := range s.registries {
		s.root.Send(pid, &sweep{now.UnixMilli()})
	}
}
