package group

func (c Join) check(*Limits) *Rejection {
	switch {
	case len(c.Message) > messageTextBytes:
		return invalid("message")
	case len(c.UserDefinedField) > userFieldBytes:
		return invalid("user_defined_field")
	case c.KindHint > Custom:
		return invalid("kind")
	}
	return nil
}

// join lets the caller enter or files its application (spec 6.3, 7.2).
func (s *step) join(c Join) *Rejection {
	m, u := s.m, s.caller()
	if c.KindHint != 0 && c.KindHint != m.kind {
		return reject(CodeKindMismatch)
	}
	if m.members.get(u) != nil {
		s.d.Result.Outcome = AlreadyMember
		s.showGroup()
		return nil
	}
	switch option := m.settings.Modes.JoinOption; {
	case option == Closed:
		return reject(CodeJoinClosed)
	case option != Free && c.DirectOnly:
		return reject(CodeApprovalRequired)
	case option != Free:
		s.apply(c)
		return nil
	}
	if r := s.mayEnter(u); r != nil {
		return r
	}
	s.enter(JoinSelf, u, u)
	s.d.Result.Outcome = Entered
	s.showGroup()
	return nil
}

// mayEnter checks capacity (spec 4.3).
func (s *step) mayEnter(u UserID) *Rejection {
	switch {
	case s.m.isFull():
		return reject(CodeGroupFull)
	case s.inTooManyGroups(s.m.kind, u):
		return reject(CodeGroupCountLimit)
	}
	return nil
}

// enter makes users members: tip 1, their other records closed, their
// conversations enabled again.
func (s *step) enter(method JoinMethod, operator UserID, users ...UserID) {
	m := s.m
	entrants := make([]Entrant, len(users))
	for i, u := range users {
		entrants[i].Card = s.card(u)
		if entrants[i].Role == NoRole {
			entrants[i].Role = Member
		}
		if kept := m.standing[u]; kept != nil {
			entrants[i].CustomFields = kept.Fields
		}
	}
	numbered := s.policy.MemberChangeNotices == NoticesOn
	joined := &Joined{Users: entrants, Method: method, Count: uint32(len(users))}
	s.tip(s.emitBy(operator, joined, numbered), users, nil)
	if s.policy.MemberChangeNotices == NoticesBatched {
		for i := range entrants {
			m.fold.arrive(entrants[i].Card, s.in.Now)
		}
	}
	for _, u := range users {
		s.closeAll(m.records.byApplicant[u], CloseAlreadyMember)
	}
	for _, u := range users {
		if s.in.Fact(u).Former && !m.kind.IsConnected() {
			s.conversation(u, ConversationChanged{Remind: AcceptNotify})
		}
	}
}

// apply files an application, or renews the pending one (spec 7.5).
func (s *step) apply(c Join) {
	u := s.caller()
	s.d.Result.Code, s.d.Result.Outcome = CodeWaitApproval, WaitApproval
	if r := s.pendingOf(u, ""); r != nil {
		s.renew(r, c.Message, c.UserDefinedField)
		return
	}
	s.file(Record{
		Type: TypeJoin, Applicant: u, Message: c.Message, UserDefinedField: c.UserDefinedField,
		State: AdminPending, NeededApproval: true,
	})
}

// conversation tells a user's own devices of its conversation of this group.
func (s *step) conversation(u UserID, c ConversationChanged) {
	s.tell(Effect{Frame: &c, Scope: ToUsers, Users: []UserID{u}})
}
