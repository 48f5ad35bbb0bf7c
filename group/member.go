package group

func (c SetNameCard) check(*Limits) *Rejection {
	if len(c.NameCard) > nameCardBytes {
		return invalid("name_card")
	}
	return nil
}

// setNameCard changes a name card (spec 6.12).
func (s *step) setNameCard(c SetNameCard) *Rejection {
	u, member, r := s.edited(c.User, s.isOwner())
	if r != nil {
		return r
	}
	if member.NameCard != c.NameCard {
		s.tip(s.emit(&MemberChanged{User: u, NameCard: &c.NameCard}, s.profileTips()), nil, nil)
	}
	s.showMember(u)
	s.showGroup()
	return nil
}

func (c SetMemberFields) check(*Limits) *Rejection { return checkFields(c.Fields, "custom_fields") }

// setMemberFields changes custom fields of a member (spec 6.12).
func (s *step) setMemberFields(c SetMemberFields) *Rejection {
	u, member, r := s.edited(c.User, false)
	if r != nil {
		return r
	}
	if len(mergeFields(member.Fields, c.Fields)) > customFieldsMax {
		return invalid("custom_fields")
	}
	if fields := changedFields(member.Fields, c.Fields); len(fields) > 0 {
		s.tip(s.emit(&MemberChanged{User: u, Fields: fields}, s.profileTips()), nil, nil)
	}
	s.showMember(u)
	s.showGroup()
	return nil
}

func (s *step) isOwner() bool { return s.callerRole() == Owner }

// edited finds the member whose profile is edited: the caller, or one of
// lower rank; onAll lets the caller edit everybody. An app_admin may edit all.
func (s *step) edited(u UserID, onAll bool) (UserID, *MemberState, *Rejection) {
	if s.isSelf(u) {
		member := s.m.find(s.caller())
		if member == nil {
			return u, nil, reject(CodeNotMember)
		}
		return s.caller(), member, nil
	}
	if r := s.inside(); r != nil {
		return u, nil, r
	}
	if rank(s.callerRole()) == rank(Member) && !s.aboveRoles() {
		return u, nil, reject(CodePermissionDenied)
	}
	member := s.m.find(u)
	switch {
	case member == nil:
		return u, nil, reject(CodeTargetNotMember)
	case onAll:
		return u, member, nil
	}
	return u, member, s.mayActOn(u)
}

func (c SetRemindType) check(*Limits) *Rejection {
	if c.Remind < AcceptNotify || c.Remind > Discard {
		return invalid("remind_type")
	}
	return nil
}

// setRemindType changes how a member wants to be reminded (spec 6.12, 10.7).
func (s *step) setRemindType(c SetRemindType) *Rejection {
	if !s.policy.RemindTypes {
		return reject(CodeNotSupported)
	}
	u := c.User
	if u == "" {
		u = s.caller()
	}
	member := s.m.members.get(u)
	switch {
	case u == s.caller() && member == nil:
		return reject(CodeNotMember)
	case u != s.caller() && !s.asAppAdmin():
		if r := s.inside(); r != nil {
			return r
		}
		return reject(CodePermissionDenied)
	case member == nil:
		return reject(CodeTargetNotMember)
	}
	if max(member.Remind, AcceptNotify) != c.Remind {
		changed := &RemindChanged{User: u, Remind: c.Remind}
		s.emit(changed, false)
		s.tell(Effect{
			Frame: &ConversationChanged{Remind: c.Remind}, Scope: ToUsers, Users: []UserID{u}, Remind: changed,
		})
	}
	s.showGroup()
	return nil
}
