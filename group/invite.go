package group

func (c Invite) check(l *Limits) *Rejection {
	if len(c.Message) > messageTextBytes {
		return invalid("message")
	}
	return checkUsers(c.Users, l.UsersPerCall)
}

// may says whether a role may invite under a mode (table in spec 7.3).
func (mode InviteMode) may(r Role) bool {
	switch mode {
	case InviteAnyMember:
		return r != NoRole
	case InviteAdmins:
		return r == Owner || r == Admin
	case InviteOwner:
		return r == Owner
	}
	return false
}

// invite asks users in (spec 6.6, 7.3). Which flow it takes is the same for
// all users of a call.
func (s *step) invite(c Invite) *Rejection {
	if r := s.mayInvite(); r != nil {
		return r
	}
	draft := s.invitation(c)
	direct := !draft.NeededApproval && s.m.settings.Modes.InviteeConsent != ConsentRequired
	var entering []UserID
	for _, u := range unique(c.Users) {
		entry := s.invitee(u, len(entering), direct)
		switch {
		case entry.Status == Entered:
			entering = append(entering, u)
		case entry.Status == NoOutcome:
			entry.Status = s.inviteOne(u, draft)
		}
		s.d.Result.Users = append(s.d.Result.Users, entry)
		s.waits(entry.Status)
	}
	s.letIn(entering, c.Message)
	s.showGroup()
	return nil
}

// mayInvite is the right to invite. Where the kind lets nobody, that goes
// before membership.
func (s *step) mayInvite() *Rejection {
	mode := s.m.settings.Modes.InviteMode
	if mode == InviteNobody && s.policy.InviteModeFixed {
		return reject(CodeInvitesDisabled)
	}
	if r := s.inside(); r != nil {
		return r
	}
	switch {
	case mode == InviteNobody:
		return reject(CodeInvitesDisabled)
	case !mode.may(s.callerRole()) && !s.aboveRoles():
		return reject(CodeNoInvite)
	}
	return nil
}

// invitation is the record that the call would file for one invitee. It needs
// approval if an ordinary member invites where joining needs it and
// invitations follow that.
func (s *step) invitation(c Invite) Record {
	modes, role := s.m.settings.Modes, s.callerRole()
	approval := modes.InviteApproval == Follow &&
		(modes.JoinOption == AdminApproval || modes.JoinOption == OwnerApproval) &&
		rank(role) == rank(Member) && !s.aboveRoles()
	r := Record{
		Type: TypeInvite, Inviter: s.caller(), InviterRole: role, Explicit: c.Explicit, Message: c.Message,
		State: InviteePending, NeededApproval: approval, ReachedInvitee: !approval,
	}
	if approval {
		r.State = AdminPending
	}
	return r
}

// invitee judges one invitee: failed, entering at once (entering others do so
// before it), or, with NoOutcome, to be asked by a record.
func (s *step) invitee(u UserID, entering int, direct bool) UserResult {
	m, fact := s.m, s.in.Fact(u)
	entry := UserResult{User: u, Status: Failed}
	switch {
	case m.members.get(u) != nil, u == s.caller():
		// An app_admin outside cannot invite itself either (spec 6.6).
		entry.Status = AlreadyMember
	case fact.missing() != OK:
		entry.Code = fact.missing()
	case fact.BlocksCaller:
		entry.Code = CodeBlockedByUser
	case !direct:
		entry.Status = NoOutcome
	case m.settings.MaxMembers != 0 && m.members.len()+entering >= int(m.settings.MaxMembers):
		entry.Code = CodeGroupFull
	case s.inTooManyGroups(m.kind, u):
		entry.Code = CodeGroupCountLimit
	default:
		entry.Status = Entered
	}
	return entry
}

// inviteOne files an invitation or renews the pending one.
func (s *step) inviteOne(u UserID, draft Record) Outcome {
	state := draft.State
	if old := s.pendingOf(u, draft.Inviter); old != nil {
		s.renew(old, draft.Message, "")
		state = old.State
	} else {
		draft.Applicant = u
		s.file(draft)
	}
	if state == AdminPending {
		return WaitApproval
	}
	return WaitInvitee
}

// waits sets the code of a call in which somebody waits.
func (s *step) waits(o Outcome) {
	switch {
	case o == WaitApproval:
		s.d.Result.Code = CodeWaitApproval
	case o == WaitInvitee && s.d.Result.Code == OK:
		s.d.Result.Code = CodeWaitInvitee
	}
}

// letIn is flow D: all enter by one tip, without a record.
func (s *step) letIn(users []UserID, message string) {
	if len(users) == 0 {
		return
	}
	s.enter(JoinInvited, s.caller(), users...)
	asked := false
	s.notice(Notice{Type: NoticeInvited, Operator: s.caller(), Remark: message, NeedsConsent: &asked}, users...)
}
