package naive

import "github.com/troupe-im/troupe/group"

// invite is spec 6.6 and 7.3.
func (m *Model) invite(c group.Invite) *group.Rejection {
	users := distinct(c.Users)
	modes := m.settings().Modes
	role := m.role(m.caller())
	nobody := modes.InviteMode == group.InviteNobody
	switch {
	case nobody && m.policy.InviteFixed:
		return no(group.CodeInvitesDisabled)
	case !m.appAdmin() && role == group.NoRole:
		return no(group.CodeNotMember)
	case nobody:
		return no(group.CodeInvitesDisabled)
	}
	if !m.mayInvite(modes.InviteMode, role) {
		return no(group.CodeNoInvite)
	}
	byApproval := modes.JoinOption == group.AdminApproval || modes.JoinOption == group.OwnerApproval
	ordinary := !m.leads()
	approval := modes.InviteApproval == group.Follow && byApproval && ordinary
	consent := modes.InviteeConsent == group.ConsentRequired
	direct := !approval && !consent
	var in []group.UserID
	id := m.in.NextID
	for _, u := range users {
		code := m.mayBeInvited(u)
		if code == group.OK && direct {
			code = m.mayEnterWith(u, len(in))
		}
		switch {
		case code == group.CodeAlreadyMember:
			m.result.Users = append(m.result.Users, group.UserResult{User: u, Status: group.AlreadyMember})
		case code != group.OK:
			m.outcome(u, group.Failed, code)
		case direct:
			in = append(in, u)
			m.outcome(u, group.Entered, group.OK)
		default:
			if m.fileInvitation(c, u, approval, role, id) {
				id++
			}
		}
	}
	if len(in) > 0 {
		m.enter(in, m.caller(), group.JoinInvited)
		m.invited(m.caller(), c.Message, 0, false, in...)
	}
	m.result.Code = m.waitCode()
	m.showGroup()
	return nil
}

// waitCode is the code of a call of which some users wait.
func (m *Model) waitCode() group.Code {
	code := group.OK
	for _, r := range m.result.Users {
		switch {
		case r.Status == group.WaitApproval:
			return group.CodeWaitApproval
		case r.Status == group.WaitInvitee:
			code = group.CodeWaitInvitee
		}
	}
	return code
}

// mayInvite is the first table of spec 7.3.
func (m *Model) mayInvite(mode group.InviteMode, role group.Role) bool {
	if m.appAdmin() {
		return true
	}
	switch mode {
	case group.InviteAnyMember:
		return true
	case group.InviteAdmins:
		return role == group.Owner || role == group.Admin
	case group.InviteOwner:
		return role == group.Owner
	}
	return false
}

// unknown says whether there is such a user, or one that was deleted (spec 19.14).
func (m *Model) unknown(u group.UserID) group.Code {
	fact := m.in.Fact(u)
	if fact.Deleted {
		return group.CodeAccountDeleted
	}
	if !fact.Exists {
		return group.CodeUserNotFound
	}
	return group.OK
}

func (m *Model) mayBeInvited(u group.UserID) group.Code {
	switch {
	case m.isMember(u) || u == m.caller():
		return group.CodeAlreadyMember
	case m.unknown(u) != group.OK:
		return m.unknown(u)
	case m.in.Fact(u).BlocksCaller:
		return group.CodeBlockedByUser
	}
	return group.OK
}

// mayEnterWith judges capacity when some others of the call enter first.
func (m *Model) mayEnterWith(u group.UserID, others int) group.Code {
	most := m.settings().MaxMembers
	if most > 0 && len(m.members())+others >= int(most) {
		return group.CodeGroupFull
	}
	return m.mayEnter(u)
}

// fileInvitation files or renews one invitation; it reports whether it took an id.
func (m *Model) fileInvitation(c group.Invite, u group.UserID, approval bool, role group.Role, id group.ApplicationID) bool {
	if r := m.undecided(u, m.caller()); r != nil {
		r.Message = c.Message
		m.renew(*r)
		done := group.WaitInvitee
		if r.State == group.AdminPending {
			done = group.WaitApproval
		}
		m.outcome(u, done, group.OK)
		return false
	}
	r := m.fresh(group.TypeInvite, u, id)
	r.Inviter, r.InviterRole, r.Explicit, r.Message = m.caller(), role, c.Explicit, c.Message
	if approval {
		r.State, r.NeededApproval = group.AdminPending, true
		m.note(fact{what: filed, record: r})
		m.tellRecord(true, r, union([]group.UserID{r.Inviter}, m.approvers())...)
		m.ask(r, m.approvers())
		m.outcome(u, group.WaitApproval, group.OK)
		return true
	}
	r.State, r.ReachedInvitee = group.InviteePending, true
	m.note(fact{what: filed, record: r})
	m.tellRecord(true, r, r.Inviter, u)
	m.invited(r.Inviter, r.Message, r.ID, true, u)
	m.outcome(u, group.WaitInvitee, group.OK)
	return true
}
