package e2e

import (
	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// scene is what peers get; peers that it does not name get nothing.
type scene map[*peer]counts

// hears asserts, up to a fence, what every connection of the world gets.
func (w *world) hears(s scene) map[*peer]heard {
	w.t.Helper()
	got := make(map[*peer]heard, len(w.peers))
	for _, p := range w.peers {
		got[p] = p.hear().exactly(s[p])
	}
	return got
}

// gets receives until n events wait to be heard, without asking the server
// for anything; for what the server sends of its own accord.
func (p *peer) gets(n int) {
	p.t.Helper()
	for len(p.events) < n {
		f := p.recv()
		require.NotNil(p.t, f.GetEvent(), "%s: an answer to nothing", p.user)
		p.events = append(p.events, f.GetEvent())
	}
}

// theTip asserts that one tip came, of a type, by somebody, about users.
func (h heard) theTip(tipType uint32, operator string, users ...string) *troupev1.GroupTip {
	h.p.t.Helper()
	require.Len(h.p.t, h.tips, 1, "%s: %s", h.p.user, show(h.all))
	tip := h.tips[0]
	require.Equal(h.p.t, tipType, tip.GetTipType(), "%s: %s", h.p.user, show(h.all))
	require.Equal(h.p.t, operator, tip.GetOperatorId(), "%s: operator", h.p.user)
	require.Equal(h.p.t, users, userIDs(tip), "%s: users", h.p.user)
	return tip
}

// entered asserts the one tip that says how users came in.
func (h heard) entered(how troupev1.JoinMethod, operator string, users ...string) {
	h.p.t.Helper()
	tip := h.theTip(1, operator, users...)
	require.Equal(h.p.t, how, tip.GetJoinMethod())
	require.Equal(h.p.t, "member_joined", tip.GetEvent())
	require.EqualValues(h.p.t, len(users), tip.GetUserCount())
}

// theNotice asserts that one notice came, of a type, about a group.
func (h heard) theNotice(noticeType uint32, group, operator string) *troupev1.SystemNotice {
	h.p.t.Helper()
	require.Len(h.p.t, h.notices, 1, "%s: %s", h.p.user, show(h.all))
	n := h.notices[0]
	require.Equal(h.p.t, noticeType, n.GetNoticeType(), "%s: %s", h.p.user, show(h.all))
	require.Equal(h.p.t, group, n.GetGroupId())
	require.Equal(h.p.t, operator, n.GetOperatorId(), "%s: operator", h.p.user)
	require.Equal(h.p.t, "@TIM#SYSTEM", n.GetFrom())
	return n
}

// makeAdmin gives members the role and forgets what that sent.
func (p *peer) makeAdmin(group string, users ...string) {
	p.t.Helper()
	for _, u := range users {
		p.ok(&troupev1.SetMemberRole{GroupId: group, UserId: u, Role: troupev1.Role_ROLE_ADMIN})
	}
	forget(p.w.peers...)
}

// profile reads a group's profile.
func (p *peer) profile(group string) *troupev1.GroupProfile {
	p.t.Helper()
	list := p.ok(&troupev1.GetGroupProfiles{GroupIds: []string{group}}).GetGetGroupProfiles().GetGroups()
	require.Len(p.t, list, 1)
	require.Zero(p.t, list[0].GetCode(), "%s", list[0].GetError())
	return list[0].GetGroup()
}

// roster reads who is in a group, in order of joining.
func (p *peer) roster(group string) []string {
	p.t.Helper()
	var ids []string
	for _, m := range p.ok(&troupev1.ListMembers{GroupId: group}).GetListMembers().GetMembers() {
		ids = append(ids, m.GetUserId())
	}
	return ids
}

// records lists the applications and invitations that a user sees.
func (p *peer) records(op *troupev1.ListApplications) *troupev1.ListApplicationsResult {
	p.t.Helper()
	return p.ok(op).GetListApplications()
}

// outcomes are the statuses of a call on several users, by user.
func outcomes(list []*troupev1.UserResult) map[string]troupev1.Outcome {
	all := map[string]troupev1.Outcome{}
	for _, r := range list {
		all[r.GetUserId()] = r.GetStatus()
	}
	return all
}
