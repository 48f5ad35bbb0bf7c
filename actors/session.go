package actors

import (
	"math"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// phase is where a connection stands in the handshake (spec 18.1).
type phase uint8

const (
	phaseNew phase = iota
	phaseSigningIn
	phaseGuest
	phaseSignedIn
	phaseOver
)

// Close codes that sessions use (spec 18.7).
const (
	closeDone     = 1000
	closeExpired  = 4501
	closeReplaced = 4502
	closeRefused  = 4503
)

// session is the actor behind one connection: the phase table, the identity
// that is stamped on every command, and the order of a connection's requests.
// It is not on the delivery path.
type session struct {
	// Fixed after construction.
	sys  *System
	conn Conn
	pid  *actor.PID

	// Owned by the actor; user, device and link are fixed after login.
	phase    phase
	user     group.UserID
	device   string
	appAdmin bool
	name     string
	avatar   string
	link     *link
	failures uint8 // logins refused
	// resumeRefused: a resume ticket was, which once does not count (spec 19.12).
	resumeRefused bool
	// unnamed: name and avatar have not been read, as the login was by ticket.
	unnamed bool
	login   *troupev1.Request
	// reads counts history reads and attaches under way; what must come after
	// them waits in queue.
	reads     int
	attaching bool
	// entering: a guest_join or guest_leave is under way.
	entering bool
	queue    []*troupev1.Request
	current  *troupev1.Request
	room     group.ID // a guest's livestream

	// unanswered counts requests; answers come from many goroutines.
	unanswered atomic.Int32
	// untaken counts messages in the mailbox or in hand and requests that wait;
	// very negative after the actor's end. Senders are many.
	untaken atomic.Int64
	// kicked is set by the registry, before it drops the device.
	kicked atomic.Bool
	// expires is the token's end in ms, 0 = none; issued its beginning, 0 = it
	// does not say. The registry reads them.
	expires, issued atomic.Int64
}

// Messages of sessions.
type (
	signedIn   struct{}
	registered struct{ err error }
	dropped    struct {
		reason string
		code   int
	}
	attachDone struct{}
	readDone   struct{}
	goOn       struct{}
	closed     struct{}
	lagged     struct{}
	guestIn    struct{ group group.ID }
	guestOut   struct{ req *troupev1.Request }
)

// Request implements Session.
func (s *session) Request(req *troupev1.Request) { s.tell(req) }

// Closed implements Session.
func (s *session) Closed() { s.tell(&closed{}) }

// Lagged implements Session: the queue was thrown away (spec 19.11).
func (s *session) Lagged() { s.tell(&lagged{}) }

func (s *session) tell(m any) {
	if s.untaken.Add(1) > 0 {
		s.sys.untaken.Add(1)
		s.sys.told.Add(1)
	}
	s.sys.root.Send(s.pid, m)
}

// taken ends the work on one message, or on one request that had to wait.
func (s *session) taken() {
	s.untaken.Add(-1)
	s.sys.untaken.Add(-1)
}

// stopped: what was told and not taken, now or later, is lost.
func (s *session) stopped() {
	if n := s.untaken.Swap(math.MinInt64 / 2); n > 0 {
		s.sys.untaken.Add(-n)
	}
}

// answer pushes an answer into the connection's queue.
func (s *session) answer(a *troupev1.Answer) { s.deliver(a, s.sys.answerFrame(a)) }

// deliver is answer for a frame that was made of it.
func (s *session) deliver(a *troupev1.Answer, f *protocol.Frame) {
	s.unanswered.Add(-1)
	s.sys.metrics.answered(a)
	s.conn.Push(f)
}

func (s *session) refuse(req *troupev1.Request, e *protocol.Error) {
	s.answer(protocol.ErrorAnswer(req.GetRequestId(), e))
}

// Receive implements actor.Actor.
func (s *session) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		if len(s.queue) > 0 {
			// After a failure: what waited behind the message that failed.
			s.tell(&goOn{})
		}
	case *actor.Restarting:
		if s.current != nil {
			s.refuse(s.current, protocol.NewError(protocol.CodeInternalError))
			s.current = nil
		}
		s.taken()
		s.sys.revive(s)
	case *actor.Stopped:
		s.stopped()
	case *actor.Stopping:
	case *troupev1.Request:
		s.unanswered.Add(1)
		if waits := s.request(m); !waits {
			s.taken()
		}
	default:
		s.handle(ctx, m)
		s.taken()
	}
}

func (s *session) handle(ctx actor.Context, message any) {
	switch m := message.(type) {
	case *readDone:
		s.reads--
		s.drain()
	case *goOn:
		s.drain()
	case *attachDone:
		s.attaching = false
		s.drain()
	case *registered:
		s.registered(m.err)
	case *signedIn:
		s.signedIn()
	case *guestIn:
		s.guestIn(m)
	case *guestOut:
		s.guestOut(m)
	case *dropped:
		s.drop(m)
	case *lagged:
		if s.link != nil {
			s.sys.root.Send(s.shard(), &detachAll{s.link})
		} else {
			s.conn.Lagged(protocol.LevelChanged("pull", "full"), protocol.Lagging(false, nil))
		}
	case *closed:
		s.over(false)
		ctx.Stop(ctx.Self())
	}
}

func (s *session) shard() *actor.PID { return s.sys.delivery.shards[s.link.shard] }

// request judges one request by limits and phase and sends it on its way, or
// lets it wait.
func (s *session) request(req *troupev1.Request) (waits bool) {
	s.current = req
	if waits = s.judge(req); waits {
		s.queue = append(s.queue, req)
	}
	s.current = nil
	return waits
}

// judge refuses a request or dispatches it, unless it has to wait.
func (s *session) judge(req *troupev1.Request) (waits bool) {
	s.sys.failAt(FaultSession)
	if int(s.unanswered.Load()) > s.sys.cfg.Unanswered {
		s.refuse(req, errRateLimited(s.sys.cfg.BusyRetry))
		return false
	}
	// Who is not logged in learns nothing about its parameters (spec 15).
	if e := s.allowed(protocol.OpOf(req)); e != nil {
		s.refuse(req, e)
		return false
	}
	call, e := protocol.ToCommand(req)
	if e != nil && s.phase == phaseSigningIn && protocol.ForAppAdmins(req, s.user) {
		return true // whom to name in the audit log is not known yet
	}
	if e == nil && s.mustWait(call.Op) {
		return true
	}
	s.takeUp(req, &call, e)
	return false
}

// allowed is the phase table of spec 18.1. What follows a login under way
// waits for it, so it is judged as if signed in.
func (s *session) allowed(op protocol.Op) *protocol.Error {
	switch s.phase {
	case phaseNew:
		if s.entering {
			return op.CheckPhase(protocol.PhaseNew | protocol.PhaseGuest)
		}
		return op.CheckPhase(protocol.PhaseNew)
	case phaseGuest:
		return op.CheckPhase(protocol.PhaseGuest)
	case phaseSigningIn:
		if op == protocol.OpLogin {
			return protocol.InvalidRequest("a login is under way")
		}
	case phaseOver:
		return protocol.NewError(protocol.CodeKickedOffline)
	}
	return op.CheckPhase(protocol.PhaseSignedIn)
}

// mustWait keeps order: everything behind a login or guest_join under way,
// calls about groups behind a history read, attaches behind an attach.
func (s *session) mustWait(op protocol.Op) bool {
	if op == protocol.OpPing {
		return false
	}
	return len(s.queue) > 0 || s.blocked(op)
}

// blocked: something under way must end first.
func (s *session) blocked(op protocol.Op) bool {
	return s.phase == phaseSigningIn || s.entering ||
		(s.attaching && op == protocol.OpAttach) || (s.reads > 0 && op.NeedsGroup())
}

// drain takes up what had to wait.
func (s *session) drain() {
	for len(s.queue) > 0 {
		req := s.queue[0]
		call, e := protocol.ToCommand(req)
		if e == nil && s.blocked(call.Op) {
			return
		}
		s.queue = s.queue[1:]
		s.taken() // the message in hand counts until the end
		s.current = req
		if phase := s.allowed(protocol.OpOf(req)); phase != nil {
			s.refuse(req, phase)
		} else {
			s.takeUp(req, &call, e)
		}
		s.current = nil
	}
	s.queue = nil
}

// takeUp carries out a request that its phase allows and that waits for nothing;
// e is what is wrong with its form.
func (s *session) takeUp(req *troupev1.Request, call *protocol.Call, e *protocol.Error) {
	often := s.mayTry(req)
	switch {
	case often != nil:
		s.refuse(req, often)
	case e != nil && s.phase == phaseSignedIn:
		s.refuseAudited(req, e)
	case e != nil:
		s.refuse(req, e)
	default:
		s.dispatch(req, call)
	}
}

// dispatch sends one admitted request where it is carried out.
func (s *session) dispatch(req *troupev1.Request, call *protocol.Call) {
	switch op := req.GetOp().(type) {
	case *troupev1.Request_Ping:
		a := protocol.DoneAnswer(req.GetRequestId())
		a.Result = &troupev1.Answer_Ping{Ping: &troupev1.PingResult{ServerTime: s.sys.now()}}
		s.answer(a)
	case *troupev1.Request_Login:
		s.startLogin(req, op.Login)
	case *troupev1.Request_Logout:
		s.logout(req)
	case *troupev1.Request_Attach:
		s.attach(req, op.Attach)
	case *troupev1.Request_GuestJoin:
		s.guestJoin(req, call)
	case *troupev1.Request_GuestLeave:
		s.guestLeave(req)
	default:
		if call.Command != nil {
			s.command(req, call)
			return
		}
		s.read(req)
	}
}

// command stamps the caller and the facts, and sends the call to its group.
func (s *session) command(req *troupev1.Request, pc *protocol.Call) {
	c := &call{session: s, req: req, group: pc.Group}
	c.input = group.Input{Command: pc.Command, NextID: s.sys.ids.application(idsFor(pc.Command))}
	if pc.Op.Changes() {
		c.input.Request = requestHash(s.user, req.GetRequestId())
		c.input.Entropy = s.sys.ids.entropy()
	}
	if create, ok := pc.Command.(group.Create); ok && create.Group == "" {
		create.Group = s.sys.ids.groupID(create.Kind, s.user, req.GetRequestId())
		c.group, c.input.Command = create.Group, create
	}
	if err := s.lookUp(c); err != nil {
		s.sys.fault("read facts", err)
		s.refuse(req, errUnavailable())
		return
	}
	c.input.Caller = s.caller()
	if _, history := pc.Command.(group.GetHistory); history {
		s.reads++
		c.after = func() { s.tell(&readDone{}) }
	}
	s.sys.directory.send(c)
}

// idsFor is how many application ids a command may use up.
func idsFor(c group.Command) int {
	if invite, ok := c.(group.Invite); ok {
		return len(invite.Users)
	}
	return 1
}

func (s *session) caller() group.Caller {
	return group.Caller{User: s.user, AppAdmin: s.appAdmin, Name: s.name, Avatar: s.avatar}
}

// over ends the session: presence and listening end with it.
func (s *session) over(logout bool) {
	if s.phase == phaseOver {
		return
	}
	was := s.phase
	s.phase = phaseOver
	if s.link != nil {
		s.sys.root.Send(s.shard(), &removeLink{link: s.link})
	}
	if was == phaseSignedIn || was == phaseSigningIn {
		s.sys.root.Send(s.sys.registryOf(s.user), &signOff{session: s, logout: logout})
	}
	s.sys.metrics.sessions.Dec()
	for _, req := range s.queue {
		s.refuse(req, protocol.NewError(protocol.CodeKickedOffline))
		s.taken()
	}
	s.queue = nil
}

// drop ends a connection by the server's will (kicked_offline).
func (s *session) drop(m *dropped) {
	if s.phase == phaseOver {
		return
	}
	s.over(false)
	s.conn.Push(protocol.KickedOffline(m.reason))
	s.conn.Close(m.code, m.reason)
}
