package group

import "strconv"

// Code is a number of spec 15. Codes are stable for ever.
type Code int32

// Results that are not errors.
const (
	OK               Code = 0
	CodeWaitApproval Code = 25424
	CodeWaitInvitee  Code = 25427
)

// Rejections of groups and messages (spec 15.2, 15.3).
const (
	CodeInvalidParameter Code = 10004
	CodeTooManyUsers     Code = 10005
	CodeRateLimited      Code = 10006
	CodePermissionDenied Code = 10007
	CodeNotSupported     Code = 10008
	CodeOwnerCannotLeave Code = 10009
	CodeGroupNotFound    Code = 10010
	CodeAlreadyMember    Code = 10013
	CodeGroupFull        Code = 10014
	CodeInvalidGroupID   Code = 10015
	CodeMuted            Code = 10017
	CodeUserNotFound     Code = 10019
	CodeGroupIDTaken     Code = 10021
	CodeAlreadyHandled   Code = 10024
	CodeGroupCountLimit  Code = 10037
	CodeJoinClosed       Code = 11001
	CodeApprovalRequired Code = 11002
	CodeOptionFixed      Code = 11003
	CodeNotMember        Code = 11004
	CodeApplNotFound     Code = 11005
	CodeApplExpired      Code = 11006
	CodeBadApplToken     Code = 11007
	CodeNoInvite         Code = 11008
	CodeInvitesDisabled  Code = 11009
	CodeNotSearchable    Code = 11011
	CodeTargetNotMember  Code = 11013
	CodeTargetOutranks   Code = 11014
	CodeMaxMembersSmall  Code = 11015
	CodeAdminLimit       Code = 11016
	CodeGuestsNotAllowed Code = 11017
	CodeKindMismatch     Code = 11019
	CodeOwnerRoleFixed   Code = 11022
	CodeInvalidCursor    Code = 11026
	CodeBlockedByUser    Code = 20007
	CodeMessageTooLarge  Code = 80002
	CodeMessageNotFound  Code = 11050
	CodeMessageShed      Code = 11053
	CodeAccountDeleted   Code = 11058
)

var codeNames = map[Code]string{
	OK:                   "ok",
	CodeWaitApproval:     "wait_approval",
	CodeWaitInvitee:      "wait_invitee",
	CodeInvalidParameter: "invalid_parameter",
	CodeTooManyUsers:     "too_many_users",
	CodeRateLimited:      "rate_limited",
	CodePermissionDenied: "permission_denied",
	CodeNotSupported:     "not_supported_for_kind",
	CodeOwnerCannotLeave: "owner_cannot_leave",
	CodeGroupNotFound:    "group_not_found",
	CodeAlreadyMember:    "already_member",
	CodeGroupFull:        "group_full",
	CodeInvalidGroupID:   "invalid_group_id",
	CodeMuted:            "muted",
	CodeUserNotFound:     "user_not_found",
	CodeGroupIDTaken:     "group_id_taken",
	CodeAlreadyHandled:   "application_already_handled",
	CodeGroupCountLimit:  "group_count_limit",
	CodeJoinClosed:       "join_closed",
	CodeApprovalRequired: "approval_required",
	CodeOptionFixed:      "option_fixed",
	CodeNotMember:        "not_member",
	CodeApplNotFound:     "application_not_found",
	CodeApplExpired:      "application_expired",
	CodeBadApplToken:     "bad_application_token",
	CodeNoInvite:         "no_invite_permission",
	CodeInvitesDisabled:  "invites_disabled",
	CodeNotSearchable:    "group_not_searchable",
	CodeTargetNotMember:  "target_not_member",
	CodeTargetOutranks:   "target_outranks_caller",
	CodeMaxMembersSmall:  "max_members_too_small",
	CodeAdminLimit:       "admin_limit",
	CodeGuestsNotAllowed: "guests_not_allowed",
	CodeKindMismatch:     "group_kind_mismatch",
	CodeOwnerRoleFixed:   "owner_role_fixed",
	CodeInvalidCursor:    "invalid_cursor",
	CodeBlockedByUser:    "blocked_by_user",
	CodeMessageTooLarge:  "message_too_large",
	CodeMessageNotFound:  "message_not_found",
	CodeMessageShed:      "message_shed",
	CodeAccountDeleted:   "account_deleted",
}

// String gives the spec's name of a code, the number if it has none here.
func (c Code) String() string {
	if name, ok := codeNames[c]; ok {
		return name
	}
	return strconv.Itoa(int(c))
}

// Rejection says why a command was not decided: nothing changed. Field and
// the mute are the details of spec 15.
type Rejection struct {
	Code Code
	// Field names the parameter of CodeInvalidParameter, or that which
	// CodePermissionDenied is about if it is one alone.
	Field string
	// MuteScope is "member" or "group", Until the end (NoEnd without), for CodeMuted.
	MuteScope string
	Until     Millis
}

// Error implements error.
func (r *Rejection) Error() string {
	s := "group: rejected: " + r.Code.String()
	if r.Field != "" {
		s += " (" + r.Field + ")"
	}
	return s
}
