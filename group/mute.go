package group

import "slices"

func (c MuteMembers) check(l *Limits) *Rejection {
	if c.DurationSeconds < 0 || c.DurationSeconds > muteSecondsMax {
		return invalid("duration")
	}
	return checkUsers(c.Users, l.UsersPerCall)
}

// muteMembers mutes members for a time, or lifts that (spec 8.1).
func (s *step) muteMembers(c MuteMembers) *Rejection {
	m := s.m
	if !s.policy.MemberMute {
		return reject(CodeNotSupported)
	}
	if r := s.inCircle(CircleOwnerAdmin); r != nil {
		return r
	}
	var until Millis
	if c.DurationSeconds > 0 {
		until = s.in.Now.After(c.DurationSeconds)
	}
	muted := &MembersMuted{}
	users := unique(c.Users)
	for _, u := range users {
		entry := UserResult{User: u, Status: Muted}
		if r := s.target(u, m.members.get(u) != nil); r != nil {
			entry.Status, entry.Code = Failed, r.Code
		} else if m.mutedUntil(u, s.in.Now) != until {
			muted.Users = append(muted.Users, MutedUser{User: u, Until: until, Seconds: c.DurationSeconds})
		}
		s.d.Result.Users = append(s.d.Result.Users, entry)
	}
	if len(muted.Users) > 0 {
		s.tip(s.emit(muted, s.profileTips()), nil, nil)
	}
	if len(users) == 1 {
		s.showMember(users[0])
	}
	s.showGroup()
	return nil
}

func (c MuteGroup) check(*Limits) *Rejection {
	switch {
	case !c.On:
		return nil
	case c.Mode == MuteNone || c.Mode > MuteRoles:
		return invalid("mode")
	case c.DurationSeconds < -1 || c.DurationSeconds > muteSecondsMax:
		return invalid("duration")
	case c.Mode == MuteRoles && (len(c.Roles) == 0 || len(sortedRoles(c.Roles)) > mutedRolesMax || slices.Contains(c.Roles, NoRole)):
		return invalid("roles")
	}
	return nil
}

// muteGroup sets or lifts the group mute (spec 8.2).
func (s *step) muteGroup(c MuteGroup) *Rejection {
	if !s.policy.GroupMute {
		return reject(CodeNotSupported)
	}
	if r := s.inCircle(CircleOwnerAdmin); r != nil {
		return r
	}
	mute := Mute{}
	if c.On {
		mute = Mute{Mode: c.Mode, ExpiresAt: NoEnd}
		if c.DurationSeconds > 0 {
			mute.ExpiresAt = s.in.Now.After(c.DurationSeconds)
		}
		if c.Mode == MuteRoles {
			mute.Roles = sortedRoles(c.Roles)
		}
	}
	info := &InfoChanged{}
	if s.remute(info, mute); info.Mute != nil {
		s.informs(info)
	}
	s.d.Result.Mute = &mute
	return nil
}

func sortedRoles(roles []Role) []Role {
	roles = slices.Clone(roles)
	slices.Sort(roles)
	return slices.Compact(roles)
}

// silenced refuses who may not send (spec 8.3). Of two mutes the later end is
// given, the one without end being the latest.
func (s *step) silenced(role Role) *Rejection {
	m, now := s.m, s.in.Now
	var r Rejection
	if until := m.mutedUntil(s.caller(), now); until != 0 {
		r.MuteScope, r.Until = "member", until
	}
	if mute := m.muteInForce(now); mute.silences(role) {
		if r.MuteScope == "" || mute.ExpiresAt == NoEnd || mute.ExpiresAt > r.Until {
			r.MuteScope, r.Until = "group", mute.ExpiresAt
		}
	}
	if r.MuteScope == "" || s.aboveRoles() {
		return nil
	}
	return &Rejection{Code: CodeMuted, MuteScope: r.MuteScope, Until: r.Until}
}
