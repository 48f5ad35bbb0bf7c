package group

func (c Handle) check(*Limits) *Rejection {
	switch {
	case runes(c.Message) > reasonRunes:
		return invalid("message")
	case c.ID == 0 && c.Applicant == "" && c.Authentication == "" && !c.Invitation:
		return invalid("applicant_id")
	}
	return nil
}

// handle decides a record. The order of checks is that of spec 7.4: caller,
// record, token, expiry, state, user, capacity.
func (s *step) handle(c Handle) *Rejection {
	if c.Invitation {
		c.Applicant = s.caller()
	}
	if !c.Invitation && !s.m.isApprover(s.caller()) && !s.aboveRoles() {
		return reject(CodePermissionDenied)
	}
	r := s.m.lookup(c, s.in.Now)
	if r == nil || (c.Invitation && !r.isShownTo(s.caller())) {
		return reject(CodeApplNotFound)
	}
	if !fits(c.Authentication, r.Authentication) || !fits(c.MsgKey, r.MsgKey) {
		return reject(CodeBadApplToken)
	}
	if r.State == StateExpired || isExpired(r, s.in.Now) {
		return reject(CodeApplExpired)
	}
	waits := AdminPending
	if c.Invitation {
		waits = InviteePending
	}
	if r.State != waits {
		return reject(CodeAlreadyHandled)
	}
	switch {
	case !c.Accept && c.Invitation:
		s.decide(r, InviteeRefused, c.Message)
		return nil
	case !c.Accept:
		s.refuse(r, c.Message)
		return nil
	}
	return s.accept(r, c)
}

// isShownTo reports whether a user may know of an invitation (spec 7.1).
func (r *Record) isShownTo(u UserID) bool {
	return r.Type == TypeInvite && r.Applicant == u && r.ReachedInvitee
}

func (s *step) refuse(r *Record, reason string) {
	s.decide(r, AdminRefused, reason)
	if r.Type == TypeJoin {
		s.notice(Notice{Type: NoticeRefused, Operator: s.caller(), Remark: reason, Application: r.ID}, r.Applicant)
	}
}

// accept lets the applicant in, or passes an invitation on to its invitee:
// flows A to C of spec 7.3.
func (s *step) accept(r *Record, c Handle) *Rejection {
	if code := s.in.Fact(r.Applicant).missing(); r.Applicant != s.caller() && code != OK {
		return reject(code)
	}
	if r.Type == TypeInvite && !c.Invitation && s.m.settings.Modes.InviteeConsent == ConsentRequired {
		s.passOn(r, c.Message)
		return nil
	}
	if reject := s.mayEnter(r.Applicant); reject != nil {
		return reject
	}
	s.decide(r, StateJoined, c.Message)
	switch {
	case r.Type == TypeJoin:
		s.enter(JoinApproved, s.caller(), r.Applicant)
		s.notice(Notice{Type: NoticeAccepted, Operator: s.caller(), Remark: c.Message, Application: r.ID}, r.Applicant)
	default:
		s.enter(JoinInvited, r.Inviter, r.Applicant)
		if !c.Invitation {
			asked := false
			s.notice(Notice{
				Type: NoticeInvited, Operator: r.Inviter, Remark: r.Message, NeedsConsent: &asked, Application: r.ID,
			}, r.Applicant)
		}
	}
	s.d.Result.Outcome = Entered
	s.showGroup()
	return nil
}

// passOn lets an approved invitation reach its invitee (flow A).
func (s *step) passOn(r *Record, message string) {
	passed := s.decide(r, InviteePending, message)
	s.changed(passed, true, toInvitee)
	s.ask(passed)
	s.d.Result.Code, s.d.Result.Outcome = CodeWaitInvitee, WaitInvitee
	s.showGroup()
}
