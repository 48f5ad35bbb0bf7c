package naive

import (
	"slices"

	"github.com/troupe-im/troupe/group"
)

// handle is spec 7.4; the order of its checks is the one printed there.
func (m *Model) handle(c group.Handle) *group.Rejection {
	if !c.Invitation && !m.appAdmin() && !slices.Contains(m.approvers(), m.caller()) {
		return no(group.CodePermissionDenied)
	}
	r := m.find(c)
	if r == nil {
		return no(group.CodeApplNotFound)
	}
	if (c.Authentication != "" && c.Authentication != r.Authentication) || (c.MsgKey != "" && c.MsgKey != r.MsgKey) {
		return no(group.CodeBadApplToken)
	}
	waits := group.AdminPending
	if c.Invitation {
		waits = group.InviteePending
	}
	switch {
	case r.State == group.StateExpired || m.overdue(*r):
		return no(group.CodeApplExpired)
	case r.State != waits:
		return no(group.CodeAlreadyHandled)
	}
	if code := m.unknown(r.Applicant); c.Accept && code != group.OK {
		return no(code)
	}
	switch {
	case !c.Accept:
		m.refuse(c, *r)
	case !c.Invitation && r.Type == group.TypeInvite && m.settings().Modes.InviteeConsent == group.ConsentRequired:
		m.passOn(c, *r)
	default:
		return m.admit(c, *r)
	}
	return nil
}

// find looks the record up that the call names; nil if the caller cannot know it.
func (m *Model) find(c group.Handle) *group.Record {
	var found *group.Record
	token := m.byToken(c)
	for _, r := range m.records() {
		named := r.ID == c.ID
		switch {
		case c.ID != 0:
		case token != 0:
			named = r.ID == token
		default:
			named = r.Applicant == c.Applicant && r.Inviter == c.Inviter
		}
		if c.Invitation && (r.Type != group.TypeInvite || r.Applicant != m.caller() || !r.ReachedInvitee) {
			named = false
		}
		if named {
			found = &r
		}
	}
	return found
}

// byToken is the one record that an authentication names where no inviter is
// given (spec 14.2); 0 if there is none.
func (m *Model) byToken(c group.Handle) group.ApplicationID {
	for _, r := range m.records() {
		if c.Authentication != "" && c.Inviter == "" && r.Authentication == c.Authentication && (c.Applicant == "" || c.Applicant == r.Applicant) {
			return r.ID
		}
	}
	return 0
}

// decided is the record with the decision of the call.
func (m *Model) decided(c group.Handle, r group.Record, state group.ApplicationState) group.Record {
	r.State, r.Handler, r.HandleMessage, r.UpdatedAt = state, m.caller(), c.Message, m.now
	if state == group.InviteePending {
		r.ReachedInvitee = true
	}
	return r
}

// tellDecided tells of a decision by the tables of spec 7.2 and 7.3.
func (m *Model) tellDecided(c group.Handle, r group.Record) {
	var told []group.UserID
	if r.Type == group.TypeJoin {
		told = union([]group.UserID{r.Applicant})
	} else {
		told = union([]group.UserID{r.Inviter})
	}
	if r.NeededApproval {
		told = union(told, m.approvers())
	}
	switch {
	case c.Invitation:
		told = union(told, []group.UserID{r.Applicant})
	case m.caller() != r.Applicant:
		told = union(told, []group.UserID{m.caller()})
	}
	m.tellRecord(false, r, told...)
}

func (m *Model) refuse(c group.Handle, r group.Record) {
	state := group.AdminRefused
	if c.Invitation {
		state = group.InviteeRefused
	}
	r = m.decided(c, r, state)
	m.note(fact{what: filed, record: r})
	m.tellDecided(c, r)
	if r.Type == group.TypeJoin {
		m.notice(group.Notice{Type: group.NoticeRefused, Operator: m.caller(), Remark: c.Message, Application: r.ID}, r.Applicant)
	}
}

// passOn is "approver accepts" of flow A.
func (m *Model) passOn(c group.Handle, r group.Record) {
	r = m.decided(c, r, group.InviteePending)
	r.ToldAt = m.now
	m.note(fact{what: filed, record: r})
	m.tellDecided(c, r)
	m.tellRecord(true, r, r.Applicant)
	m.invited(r.Inviter, r.Message, r.ID, true, r.Applicant)
	m.result.Code, m.result.Outcome = group.CodeWaitInvitee, group.WaitInvitee
	m.showGroup()
}

// admit lets the applicant in through its record.
func (m *Model) admit(c group.Handle, r group.Record) *group.Rejection {
	if code := m.mayEnter(r.Applicant); code != group.OK {
		return no(code)
	}
	r = m.decided(c, r, group.StateJoined)
	m.note(fact{what: filed, record: r})
	if r.Type == group.TypeJoin {
		m.enter([]group.UserID{r.Applicant}, m.caller(), group.JoinApproved)
		m.notice(group.Notice{Type: group.NoticeAccepted, Operator: m.caller(), Remark: c.Message, Application: r.ID}, r.Applicant)
	} else {
		m.enter([]group.UserID{r.Applicant}, r.Inviter, group.JoinInvited)
		if !c.Invitation {
			m.invited(r.Inviter, r.Message, r.ID, false, r.Applicant)
		}
	}
	m.tellDecided(c, r)
	m.result.Outcome = group.Entered
	m.showGroup()
	return nil
}
