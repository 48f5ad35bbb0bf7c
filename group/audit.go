package group

// Which calls rest on the caller being an app_admin; they are audited (spec 19.13).

// aboveRoles reports whether the caller is an app_admin, and so may what its
// role does not give it. It is asked last, as what rests on it is audited.
func (s *step) aboveRoles() bool {
	s.d.AsAppAdmin = s.d.AsAppAdmin || s.in.Caller.AppAdmin
	return s.in.Caller.AppAdmin
}

// asAppAdmin is aboveRoles for what no role gives: to have asked for it is
// audited whoever asked.
func (s *step) asAppAdmin() bool {
	s.d.AsAppAdmin = true
	return s.in.Caller.AppAdmin
}

// refused gives up the step. An app_admin who is nothing in the group may call
// most of its operations only as such, whatever they are refused for.
func (s *step) refused(r *Rejection) Decision {
	outside := s.m.exists && s.in.Caller.AppAdmin && s.callerRole() == NoRole
	if s.forAppAdmins() || outside && s.forInsiders() {
		s.d.AsAppAdmin = true
	}
	return Decision{Reject: r, AsAppAdmin: s.d.AsAppAdmin}
}

// forAppAdmins reports whether the command asks for what no role gives.
func (s *step) forAppAdmins() bool {
	switch c := s.in.Command.(type) {
	case SendNotice:
		return true
	case Create:
		return !s.isSelf(c.OwnerID)
	case Kick:
		return c.Silence
	case SetRemindType:
		return !s.isSelf(c.User)
	}
	return false
}

// forInsiders reports whether outsiders have no business with the command.
func (s *step) forInsiders() bool {
	switch c := s.in.Command.(type) {
	case Create, Join, Leave, SendLike, GetProfile, GetHistory:
		return false
	case Handle:
		return !c.Invitation
	case SetNameCard:
		return !s.isSelf(c.User)
	case SetMemberFields:
		return !s.isSelf(c.User)
	case SetRemindType:
		return !s.isSelf(c.User)
	}
	return true
}

// isSelf: a user left out is the caller.
func (s *step) isSelf(u UserID) bool { return u == "" || u == s.caller() }
