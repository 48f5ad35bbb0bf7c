package naive

import (
	"slices"

	"github.com/troupe-im/troupe/group"
)

// leave is spec 6.4; in a livestream also the end of presence (spec 6.3).
func (m *Model) leave(c group.Leave) *group.Rejection {
	u, reason := m.caller(), group.LeaveOwnWill
	if m.in.Caller.System {
		u, reason = c.User, c.Reason
	}
	owner, deleted := m.role(u) == group.Owner, reason == group.LeaveAccountDeleted
	if owner && m.policy.OwnerLeave == "refuse" && !m.in.Caller.System {
		return no(group.CodeOwnerCannotLeave)
	}
	if deleted {
		m.closeWhere(func(r group.Record) bool { return r.Applicant == u || r.Inviter == u }, group.CloseAccountDeleted)
		m.note(fact{what: muted, user: u})
	}
	if !m.isMember(u) {
		if deleted {
			m.unseat(u)
			return nil
		}
		return no(group.CodeNotMember)
	}
	shown, leaver := m.card(u), m.factOf(departed, u)
	leaver.reason = reason
	m.depart(u)
	if m.policy.MemberTips == "batched" {
		m.note(leaver)
	} else {
		m.tip([]group.UserID{u}, group.TipQuit, u, "users", []string{shown}, "count", 1, "reason", reason)
	}
	if reason == group.LeaveOwnWill || reason == group.LeaveMoved {
		m.notice(group.Notice{Type: group.NoticeQuit, Operator: u}, u)
	}
	if !deleted {
		m.conversation(true, u)
	}
	if deleted {
		m.unseat(u)
	}
	follows := m.policy.OwnerLeave == "transfer_earliest" || (deleted && m.policy.OwnerLeave == "refuse")
	if owner && follows && !m.policy.Connected && len(m.members()) > 0 {
		heir := m.earliest(m.members())
		if admins := m.withRole(group.Admin); deleted && len(admins) > 0 {
			heir = m.earliest(admins)
		}
		m.inherit(heir)
	}
	m.endIfEmpty()
	return nil
}

// inherit makes a new owner where the old one left.
func (m *Model) inherit(heir group.UserID) {
	m.note(fact{what: infoTime})
	if heir == "" {
		return
	}
	m.note(fact{what: roleIs, user: heir, role: group.Owner, name: m.nameOf(heir)})
	m.tip(nil, group.TipGroupInfo, "", "changes", []string{changeText(group.Change{Field: group.FieldOwner, Value: string(heir)})})
}

// unseat ends the standing role of a deleted account (spec 19.14): an owner is
// followed by the admin appointed first, else by the earliest member.
func (m *Model) unseat(u group.UserID) {
	role := m.role(u)
	if !m.policy.Connected || !standing(role) {
		return
	}
	m.note(fact{what: roleIs, user: u, role: group.NoRole})
	if role != group.Owner {
		return
	}
	heir := m.earliest(m.members())
	if admins := m.appointed(); len(admins) > 0 {
		heir = admins[0]
	}
	m.inherit(heir)
}

// appointed lists the admins of a livestream in order of appointment.
func (m *Model) appointed() []group.UserID {
	var list []group.UserID
	for _, f := range m.facts {
		if f.what == roleIs {
			list = without(list, f.user)
			if f.role == group.Admin {
				list = append(list, f.user)
			}
		}
	}
	return list
}

// depart ends a membership.
func (m *Model) depart(u group.UserID) {
	m.note(fact{what: went, user: u, name: m.nameOf(u)})
}

func (m *Model) endIfEmpty() {
	if len(m.members()) == 0 && m.policy.OnEmpty == "dismiss" {
		m.end(0, "")
	}
}

// earliest is the one of some members with the earliest join time, then join order.
func (m *Model) earliest(some []group.UserID) group.UserID {
	var best group.UserID
	for _, u := range m.members() {
		if !slices.Contains(some, u) {
			continue
		}
		if best == "" || m.joining(u).at < m.joining(best).at {
			best = u
		}
	}
	return best
}

// kick is spec 6.5.
func (m *Model) kick(c group.Kick) *group.Rejection {
	users := distinct(c.Users)
	if !m.leads() || (m.policy.KickBy == "owner" && !m.owns()) || (c.Silence && !m.appAdmin()) {
		return no(group.CodePermissionDenied)
	}
	var removed []group.UserID
	var shown []string
	for _, u := range users {
		code := m.actOn(u)
		m.outcome(u, group.Removed, code)
		if code != group.OK {
			continue
		}
		removed = append(removed, u)
		shown = append(shown, m.card(u))
	}
	for _, u := range removed {
		m.depart(u)
		if in, _ := m.batch(); hasUser(in, u) {
			m.note(fact{what: departed, user: u})
		}
	}
	m.showGroup()
	if len(removed) == 0 {
		return nil
	}
	if !c.Silence {
		m.tip(removed, group.TipKick, m.caller(), "users", shown, "text", c.Reason)
		m.notice(group.Notice{Type: group.NoticeKicked, Operator: m.caller(), Remark: c.Reason}, removed...)
	}
	m.conversation(true, removed...)
	for _, u := range removed {
		m.closeWhere(func(r group.Record) bool { return r.Inviter == u }, group.CloseInviterRemoved)
	}
	m.endIfEmpty()
	m.showGroup()
	return nil
}
