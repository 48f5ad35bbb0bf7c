package protocol

import "github.com/troupe-im/troupe/group"

// Codes that the core does not give itself (spec 15). Codes are stable for
// ever; a number is never used for anything else.
const (
	CodeFriendWaitConfirm group.Code = 30539

	CodeInvalidRequest  group.Code = 20001
	CodeAuthFailed      group.Code = 20002
	CodeInvalidAccount  group.Code = 20003
	CodeNetworkError    group.Code = 20004
	CodeInternalError   group.Code = 20005
	CodeRejectedByHook  group.Code = 20006
	CodeContentBlocked  group.Code = 80001
	CodeNotLoggedIn     group.Code = 11030
	CodeTokenExpired    group.Code = 70001
	CodeKickedOffline   group.Code = 11031
	CodeBusy            group.Code = 11032
	CodeUnavailable     group.Code = 11033
	CodeMessageRecalled group.Code = 11051
	CodeWindowOver      group.Code = 11052
	CodeLimitReached    group.Code = 11054
	CodeResumeRefused   group.Code = 11055
	CodeBanned          group.Code = 11056
	CodeTokenRevoked    group.Code = 11057
	CodeUploadInvalid   group.Code = 11023
	CodeUploadTooLarge  group.Code = 11024
	CodeUploadCut       group.Code = 11025

	CodeProfileValueTooLong group.Code = 40601
	CodeFriendLimit         group.Code = 30010
	CodeInMyBlacklist       group.Code = 30515
	CodeFriendDenied        group.Code = 30516
	CodeInPeerBlacklist     group.Code = 30525
	CodeFriendApplNotFound  group.Code = 30614
	CodeNotFriend           group.Code = 31704
	CodeAlreadyFriend       group.Code = 11040
)

// Retry says what a client may do after a code (spec 18.5).
type Retry uint8

const (
	// RetryNo: do not repeat the request unchanged.
	RetryNo Retry = 0
	// RetryAfter: nothing was done; repeat after details.retry_after_ms.
	RetryAfter Retry = 1
	// RetrySame: done or not is unknown; repeat with the same request_id, at
	// most 10 minutes (livestream 60 s) after the first try.
	RetrySame Retry = 2
)

// CodeRow is one row of the table of codes.
type CodeRow struct {
	Code group.Code
	// Name is what answers carry in error; it is as stable as the number.
	Name string
	// Text is the English default for people.
	Text  string
	Retry Retry
}

// Codes returns the table of codes, in the order of spec 15. It is append-only.
func Codes() []CodeRow { return append([]CodeRow(nil), codes[:]...) }

var codes = [...]CodeRow{
	{group.OK, "ok", "done", RetryNo},
	{group.CodeWaitApproval, "wait_approval", "the owner or an admin must approve first", RetryNo},
	{group.CodeWaitInvitee, "wait_invitee", "the invitee must agree first", RetryNo},
	{CodeFriendWaitConfirm, "friend_wait_confirm", "the friend must confirm first", RetryNo},

	{CodeInvalidRequest, "invalid_request", "the request cannot be understood", RetryNo},
	{CodeAuthFailed, "auth_failed", "signature or identity is wrong", RetryNo},
	{CodeInvalidAccount, "invalid_account", "the user id is malformed or names nobody", RetryNo},
	{CodeNetworkError, "network_error", "the connection failed before the answer", RetrySame},
	{CodeInternalError, "internal_error", "the server failed", RetrySame},
	{CodeRejectedByHook, "rejected_by_hook", "the application's own hook refused", RetryNo},
	{CodeContentBlocked, "content_blocked", "the content filter refused", RetryNo},
	{group.CodeMessageTooLarge, "message_too_large", "the message is over the size limit", RetryNo},
	{group.CodeBlockedByUser, "blocked_by_user", "the other user has blacklisted the caller", RetryNo},
	{group.CodeInvalidParameter, "invalid_parameter", "a parameter is missing, malformed, too long or out of range", RetryNo},
	{group.CodeRateLimited, "rate_limited", "too many calls", RetryAfter},
	{group.CodeInvalidCursor, "invalid_cursor", "the cursor is not known", RetryNo},
	{CodeNotLoggedIn, "not_logged_in", "log in first", RetryNo},
	{CodeTokenExpired, "token_expired", "the token has expired", RetryNo},
	{CodeKickedOffline, "kicked_offline", "this device was dropped", RetryNo},
	{CodeBusy, "busy", "too much is waiting; nothing was done", RetryAfter},
	{CodeUnavailable, "unavailable", "storage gave no answer; done or not is unknown", RetrySame},
	{group.CodeMessageNotFound, "message_not_found", "no such message for the caller", RetryNo},
	{CodeMessageRecalled, "message_recalled", "the message is recalled", RetryNo},
	{CodeWindowOver, "window_over", "it is too late to recall or edit", RetryNo},
	{group.CodeMessageShed, "message_shed", "the room is over its budget; nobody received the message", RetryNo},
	{CodeLimitReached, "limit_reached", "the limit is reached", RetryNo},
	{CodeResumeRefused, "resume_refused", "the resume ticket is not accepted; log in with the token", RetryNo},
	{CodeBanned, "banned", "the user or address is banned", RetryNo},
	{CodeTokenRevoked, "token_revoked", "the token was revoked", RetryNo},
	{group.CodeAccountDeleted, "account_deleted", "the user was deleted", RetryNo},
	{CodeUploadInvalid, "upload_invalid", "the upload's checksum or type is wrong", RetryNo},
	{CodeUploadTooLarge, "upload_too_large", "the upload is over the size limit", RetryNo},
	{CodeUploadCut, "upload_incomplete", "parts of the upload are missing", RetryNo},

	{group.CodeTooManyUsers, "too_many_users", "the list is longer than allowed", RetryNo},
	{group.CodePermissionDenied, "permission_denied", "the caller's role is too low", RetryNo},
	{group.CodeNotSupported, "not_supported_for_kind", "groups of this kind do not have it", RetryNo},
	{group.CodeOwnerCannotLeave, "owner_cannot_leave", "the owner cannot leave; transfer the group first", RetryNo},
	{group.CodeGroupNotFound, "group_not_found", "there is no such group", RetryNo},
	{group.CodeAlreadyMember, "already_member", "the user is in the group already", RetryNo},
	{group.CodeGroupFull, "group_full", "the group is full", RetryNo},
	{group.CodeInvalidGroupID, "invalid_group_id", "the group id is malformed", RetryNo},
	{group.CodeMuted, "muted", "the caller is muted", RetryNo},
	{group.CodeUserNotFound, "user_not_found", "there is no such user", RetryNo},
	{group.CodeGroupIDTaken, "group_id_taken", "the group id is taken", RetryNo},
	{group.CodeAlreadyHandled, "application_already_handled", "somebody has handled it already", RetryNo},
	{group.CodeGroupCountLimit, "group_count_limit", "the user is in too many groups", RetryNo},
	{group.CodeJoinClosed, "join_closed", "the group takes no applications", RetryNo},
	{group.CodeApprovalRequired, "approval_required", "the group must be applied to", RetryNo},
	{group.CodeOptionFixed, "option_fixed", "the kind fixes this value", RetryNo},
	{group.CodeNotMember, "not_member", "the caller is not in the group", RetryNo},
	{group.CodeApplNotFound, "application_not_found", "there is no such application or invitation", RetryNo},
	{group.CodeApplExpired, "application_expired", "the application or invitation has expired", RetryNo},
	{group.CodeBadApplToken, "bad_application_token", "authentication or msg_key is wrong", RetryNo},
	{group.CodeNoInvite, "no_invite_permission", "the caller may not invite into this group", RetryNo},
	{group.CodeInvitesDisabled, "invites_disabled", "nobody can be invited into this group", RetryNo},
	{group.CodeNotSearchable, "group_not_searchable", "the group cannot be found by search", RetryNo},
	{group.CodeTargetNotMember, "target_not_member", "the user acted on is not in the group", RetryNo},
	{group.CodeTargetOutranks, "target_outranks_caller", "the user acted on is not of lower rank", RetryNo},
	{group.CodeMaxMembersSmall, "max_members_too_small", "there are more members already", RetryNo},
	{group.CodeAdminLimit, "admin_limit", "the group has as many admins as allowed", RetryNo},
	{group.CodeGuestsNotAllowed, "guests_not_allowed", "the group takes no guests", RetryNo},
	{group.CodeKindMismatch, "group_kind_mismatch", "the group is of another kind", RetryNo},
	{group.CodeOwnerRoleFixed, "owner_role_fixed", "the owner cannot be removed, muted or given another role", RetryNo},

	{CodeProfileValueTooLong, "profile_value_too_long", "a value of the profile is too long", RetryNo},
	{CodeFriendLimit, "friend_limit", "too many friends", RetryNo},
	{CodeInMyBlacklist, "in_my_blacklist", "the user is on the caller's blacklist", RetryNo},
	{CodeFriendDenied, "friend_denied", "the user takes no friends", RetryNo},
	{CodeInPeerBlacklist, "in_peer_blacklist", "the caller is on the user's blacklist", RetryNo},
	{CodeFriendApplNotFound, "friend_application_not_found", "there is no such friend application", RetryNo},
	{CodeNotFriend, "not_friend", "the user is no friend", RetryNo},
	{CodeAlreadyFriend, "already_friend", "the user is a friend already", RetryNo},
}

// RowOf returns the row of a code; false if there is none.
func RowOf(code group.Code) (CodeRow, bool) {
	for i := range codes {
		if codes[i].Code == code {
			return codes[i], true
		}
	}
	return CodeRow{}, false
}

// NameOf returns the name of a code, "" if it is not in the table.
func NameOf(code group.Code) string {
	row, _ := RowOf(code)
	return row.Name
}

// CodeNamed returns the code of a name; false if there is none.
func CodeNamed(name string) (group.Code, bool) {
	for i := range codes {
		if codes[i].Name == name {
			return codes[i].Code, true
		}
	}
	return 0, false
}
