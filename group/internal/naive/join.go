package naive

import "github.com/troupe-im/troupe/group"

// join is spec 6.3 and 7.2.
func (m *Model) join(c group.Join) *group.Rejection {
	u := m.caller()
	if c.KindHint != 0 && c.KindHint != m.kind {
		return no(group.CodeKindMismatch)
	}
	if m.isMember(u) {
		m.result.Outcome = group.AlreadyMember
		m.showGroup()
		return nil
	}
	option := m.settings().Modes.JoinOption
	switch {
	case option == group.Closed:
		return no(group.CodeJoinClosed)
	case option != group.Free && c.DirectOnly:
		return no(group.CodeApprovalRequired)
	case option != group.Free:
		m.apply(c)
		return nil
	}
	if code := m.mayEnter(u); code != group.OK {
		return no(code)
	}
	m.enter([]group.UserID{u}, u, group.JoinSelf)
	m.result.Outcome = group.Entered
	m.showGroup()
	return nil
}

// enter makes users members, tells it and closes their other records (spec 7.5).
func (m *Model) enter(users []group.UserID, operator group.UserID, method group.JoinMethod) {
	for _, u := range users {
		back := m.WasMember(u)
		f := m.factOf(entered, u)
		if f.role == group.NoRole {
			f.role = group.Member
		}
		f.tipped = m.policy.MemberTips == "on"
		f.seq = m.tipSeq()
		m.note(f)
		if back {
			m.conversation(false, u)
		}
		if m.policy.MemberTips == "batched" {
			m.note(m.factOf(arrived, u))
		}
	}
	if m.policy.MemberTips != "batched" {
		m.tip(nil, group.TipJoin, operator, "users", m.cards(users), "count", len(users), "method", method)
	}
	for _, u := range users {
		m.closeWhere(func(r group.Record) bool { return r.Applicant == u }, group.CloseAlreadyMember)
	}
}

// tipSeq is the number of the tip that tells of those who enter now, or what is
// newest if there is none.
func (m *Model) tipSeq() group.Seq {
	if m.policy.MemberTips == "on" {
		return m.lastSeq() + 1
	}
	return m.lastSeq()
}

// closeWhere closes pending records.
func (m *Model) closeWhere(which func(group.Record) bool, reason group.CloseReason) {
	for _, r := range m.pending() {
		if !which(r) {
			continue
		}
		if m.overdue(r) {
			m.expire(r)
			continue
		}
		r.State, r.CloseReason, r.UpdatedAt = group.StateClosed, reason, m.now
		m.note(fact{what: filed, record: r})
		m.tellClosed(r, true)
	}
}

// tellClosed tells who is to know that a record was closed or expired (spec 7.5).
func (m *Model) tellClosed(r group.Record, approvers bool) {
	told := []group.UserID{r.Inviter}
	if r.Type == group.TypeJoin {
		told = []group.UserID{r.Applicant}
	}
	if approvers && r.NeededApproval {
		told = union(told, m.approvers())
	}
	if r.Type == group.TypeInvite && r.ReachedInvitee {
		told = union(told, []group.UserID{r.Applicant})
	}
	m.tellRecord(false, r, told...)
}

// tellRecord tells users of a record, each in its own direction (spec 7.1).
func (m *Model) tellRecord(added bool, r group.Record, users ...group.UserID) {
	for _, u := range union(users) {
		d := group.ApplicationReceived
		switch {
		case r.Type == group.TypeJoin && u == r.Applicant:
			d = group.ApplicationSent
		case r.Type == group.TypeInvite && u == r.Inviter:
			d = group.InvitationSent
		case r.Type == group.TypeInvite && u == r.Applicant:
			d = group.InvitationReceived
		}
		m.tell(recordText(added, &r, d), u)
	}
}

// approvers are those of this moment (spec 7.1, 7.5).
func (m *Model) approvers() []group.UserID {
	owner := m.withRole(group.Owner)
	if m.settings().Modes.JoinOption == group.OwnerApproval && len(owner) > 0 {
		return owner
	}
	return union(owner, m.withRole(group.Admin))
}

// apply files or renews an application.
func (m *Model) apply(c group.Join) {
	u := m.caller()
	m.result.Code, m.result.Outcome = group.CodeWaitApproval, group.WaitApproval
	if r := m.undecided(u, ""); r != nil {
		r.Message, r.UserDefinedField = c.Message, c.UserDefinedField
		m.renew(*r)
		return
	}
	fresh := m.fresh(group.TypeJoin, u, m.in.NextID)
	fresh.Message, fresh.UserDefinedField = c.Message, c.UserDefinedField
	fresh.State, fresh.NeededApproval = group.AdminPending, true
	m.note(fact{what: filed, record: fresh})
	m.tellRecord(true, fresh, union([]group.UserID{u}, m.approvers())...)
	m.ask(fresh, m.approvers())
}

// undecided is the pending record of a pair; one that is overdue expires first.
func (m *Model) undecided(applicant, inviter group.UserID) *group.Record {
	r := m.newest(applicant, inviter)
	if r == nil || r.State.Final() {
		return nil
	}
	if m.overdue(*r) {
		m.expire(*r)
		return nil
	}
	return r
}

func (m *Model) fresh(t group.ApplicationType, applicant group.UserID, id group.ApplicationID) group.Record {
	return group.Record{
		ID: id, Group: m.id, Type: t, Applicant: applicant, ApplicantName: m.nameOf(applicant),
		CreatedAt: m.now, UpdatedAt: m.now, ExpiresAt: m.now + pendingLife, ToldAt: m.now,
		Authentication: "given by the server", MsgKey: "given by the server",
	}
}

// ask tells approvers by notice 1.
func (m *Model) ask(r group.Record, approvers []group.UserID) {
	m.notice(group.Notice{
		Type: group.NoticeJoinRequest, Operator: r.Applicant, Inviter: r.Inviter, Remark: r.Message,
		UserDefinedField: r.UserDefinedField, Application: r.ID, Authentication: r.Authentication, MsgKey: r.MsgKey,
	}, approvers...)
}

// invited tells an invitee by notice 7.
func (m *Model) invited(inviter group.UserID, message string, id group.ApplicationID, consent bool, users ...group.UserID) {
	m.notice(group.Notice{
		Type: group.NoticeInvited, Operator: inviter, Remark: message,
		NeedsConsent: &consent, Application: id,
	}, users...)
}

// renew prolongs a pending record and tells whom it waits for, at most once a
// minute (spec 7.5).
func (m *Model) renew(r group.Record) {
	r.UpdatedAt, r.ExpiresAt = m.now, m.now+pendingLife
	again := m.now >= r.ToldAt+minute
	if again {
		r.ToldAt = m.now
	}
	m.note(fact{what: filed, record: r})
	switch {
	case !again:
	case r.State == group.AdminPending:
		m.tellRecord(true, r, m.approvers()...)
		m.ask(r, m.approvers())
	default:
		m.tellRecord(true, r, r.Applicant)
		m.invited(r.Inviter, r.Message, r.ID, true, r.Applicant)
	}
}
