package client

import (
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// The operations. Each asks like [Client.Do], but a refusal is an error
// (*protocol.Error), and what the server wants repeated is repeated a few
// times. Results are never nil without an error.

// CreateGroup makes a group (spec 6.1). The result names the users that could not enter.
func (c *Client) CreateGroup(ctx Context, p *troupev1.CreateGroup) (*troupev1.CreateGroupResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_CreateGroup{CreateGroup: p}})
	return a.GetCreateGroup(), err
}

// DismissGroup ends a group (spec 6.2).
func (c *Client) DismissGroup(ctx Context, p *troupev1.DismissGroup) (*troupev1.GroupIdResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_DismissGroup{DismissGroup: p}})
	return a.GetDismissGroup(), err
}

// JoinGroup enters a group or files an application; the outcome says which (spec 6.3).
func (c *Client) JoinGroup(ctx Context, p *troupev1.JoinGroup) (*troupev1.JoinGroupResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_JoinGroup{JoinGroup: p}})
	return a.GetJoinGroup(), err
}

// LeaveGroup ends the own membership (spec 6.4).
func (c *Client) LeaveGroup(ctx Context, p *troupev1.LeaveGroup) (*troupev1.GroupIdResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_LeaveGroup{LeaveGroup: p}})
	return a.GetLeaveGroup(), err
}

// KickMembers removes members (spec 6.5).
func (c *Client) KickMembers(ctx Context, p *troupev1.KickMembers) (*troupev1.UsersResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_KickMembers{KickMembers: p}})
	return a.GetKickMembers(), err
}

// InviteMembers asks users in; the result has an outcome for each (spec 6.6).
func (c *Client) InviteMembers(ctx Context, p *troupev1.InviteMembers) (*troupev1.UsersResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_InviteMembers{InviteMembers: p}})
	return a.GetInviteMembers(), err
}

// AcceptApplication lets an applicant or invitee in, as an approver (spec 7.4).
func (c *Client) AcceptApplication(ctx Context, p *troupev1.AcceptApplication) (*troupev1.HandleResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_AcceptApplication{AcceptApplication: p}})
	return a.GetAcceptApplication(), err
}

// RefuseApplication refuses it, as an approver (spec 7.4).
func (c *Client) RefuseApplication(ctx Context, p *troupev1.RefuseApplication) (*troupev1.HandleResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_RefuseApplication{RefuseApplication: p}})
	return a.GetRefuseApplication(), err
}

// AcceptInvitation enters by an invitation (spec 7.4).
func (c *Client) AcceptInvitation(ctx Context, p *troupev1.AcceptInvitation) (*troupev1.HandleResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_AcceptInvitation{AcceptInvitation: p}})
	return a.GetAcceptInvitation(), err
}

// RefuseInvitation declines an invitation (spec 7.4).
func (c *Client) RefuseInvitation(ctx Context, p *troupev1.RefuseInvitation) (*troupev1.HandleResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_RefuseInvitation{RefuseInvitation: p}})
	return a.GetRefuseInvitation(), err
}

// TransferOwner passes a group on (spec 6.7).
func (c *Client) TransferOwner(ctx Context, p *troupev1.TransferOwner) (*troupev1.GroupResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_TransferOwner{TransferOwner: p}})
	return a.GetTransferOwner(), err
}

// SetMemberRole changes a member's role (spec 6.8).
func (c *Client) SetMemberRole(ctx Context, p *troupev1.SetMemberRole) (*troupev1.GroupResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_SetMemberRole{SetMemberRole: p}})
	return a.GetSetMemberRole(), err
}

// UpdateGroupProfile changes the fields that are given (spec 6.9).
func (c *Client) UpdateGroupProfile(ctx Context, p *troupev1.UpdateGroupProfile) (*troupev1.GroupResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_UpdateGroupProfile{UpdateGroupProfile: p}})
	return a.GetUpdateGroupProfile(), err
}

// UpdateGroupModes changes the modes of joining and inviting (spec 6.10).
func (c *Client) UpdateGroupModes(ctx Context, p *troupev1.UpdateGroupModes) (*troupev1.ModesResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_UpdateGroupModes{UpdateGroupModes: p}})
	return a.GetUpdateGroupModes(), err
}

// MuteMembers mutes members for a time; 0 seconds lifts (spec 8.1).
func (c *Client) MuteMembers(ctx Context, p *troupev1.MuteMembers) (*troupev1.UsersResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_MuteMembers{MuteMembers: p}})
	return a.GetMuteMembers(), err
}

// MuteGroup sets or lifts the group mute (spec 8.2).
func (c *Client) MuteGroup(ctx Context, p *troupev1.MuteGroup) (*troupev1.MuteGroupResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_MuteGroup{MuteGroup: p}})
	return a.GetMuteGroup(), err
}

// SetNameCard changes a name card, by default the own (spec 6.12).
func (c *Client) SetNameCard(ctx Context, p *troupev1.SetNameCard) (*troupev1.GroupResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_SetNameCard{SetNameCard: p}})
	return a.GetSetNameCard(), err
}

// SetMemberCustomFields changes custom fields of a member, by default the own (spec 6.12).
func (c *Client) SetMemberCustomFields(ctx Context, p *troupev1.SetMemberCustomFields) (*troupev1.GroupResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_SetMemberCustomFields{SetMemberCustomFields: p}})
	return a.GetSetMemberCustomFields(), err
}

// SetRemindType changes the own remind type in a group (spec 10.7).
func (c *Client) SetRemindType(ctx Context, p *troupev1.SetRemindType) (*troupev1.GroupResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_SetRemindType{SetRemindType: p}})
	return a.GetSetRemindType(), err
}

// SendLike gives likes to a livestream; the user is present in it (spec 19.10).
func (c *Client) SendLike(ctx Context, p *troupev1.SendLike) (*troupev1.SendLikeResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_SendLike{SendLike: p}})
	return a.GetSendLike(), err
}

// SendCustomNotice sends notice 255; app administrators only (spec 10.9).
func (c *Client) SendCustomNotice(ctx Context, p *troupev1.SendCustomNotice) (*troupev1.SendCustomNoticeResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_SendCustomNotice{SendCustomNotice: p}})
	return a.GetSendCustomNotice(), err
}

// ListJoinedGroups lists the own groups (spec 6.11).
func (c *Client) ListJoinedGroups(ctx Context, p *troupev1.ListJoinedGroups) (*troupev1.ListJoinedGroupsResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_ListJoinedGroups{ListJoinedGroups: p}})
	return a.GetListJoinedGroups(), err
}

// GetGroupProfiles reads profiles; each entry has its own code (spec 6.11).
func (c *Client) GetGroupProfiles(ctx Context, p *troupev1.GetGroupProfiles) (*troupev1.GroupProfilesResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_GetGroupProfiles{GetGroupProfiles: p}})
	return a.GetGetGroupProfiles(), err
}

// SearchGroup reads the public part of profiles (spec 6.11).
func (c *Client) SearchGroup(ctx Context, p *troupev1.SearchGroup) (*troupev1.GroupProfilesResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_SearchGroup{SearchGroup: p}})
	return a.GetSearchGroup(), err
}

// SearchJoinedGroups finds own groups by keywords (spec 6.11).
func (c *Client) SearchJoinedGroups(ctx Context, p *troupev1.SearchJoinedGroups) (*troupev1.SearchJoinedGroupsResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_SearchJoinedGroups{SearchJoinedGroups: p}})
	return a.GetSearchJoinedGroups(), err
}

// ListMembers pages through the members in join order (spec 6.12).
func (c *Client) ListMembers(ctx Context, p *troupev1.ListMembers) (*troupev1.ListMembersResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_ListMembers{ListMembers: p}})
	return a.GetListMembers(), err
}

// GetMemberProfiles reads at most 50 members (spec 6.12).
func (c *Client) GetMemberProfiles(ctx Context, p *troupev1.GetMemberProfiles) (*troupev1.GetMemberProfilesResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_GetMemberProfiles{GetMemberProfiles: p}})
	return a.GetGetMemberProfiles(), err
}

// GetGroupHistory reads messages and tips back from a number (spec 10.4).
func (c *Client) GetGroupHistory(ctx Context, p *troupev1.GetGroupHistory) (*troupev1.GetGroupHistoryResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_GetGroupHistory{GetGroupHistory: p}})
	return a.GetGetGroupHistory(), err
}

// ListApplications lists records as the caller may see them (spec 7.7).
func (c *Client) ListApplications(ctx Context, p *troupev1.ListApplications) (*troupev1.ListApplicationsResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_ListApplications{ListApplications: p}})
	return a.GetListApplications(), err
}

// MarkApplicationsRead marks all records read (spec 7.8).
func (c *Client) MarkApplicationsRead(ctx Context, p *troupev1.MarkApplicationsRead) error {
	_, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_MarkApplicationsRead{MarkApplicationsRead: p}})
	return err
}

// DeleteApplications takes records off the own list (spec 7.8).
func (c *Client) DeleteApplications(ctx Context, p *troupev1.DeleteApplications) (*troupev1.CountResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_DeleteApplications{DeleteApplications: p}})
	return a.GetDeleteApplications(), err
}

// ListSystemNotices pages through the inbox's notices.
func (c *Client) ListSystemNotices(ctx Context, p *troupev1.ListSystemNotices) (*troupev1.ListSystemNoticesResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_ListSystemNotices{ListSystemNotices: p}})
	return a.GetListSystemNotices(), err
}

// ListAudit pages through the audit log; for app_admins (spec 19.13).
func (c *Client) ListAudit(ctx Context, p *troupev1.ListAudit) (*troupev1.ListAuditResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_ListAudit{ListAudit: p}})
	return a.GetListAudit(), err
}

// SetBan keeps a user or a network out for a time; for app_admins (spec 19.13).
func (c *Client) SetBan(ctx Context, p *troupev1.SetBan) (*troupev1.SetBanResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_SetBan{SetBan: p}})
	return a.GetSetBan(), err
}

// LiftBan ends a ban; for app_admins.
func (c *Client) LiftBan(ctx Context, p *troupev1.LiftBan) (*troupev1.LiftBanResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_LiftBan{LiftBan: p}})
	return a.GetLiftBan(), err
}

// ListBans pages through the bans in force, the oldest first; for app_admins.
func (c *Client) ListBans(ctx Context, p *troupev1.ListBans) (*troupev1.ListBansResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_ListBans{ListBans: p}})
	return a.GetListBans(), err
}

// RevokeTokens makes a user's older tokens worthless: one's own, or as app_admin
// anybody's. It ends this client's own session too, if it revokes its token.
func (c *Client) RevokeTokens(ctx Context, p *troupev1.RevokeTokens) (*troupev1.RevokeTokensResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_RevokeTokens{RevokeTokens: p}})
	return a.GetRevokeTokens(), err
}

// DeleteUser deletes an account, for app_admins or one's own (spec 19.14).
func (c *Client) DeleteUser(ctx Context, p *troupev1.DeleteUser) (*troupev1.DeleteUserResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_DeleteUser{DeleteUser: p}})
	return a.GetDeleteUser(), err
}
