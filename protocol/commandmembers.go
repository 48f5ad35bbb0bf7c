package protocol

import (
	"strconv"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Commands about members: entering, leaving, roles, mutes, cards (spec 6.3 to
// 6.8, 6.12, 7, 8.1).

func joinGroup(r *troupev1.JoinGroup) (group.Command, *Error) {
	return group.Join{
			Message: r.GetMessage(), UserDefinedField: r.GetUserDefinedField(),
			DirectOnly: r.GetDirectOnly(), KindHint: group.Kind(r.GetKind()),
		}, firstError(
			checkText("message", r.GetMessage(), MaxApplyMessage),
			checkText("user_defined_field", r.GetUserDefinedField(), MaxUserDefinedField),
			checkKind("kind", r.GetKind()),
		)
}

func kickMembers(r *troupev1.KickMembers) (group.Command, *Error) {
	users, err := userList("user_ids", r.GetUserIds(), MaxUsersPerCall)
	if err != nil {
		return nil, err
	}
	return group.Kick{Users: users, Reason: r.GetReason(), Silence: r.GetSilence()},
		checkChars("reason", r.GetReason(), MaxReasonCharacters)
}

func inviteMembers(r *troupev1.InviteMembers) (group.Command, *Error) {
	users, err := userList("user_ids", r.GetUserIds(), MaxUsersPerCall)
	if err != nil {
		return nil, err
	}
	return group.Invite{Users: users, Message: r.GetMessage(), Explicit: r.GetExplicit()},
		checkText("message", r.GetMessage(), MaxApplyMessage)
}

// recordKey is how the handling calls of approvers name a record.
type recordKey interface {
	GetApplicationId() string
	GetApplicantId() string
	GetInviterId() string
	GetAuthentication() string
	GetMsgKey() string
}

func handle(r recordKey, accept bool, field, message string) (group.Command, *Error) {
	cmd := group.Handle{
		Accept: accept, Applicant: group.UserID(r.GetApplicantId()), Inviter: group.UserID(r.GetInviterId()),
		Message: message, Authentication: r.GetAuthentication(), MsgKey: r.GetMsgKey(),
	}
	err := firstError(
		checkChars(field, message, MaxReasonCharacters),
		optionalUser("inviter_id", r.GetInviterId()),
		checkUTF8("authentication", cmd.Authentication),
		checkUTF8("msg_key", cmd.MsgKey),
	)
	switch {
	case err != nil:
		return nil, err
	case r.GetApplicationId() == "":
		return cmd, CheckUserID("applicant_id", r.GetApplicantId())
	}
	if cmd.ID, err = ParseApplicationID("application_id", r.GetApplicationId()); err != nil {
		return nil, err
	}
	return cmd, optionalUser("applicant_id", r.GetApplicantId())
}

// ParseApplicationID reads the decimal id of an application or invitation.
func ParseApplicationID(field, s string) (group.ApplicationID, *Error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n == 0 || strconv.FormatUint(n, 10) != s {
		return 0, InvalidParameter(field, "must be the id of a record")
	}
	return group.ApplicationID(n), nil
}

func acceptApplication(r *troupev1.AcceptApplication) (group.Command, *Error) {
	return handle(r, true, "message", r.GetMessage())
}

func refuseApplication(r *troupev1.RefuseApplication) (group.Command, *Error) {
	return handle(r, false, "reason", r.GetReason())
}

func acceptInvitation(r *troupev1.AcceptInvitation) (group.Command, *Error) {
	return group.Handle{Invitation: true, Accept: true, Inviter: group.UserID(r.GetInviterId())},
		CheckUserID("inviter_id", r.GetInviterId())
}

func refuseInvitation(r *troupev1.RefuseInvitation) (group.Command, *Error) {
	return group.Handle{Invitation: true, Inviter: group.UserID(r.GetInviterId()), Message: r.GetReason()},
		firstError(
			CheckUserID("inviter_id", r.GetInviterId()),
			checkChars("reason", r.GetReason(), MaxReasonCharacters),
		)
}

// setMemberRole: the owner is made by transfer_owner alone (spec 6.8).
func setMemberRole(r *troupev1.SetMemberRole) (group.Command, *Error) {
	if n := r.GetRole(); n < troupev1.Role_ROLE_ADMIN || n > 255 {
		return nil, InvalidParameter("role", "must be admin, member or a number from 4 to 255")
	}
	return group.SetRole{User: group.UserID(r.GetUserId()), Role: group.Role(r.GetRole())},
		CheckUserID("user_id", r.GetUserId())
}

func muteMembers(r *troupev1.MuteMembers) (group.Command, *Error) {
	users, err := userList("user_ids", r.GetUserIds(), MaxUsersPerCall)
	if err != nil {
		return nil, err
	}
	if d := r.GetDuration(); r.Duration == nil || d < 0 || d > MaxMuteSeconds {
		return nil, InvalidParameter("duration", "must be 0 to 31536000 seconds")
	}
	return group.MuteMembers{Users: users, DurationSeconds: r.GetDuration()}, nil
}

func setNameCard(r *troupev1.SetNameCard) (group.Command, *Error) {
	return group.SetNameCard{User: group.UserID(r.GetUserId()), NameCard: r.GetNameCard()},
		firstError(
			optionalUser("user_id", r.GetUserId()),
			checkText("name_card", r.GetNameCard(), MaxNameCard),
		)
}

func setMemberCustomFields(r *troupev1.SetMemberCustomFields) (group.Command, *Error) {
	fields, err := customFields("custom_fields", r.GetCustomFields(), true)
	if err != nil {
		return nil, err
	}
	return group.SetMemberFields{User: group.UserID(r.GetUserId()), Fields: fields},
		optionalUser("user_id", r.GetUserId())
}

func setRemindType(r *troupev1.SetRemindType) (group.Command, *Error) {
	if n := r.GetRemindType(); n < troupev1.RemindType_REMIND_TYPE_ACCEPT_NOTIFY || n > troupev1.RemindType_REMIND_TYPE_DISCARD {
		return nil, InvalidParameter("remind_type", "must be accept_notify, accept_silent or discard")
	}
	return group.SetRemindType{User: group.UserID(r.GetUserId()), Remind: group.RemindType(r.GetRemindType())},
		optionalUser("user_id", r.GetUserId())
}
