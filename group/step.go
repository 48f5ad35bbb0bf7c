package group

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// step is one command being decided. A decide function first reads and
// checks, and may refuse; from its first emit on it can no longer refuse.
type step struct {
	m        *Machine
	in       *Input
	policy   *Policy
	operator UserID
	d        Decision
	newest   *numberedEvent
	drawn    uint64
	nextID   ApplicationID
}

// emit adds an event, applies it and gives it its numbers. numbered: it is a
// message or a tip.
func (s *step) emit(b Body, numbered bool) *Event {
	return s.emitBy(s.operator, b, numbered)
}

func (s *step) emitBy(operator UserID, b Body, numbered bool) *Event {
	m := s.m
	n := &numberedEvent{}
	n.frame.Event = &n.event
	s.newest = n
	e := &n.event
	e.Time, e.Operator, e.GroupName, e.Body = s.in.Now, operator, m.settings.Name, b
	if !m.isVolatile(b) {
		e.Position = m.position + 1
	}
	if numbered {
		e.Seq, e.Ordinal = m.seq+1, m.ordinal
		if _, ok := b.(*Sent); ok {
			e.Ordinal++
		}
	}
	if len(s.d.Events) == 0 {
		e.Request = s.in.Request
	}
	m.change(e)
	s.room()
	s.d.Events = append(s.d.Events, e)
	return e
}

// isVolatile reports whether an event is not journalled: presence and talk
// where membership is presence (spec 6.3).
func (m *Machine) isVolatile(b Body) bool {
	if !m.kind.IsConnected() {
		return false
	}
	switch b := b.(type) {
	case *Joined, *Left, *Kicked, *Sent, *Shed, *Liked:
		return true
	case *MemberChanged:
		return m.standing[b.User] == nil
	}
	return false
}

// finish completes result and repeat memory of an accepted command.
func (s *step) finish() {
	for i, e := range s.d.Events {
		if _, shed := e.Body.(*Shed); shed {
			// A later try is decided anew.
			continue
		}
		var keep *Result
		_, isMessage := e.Body.(*Sent)
		if i == 0 && !isMessage {
			first := s.d.Result
			e.Result = &first
		}
		if e.Position == 0 {
			keep = s.keep(e)
		}
		s.m.repeats.note(e, keep)
	}
}

// keep is the result of a volatile event for repeats, without what is read
// from the state then.
func (s *step) keep(e *Event) *Result {
	r := s.d.Result
	if _, ok := e.Body.(*Sent); ok {
		r = ResultOf(e)
	}
	if r.Group != nil {
		r.Group = &Profile{}
	}
	return &r
}

// tell adds an effect.
func (s *step) tell(e Effect) { s.d.Effects = append(s.d.Effects, e) }

// tip tells everybody of an event that took a number; of one without only the
// change of listeners is told.
func (s *step) tip(e *Event, entered, gone []UserID) {
	f := Effect{Scope: ToGroup, Entered: entered, Gone: gone}
	if e.Seq != 0 {
		f.Frame = s.shown(e)
	} else if len(entered) == 0 && len(gone) == 0 {
		return
	}
	s.tell(f)
}

// notice sends a system notice to users.
func (s *step) notice(n Notice, to ...UserID) {
	if len(to) == 0 {
		return
	}
	s.tell(Effect{Frame: s.newNotice(n), Scope: ToUsers, Users: to})
}

func (s *step) newNotice(n Notice) *Notice {
	n.GroupName = s.m.settings.Name
	n.Time = s.in.Now
	n.Random = uint32(s.draw())
	return &n
}

// memberTips and profileTips report whether tips of the sort are made (rows
// 18, 19). Batched tips are made later, by Tick.
func (s *step) memberTips() bool  { return s.policy.MemberChangeNotices != NoticesOff }
func (s *step) profileTips() bool { return s.policy.ProfileChangeNotices != NoticesOff }

// caller's standing.

func (s *step) caller() UserID { return s.in.Caller.User }

func (s *step) callerRole() Role { return s.m.role(s.caller()) }

// inside refuses who is neither in the group nor an app_admin.
func (s *step) inside() *Rejection {
	if s.callerRole() == NoRole && !s.aboveRoles() {
		return reject(CodeNotMember)
	}
	return nil
}

// inCircle refuses who is not in a circle, outsiders like everybody (the
// operations that ask for a circle know no not_member); app_admins always are.
func (s *step) inCircle(c Circle) *Rejection {
	if c.has(s.callerRole()) || s.aboveRoles() {
		return nil
	}
	return reject(CodePermissionDenied)
}

// rank orders authority (spec 3): the smaller, the higher.
func rank(r Role) int {
	switch r {
	case Owner:
		return 1
	case Admin:
		return 2
	}
	return 3
}

// mayActOn refuses acting on a member that is not of lower rank; nobody is of
// lower rank than itself.
func (s *step) mayActOn(u UserID) *Rejection {
	if u != s.caller() && (rank(s.callerRole()) < rank(s.m.role(u)) || s.aboveRoles()) {
		return nil
	}
	return reject(CodeTargetOutranks)
}

func (s *step) card(u UserID) Card { return s.cardOf(u, s.m.find(u)) }

// cardOf shows a user whose membership was looked up already.
func (s *step) cardOf(u UserID, m *MemberState) Card {
	f := s.in.Fact(u)
	if u == s.caller() && !f.Exists {
		f = UserFact{Exists: true, Name: s.in.Caller.Name, Avatar: s.in.Caller.Avatar}
	}
	return m.card(u, f)
}

// showGroup puts the group's profile into the result.
func (s *step) showGroup() { s.d.Result.Group = s.m.profile(s.caller(), s.in.Now) }

func (s *step) showMember(u UserID) {
	if member := s.m.find(u); member != nil {
		p := s.m.memberProfile(member, s.in.Now)
		s.d.Result.Member = &p
	}
}

// What is derived from the input's entropy.

// draw gives the next number. Only message randoms and the like come from it.
func (s *step) draw() uint64 {
	s.drawn++
	x := binary.LittleEndian.Uint64(s.in.Entropy[:8]) + s.drawn*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// secret gives 32 hexadecimal digits that cannot be guessed from any others.
func (s *step) secret(use string, id ApplicationID) string {
	h := sha256.New()
	h.Write(s.in.Entropy[:])
	h.Write([]byte(use))
	h.Write(binary.LittleEndian.AppendUint64(nil, uint64(id)))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// newID takes the next application id.
func (s *step) newID() ApplicationID {
	id := s.in.NextID + s.nextID
	s.nextID++
	return id
}
