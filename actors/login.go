package actors

import (
	"errors"
	"strconv"

	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// maxLoginFailures is how many refused logins end a connection (spec 18.1).
const maxLoginFailures = 3

func codeOK() *int32 { return proto.Int32(int32(group.OK)) }

// startLogin verifies the token or the resume ticket, registers an unknown
// user, and signs the device in with its registry (spec 12.1, 18.1). With a
// ticket nothing is read or written (spec 19.12).
func (s *session) startLogin(req *troupev1.Request, m *troupev1.Login) {
	user := group.UserID(m.GetUserId())
	if s.phase == phaseSignedIn && user != s.user {
		s.refuse(req, protocol.InvalidRequest("this connection is signed in as another user"))
		return
	}
	if s.bannedHere(req) {
		return
	}
	id, err := s.identify(m)
	if err != nil {
		s.loginFailed(req, err)
		return
	}
	if e := s.assume(&id); e != nil {
		s.loginFailed(req, e)
		return
	}
	if s.phase == phaseSignedIn {
		s.answerLogin(req)
		return
	}
	s.phase, s.login, s.device = phaseSigningIn, req, m.GetDeviceId()
	if s.device == "" {
		s.device = "d" + strconv.FormatUint(s.sys.ids.next(1), 36)
	}
	if s.unnamed = m.GetResumeTicket() != ""; s.unnamed {
		s.registered(nil)
		return
	}
	s.register()
}

// shutOut says why the session may not be signed in now; nil: it may.
func (s *session) shutOut() *protocol.Error {
	if e := s.sys.deletions.closed(s.user); e != nil {
		return e
	}
	return s.keptOut()
}

// assume takes an identity on, unless it is shut out (spec 19.13, 19.14). What the
// registries judge the device by is set first: a ban or revocation that crosses
// the login is seen here, or sees it.
func (s *session) assume(id *Identity) *protocol.Error {
	was, issued := s.issued.Load(), int64(0)
	if !id.IssuedAt.IsZero() {
		issued = id.IssuedAt.UnixMilli()
	}
	s.issued.Store(issued)
	if s.phase != phaseSignedIn {
		s.user, s.appAdmin = id.User, id.AppAdmin
	}
	if e := s.shutOut(); e != nil {
		s.issued.Store(was)
		if s.phase != phaseSignedIn {
			s.user, s.appAdmin = "", false
		}
		return e
	}
	if !id.ExpiresAt.IsZero() {
		s.expires.Store(id.ExpiresAt.UnixMilli())
	}
	return nil
}

// register reads the user's row, or writes it at the first login.
func (s *session) register() {
	var row persistence.UserRow
	known := false
	if err := s.sys.journal.View(func(tx persistence.Tx) (err error) {
		row, known, err = persistence.ReadUser(tx, s.user)
		return err
	}); err != nil {
		s.sys.fault("read user", err)
		s.registered(err)
		return
	}
	if known {
		s.name, s.avatar = row.Name, row.Avatar
		s.registered(nil)
		return
	}
	c := &commit{stored: func(_ *commit, err error) { s.tell(&registered{err}) }}
	c.append.Rows = []persistence.RowOp{persistence.UserOp(&persistence.UserRow{User: s.user, RegisteredAt: group.Millis(s.sys.now())})}
	if e := s.sys.deletions.whileOpen(s.user, func() { s.sys.committer.submit(c) }); e != nil {
		s.registered(e)
	}
}

func (s *session) loginFailed(req *troupev1.Request, err error) {
	var e *protocol.Error
	if !errors.As(err, &e) {
		e = protocol.NewError(protocol.CodeAuthFailed)
	}
	if e.Code == protocol.CodeBanned {
		s.turnAway(req, e)
		return
	}
	s.refuse(req, e)
	if e.Code == protocol.CodeResumeRefused && !s.resumeRefused {
		s.resumeRefused = true
		return
	}
	s.failures++
	if s.failures >= maxLoginFailures {
		s.over(false)
		s.conn.Close(closeRefused, e.Name)
	}
}

// registered goes on with a login once the user is stored; with an error the
// login has failed.
func (s *session) registered(err error) {
	if s.phase != phaseSigningIn {
		return
	}
	if err != nil {
		s.phase = phaseNew
		if s.room != "" {
			s.phase = phaseGuest
		}
		req := s.login
		s.login, s.user, s.appAdmin = nil, "", false
		var kept *protocol.Error
		if errors.As(err, &kept) {
			s.loginFailed(req, kept)
		} else {
			s.refuse(req, unavailableOf(err))
		}
		s.drain()
		return
	}
	s.sys.root.Send(s.sys.registryOf(s.user), &signIn{s})
}

// signedIn ends a login: the device is on the books. A guest stops watching
// first, so that no frame of its room follows the answer.
func (s *session) signedIn() {
	if s.phase != phaseSigningIn {
		return
	}
	if s.link != nil {
		s.unlink(func() { s.tell(&signedIn{}) })
		return
	}
	s.phase = phaseSignedIn
	s.newLink(s.user)
	s.conn.SignedIn()
	req := s.login
	s.login = nil
	s.answerLogin(req)
	s.drain()
}

func (s *session) newLink(user group.UserID) {
	s.link = &link{id: s.conn.ID(), conn: s.conn, session: s, user: user}
	if user == "" {
		s.link.shard = int(s.link.id % uint64(len(s.sys.delivery.shards)))
	} else {
		s.link.shard = s.sys.delivery.shardOf(user)
	}
	s.sys.root.Send(s.shard(), &addLink{s.link})
}

func (s *session) answerLogin(req *troupev1.Request) {
	s.answer(&troupev1.Answer{RequestId: req.GetRequestId(), Code: codeOK(), Result: &troupev1.Answer_Login{
		Login: &troupev1.LoginResult{
			SessionId:  strconv.FormatUint(s.conn.ID(), 36),
			ServerTime: s.sys.now(),
			HeartbeatS: uint32(s.sys.cfg.Heartbeat.Seconds()),
			Limits:     s.sys.cfg.Announce,
			UserId:     string(s.user),
			DeviceId:   s.device,

			ResumeTicket: s.resumeTicket(req.GetLogin().GetAppId()),
		},
	}})
}

// logout ends the device's connection (spec 12.1).
func (s *session) logout(req *troupev1.Request) {
	if !s.kicked.Load() { // else the device's present tickets are another connection's
		s.sys.tickets.revoke(s.user, s.device, s.sys.now())
	}
	s.answer(&troupev1.Answer{RequestId: req.GetRequestId(), Code: codeOK()})
	s.over(true)
	s.conn.Close(closeDone, "logout")
}

// guestJoin lets a connection without login watch a livestream (spec 6.3).
// Other requests wait for its end.
func (s *session) guestJoin(req *troupev1.Request, pc *protocol.Call) {
	if s.link == nil {
		s.newLink("")
	}
	// The link is on its way to its shard, so a ban is seen here or sees it.
	if s.bannedHere(req) {
		return
	}
	s.entering = true
	link := s.link
	s.sys.directory.send(&call{
		session: s, req: req, group: pc.Group,
		input: group.Input{Caller: group.Caller{System: true}, Command: group.GuestEnter{}},
		then: func(_ *group.Result, e *protocol.Error) {
			if e != nil {
				s.refuse(req, e)
				s.tell(&guestIn{})
			}
		},
		released: func(g *groupActor, h *held) {
			s.answerGuest(req, g, h)
			g.aud.guestCount.Add(1)
			g.entry.busy.Store(true)
			g.subscribe(link, nil)
			// Last, as the next room's actor may be quick to subscribe.
			s.tell(&guestIn{g.entry.id})
		},
	})
}

func (s *session) answerGuest(req *troupev1.Request, g *groupActor, h *held) {
	seq, _ := g.aud.last()
	s.answer(&troupev1.Answer{RequestId: req.GetRequestId(), Code: codeOK(), Result: &troupev1.Answer_GuestJoin{
		GuestJoin: &troupev1.GuestJoinResult{
			SessionId:  strconv.FormatUint(s.conn.ID(), 36),
			ServerTime: s.sys.now(),
			HeartbeatS: uint32(s.sys.cfg.Heartbeat.Seconds()),
			Limits:     s.sys.cfg.Announce,
			Group:      protocol.GroupProfile(h.decision.Result.Group, nil),
			Epoch:      g.epoch,
			NextSeq:    uint64(seq) + 1,
		},
	}})
}

// guestIn follows a guest_join; without a group it was refused and all stays
// as it is. The shard has left the former room.
func (s *session) guestIn(m *guestIn) {
	s.entering = false
	if s.phase == phaseOver {
		return
	}
	if m.group != "" {
		s.phase, s.room = phaseGuest, m.group
		s.conn.SignedIn()
	}
	s.drain()
}

// guestLeave answers when no frame of the room can come any more.
func (s *session) guestLeave(req *troupev1.Request) {
	s.entering = true
	s.unlink(func() { s.tell(&guestOut{req}) })
}

func (s *session) guestOut(m *guestOut) {
	s.entering = false
	if s.phase == phaseOver {
		return
	}
	s.phase = phaseNew
	s.answer(&troupev1.Answer{RequestId: m.req.GetRequestId(), Code: codeOK()})
	s.drain()
}

// unlink has the shard forget a guest's link, which ends what it watches; then
// runs on the shard's goroutine.
func (s *session) unlink(then func()) {
	s.sys.root.Send(s.shard(), &removeLink{link: s.link, then: then})
	s.link, s.room = nil, ""
}

// lost: nobody knows whether frames of the room still come, so the connection
// of who waits for their end is closed, and the link removed once more.
func (m *removeLink) lost() {
	if m.then == nil {
		return
	}
	m.link.conn.Close(protocol.CloseInternal, "internal error")
	sys := m.link.session.sys
	sys.root.Send(sys.delivery.shards[m.link.shard], &removeLink{link: m.link})
}

// guestExit tells a livestream's actor that a guest counted by it is gone. The
// audience is counted by actors alone, so that a restarted one finds the true
// number.
func (s *System) guestExit(a *audience) {
	s.directory.send(&call{
		group: a.group,
		input: group.Input{Caller: group.Caller{System: true}, Command: group.GuestExit{}},
		then:  func(*group.Result, *protocol.Error) { a.guestCount.Add(-1) },
	})
}

// ignore is for commands of the server whose result nobody waits for.
func ignore(*group.Result, *protocol.Error) {}
