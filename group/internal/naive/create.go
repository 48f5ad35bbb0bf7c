package naive

import (
	"slices"

	"github.com/troupe-im/troupe/group"
)

// create is spec 6.1.
func (m *Model) create(c group.Create) *group.Rejection {
	p, known := m.table[c.Kind]
	if !known {
		return bad("kind")
	}
	initial := distinctEntries(c.InitialMembers)
	if rej := m.createFaults(&p, c, initial); rej != nil {
		return rej
	}
	if len(m.facts) > 0 {
		return no(group.CodeGroupIDTaken)
	}
	if rej := createUnsupported(&p, c, initial); rej != nil {
		return rej
	}
	owner := m.caller()
	if c.OwnerID != "" && c.OwnerID != owner {
		if !m.appAdmin() {
			return no(group.CodePermissionDenied)
		}
		owner = c.OwnerID
		if code := m.unknown(owner); code != group.OK {
			return no(code)
		}
	}
	if p.CreatorJoins && !p.Connected && m.in.Fact(owner).Groups >= m.numbers.Groups {
		return no(group.CodeGroupCountLimit)
	}
	m.policy, m.kind, m.id, m.since = p, c.Kind, c.Group, m.now
	m.note(fact{what: made})
	m.note(fact{what: settings, settings: p.first(c)})
	m.note(fact{what: infoTime})
	first := m.factOf(roleIs, owner)
	first.role = group.Owner
	if p.CreatorJoins {
		first.what = entered
	}
	m.note(first)
	m.firstMembers(owner, initial)
	m.notice(group.Notice{Type: group.NoticeCreated, Operator: owner}, owner)
	m.showGroup()
	return nil
}

func (m *Model) createFaults(p *Policy, c group.Create, initial []group.InitialMember) *group.Rejection {
	switch {
	case p.nameFault(c.Kind, c.Name):
		return bad("name")
	case len(c.Avatar) > p.AvatarMax:
		return bad("avatar")
	case p.Ceiling > 0 && c.MaxMembers > p.Ceiling:
		return bad("max_members")
	case p.InitialMembers > 0 && len(initial) > p.InitialMembers:
		return no(group.CodeTooManyUsers)
	}
	return nil
}

func createUnsupported(p *Policy, c group.Create, initial []group.InitialMember) *group.Rejection {
	switch {
	case len(initial) > 0 && p.InitialMembers == 0,
		c.Topics && c.Kind != group.Community:
		return no(group.CodeNotSupported)
	case c.JoinOption != 0 && p.JoinFixed,
		c.InviteMode != 0 && p.InviteFixed,
		c.InviteeConsent != 0 && p.ConsentFixed,
		c.InviteApproval != 0 && p.ApprovalFixed:
		return no(group.CodeOptionFixed)
	}
	return nil
}

// first are the settings a group of the kind begins with.
func (p *Policy) first(c group.Create) group.Settings {
	s := group.Settings{
		Name: c.Name, Avatar: c.Avatar, Introduction: c.Introduction, Announcement: c.Announcement,
		MaxMembers: c.MaxMembers, Topics: c.Topics, CustomFields: setFields(nil, c.CustomFields),
		Modes: group.Modes{JoinOption: p.JoinOption, InviteMode: p.InviteMode, InviteeConsent: p.Consent, InviteApproval: p.Approval},
	}
	if s.MaxMembers == 0 {
		s.MaxMembers = p.Ceiling
	}
	if c.JoinOption != 0 {
		s.Modes.JoinOption = c.JoinOption
	}
	if c.InviteMode != 0 {
		s.Modes.InviteMode = c.InviteMode
	}
	if c.InviteeConsent != 0 {
		s.Modes.InviteeConsent = c.InviteeConsent
	}
	if c.InviteApproval != 0 {
		s.Modes.InviteApproval = c.InviteApproval
	}
	return s
}

// firstMembers lets the initial members in, one by one.
func (m *Model) firstMembers(owner group.UserID, initial []group.InitialMember) {
	var in []group.UserID
	for _, e := range initial {
		if e.User == owner {
			continue
		}
		role := group.Member
		code := m.mayEnter(e.User)
		if e.Role == group.Admin {
			role = group.Admin
			if len(m.withRole(group.Admin)) >= m.numbers.Admins {
				code = group.CodeAdminLimit
			}
		}
		if unknown := m.unknown(e.User); unknown != group.OK {
			code = unknown
		}
		m.outcome(e.User, group.Entered, code)
		if code != group.OK {
			continue
		}
		f := m.factOf(entered, e.User)
		f.role, f.tipped = role, m.policy.MemberTips == "on"
		f.seq = m.tipSeq()
		m.note(f)
		for _, f := range e.CustomFields {
			if f.Value != nil {
				m.note(fact{what: fieldIs, user: e.User, field: f})
			}
		}
		in = append(in, e.User)
	}
	if len(in) > 0 {
		m.tip(nil, group.TipJoin, m.caller(), "users", m.cards(in), "count", len(in), "method", group.JoinCreatedWith)
	}
}

// outcome adds one entry of a call on several users.
func (m *Model) outcome(u group.UserID, done group.Outcome, code group.Code) {
	if code != group.OK {
		done = group.Failed
	}
	m.result.Users = append(m.result.Users, group.UserResult{User: u, Status: done, Code: code})
}

// mayEnter judges capacity (spec 4.3).
func (m *Model) mayEnter(u group.UserID) group.Code {
	most := m.settings().MaxMembers
	switch {
	case most > 0 && len(m.members()) >= int(most):
		return group.CodeGroupFull
	case !m.policy.Connected && m.in.Fact(u).Groups >= m.numbers.Groups:
		return group.CodeGroupCountLimit
	}
	return group.OK
}

func distinctEntries(list []group.InitialMember) []group.InitialMember {
	var kept []group.InitialMember
	for _, e := range list {
		if !slices.ContainsFunc(kept, func(k group.InitialMember) bool { return k.User == e.User }) {
			kept = append(kept, e)
		}
	}
	return kept
}

// dismiss is spec 6.2.
func (m *Model) dismiss() *group.Rejection {
	if !m.appAdmin() {
		if m.role(m.caller()) != group.Owner {
			return no(group.CodePermissionDenied)
		}
		if m.policy.DismissBy != "owner" {
			return no(group.CodeNotSupported)
		}
	}
	m.end(group.NoticeDismissed, m.caller())
	return nil
}

// end is the end of the group, by call, when empty or recycled (spec 6.2, 13).
// A notice of type 0 is told nobody.
func (m *Model) end(n group.NoticeType, operator group.UserID) {
	all := m.members()
	if n != 0 {
		m.notice(group.Notice{Type: n, Operator: operator}, all...)
		if m.guestCount() > 0 {
			m.notice(group.Notice{Type: n, Operator: operator}, Guests)
		}
	}
	for _, r := range m.pending() {
		overdue := m.overdue(r)
		r.State, r.CloseReason, r.UpdatedAt = group.StateClosed, group.CloseGroupDismissed, m.now
		if overdue {
			r.State, r.CloseReason = group.StateExpired, 0
		}
		m.note(fact{what: filed, record: r})
		m.tellClosed(r, false)
	}
	m.conversation(true, all...)
	m.note(fact{what: ended})
}
