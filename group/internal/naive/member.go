package naive

import "github.com/troupe-im/troupe/group"

// about finds the member that an edit is about and judges the caller's right:
// itself, or somebody of lower rank, or with free hand anybody (spec 3.1, 6.12).
func (m *Model) about(named group.UserID, free bool) (group.UserID, *group.Rejection) {
	caller := m.caller()
	if !m.appAdmin() && m.role(caller) == group.NoRole {
		return "", no(group.CodeNotMember)
	}
	if named == "" || named == caller {
		if !m.known(caller) {
			return "", no(group.CodeNotMember)
		}
		return caller, nil
	}
	switch {
	case !m.leads():
		return "", no(group.CodePermissionDenied)
	case !m.known(named):
		return "", no(group.CodeTargetNotMember)
	case !free && m.callerRank() <= rank(m.role(named)):
		return "", no(group.CodeTargetOutranks)
	}
	return named, nil
}

// known reports whether the group holds a member profile: of members, and of
// the owner and admins of a livestream while they are absent.
func (m *Model) known(u group.UserID) bool { return m.role(u) != group.NoRole }

// setNameCard is spec 6.12.
func (m *Model) setNameCard(c group.SetNameCard) *group.Rejection {
	u, rej := m.about(c.User, m.owns())
	if rej != nil {
		return rej
	}
	if m.nameCard(u) != c.NameCard {
		m.note(fact{what: card, user: u, text: c.NameCard})
		m.tip(nil, group.TipMemberInfo, m.caller(), "member", u, "card", "["+c.NameCard+"]")
	}
	m.showGroup()
	m.showMember(u)
	return nil
}

// nameCard ends with the membership.
func (m *Model) nameCard(u group.UserID) string {
	text := ""
	for i, f := range m.facts {
		switch {
		case f.user != u:
		case f.what == card:
			text = f.text
		case m.ends(i):
			text = ""
		}
	}
	return text
}

// ends reports whether the fact at index i ended the user's member profile: a
// departure that left no standing role behind, or the end of such a role.
func (m *Model) ends(i int) bool {
	f, then := m.facts[i], Model{facts: m.facts[:i], policy: m.policy}
	switch f.what {
	case went:
		return !m.policy.Connected || !standing(then.role(f.user))
	case roleIs:
		return f.role == group.NoRole
	}
	return false
}

// memberFields end with the membership.
func (m *Model) memberFields(u group.UserID) []group.Pair {
	var pairs []group.Pair
	for i, f := range m.facts {
		switch {
		case f.user != u:
		case f.what == fieldIs:
			pairs = setFields(pairs, []group.CustomField{f.field})
		case m.ends(i):
			pairs = nil
		}
	}
	return pairs
}

// remind is the member's remind type.
func (m *Model) remind(u group.UserID) group.RemindType {
	r := group.AcceptNotify
	for _, f := range m.facts {
		switch {
		case f.user != u:
		case f.what == remindIs:
			r = f.remind
		case f.what == went:
			r = group.AcceptNotify
		}
	}
	return r
}

// setMemberFields is spec 6.12.
func (m *Model) setMemberFields(c group.SetMemberFields) *group.Rejection {
	u, rej := m.about(c.User, m.appAdmin())
	if rej != nil {
		return rej
	}
	real := realFields(m.memberFields(u), c.Fields)
	for _, f := range real {
		m.note(fact{what: fieldIs, user: u, field: f})
	}
	if len(real) > 0 {
		m.tip(nil, group.TipMemberInfo, m.caller(), "member", u, "fields", fieldsText(real))
	}
	m.showGroup()
	m.showMember(u)
	return nil
}

// setRemind is spec 6.12.
func (m *Model) setRemind(c group.SetRemindType) *group.Rejection {
	if !m.policy.RemindTypes {
		return no(group.CodeNotSupported)
	}
	u := m.caller()
	named := c.User != "" && c.User != u
	switch {
	case !m.appAdmin() && m.role(u) == group.NoRole:
		return no(group.CodeNotMember)
	case named && !m.appAdmin():
		return no(group.CodePermissionDenied)
	case named && !m.isMember(c.User):
		return no(group.CodeTargetNotMember)
	case !named && !m.isMember(u):
		return no(group.CodeNotMember)
	}
	if named {
		u = c.User
	}
	if m.remind(u) != c.Remind {
		m.note(fact{what: remindIs, user: u, remind: c.Remind})
		m.conversation(false, u)
	}
	m.showGroup()
	return nil
}
