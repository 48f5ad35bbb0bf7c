package protocol

import (
	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Call is a request whose form was checked.
type Call struct {
	Op Op
	// Group is the one group that the operation names. It is empty where
	// Op.NeedsGroup is false (list_applications may name one all the same)
	// and for create_group without id, where the server makes one.
	Group group.ID
	// Command is nil for operations that are no command or read of one group;
	// those are carried out from the request itself.
	Command group.Command
}

// ToCommand checks a request as far as that needs neither state nor policy
// (spec 2.1, 16) and makes the group's command of it. Duplicates in lists of
// users are dropped, the order is kept. What has a length by policy (names,
// avatars, capacities) is the core's to check.
func ToCommand(req *troupev1.Request) (Call, *Error) {
	call := Call{Op: OpOf(req)}
	if call.Op == 0 {
		return Call{}, InvalidRequest("no operation, or an unknown one")
	}
	if n := len(req.GetRequestId()); n < 1 || n > MaxRequestID {
		return Call{}, InvalidParameter("request_id", "must be 1 to 36 bytes")
	}
	id, err := groupOf(req, call.Op)
	if err != nil {
		return Call{}, err
	}
	call.Group = group.ID(id)
	if call.Command, err = commandOf(req); err != nil {
		return Call{}, err
	}
	return call, nil
}

// Check is [ToCommand] for who needs the error only.
func Check(req *troupev1.Request) *Error {
	_, err := ToCommand(req)
	return err
}

// groupOf returns the id of the one group that a request is about.
func groupOf(req *troupev1.Request, op Op) (string, *Error) {
	switch r := req.Op.(type) {
	case *troupev1.Request_SendMessage:
		return conversationGroup(r.SendMessage.GetConversation())
	case *troupev1.Request_CreateGroup:
		id := r.CreateGroup.GetGroupId()
		if id == "" {
			return "", nil
		}
		return id, CheckNewGroupID(id)
	case *troupev1.Request_ListApplications:
		id := r.ListApplications.GetGroupId()
		if id == "" {
			return "", nil
		}
		return id, CheckGroupID(id)
	}
	if !op.NeedsGroup() {
		return "", nil
	}
	id := namedGroup(req)
	return id, CheckGroupID(id)
}

// namedGroup reads the field group_id of the operation.
func namedGroup(req *troupev1.Request) string {
	m := req.ProtoReflect()
	op := m.Get(m.WhichOneof(requestOneof)).Message()
	fd := op.Descriptor().Fields().ByName("group_id")
	if fd == nil {
		return ""
	}
	return op.Get(fd).String()
}

// conversationGroup is the group of a conversation; only those of groups can
// be written to.
func conversationGroup(c *troupev1.Conversation) (string, *Error) {
	if c.GetType() != troupev1.ConversationType_CONVERSATION_TYPE_GROUP {
		return "", InvalidParameter("conversation", "must be of type group")
	}
	return c.GetId(), CheckGroupID(c.GetId())
}

// commandOf dispatches to the operation's own function.
func commandOf(req *troupev1.Request) (group.Command, *Error) {
	switch r := req.Op.(type) {
	case *troupev1.Request_CreateGroup:
		return createGroup(r.CreateGroup)
	case *troupev1.Request_DismissGroup:
		return group.Dismiss{}, nil
	case *troupev1.Request_JoinGroup:
		return joinGroup(r.JoinGroup)
	case *troupev1.Request_LeaveGroup:
		return group.Leave{}, nil
	case *troupev1.Request_KickMembers:
		return kickMembers(r.KickMembers)
	case *troupev1.Request_InviteMembers:
		return inviteMembers(r.InviteMembers)
	case *troupev1.Request_AcceptApplication:
		return acceptApplication(r.AcceptApplication)
	case *troupev1.Request_RefuseApplication:
		return refuseApplication(r.RefuseApplication)
	case *troupev1.Request_AcceptInvitation:
		return acceptInvitation(r.AcceptInvitation)
	case *troupev1.Request_RefuseInvitation:
		return refuseInvitation(r.RefuseInvitation)
	case *troupev1.Request_TransferOwner:
		return transferOwner(r.TransferOwner)
	case *troupev1.Request_SetMemberRole:
		return setMemberRole(r.SetMemberRole)
	case *troupev1.Request_UpdateGroupProfile:
		return updateGroupProfile(r.UpdateGroupProfile)
	case *troupev1.Request_UpdateGroupModes:
		return updateGroupModes(r.UpdateGroupModes)
	case *troupev1.Request_MuteMembers:
		return muteMembers(r.MuteMembers)
	case *troupev1.Request_MuteGroup:
		return muteGroup(r.MuteGroup)
	case *troupev1.Request_SetNameCard:
		return setNameCard(r.SetNameCard)
	case *troupev1.Request_SetMemberCustomFields:
		return setMemberCustomFields(r.SetMemberCustomFields)
	case *troupev1.Request_SetRemindType:
		return setRemindType(r.SetRemindType)
	case *troupev1.Request_SendMessage:
		return sendMessage(r.SendMessage)
	case *troupev1.Request_SendCustomNotice:
		return sendCustomNotice(r.SendCustomNotice)
	case *troupev1.Request_SendLike:
		return group.SendLike{Count: r.SendLike.GetCount()}, checkLikes(r.SendLike.GetCount())
	case *troupev1.Request_ListMembers:
		return listMembers(r.ListMembers)
	case *troupev1.Request_GetMemberProfiles:
		return getMemberProfiles(r.GetMemberProfiles)
	case *troupev1.Request_GetGroupHistory:
		return getGroupHistory(r.GetGroupHistory)
	}
	return nil, checkOther(req)
}
