package group

// Machine is one group: its state, its repeated requests, and the door to
// both, Step. It belongs to one goroutine. Only what [Machine.Snapshot] returns
// may be read elsewhere.
//
// Step decides and applies at once; what it returns must reach the journal
// before anybody hears of it. If an append fails, the machine is thrown away
// and made anew from the journal.
type Machine struct {
	// Fixed after construction.
	table  *Table
	limits Limits

	state
	repeats repeats
	fold    fold
	likes   likes
	// now is the newest moment met, for reads between commands.
	now Millis
}

// Decision is what came of a command.
type Decision struct {
	// Reject is not nil if nothing was decided; then all else but AsAppAdmin is
	// zero.
	Reject *Rejection
	// AsAppAdmin: the call was one that the caller may make only by being an
	// app_admin, be it refused or not; such calls are audited (spec 19.13). Never
	// set for a repeat.
	AsAppAdmin bool
	Result     Result
	// Events are stored together, those with a position; empty for reads and
	// for commands that found nothing to change.
	Events []*Event
	// Effects follow the answer, in order, once the events are stable.
	Effects []Effect
	// Repeat: the request was met before; the shell reads the event back and
	// answers with ResultOf. Result is empty then.
	Repeat *Repeat
}

// Repeat leads to the first run of a repeated request.
type Repeat struct {
	Position Position
	// Seq is 0 if the event took no number.
	Seq Seq
	// Random: recognised by the message's random, not by its request.
	Random bool
}

// NewMachine makes an empty machine: no group exists in it yet. Table and
// limits must not change afterwards.
func NewMachine(t *Table, l Limits) *Machine {
	return &Machine{table: t, limits: l, state: newState(), repeats: newRepeats(l.DedupeMillis), fold: newFold()}
}

// setWindow sets how long repeats are recognised in the kind.
func (m *Machine) setWindow() {
	if m.kind.IsConnected() {
		m.repeats.window = m.limits.LiveDedupeMillis
	}
}

// ResultOf is the first answer of a stored event, for a repeated request.
// Group and Member, where they were shown, are empty values to be filled with
// the present ones.
func ResultOf(e *Event) Result {
	if sent, ok := e.Body.(*Sent); ok {
		return Result{Seq: e.Seq, Time: e.Time, Random: sent.Random}
	}
	if e.Result == nil {
		return Result{}
	}
	return *e.Result
}

// checker is a command whose parameters can be judged without a group.
type checker interface {
	check(*Limits) *Rejection
}

// Step decides a command and applies what was decided. Checks come in the
// order of spec 15: parameters, the group's existence, the kind, membership
// and right, the target, capacity.
func (m *Machine) Step(in *Input) Decision {
	m.now = max(m.now, in.Now)
	m.repeats.forget(in.Now)
	if first, byRandom, found := m.repeats.lookup(in); found {
		return m.again(in, first, byRandom)
	}
	s := step{m: m, in: in, operator: in.Caller.User}
	if c, ok := in.Command.(checker); ok {
		if r := c.check(&m.limits); r != nil {
			return s.refused(r)
		}
	}
	if c, ok := in.Command.(Create); ok {
		s.policy = m.table.Of(c.Kind)
		if r := s.createFaults(&c); r != nil {
			return s.refused(r)
		}
		if m.exists {
			return s.refused(reject(CodeGroupIDTaken))
		}
	} else {
		if !m.exists || m.dismissed {
			return Decision{Reject: reject(CodeGroupNotFound)}
		}
		s.policy = m.table.Of(m.kind)
	}
	if r := s.dispatch(); r != nil {
		return s.refused(r)
	}
	s.finish()
	return s.d
}

// again answers a repeated request.
func (m *Machine) again(in *Input, first seen, byRandom bool) Decision {
	if first.position != 0 {
		return Decision{Repeat: &Repeat{Position: first.position, Seq: first.seq, Random: byRandom}}
	}
	d := Decision{}
	if first.result != nil {
		d.Result = *first.result
	}
	if d.Result.Group != nil {
		d.Result.Group = m.profile(in.Caller.User, in.Now)
	}
	return d
}

func (s *step) dispatch() *Rejection {
	switch c := s.in.Command.(type) {
	case Send:
		return s.send(c)
	case Create:
		return s.create(c)
	case Dismiss:
		return s.dismiss()
	case Join:
		return s.join(c)
	case Leave:
		return s.leave(c)
	case Kick:
		return s.kick(c)
	case Invite:
		return s.invite(c)
	case Handle:
		return s.handle(c)
	case TransferOwner:
		return s.transferOwner(c)
	case SetRole:
		return s.setRole(c)
	case UpdateProfile:
		return s.updateProfile(c)
	case UpdateModes:
		return s.updateModes(c)
	case MuteMembers:
		return s.muteMembers(c)
	case MuteGroup:
		return s.muteGroup(c)
	case SetNameCard:
		return s.setNameCard(c)
	case SetMemberFields:
		return s.setMemberFields(c)
	case SetRemindType:
		return s.setRemindType(c)
	case SendLike:
		return s.sendLike(c)
	case SendNotice:
		return s.sendNotice(c)
	case GuestEnter:
		return s.guestEnter()
	case GuestExit:
		return s.guestExit()
	case Tick:
		return s.tick()
	case GetProfile:
		return s.getProfile(c)
	case ListMembers:
		return s.listMembers(c)
	case GetMembers:
		return s.getMembers(c)
	case GetHistory:
		return s.getHistory()
	}
	panic("group: unknown command")
}
