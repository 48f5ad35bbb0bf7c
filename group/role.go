package group

func (c TransferOwner) check(*Limits) *Rejection {
	if c.NewOwner == "" {
		return invalid("new_owner_id")
	}
	return nil
}

// transferOwner passes the group on (spec 6.7).
func (s *step) transferOwner(c TransferOwner) *Rejection {
	if !s.policy.Transferable {
		return reject(CodeNotSupported)
	}
	if r := s.inCircle(CircleOwner); r != nil {
		return r
	}
	if s.m.members.get(c.NewOwner) == nil {
		return reject(CodeTargetNotMember)
	}
	if c.NewOwner != s.m.owner {
		s.newOwner(s.caller(), c.NewOwner, s.m.owner)
	}
	s.showGroup()
	return nil
}

// newOwner changes the owner and tells everybody by tip 6, unless nobody is
// left to follow.
func (s *step) newOwner(operator, u, old UserID) {
	var card Card
	var fields []Pair
	if heir := s.m.find(u); heir != nil {
		card, fields = s.cardOf(u, heir), heir.Fields
		card.Role = Owner
	}
	changed := &InfoChanged{Changes: []Change{{Field: FieldOwner, Value: string(u)}}, Owner: card, OldOwner: old}
	s.tip(s.emitBy(operator, changed, s.profileTips() && u != ""), nil, nil)
	s.keepFields(u, fields)
}

// keepFields lets the custom fields of who became a standing owner or admin
// outlive its presence, like its name card, which the event of the role tells.
func (s *step) keepFields(u UserID, fields []Pair) {
	if len(fields) == 0 || s.m.standing[u] == nil || len(s.m.standing[u].Fields) > 0 {
		return
	}
	given := make([]CustomField, len(fields))
	for i := range fields {
		given[i] = CustomField{Key: fields[i].Key, Value: &fields[i].Value}
	}
	s.emit(&MemberChanged{User: u, Fields: given}, false)
}

func (c SetRole) check(*Limits) *Rejection {
	switch {
	case c.User == "":
		return invalid("user_id")
	case c.Role == NoRole || c.Role == Owner:
		return invalid("role")
	}
	return nil
}

// setRole makes and unmakes admins and gives custom roles (spec 6.8).
func (s *step) setRole(c SetRole) *Rejection {
	m := s.m
	if c.Role >= FirstCustomRole && !s.policy.CustomRoles {
		return reject(CodeNotSupported)
	}
	if r := s.inCircle(CircleOwner); r != nil {
		return r
	}
	from := m.role(c.User)
	present := m.members.get(c.User) != nil
	switch {
	case from == Owner:
		return reject(CodeOwnerRoleFixed)
	case from == NoRole:
		return reject(CodeTargetNotMember)
	case from == c.Role:
	case !present && c.Role == Admin:
		return reject(CodeTargetNotMember)
	case c.Role == Admin && len(m.admins) >= m.limits.MaxAdmins:
		return reject(CodeAdminLimit)
	default:
		s.changeRole(c.User, from, c.Role)
	}
	s.showMember(c.User)
	s.showGroup()
	return nil
}

func (s *step) changeRole(u UserID, from, to Role) {
	card := s.card(u)
	card.Role = to
	tips := s.memberTips()
	if from != Admin && to != Admin {
		tips = s.profileTips()
	}
	var fields []Pair
	if kept := s.m.find(u); kept != nil && to == Admin {
		fields = kept.Fields
	}
	s.tip(s.emit(&RoleChanged{User: card, From: from}, tips), nil, nil)
	s.keepFields(u, fields)
	switch {
	case to == Admin:
		s.notice(Notice{Type: NoticeAdminSet, Operator: s.caller()}, u)
	case from == Admin:
		s.notice(Notice{Type: NoticeAdminUnset, Operator: s.caller()}, u)
	}
}
