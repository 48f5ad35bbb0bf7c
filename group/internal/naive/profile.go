package naive

import (
	"slices"
	"strconv"

	"github.com/troupe-im/troupe/group"
)

// updateProfile is spec 6.9.
func (m *Model) updateProfile(c group.UpdateProfile) *group.Rejection {
	p := m.policy
	switch {
	case c.Name != nil && p.nameFault(m.kind, *c.Name):
		return bad("name")
	case c.Avatar != nil && len(*c.Avatar) > p.AvatarMax:
		return bad("avatar")
	case c.MaxMembers != nil && p.Ceiling > 0 && *c.MaxMembers > p.Ceiling:
		return bad("max_members")
	case c.MuteAll != nil && !p.GroupMute:
		return no(group.CodeNotSupported)
	case c.JoinOption != nil && p.JoinFixed:
		return no(group.CodeOptionFixed)
	}
	anyMember := p.EditBy == "any_member" && m.isMember(m.caller()) &&
		c.MaxMembers == nil && c.JoinOption == nil && c.MuteAll == nil
	if !m.leads() && !anyMember {
		return no(group.CodePermissionDenied)
	}
	old := m.settings()
	now, changes := change(old, c, p.Ceiling)
	if now.MaxMembers != old.MaxMembers && now.MaxMembers > 0 && int(now.MaxMembers) < len(m.members()) {
		return no(group.CodeMaxMembersSmall)
	}
	m.putSettings(old, now, changes)
	m.showGroup()
	return nil
}

// change applies what is given; values equal to the old ones do not count.
func change(old group.Settings, c group.UpdateProfile, ceiling uint32) (group.Settings, []group.Change) {
	now := old
	var changes []group.Change
	text := func(f group.Field, at *string, given *string) {
		if given != nil && *given != *at {
			*at = *given
			changes = append(changes, group.Change{Field: f, Value: *given})
		}
	}
	text(group.FieldName, &now.Name, c.Name)
	text(group.FieldAvatar, &now.Avatar, c.Avatar)
	text(group.FieldIntroduction, &now.Introduction, c.Introduction)
	text(group.FieldAnnouncement, &now.Announcement, c.Announcement)
	if c.MaxMembers != nil {
		n := *c.MaxMembers
		if n == 0 {
			n = ceiling
		}
		if n != old.MaxMembers {
			now.MaxMembers = n
			changes = append(changes, group.Change{Field: group.FieldMaxMembers, Value: strconv.Itoa(int(n))})
		}
	}
	if c.JoinOption != nil && *c.JoinOption != old.Modes.JoinOption {
		now.Modes.JoinOption = *c.JoinOption
		changes = append(changes, joinOptionChange(*c.JoinOption))
	}
	if c.MuteAll != nil {
		now.Mute = group.Mute{}
		if *c.MuteAll {
			now.Mute = group.Mute{Mode: group.MuteOrdinary, ExpiresAt: group.NoEnd}
		}
		changes = append(changes, muteAllChange(old.Mute, now.Mute)...)
	}
	if len(c.CustomFields) > 0 {
		now.CustomFields = setFields(old.CustomFields, c.CustomFields)
		if real := realFields(old.CustomFields, c.CustomFields); len(real) > 0 {
			changes = append(changes, group.Change{Field: group.FieldCustomFields, Fields: real})
		}
	}
	return now, changes
}

func joinOptionChange(o group.JoinOption) group.Change {
	names := map[group.JoinOption]string{
		group.Free: "free", group.AdminApproval: "admin_approval", group.OwnerApproval: "owner_approval", group.Closed: "closed",
	}
	return group.Change{Field: group.FieldJoinOption, Value: names[o]}
}

func mutesAll(m group.Mute) bool { return m.Mode == group.MuteOrdinary || m.Mode == group.MuteAll }

// muteAllChange is the change of mute_all, if it changed.
func muteAllChange(old, now group.Mute) []group.Change {
	if mutesAll(old) == mutesAll(now) {
		return nil
	}
	return []group.Change{{Field: group.FieldMuteAll, Value: strconv.FormatBool(mutesAll(now))}}
}

func sameMute(a, b group.Mute) bool {
	return a.Mode == b.Mode && a.ExpiresAt == b.ExpiresAt && slices.Equal(a.Roles, b.Roles)
}

// putSettings takes new settings over and tells what changed.
func (m *Model) putSettings(old, now group.Settings, changes []group.Change) {
	modes, mute := now.Modes != old.Modes, !sameMute(now.Mute, old.Mute)
	if len(changes) == 0 && !modes && !mute {
		return
	}
	m.note(fact{what: settings, settings: now})
	m.note(fact{what: infoTime})
	if len(changes) > 0 {
		var texts []string
		for _, c := range changes {
			texts = append(texts, changeText(c))
		}
		slices.Sort(texts)
		m.tip(nil, group.TipGroupInfo, m.caller(), "changes", texts)
	}
	if modes {
		m.tellAll(modesText(now.Modes, m.caller()))
	}
	if mute {
		m.tellAll(muteText(now.Mute, m.caller()))
	}
}

// updateModes is spec 6.10.
func (m *Model) updateModes(c group.UpdateModes) *group.Rejection {
	p := m.policy
	if (c.JoinOption != nil && p.JoinFixed) || (c.InviteMode != nil && p.InviteFixed) ||
		(c.InviteeConsent != nil && p.ConsentFixed) || (c.InviteApproval != nil && p.ApprovalFixed) {
		return no(group.CodeOptionFixed)
	}
	if !m.leads() {
		return no(group.CodePermissionDenied)
	}
	old := m.settings()
	now := old
	var changes []group.Change
	if c.JoinOption != nil && *c.JoinOption != old.Modes.JoinOption {
		now.Modes.JoinOption = *c.JoinOption
		changes = append(changes, joinOptionChange(*c.JoinOption))
	}
	if c.InviteMode != nil {
		now.Modes.InviteMode = *c.InviteMode
	}
	if c.InviteeConsent != nil {
		now.Modes.InviteeConsent = *c.InviteeConsent
	}
	if c.InviteApproval != nil {
		now.Modes.InviteApproval = *c.InviteApproval
	}
	m.putSettings(old, now, changes)
	m.result.Modes = &now.Modes
	return nil
}

// setFields is a list of custom fields after an edit, by key.
func setFields(old []group.Pair, edit []group.CustomField) []group.Pair {
	values := map[string]string{}
	for _, p := range old {
		values[p.Key] = p.Value
	}
	for _, f := range edit {
		if f.Value == nil {
			delete(values, f.Key)
		} else {
			values[f.Key] = *f.Value
		}
	}
	var list []group.Pair
	for k, v := range values {
		list = append(list, group.Pair{Key: k, Value: v})
	}
	slices.SortFunc(list, func(a, b group.Pair) int {
		if a.Key < b.Key {
			return -1
		}
		return 1
	})
	return list
}

// realFields are the entries of an edit that change something.
func realFields(old []group.Pair, edit []group.CustomField) []group.CustomField {
	var list []group.CustomField
	for _, f := range edit {
		i := slices.IndexFunc(old, func(p group.Pair) bool { return p.Key == f.Key })
		same := (f.Value == nil && i < 0) || (f.Value != nil && i >= 0 && old[i].Value == *f.Value)
		if !same {
			list = append(list, f)
		}
	}
	return list
}
