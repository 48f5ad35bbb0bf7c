package protocol

import (
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// DoneAnswer answers a request without result: code 0.
func DoneAnswer(requestID string) *troupev1.Answer {
	return &troupev1.Answer{RequestId: requestID, Code: proto.Int32(0)}
}

// ErrorAnswer answers a request with an error. A request id that breaks the
// limit of its length is not sent back.
func ErrorAnswer(requestID string, e *Error) *troupev1.Answer {
	if len(requestID) > MaxRequestID {
		requestID = ""
	}
	return &troupev1.Answer{
		RequestId: requestID, Code: proto.Int32(int32(e.Code)),
		Error: e.Name, Message: e.Message, Details: e.Details,
	}
}

// AnswerFor answers a request with the result of its command (spec 6 to 8,
// 10). Get_group_history and the operations without command are answered by
// the caller: the answer has their code and no result.
func AnswerFor(req *troupev1.Request, res *group.Result) *troupev1.Answer {
	if res.Code == group.CodeMessageShed {
		return ErrorAnswer(req.GetRequestId(), MessageShed(res))
	}
	a := &troupev1.Answer{RequestId: req.GetRequestId(), Code: proto.Int32(int32(res.Code))}
	switch r := req.Op.(type) {
	case *troupev1.Request_CreateGroup:
		a.Result = &troupev1.Answer_CreateGroup{CreateGroup: &troupev1.CreateGroupResult{
			Group: GroupProfile(res.Group, nil), Users: userResults(res.Users)}}
	case *troupev1.Request_DismissGroup:
		a.Result = &troupev1.Answer_DismissGroup{DismissGroup: &troupev1.GroupIdResult{GroupId: r.DismissGroup.GetGroupId()}}
	case *troupev1.Request_JoinGroup:
		a.Result = &troupev1.Answer_JoinGroup{JoinGroup: &troupev1.JoinGroupResult{
			Outcome: troupev1.Outcome(res.Outcome), Group: GroupProfile(res.Group, nil)}}
	case *troupev1.Request_LeaveGroup:
		a.Result = &troupev1.Answer_LeaveGroup{LeaveGroup: &troupev1.GroupIdResult{GroupId: r.LeaveGroup.GetGroupId()}}
	case *troupev1.Request_KickMembers:
		a.Result = &troupev1.Answer_KickMembers{KickMembers: usersResult(res)}
	case *troupev1.Request_InviteMembers:
		a.Result = &troupev1.Answer_InviteMembers{InviteMembers: usersResult(res)}
	case *troupev1.Request_AcceptApplication:
		a.Result = &troupev1.Answer_AcceptApplication{AcceptApplication: handleResult(res)}
	case *troupev1.Request_RefuseApplication:
		a.Result = &troupev1.Answer_RefuseApplication{RefuseApplication: handleResult(res)}
	case *troupev1.Request_AcceptInvitation:
		a.Result = &troupev1.Answer_AcceptInvitation{AcceptInvitation: handleResult(res)}
	case *troupev1.Request_RefuseInvitation:
		a.Result = &troupev1.Answer_RefuseInvitation{RefuseInvitation: handleResult(res)}
	default:
		answerSettings(a, req, res)
	}
	return a
}

// answerSettings answers what changes groups and members without changing who
// is in.
func answerSettings(a *troupev1.Answer, req *troupev1.Request, res *group.Result) {
	switch r := req.Op.(type) {
	case *troupev1.Request_TransferOwner:
		a.Result = &troupev1.Answer_TransferOwner{TransferOwner: groupResult(res)}
	case *troupev1.Request_SetMemberRole:
		a.Result = &troupev1.Answer_SetMemberRole{SetMemberRole: groupResult(res)}
	case *troupev1.Request_UpdateGroupProfile:
		a.Result = &troupev1.Answer_UpdateGroupProfile{UpdateGroupProfile: groupResult(res)}
	case *troupev1.Request_UpdateGroupModes:
		a.Result = &troupev1.Answer_UpdateGroupModes{UpdateGroupModes: modesResult(res.Modes)}
	case *troupev1.Request_MuteMembers:
		a.Result = &troupev1.Answer_MuteMembers{MuteMembers: usersResult(res)}
	case *troupev1.Request_MuteGroup:
		on := res.Mute != nil && res.Mute.Mode != group.MuteNone
		a.Result = &troupev1.Answer_MuteGroup{MuteGroup: &troupev1.MuteGroupResult{
			GroupId: r.MuteGroup.GetGroupId(), On: proto.Bool(on), Mute: mute(res.Mute)}}
	case *troupev1.Request_SetNameCard:
		a.Result = &troupev1.Answer_SetNameCard{SetNameCard: groupResult(res)}
	case *troupev1.Request_SetMemberCustomFields:
		a.Result = &troupev1.Answer_SetMemberCustomFields{SetMemberCustomFields: groupResult(res)}
	case *troupev1.Request_SetRemindType:
		a.Result = &troupev1.Answer_SetRemindType{SetRemindType: groupResult(res)}
	default:
		answerTalk(a, req, res)
	}
}

// answerTalk answers what says something, and the reads of one group.
func answerTalk(a *troupev1.Answer, req *troupev1.Request, res *group.Result) {
	switch r := req.Op.(type) {
	case *troupev1.Request_SendMessage:
		a.Result = &troupev1.Answer_SendMessage{SendMessage: &troupev1.SendMessageResult{
			Seq: uint64(res.Seq), Time: int64(res.Time), Random: proto.Uint32(res.Random)}}
	case *troupev1.Request_SendCustomNotice:
		a.Result = &troupev1.Answer_SendCustomNotice{SendCustomNotice: &troupev1.SendCustomNoticeResult{
			Receivers: proto.Uint32(res.Receivers)}}
	case *troupev1.Request_SendLike:
		a.Result = &troupev1.Answer_SendLike{SendLike: &troupev1.SendLikeResult{
			Counted: proto.Uint32(res.Counted), Likes: proto.Uint64(res.Likes)}}
	case *troupev1.Request_ListMembers:
		a.Result = &troupev1.Answer_ListMembers{ListMembers: &troupev1.ListMembersResult{
			Members:     members(res.Members, r.ListMembers.GetFields(), nil),
			MemberCount: proto.Uint32(res.Total), NextCursor: proto.String(res.NextCursor)}}
	case *troupev1.Request_GetMemberProfiles:
		a.Result = &troupev1.Answer_GetMemberProfiles{GetMemberProfiles: &troupev1.GetMemberProfilesResult{
			Members: members(res.Members, nil, r.GetMemberProfiles.GetCustomFieldFilter())}}
	}
}

func userResults(in []group.UserResult) []*troupev1.UserResult {
	out := make([]*troupev1.UserResult, len(in))
	for i, u := range in {
		out[i] = &troupev1.UserResult{UserId: string(u.User), Status: troupev1.Outcome(u.Status)}
		if u.Status == group.Failed {
			out[i].Code, out[i].Error = int32(u.Code), NameOf(u.Code)
		}
	}
	return out
}

func usersResult(res *group.Result) *troupev1.UsersResult {
	return &troupev1.UsersResult{
		Users: userResults(res.Users), Group: GroupProfile(res.Group, nil), Member: MemberProfile(res.Member, nil, nil),
	}
}

func handleResult(res *group.Result) *troupev1.HandleResult {
	return &troupev1.HandleResult{Outcome: troupev1.Outcome(res.Outcome), Group: GroupProfile(res.Group, nil)}
}

func groupResult(res *group.Result) *troupev1.GroupResult {
	return &troupev1.GroupResult{Group: GroupProfile(res.Group, nil), Member: MemberProfile(res.Member, nil, nil)}
}

func modesResult(m *group.Modes) *troupev1.ModesResult {
	if m == nil {
		return &troupev1.ModesResult{}
	}
	return &troupev1.ModesResult{
		JoinOption:     troupev1.JoinOption(m.JoinOption),
		InviteMode:     troupev1.InviteMode(m.InviteMode),
		InviteeConsent: troupev1.InviteeConsent(m.InviteeConsent),
		InviteApproval: troupev1.InviteApproval(m.InviteApproval),
	}
}
