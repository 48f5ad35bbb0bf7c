package protocol

import (
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Op is an operation; its number is that of its field in troupev1.Request.
// Zero means: none.
type Op uint8

// The operations.
const (
	OpLogin                 Op = 10
	OpLogout                Op = 11
	OpPing                  Op = 12
	OpAttach                Op = 13
	OpGuestJoin             Op = 14
	OpGuestLeave            Op = 15
	OpCreateGroup           Op = 20
	OpDismissGroup          Op = 21
	OpJoinGroup             Op = 22
	OpLeaveGroup            Op = 23
	OpKickMembers           Op = 24
	OpInviteMembers         Op = 25
	OpAcceptApplication     Op = 26
	OpRefuseApplication     Op = 27
	OpAcceptInvitation      Op = 28
	OpRefuseInvitation      Op = 29
	OpTransferOwner         Op = 30
	OpSetMemberRole         Op = 31
	OpUpdateGroupProfile    Op = 32
	OpUpdateGroupModes      Op = 33
	OpMuteMembers           Op = 34
	OpMuteGroup             Op = 35
	OpSetNameCard           Op = 36
	OpSetMemberCustomFields Op = 37
	OpSetRemindType         Op = 38
	OpSendMessage           Op = 39
	OpSendCustomNotice      Op = 40
	OpSendLike              Op = 45
	OpListJoinedGroups      Op = 50
	OpGetGroupProfiles      Op = 51
	OpSearchGroup           Op = 52
	OpSearchJoinedGroups    Op = 53
	OpListMembers           Op = 54
	OpGetMemberProfiles     Op = 55
	OpGetGroupHistory       Op = 56
	OpListApplications      Op = 57
	OpMarkApplicationsRead  Op = 58
	OpDeleteApplications    Op = 59
	OpListSystemNotices     Op = 60
	OpListAudit             Op = 70
	OpSetBan                Op = 71
	OpLiftBan               Op = 72
	OpListBans              Op = 73
	OpRevokeTokens          Op = 74
	OpDeleteUser            Op = 80
)

// Phase is a phase of a connection (spec 18.1). Phases may be joined by |.
type Phase uint8

// The phases.
const (
	PhaseNew      Phase = 1
	PhaseGuest    Phase = 2
	PhaseSignedIn Phase = 4
)

// Who says who may call an operation at all; the core decides the rest.
type Who uint8

const (
	// Anyone, without login.
	Anyone Who = 1
	// AnyUser who is logged in, whatever its role.
	AnyUser Who = 2
	// ByRole: a logged-in user to whom the group gives the right (spec 3.1).
	ByRole Who = 3
	// AppAdminOnly: the deployment's app administrators.
	AppAdminOnly Who = 4
)

// OpRow is one row of the table of operations.
type OpRow struct {
	Op   Op
	Name string
	Who  Who
	// Phases in which it is allowed.
	Phases Phase
	// NeedsGroup: it names one group and is a command or read of it.
	NeedsGroup bool
	// Changes: a repeat within the window gets the first answer again (spec 18.5).
	Changes bool
}

const (
	unauth  = PhaseNew | PhaseGuest
	anytime = PhaseNew | PhaseGuest | PhaseSignedIn
	signed  = PhaseSignedIn
)

var ops = [...]OpRow{
	{OpLogin, "login", Anyone, anytime, false, false},
	{OpLogout, "logout", AnyUser, signed, false, false},
	{OpPing, "ping", Anyone, anytime, false, false},
	{OpAttach, "attach", AnyUser, signed, false, false},
	{OpGuestJoin, "guest_join", Anyone, unauth, true, false},
	{OpGuestLeave, "guest_leave", Anyone, PhaseGuest, false, false},
	{OpCreateGroup, "create_group", AnyUser, signed, true, true},
	{OpDismissGroup, "dismiss_group", ByRole, signed, true, true},
	{OpJoinGroup, "join_group", AnyUser, signed, true, true},
	{OpLeaveGroup, "leave_group", ByRole, signed, true, true},
	{OpKickMembers, "kick_members", ByRole, signed, true, true},
	{OpInviteMembers, "invite_members", ByRole, signed, true, true},
	{OpAcceptApplication, "accept_application", ByRole, signed, true, true},
	{OpRefuseApplication, "refuse_application", ByRole, signed, true, true},
	{OpAcceptInvitation, "accept_invitation", AnyUser, signed, true, true},
	{OpRefuseInvitation, "refuse_invitation", AnyUser, signed, true, true},
	{OpTransferOwner, "transfer_owner", ByRole, signed, true, true},
	{OpSetMemberRole, "set_member_role", ByRole, signed, true, true},
	{OpUpdateGroupProfile, "update_group_profile", ByRole, signed, true, true},
	{OpUpdateGroupModes, "update_group_modes", ByRole, signed, true, true},
	{OpMuteMembers, "mute_members", ByRole, signed, true, true},
	{OpMuteGroup, "mute_group", ByRole, signed, true, true},
	{OpSetNameCard, "set_name_card", ByRole, signed, true, true},
	{OpSetMemberCustomFields, "set_member_custom_fields", ByRole, signed, true, true},
	{OpSetRemindType, "set_remind_type", ByRole, signed, true, true},
	{OpSendMessage, "send_message", ByRole, signed, true, true},
	{OpSendCustomNotice, "send_custom_notice", AppAdminOnly, signed, true, true},
	{OpSendLike, "send_like", ByRole, signed, true, true},
	{OpListJoinedGroups, "list_joined_groups", AnyUser, signed, false, false},
	{OpGetGroupProfiles, "get_group_profiles", AnyUser, signed, false, false},
	{OpSearchGroup, "search_group", AnyUser, signed, false, false},
	{OpSearchJoinedGroups, "search_joined_groups", AnyUser, signed, false, false},
	{OpListMembers, "list_members", ByRole, signed, true, false},
	{OpGetMemberProfiles, "get_member_profiles", ByRole, signed, true, false},
	{OpGetGroupHistory, "get_group_history", ByRole, signed, true, false},
	{OpListApplications, "list_applications", AnyUser, signed, false, false},
	{OpMarkApplicationsRead, "mark_applications_read", AnyUser, signed, false, true},
	{OpDeleteApplications, "delete_applications", AnyUser, signed, false, true},
	{OpListSystemNotices, "list_system_notices", AnyUser, signed, false, false},
	{OpListAudit, "list_audit", AppAdminOnly, signed, false, false},
	{OpSetBan, "set_ban", AppAdminOnly, signed, false, true},
	{OpLiftBan, "lift_ban", AppAdminOnly, signed, false, true},
	{OpListBans, "list_bans", AppAdminOnly, signed, false, false},
	{OpRevokeTokens, "revoke_tokens", AnyUser, signed, false, true},
	{OpDeleteUser, "delete_user", AnyUser, signed, false, true},
}

// Ops returns the table of operations.
func Ops() []OpRow { return append([]OpRow(nil), ops[:]...) }

// rows finds the row of an operation; it is asked several times per request.
var rows = func() (index [256]*OpRow) {
	for i := range ops {
		index[ops[i].Op] = &ops[i]
	}
	return index
}()

func (o Op) row() *OpRow { return rows[o] }

// String returns the operation's name on the wire.
func (o Op) String() string {
	if r := o.row(); r != nil {
		return r.Name
	}
	return "op(" + strconv.Itoa(int(o)) + ")"
}

// NeedsGroup reports whether the operation names one group and is carried out
// by it.
func (o Op) NeedsGroup() bool { r := o.row(); return r != nil && r.NeedsGroup }

// Changes reports whether the operation changes something, so that a repeat of
// it must get the first answer again.
func (o Op) Changes() bool { r := o.row(); return r != nil && r.Changes }

// AppAdminOnly reports whether no role of a group gives the right to call it;
// such calls are audited whoever makes them (spec 19.13).
func (o Op) AppAdminOnly() bool { r := o.row(); return r != nil && r.Who == AppAdminOnly }

// CheckPhase says whether the operation is allowed in a phase: nil,
// not_logged_in or invalid_request (spec 2.6, 18.1).
func (o Op) CheckPhase(p Phase) *Error {
	r := o.row()
	switch {
	case r == nil:
		return InvalidRequest("unknown operation")
	case r.Phases&p != 0:
		return nil
	case p != PhaseSignedIn && r.Phases == signed:
		return NewError(CodeNotLoggedIn)
	}
	return InvalidRequest(r.Name + " is not allowed in this phase of the connection")
}

// requestOneof is the oneof of operations; descriptors never change.
var requestOneof = (*troupev1.Request)(nil).ProtoReflect().Descriptor().Oneofs().ByName("op")

// OpOf returns the operation of a request, 0 if it has none.
func OpOf(req *troupev1.Request) Op {
	var fd protoreflect.FieldDescriptor
	if fd = req.ProtoReflect().WhichOneof(requestOneof); fd == nil {
		return 0
	}
	return Op(fd.Number())
}
