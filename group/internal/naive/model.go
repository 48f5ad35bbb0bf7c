package naive

import "github.com/troupe-im/troupe/group"

// Model is one group as the spec says it behaves.
type Model struct {
	// fixed after the first command
	table   map[group.Kind]Policy
	numbers Numbers
	policy  Policy
	kind    group.Kind
	id      group.ID
	since   group.Millis

	// facts is all that happened, oldest first.
	facts []fact

	// of the command in hand
	in     *group.Input
	now    group.Millis
	out    []Delivery
	result group.Result
}

// Prediction is what one command must lead to.
type Prediction struct {
	// Rejected is nil if the command is carried out.
	Rejected *group.Rejection
	// Repeat: the answer of an earlier command is given again.
	Repeat bool
	Result group.Result
	// Deliveries stand in no order.
	Deliveries []Delivery
}

// New makes a group that does not exist yet.
func New(table map[group.Kind]Policy, numbers Numbers) *Model {
	return &Model{table: table, numbers: numbers}
}

// Step predicts one command and moves on to what follows from it.
func (m *Model) Step(in *group.Input) *Prediction {
	m.in, m.now, m.out, m.result = in, in.Now, nil, group.Result{}
	if first := m.remembered(); first != nil {
		return &Prediction{Repeat: true, Result: *first}
	}
	if first := m.saidBefore(); first != nil {
		return &Prediction{Repeat: true, Result: group.Result{Seq: first.seq, Time: first.at, Random: first.random}}
	}
	before := len(m.facts)
	if rej := m.judge(); rej != nil {
		return &Prediction{Rejected: rej}
	}
	if in.Request != 0 && len(m.facts) > before && m.result.Code != group.CodeMessageShed {
		res := m.result
		m.note(fact{what: noted, request: in.Request, result: &res})
	}
	return &Prediction{Result: m.result, Deliveries: m.out}
}

// judge decides the command in hand: it returns a rejection and changes
// nothing, or fills result and out and notes what happened.
func (m *Model) judge() *group.Rejection {
	if rej := parameters(m.in.Command); rej != nil {
		return rej
	}
	if c, ok := m.in.Command.(group.Create); ok {
		return m.create(c)
	}
	if !m.exists() {
		return no(group.CodeGroupNotFound)
	}
	switch c := m.in.Command.(type) {
	case group.Dismiss:
		return m.dismiss()
	case group.Join:
		return m.join(c)
	case group.Leave:
		return m.leave(c)
	case group.Kick:
		return m.kick(c)
	case group.Invite:
		return m.invite(c)
	case group.Handle:
		return m.handle(c)
	case group.TransferOwner:
		return m.transfer(c)
	case group.SetRole:
		return m.setRole(c)
	case group.UpdateProfile:
		return m.updateProfile(c)
	case group.UpdateModes:
		return m.updateModes(c)
	case group.MuteMembers:
		return m.muteMembers(c)
	case group.MuteGroup:
		return m.muteGroup(c)
	case group.SetNameCard:
		return m.setNameCard(c)
	case group.SetMemberFields:
		return m.setMemberFields(c)
	case group.SetRemindType:
		return m.setRemind(c)
	case group.Send:
		return m.send(c)
	case group.SendNotice:
		return m.sendNotice(c)
	default:
		return m.judgeRest()
	}
}

func (m *Model) judgeRest() *group.Rejection {
	switch c := m.in.Command.(type) {
	case group.SendLike:
		return m.like(c)
	case group.GuestEnter:
		return m.guest(1)
	case group.GuestExit:
		return m.guest(-1)
	case group.Tick:
		return m.tick()
	case group.GetProfile:
		return m.getProfile(c)
	case group.ListMembers:
		return m.listMembers(c)
	case group.GetMembers:
		return m.getMembers(c)
	case group.GetHistory:
		return m.getHistory()
	}
	return no(group.CodeInvalidParameter)
}

func no(c group.Code) *group.Rejection { return &group.Rejection{Code: c} }

func bad(field string) *group.Rejection {
	return &group.Rejection{Code: group.CodeInvalidParameter, Field: field}
}

// caller is who gave the command in hand.
func (m *Model) caller() group.UserID { return m.in.Caller.User }

func (m *Model) appAdmin() bool { return m.in.Caller.AppAdmin }

// leads reports whether the caller is app_admin, owner or admin.
func (m *Model) leads() bool {
	r := m.role(m.caller())
	return m.appAdmin() || r == group.Owner || r == group.Admin
}

// owns reports whether the caller is app_admin or owner.
func (m *Model) owns() bool { return m.appAdmin() || m.role(m.caller()) == group.Owner }

// rank orders roles (spec 3); higher acts on lower.
func rank(r group.Role) int {
	switch r {
	case group.Owner:
		return 3
	case group.Admin:
		return 2
	case group.NoRole:
		return 0
	default:
		return 1
	}
}

func (m *Model) callerRank() int {
	if m.appAdmin() {
		return 4
	}
	return rank(m.role(m.caller()))
}

// actOn judges acting on one member of lower rank (spec 3); OK if allowed.
func (m *Model) actOn(u group.UserID) group.Code {
	switch {
	case m.role(u) == group.Owner:
		return group.CodeOwnerRoleFixed
	case !m.isMember(u):
		return group.CodeTargetNotMember
	case u == m.caller() || m.callerRank() <= rank(m.role(u)):
		return group.CodeTargetOutranks
	}
	return group.OK
}

// nameFault judges a group name's form for the kind (spec 6.1).
func (p *Policy) nameFault(kind group.Kind, name string) bool {
	return len(name) > p.NameMax || (name == "" && kind != group.Custom)
}

// distinct drops what stands in a list of ids again (spec 2.1).
func distinct(list []group.UserID) []group.UserID { return union(list) }

// remembered is the first answer to the request in hand, if it is a repeat (spec 18.5).
func (m *Model) remembered() *group.Result {
	if m.in.Request == 0 {
		return nil
	}
	for _, f := range m.facts {
		if f.what == noted && f.request == m.in.Request && m.now < f.at+m.memory() {
			return f.result
		}
	}
	return nil
}

// memory is how long repeats are recognised (spec 10.2, 18.5).
func (m *Model) memory() group.Millis {
	if m.kind == group.Livestream {
		return minute
	}
	return 10 * minute
}
