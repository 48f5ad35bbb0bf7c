package protocol

import (
	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// answer shows deleted users in what an operation answers.
func (s shower) answer(a *troupev1.Answer) {
	switch r := a.Result.(type) {
	case *troupev1.Answer_GetGroupHistory:
		for _, m := range r.GetGroupHistory.Messages {
			s.message(m)
		}
	case *troupev1.Answer_ListSystemNotices:
		for _, n := range r.ListSystemNotices.Notices {
			s.notice(n)
		}
	case *troupev1.Answer_ListApplications:
		for _, record := range r.ListApplications.Applications {
			s.application(record)
		}
	case *troupev1.Answer_ListMembers:
		s.members(r.ListMembers.Members)
	case *troupev1.Answer_GetMemberProfiles:
		s.members(r.GetMemberProfiles.Members)
	case *troupev1.Answer_ListJoinedGroups:
		for _, p := range r.ListJoinedGroups.Groups {
			s.profile(p)
		}
	case *troupev1.Answer_GetGroupProfiles:
		s.entries(r.GetGroupProfiles)
	case *troupev1.Answer_SearchGroup:
		s.entries(r.SearchGroup)
	case *troupev1.Answer_SearchJoinedGroups:
		for _, found := range r.SearchJoinedGroups.Groups {
			s.profile(found.Group)
			s.members(found.Members)
		}
	default:
		s.changed(a)
	}
}

// changed shows them in what operations that change something answer: the
// group, and the member acted on.
func (s shower) changed(a *troupev1.Answer) {
	switch r := a.Result.(type) {
	case *troupev1.Answer_GuestJoin:
		s.profile(r.GuestJoin.Group)
	case *troupev1.Answer_CreateGroup:
		s.profile(r.CreateGroup.Group)
	case *troupev1.Answer_JoinGroup:
		s.profile(r.JoinGroup.Group)
	case *troupev1.Answer_KickMembers:
		s.users(r.KickMembers)
	case *troupev1.Answer_InviteMembers:
		s.users(r.InviteMembers)
	case *troupev1.Answer_MuteMembers:
		s.users(r.MuteMembers)
	case *troupev1.Answer_AcceptApplication:
		s.profile(r.AcceptApplication.Group)
	case *troupev1.Answer_RefuseApplication:
		s.profile(r.RefuseApplication.Group)
	case *troupev1.Answer_AcceptInvitation:
		s.profile(r.AcceptInvitation.Group)
	case *troupev1.Answer_RefuseInvitation:
		s.profile(r.RefuseInvitation.Group)
	case *troupev1.Answer_TransferOwner:
		s.group(r.TransferOwner)
	case *troupev1.Answer_SetMemberRole:
		s.group(r.SetMemberRole)
	case *troupev1.Answer_UpdateGroupProfile:
		s.group(r.UpdateGroupProfile)
	case *troupev1.Answer_SetNameCard:
		s.group(r.SetNameCard)
	case *troupev1.Answer_SetMemberCustomFields:
		s.group(r.SetMemberCustomFields)
	case *troupev1.Answer_SetRemindType:
		s.group(r.SetRemindType)
	}
}

func (s shower) users(r *troupev1.UsersResult) {
	s.profile(r.Group)
	s.member(r.Member)
}

func (s shower) group(r *troupev1.GroupResult) {
	s.profile(r.Group)
	s.member(r.Member)
}

func (s shower) entries(r *troupev1.GroupProfilesResult) {
	for _, e := range r.Groups {
		s.profile(e.Group)
	}
}

func (s shower) profile(p *troupev1.GroupProfile) {
	if p == nil {
		return
	}
	s.present(p.OwnerId)
	s.member(p.Self)
	s.members(p.Members)
	s.message(p.LastMessage)
}

func (s shower) members(list []*troupev1.MemberProfile) {
	for _, m := range list {
		s.member(m)
	}
}

// member: who is still a member was deleted just now and is about to leave.
func (s shower) member(m *troupev1.MemberProfile) {
	if m == nil {
		return
	}
	if d := s.by.Present(group.UserID(m.UserId)); d != nil {
		m.UserId, m.Name, m.Avatar, m.NameCard, m.CustomFields, m.Deleted = string(d.ID), "", "", "", nil, true
	}
}
