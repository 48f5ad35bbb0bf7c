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
	m, modes := s.m, s.m.settings.Modes
	nobody := modes.InviteMode == InviteNobody
	if nobody && s.policy.InviteModeFixed {
		return reject(CodeInvitesDisabled)
	}
	if r := s.inside(); r != nil {
		return r
	}
	if nobody {
		return reject(CodeInvitesDisabled)
	}
	role := s.callerRole()
	if !s.isAppAdmin() && !modes.InviteMode.may(role) {
		return reject(CodeNoInvite)
	}
	byOrdinary := !s.isAppAdmin() && rank(role) == rank(Member)
	approval := modes.InviteApproval == Follow && byOrdinary &&
		(modes.JoinOption == AdminApproval || modes.JoinOption == OwnerApproval)
	draft := Record{
		Type: TypeInvite, Inviter: s.caller(), InviterRole: role, Explicit: c.Explicit, Message: c.Message,
		State: InviteePending, NeededApproval: approval, ReachedInvitee: !approval,
	}
	if approval {
		draft.State = AdminPending
	}
	direct := !approval && modes.InviteeConsent != ConsentRequired
	var entering []UserID
	for _, u := range unique(c.Users) {
		entry := UserResult{User: u, Status: Failed}
		switch {
		case m.members.get(u) != nil:
			entry.Status = AlreadyMember
		case !s.in.Fact(u).Exists:
			entry.Code = CodeUserNotFound
		case s.in.Fact(u).BlocksCaller:
			entry.Code = CodeBlockedByUser
		case !direct:
			entry.Status = s.inviteOne(u, draft)
		case m.settings.MaxMembers != 0 && m.members.len()+len(entering) >= int(m.settings.MaxMembers):
			entry.Code = CodeGroupFull
		case s.inTooManyGroups(m.kind, u):
			entry.Code = CodeGroupCountLimit
		default:
			entry.Status = Entered
			entering = append(entering, u)
		}
		s.d.Result.Users = append(s.d.Result.Users, entry)
		s.waits(entry.Status)
	}
	s.letIn(entering, c.Message)
	s.showGroup()
	return nil
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
