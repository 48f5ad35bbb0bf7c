package group

import (
	"slices"
	"strconv"
)

func (c UpdateProfile) check(*Limits) *Rejection {
	switch {
	case c.Name != nil && isBlank(*c.Name):
		return invalid("name")
	case c.Introduction != nil && len(*c.Introduction) > introductionBytes:
		return invalid("introduction")
	case c.Announcement != nil && len(*c.Announcement) > announcementBytes:
		return invalid("announcement")
	case c.JoinOption != nil && (*c.JoinOption < Free || *c.JoinOption > Closed):
		return invalid("join_option")
	}
	return checkFields(c.CustomFields, "custom_fields")
}

// updateProfile changes what is given and differs (spec 6.9).
func (s *step) updateProfile(c UpdateProfile) *Rejection {
	m := s.m
	for _, check := range [...]func(*UpdateProfile) *Rejection{s.profileFits, s.profileSupported, s.mayUpdate} {
		if r := check(&c); r != nil {
			return r
		}
	}
	if c.MaxMembers != nil {
		most := s.maxMembers(*c.MaxMembers)
		if most != 0 && m.members.len() > int(most) {
			return reject(CodeMaxMembersSmall)
		}
		c.MaxMembers = &most
	}
	if info := s.changesOf(&c); len(info.Changes) > 0 || info.Mute != nil {
		s.informs(info)
	}
	s.showGroup()
	return nil
}

// maxMembers reads a given number; 0 stands for the ceiling (spec 6.1).
func (s *step) maxMembers(given uint32) uint32 {
	if given == 0 {
		return s.policy.MaxMembersCeiling
	}
	return given
}

func (s *step) profileFits(c *UpdateProfile) *Rejection {
	p := s.policy
	switch {
	case c.Name != nil && (len(*c.Name) > p.NameMax || (*c.Name == "" && p.NameRequired)):
		return invalid("name")
	case c.Avatar != nil && len(*c.Avatar) > p.AvatarMax:
		return invalid("avatar")
	case c.MaxMembers != nil && p.MaxMembersCeiling != 0 && *c.MaxMembers > p.MaxMembersCeiling:
		return invalid("max_members")
	case len(mergeFields(s.m.settings.CustomFields, c.CustomFields)) > customFieldsMax:
		return invalid("custom_fields")
	}
	return nil
}

func (s *step) profileSupported(c *UpdateProfile) *Rejection {
	switch {
	case c.MuteAll != nil && !s.policy.GroupMute:
		return reject(CodeNotSupported)
	case c.JoinOption != nil && s.policy.JoinOptionFixed:
		return reject(CodeOptionFixed)
	}
	return nil
}

// mayUpdate: where any member edits, that covers only what the group shows.
func (s *step) mayUpdate(c *UpdateProfile) *Rejection {
	circle := s.policy.EditInfoBy
	if c.MaxMembers != nil || c.JoinOption != nil || c.MuteAll != nil {
		circle = CircleOwnerAdmin
	}
	return s.inCircle(circle)
}

// changesOf leaves of a call what differs from what is.
func (s *step) changesOf(c *UpdateProfile) *InfoChanged {
	set, info := &s.m.settings, &InfoChanged{}
	text := func(f Field, given *string, have string) {
		if given != nil && *given != have {
			info.Changes = append(info.Changes, Change{Field: f, Value: *given})
		}
	}
	text(FieldAvatar, c.Avatar, set.Avatar)
	text(FieldName, c.Name, set.Name)
	text(FieldAnnouncement, c.Announcement, set.Announcement)
	text(FieldIntroduction, c.Introduction, set.Introduction)
	if c.JoinOption != nil && *c.JoinOption != set.Modes.JoinOption {
		modes := set.Modes
		modes.JoinOption = *c.JoinOption
		info.Modes = &modes
		info.Changes = append(info.Changes, Change{Field: FieldJoinOption, Value: c.JoinOption.String()})
	}
	if c.MaxMembers != nil && *c.MaxMembers != set.MaxMembers {
		info.MaxMembers = *c.MaxMembers
		info.Changes = append(info.Changes, Change{Field: FieldMaxMembers, Value: strconv.FormatUint(uint64(*c.MaxMembers), 10)})
	}
	if c.MuteAll != nil {
		mute := Mute{}
		if *c.MuteAll {
			mute = Mute{Mode: MuteOrdinary, ExpiresAt: NoEnd}
		}
		s.remute(info, mute)
	}
	if fields := changedFields(set.CustomFields, c.CustomFields); len(fields) > 0 {
		info.Changes = append(info.Changes, Change{Field: FieldCustomFields, Fields: fields})
	}
	return info
}

// informs emits an InfoChanged: tip 6 if it has changes to show, then the
// new modes and mute.
func (s *step) informs(info *InfoChanged) {
	s.tip(s.emit(info, len(info.Changes) > 0 && s.profileTips()), nil, nil)
	if info.Modes != nil {
		s.tell(Effect{Frame: &ModesChanged{Modes: *info.Modes, Operator: s.operator}, Scope: ToGroup})
	}
	if info.Mute != nil {
		s.tell(Effect{Frame: &GroupMuted{Mute: *info.Mute, Operator: s.operator}, Scope: ToGroup})
	}
}

func (c UpdateModes) check(*Limits) *Rejection {
	switch {
	case c.JoinOption != nil && (*c.JoinOption < Free || *c.JoinOption > Closed):
		return invalid("join_option")
	case c.InviteMode != nil && (*c.InviteMode < InviteAnyMember || *c.InviteMode > InviteNobody):
		return invalid("invite_mode")
	case c.InviteeConsent != nil && (*c.InviteeConsent < ConsentNone || *c.InviteeConsent > ConsentRequired):
		return invalid("invitee_consent")
	case c.InviteApproval != nil && (*c.InviteApproval < Bypass || *c.InviteApproval > Follow):
		return invalid("invite_approval")
	}
	return nil
}

// updateModes changes how one joins and invites (spec 6.10).
func (s *step) updateModes(c UpdateModes) *Rejection {
	p, modes := s.policy, s.m.settings.Modes
	if (c.JoinOption != nil && p.JoinOptionFixed) || (c.InviteMode != nil && p.InviteModeFixed) ||
		(c.InviteeConsent != nil && p.InviteeConsentFixed) || (c.InviteApproval != nil && p.InviteApprovalFixed) {
		return reject(CodeOptionFixed)
	}
	if r := s.inCircle(CircleOwnerAdmin); r != nil {
		return r
	}
	set(&modes.JoinOption, c.JoinOption)
	set(&modes.InviteMode, c.InviteMode)
	set(&modes.InviteeConsent, c.InviteeConsent)
	set(&modes.InviteApproval, c.InviteApproval)
	s.d.Result.Modes = &modes
	if modes == s.m.settings.Modes {
		return nil
	}
	info := &InfoChanged{Modes: &modes}
	if modes.JoinOption != s.m.settings.Modes.JoinOption {
		info.Changes = []Change{{Field: FieldJoinOption, Value: modes.JoinOption.String()}}
	}
	s.informs(info)
	return nil
}

func set[T any](to *T, given *T) {
	if given != nil {
		*to = *given
	}
}

// remute adds a group mute to what changes, if it differs from the one in
// force; mute_all is shown only if that changes too (spec 8.2).
func (s *step) remute(info *InfoChanged, mute Mute) {
	have := s.m.muteInForce(s.in.Now)
	if mute.equal(have) {
		return
	}
	mute.Roles = slices.Clone(mute.Roles)
	info.Mute = &mute
	if mute.mutesAll() != have.mutesAll() {
		info.Changes = append(info.Changes, Change{Field: FieldMuteAll, Value: strconv.FormatBool(mute.mutesAll())})
	}
}
