package group

func (c Create) check(*Limits) *Rejection {
	switch {
	case c.Kind < Work || c.Kind > Custom:
		return invalid("kind")
	case isBlank(c.Name):
		return invalid("name")
	case len(c.Introduction) > introductionBytes:
		return invalid("introduction")
	case len(c.Announcement) > announcementBytes:
		return invalid("announcement")
	case c.JoinOption > Closed:
		return invalid("join_option")
	case c.InviteMode > InviteNobody:
		return invalid("invite_mode")
	case c.InviteeConsent > ConsentRequired:
		return invalid("invitee_consent")
	case c.InviteApproval > Follow:
		return invalid("invite_approval")
	case len(c.CustomFields) > customFieldsMax:
		return invalid("custom_fields")
	}
	for i := range c.InitialMembers {
		m := &c.InitialMembers[i]
		if m.Role != NoRole && m.Role != Admin {
			return invalid("initial_members")
		}
		if len(m.CustomFields) > customFieldsMax || checkFields(m.CustomFields, "") != nil {
			return invalid("initial_members")
		}
	}
	return checkFields(c.CustomFields, "custom_fields")
}

// create makes the group (spec 6.1).
func (s *step) create(c Create) *Rejection {
	if r := s.createSupported(&c); r != nil {
		return r
	}
	owner := c.OwnerID
	if owner == "" {
		owner = s.caller()
	}
	if owner != s.caller() {
		if !s.asAppAdmin() {
			return reject(CodePermissionDenied)
		}
		if code := s.in.Fact(owner).missing(); code != OK {
			return reject(code)
		}
	}
	if s.policy.CreatorJoins && s.inTooManyGroups(c.Kind, owner) {
		return reject(CodeGroupCountLimit)
	}
	created := s.newGroup(&c, owner)
	s.emit(created, false)
	if created.OwnerJoins {
		s.tell(Effect{Scope: ToGroup, Entered: []UserID{owner}})
	}
	entrants := s.initial(&c, owner)
	if len(entrants) > 0 {
		joined := &Joined{Users: entrants, Method: JoinCreatedWith, Count: uint32(len(entrants))}
		s.tip(s.emit(joined, s.memberTips()), usersOf(entrants), nil)
	}
	s.notice(Notice{Type: NoticeCreated, Operator: owner}, owner)
	s.showGroup()
	return nil
}

// createFaults checks the parameters whose limits hang on the kind. They go
// before the question whether the id is taken (spec 15).
func (s *step) createFaults(c *Create) *Rejection {
	p := s.policy
	switch {
	case len(c.Name) > p.NameMax || (c.Name == "" && p.NameRequired):
		return invalid("name")
	case len(c.Avatar) > p.AvatarMax:
		return invalid("avatar")
	case p.MaxMembersCeiling != 0 && c.MaxMembers > p.MaxMembersCeiling:
		return invalid("max_members")
	case p.InitialMembers > 0 && len(c.InitialMembers) > p.InitialMembers && distinctInitial(c) > p.InitialMembers:
		return reject(CodeTooManyUsers)
	}
	return nil
}

// distinctInitial counts the users of a list once each (spec 2.1).
func distinctInitial(c *Create) int {
	seen := make(map[UserID]struct{}, len(c.InitialMembers))
	for i := range c.InitialMembers {
		seen[c.InitialMembers[i].User] = struct{}{}
	}
	return len(seen)
}

// createSupported refuses what groups of the kind do not have.
func (s *step) createSupported(c *Create) *Rejection {
	p := s.policy
	switch {
	case len(c.InitialMembers) > 0 && p.InitialMembers == 0:
		return reject(CodeNotSupported)
	case c.Topics && !p.Topics:
		return reject(CodeNotSupported)
	case (c.JoinOption != 0 && p.JoinOptionFixed) || (c.InviteMode != 0 && p.InviteModeFixed) ||
		(c.InviteeConsent != 0 && p.InviteeConsentFixed) || (c.InviteApproval != 0 && p.InviteApprovalFixed):
		return reject(CodeOptionFixed)
	}
	return nil
}

func (s *step) newGroup(c *Create, owner UserID) *Created {
	p := s.policy
	modes := Modes{p.JoinOption, p.InviteMode, p.InviteeConsent, p.InviteApproval}
	if c.JoinOption != 0 {
		modes.JoinOption = c.JoinOption
	}
	if c.InviteMode != 0 {
		modes.InviteMode = c.InviteMode
	}
	if c.InviteeConsent != 0 {
		modes.InviteeConsent = c.InviteeConsent
	}
	if c.InviteApproval != 0 {
		modes.InviteApproval = c.InviteApproval
	}
	maxMembers := c.MaxMembers
	if maxMembers == 0 {
		maxMembers = p.MaxMembersCeiling
	}
	card := s.card(owner)
	card.Role = Owner
	return &Created{
		Group: c.Group, Stream: c.Stream, Kind: c.Kind, Creator: s.caller(), Owner: card, OwnerJoins: p.CreatorJoins,
		Settings: Settings{
			Name: c.Name, Avatar: c.Avatar, Introduction: c.Introduction, Announcement: c.Announcement,
			MaxMembers: maxMembers, Modes: modes, CustomFields: mergeFields(nil, c.CustomFields), Topics: c.Topics,
		},
	}
}

// initial judges the initial members one by one, fills the result, and gives
// those who enter.
func (s *step) initial(c *Create, owner UserID) []Entrant {
	var entrants []Entrant
	done := map[UserID]bool{owner: true} // the owner in the list is ignored
	admins := 0
	for i := range c.InitialMembers {
		m := &c.InitialMembers[i]
		if done[m.User] {
			continue
		}
		done[m.User] = true
		entry := UserResult{User: m.User, Status: Failed}
		present := s.m.members.len() + len(entrants)
		switch {
		case s.in.Fact(m.User).missing() != OK:
			entry.Code = s.in.Fact(m.User).missing()
		case m.Role == Admin && admins >= s.m.limits.MaxAdmins:
			entry.Code = CodeAdminLimit
		case s.m.settings.MaxMembers != 0 && present >= int(s.m.settings.MaxMembers):
			entry.Code = CodeGroupFull
		case s.inTooManyGroups(c.Kind, m.User):
			entry.Code = CodeGroupCountLimit
		default:
			entry.Status = Entered
			e := Entrant{Card: s.card(m.User), CustomFields: mergeFields(nil, m.CustomFields)}
			e.Role = Member
			if m.Role == Admin {
				e.Role = Admin
				admins++
			}
			entrants = append(entrants, e)
		}
		s.d.Result.Users = append(s.d.Result.Users, entry)
	}
	return entrants
}

// inTooManyGroups reports whether a user may not enter another group of the
// kind; presence does not count (spec 16).
func (s *step) inTooManyGroups(k Kind, u UserID) bool {
	return !k.IsConnected() && s.in.Fact(u).Groups >= s.m.limits.GroupsPerUser
}

func usersOf(entrants []Entrant) []UserID {
	list := make([]UserID, len(entrants))
	for i := range entrants {
		list[i] = entrants[i].User
	}
	return list
}
