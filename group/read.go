package group

import "strconv"

// scanMax bounds how many members one filtered page looks at.
const scanMax = 5000

// getProfile shows the group as the caller may see it (spec 6.11).
func (s *step) getProfile(c GetProfile) *Rejection {
	insider := !c.Search && (s.callerRole() != NoRole || s.aboveRoles())
	if !insider && !s.policy.Searchable {
		return reject(CodeNotSearchable)
	}
	if !insider {
		s.d.Result.Group = s.publicProfile()
		return nil
	}
	s.showGroup()
	if c.MemberFields {
		for member := range s.m.members.after(s.listedFrom()) {
			s.list(member)
			if len(s.d.Result.Members) == pageMax {
				break
			}
		}
	}
	return nil
}

// publicProfile is what outsiders may see: no mute but whether all are muted,
// no custom fields.
func (s *step) publicProfile() *Profile {
	p := s.m.profile("", s.in.Now)
	p.Public = true
	p.Settings.Mute = Mute{Mode: p.Settings.Mute.Mode}
	p.Settings.CustomFields = nil
	return p
}

// listedFrom is the Order above which members are listed: of a livestream
// only the newest (spec 6.12).
func (s *step) listedFrom() uint64 {
	members := &s.m.members
	if hidden := members.len() - s.m.limits.ListedLive; s.m.kind.IsConnected() && hidden > 0 {
		return members.orderAt(hidden)
	}
	return 0
}

func (s *step) list(member *MemberState) {
	p := s.m.state.memberProfile(member, s.in.Now)
	s.d.Result.Members = append(s.d.Result.Members, p)
}

func (c ListMembers) check(*Limits) *Rejection {
	switch {
	case c.Offset < 0:
		return invalid("offset")
	case c.Limit < 0:
		return invalid("limit")
	}
	return nil
}

// listMembers pages through the members in join order (spec 6.12). A cursor
// is the Order of the member last listed; it stays good whoever comes and goes.
func (s *step) listMembers(c ListMembers) *Rejection {
	if r := s.inside(); r != nil {
		return r
	}
	members := &s.m.members
	from, skip := s.listedFrom(), c.Offset
	switch {
	case c.Cursor != "" && c.Cursor != "0":
		order, err := strconv.ParseUint(c.Cursor, 36, 64)
		if err != nil || order > members.lastOrder {
			return reject(CodeInvalidCursor)
		}
		from, skip = max(from, order), 0
	case c.Role == NoRole && skip > 0:
		from = members.orderAt(members.len() - s.listed() + skip)
		skip = 0
	}
	limit := min(c.Limit, pageMax)
	if limit == 0 {
		limit = pageMax
	}
	s.d.Result.Total = uint32(members.len())
	s.page(from, skip, limit, c.Role)
	return nil
}

// listed is how many members can be listed.
func (s *step) listed() int {
	n := s.m.members.len()
	if s.m.kind.IsConnected() {
		n = min(n, s.m.limits.ListedLive)
	}
	return n
}

// page lists up to limit members of a role, and where to go on.
func (s *step) page(from uint64, skip, limit int, role Role) {
	looked, last := 0, from
	for member := range s.m.members.after(from) {
		if len(s.d.Result.Members) == limit || (looked == scanMax && skip == 0) {
			s.d.Result.NextCursor = strconv.FormatUint(last, 36)
			return
		}
		looked++
		last = member.Order
		switch {
		case role != NoRole && member.Role != role:
		case skip > 0:
			skip--
		default:
			s.list(member)
		}
	}
}

// getMembers looks up the first users of a list (spec 6.12).
func (s *step) getMembers(c GetMembers) *Rejection {
	if r := s.inside(); r != nil {
		return r
	}
	users := unique(c.Users)
	for _, u := range users[:min(len(users), profilesMax)] {
		if member := s.m.members.get(u); member != nil {
			s.list(member)
		}
	}
	s.d.Result.Total = uint32(s.m.members.len())
	return nil
}

// getHistory says what the caller may read (spec 10.4). For who is no member
// the shell looks at the membership row.
func (s *step) getHistory() *Rejection {
	v := &Visibility{Stored: s.policy.History}
	s.d.Result.History = v
	member := s.m.members.get(s.caller())
	switch {
	case member != nil && s.m.visibleFrom(member) <= 1:
		v.Member, v.From, v.To = true, 1, s.m.seq
	case s.aboveRoles():
		v.Member, v.From, v.To = true, 1, s.m.seq
	case member != nil:
		v.Member, v.From, v.To = true, s.m.visibleFrom(member), s.m.seq
	}
	return nil
}
