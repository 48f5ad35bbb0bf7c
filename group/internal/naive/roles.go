package naive

import "github.com/troupe-im/troupe/group"

// transfer is spec 6.7.
func (m *Model) transfer(c group.TransferOwner) *group.Rejection {
	if !m.policy.Transferable {
		return no(group.CodeNotSupported)
	}
	if !m.owns() {
		return no(group.CodePermissionDenied)
	}
	old := m.owner()
	if c.NewOwner == old {
		m.showGroup()
		return nil
	}
	if !m.isMember(c.NewOwner) {
		return no(group.CodeTargetNotMember)
	}
	if m.isMember(old) {
		m.note(fact{what: roleIs, user: old, role: group.Member})
	} else if old != "" {
		m.note(fact{what: roleIs, user: old, role: group.NoRole})
	}
	m.note(fact{what: roleIs, user: c.NewOwner, role: group.Owner, name: m.nameOf(c.NewOwner)})
	m.note(fact{what: infoTime})
	m.tip(nil, group.TipGroupInfo, m.caller(), "changes", []string{changeText(group.Change{Field: group.FieldOwner, Value: string(c.NewOwner)})})
	m.showGroup()
	return nil
}

// setRole is spec 6.8.
func (m *Model) setRole(c group.SetRole) *group.Rejection {
	if c.Role >= group.FirstCustomRole && !m.policy.CustomRoles {
		return no(group.CodeNotSupported)
	}
	if !m.owns() {
		return no(group.CodePermissionDenied)
	}
	was := m.role(c.User)
	switch {
	case was == group.Owner:
		return no(group.CodeOwnerRoleFixed)
	case !m.isMember(c.User) && was != group.Admin:
		return no(group.CodeTargetNotMember)
	case was != c.Role && c.Role == group.Admin && len(m.withRole(group.Admin)) >= m.numbers.Admins:
		return no(group.CodeAdminLimit)
	}
	if was != c.Role {
		m.roleChanges(c, was)
	}
	m.showGroup()
	m.showMember(c.User)
	return nil
}

func (m *Model) roleChanges(c group.SetRole, was group.Role) {
	role := c.Role
	if !m.isMember(c.User) {
		role = group.NoRole
	}
	m.note(fact{what: roleIs, user: c.User, role: role, name: m.nameOf(c.User)})
	switch {
	case c.Role == group.Admin:
		m.tip(nil, group.TipSetAdmin, m.caller(), "users", m.cards([]group.UserID{c.User}))
		m.notice(group.Notice{Type: group.NoticeAdminSet, Operator: m.caller()}, c.User)
	case was == group.Admin:
		m.tip(nil, group.TipUnsetAdmin, m.caller(), "users", []string{cardText(c.User, m.nameOf(c.User), c.Role)})
		m.notice(group.Notice{Type: group.NoticeAdminUnset, Operator: m.caller()}, c.User)
	default:
		m.tip(nil, group.TipMemberInfo, m.caller(), "member", c.User, "role", c.Role)
	}
}
