package naive

import (
	"fmt"
	"slices"

	"github.com/troupe-im/troupe/group"
)

// muteMembers is spec 8.1.
func (m *Model) muteMembers(c group.MuteMembers) *group.Rejection {
	users := distinct(c.Users)
	if !m.policy.MemberMute {
		return no(group.CodeNotSupported)
	}
	if !m.leads() {
		return no(group.CodePermissionDenied)
	}
	var done []string
	for _, u := range users {
		code := m.actOn(u)
		m.outcome(u, group.Muted, code)
		if code != group.OK {
			continue
		}
		var until group.Millis
		if c.DurationSeconds > 0 {
			until = m.now + group.Millis(c.DurationSeconds)*second
		}
		if until == m.mutedUntil(u) {
			continue
		}
		m.note(fact{what: muted, user: u, until: until})
		done = append(done, fmt.Sprintf("%s:%d", u, c.DurationSeconds))
	}
	if len(done) > 0 {
		m.tip(nil, group.TipMemberInfo, m.caller(), "muted", done)
	}
	m.showGroup()
	if len(users) == 1 {
		m.showMember(users[0])
	}
	return nil
}

// muteGroup is spec 8.2.
func (m *Model) muteGroup(c group.MuteGroup) *group.Rejection {
	var mute group.Mute
	if c.On {
		mute = group.Mute{Mode: c.Mode, ExpiresAt: group.NoEnd}
		if c.DurationSeconds > 0 {
			mute.ExpiresAt = m.now + group.Millis(c.DurationSeconds)*second
		}
		if c.Mode == group.MuteRoles {
			mute.Roles = slices.Compact(slices.Sorted(slices.Values(c.Roles)))
		}
	}
	if !m.policy.GroupMute {
		return no(group.CodeNotSupported)
	}
	if !m.leads() {
		return no(group.CodePermissionDenied)
	}
	old := m.settings()
	now := old
	now.Mute = mute
	m.putSettings(old, now, muteAllChange(old.Mute, mute))
	m.result.Mute = &mute
	return nil
}

// silenced judges whether a member may not send now (spec 8.3).
func (m *Model) silenced(u group.UserID) *group.Rejection {
	if m.appAdmin() {
		return nil
	}
	role := m.role(u)
	var own, all group.Millis
	if role != group.Owner {
		own = m.mutedUntil(u)
	}
	mute := m.settings().Mute
	switch {
	case mute.Mode == group.MuteAll,
		mute.Mode == group.MuteOrdinary && rank(role) == 1,
		mute.Mode == group.MuteRoles && slices.Contains(mute.Roles, role):
		all = mute.ExpiresAt
	}
	switch {
	case own == 0 && all == 0:
		return nil
	case all == group.NoEnd || all > own:
		return &group.Rejection{Code: group.CodeMuted, MuteScope: "group", Until: all}
	}
	return &group.Rejection{Code: group.CodeMuted, MuteScope: "member", Until: own}
}
