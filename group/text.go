package group

import (
	"slices"
	"strconv"
)

// The names of the enumerations, as the spec writes them. A name's place in
// its list is the value, counted from 1 where zero has no name.
var (
	kindNames             = [...]string{"", "work", "public", "meeting", "community", "livestream", "custom"}
	joinOptionNames       = [...]string{"", "free", "admin_approval", "owner_approval", "closed"}
	inviteModeNames       = [...]string{"", "any_member", "admins", "owner", "app_admin", "nobody"}
	consentNames          = [...]string{"", "none", "required"}
	inviteApprovalNames   = [...]string{"", "bypass", "follow"}
	remindTypeNames       = [...]string{"", "accept_notify", "accept_silent", "discard"}
	muteModeNames         = [...]string{"none", "ordinary", "all", "roles"}
	joinMethodNames       = [...]string{"", "self", "invited", "approved", "created_with"}
	leaveReasonNames      = [...]string{"", "leave", "moved", "disconnected", "account_deleted"}
	dismissReasonNames    = [...]string{"", "dismissed", "empty", "inactive"}
	applicationTypeNames  = [...]string{"", "join", "invite"}
	applicationStateNames = [...]string{"", "admin_pending", "admin_refused", "invitee_pending", "invitee_refused", "joined", "expired", "closed"}
	closeReasonNames      = [...]string{"", "already_member", "group_dismissed", "inviter_removed", "account_deleted"}
	directionNames        = [...]string{"", "application_sent", "invitation_sent", "invitation_received", "application_received"}
	outcomeNames          = [...]string{"", "joined", "wait_approval", "wait_invitee", "already_member", "removed", "muted", "failed"}
	tipTypeNames          = [...]string{"", "member_joined", "member_left", "member_kicked", "admin_set", "admin_cancelled", "group_info_changed", "member_info_changed"}
	fieldNames            = [...]string{"", "avatar", "name", "owner", "announcement", "introduction", "join_option", "max_members", "mute_all", "custom_fields"}
	elementTypeNames      = [...]string{"", "text", "face", "custom"}
	ownerLeaveNames       = [...]string{"", "refuse", "ownerless", "transfer_earliest"}
	onEmptyNames          = [...]string{"", "dismiss", "keep"}
	joinedListNames       = [...]string{"", "yes", "no", "unless_topics"}
	changeNoticesNames    = [...]string{"", "on", "off", "batched"}
	membershipNames       = [...]string{"", "persistent", "connected"}
	circleNames           = [...]string{"", "any_member", "owner_admin", "owner", "app_admin", "nobody", "sender"}
)

// nameOf is the name of a value; a value without a name shows its number.
func nameOf(names []string, v uint8) string {
	if int(v) < len(names) && (v != 0 || names[0] != "") {
		return names[v]
	}
	if v == 0 {
		return ""
	}
	return strconv.Itoa(int(v))
}

// parseName finds the value that a name stands for.
func parseName[T ~uint8](names []string, name string) (T, bool) {
	i := slices.Index(names, name)
	if name == "" || i < 0 {
		return 0, false
	}
	return T(i), true
}

// String gives the spec's name of a kind.
func (k Kind) String() string { return nameOf(kindNames[:], uint8(k)) }

// String gives the spec's name of a join option.
func (v JoinOption) String() string { return nameOf(joinOptionNames[:], uint8(v)) }

// String gives the spec's name of an invite mode.
func (mode InviteMode) String() string { return nameOf(inviteModeNames[:], uint8(mode)) }

// String gives the spec's name of a consent value.
func (v Consent) String() string { return nameOf(consentNames[:], uint8(v)) }

// String gives the spec's name of an invite approval value.
func (v InviteApproval) String() string { return nameOf(inviteApprovalNames[:], uint8(v)) }

// String gives the spec's name of a remind type.
func (v RemindType) String() string { return nameOf(remindTypeNames[:], uint8(v)) }

// String gives the spec's name of a mute mode.
func (v MuteMode) String() string { return nameOf(muteModeNames[:], uint8(v)) }

// String gives the spec's name of a join method.
func (v JoinMethod) String() string { return nameOf(joinMethodNames[:], uint8(v)) }

// String gives the spec's name of a leave reason.
func (v LeaveReason) String() string { return nameOf(leaveReasonNames[:], uint8(v)) }

// String gives the spec's name of a dismiss reason.
func (v DismissReason) String() string { return nameOf(dismissReasonNames[:], uint8(v)) }

// String gives the spec's name of an application type.
func (v ApplicationType) String() string { return nameOf(applicationTypeNames[:], uint8(v)) }

// String gives the spec's name of an application state.
func (s ApplicationState) String() string { return nameOf(applicationStateNames[:], uint8(s)) }

// String gives the spec's name of a close reason.
func (v CloseReason) String() string { return nameOf(closeReasonNames[:], uint8(v)) }

// String gives the spec's name of a direction.
func (v Direction) String() string { return nameOf(directionNames[:], uint8(v)) }

// String gives the spec's name of an outcome.
func (v Outcome) String() string { return nameOf(outcomeNames[:], uint8(v)) }

// String gives the spec's name of a tip type, by its event.
func (v TipType) String() string { return nameOf(tipTypeNames[:], uint8(v)) }

// String gives the spec's name of a field of tip 6.
func (v Field) String() string { return nameOf(fieldNames[:], uint8(v)) }

// String gives the spec's name of an element type.
func (v ElementType) String() string { return nameOf(elementTypeNames[:], uint8(v)) }

// String gives the spec's name of an answer to row 5.
func (v OwnerLeave) String() string { return nameOf(ownerLeaveNames[:], uint8(v)) }

// String gives the spec's name of an answer to row 6.
func (v OnEmpty) String() string { return nameOf(onEmptyNames[:], uint8(v)) }

// String gives the spec's name of an answer to row 14.
func (v JoinedList) String() string { return nameOf(joinedListNames[:], uint8(v)) }

// String gives the spec's name of an answer to rows 18 and 19.
func (v ChangeNotices) String() string { return nameOf(changeNoticesNames[:], uint8(v)) }

// String gives the spec's name of an answer to row 22.
func (v Membership) String() string { return nameOf(membershipNames[:], uint8(v)) }

// String gives the spec's name of a circle.
func (c Circle) String() string { return nameOf(circleNames[:], uint8(c)) }

// ParseKind reads the spec's name of a kind; false if there is no such name.
func ParseKind(name string) (Kind, bool) { return parseName[Kind](kindNames[:], name) }

// ParseJoinOption reads the spec's name of a join option; false if there is no such name.
func ParseJoinOption(name string) (JoinOption, bool) {
	return parseName[JoinOption](joinOptionNames[:], name)
}

// ParseInviteMode reads the spec's name of an invite mode; false if there is no such name.
func ParseInviteMode(name string) (InviteMode, bool) {
	return parseName[InviteMode](inviteModeNames[:], name)
}

// ParseConsent reads the spec's name of a consent value; false if there is no such name.
func ParseConsent(name string) (Consent, bool) { return parseName[Consent](consentNames[:], name) }

// ParseInviteApproval reads the spec's name of an invite approval value; false if there is no such name.
func ParseInviteApproval(name string) (InviteApproval, bool) {
	return parseName[InviteApproval](inviteApprovalNames[:], name)
}

// ParseRemindType reads the spec's name of a remind type; false if there is no such name.
func ParseRemindType(name string) (RemindType, bool) {
	return parseName[RemindType](remindTypeNames[:], name)
}

// ParseMuteMode reads the spec's name of a mute mode; false if there is no such name.
func ParseMuteMode(name string) (MuteMode, bool) { return parseName[MuteMode](muteModeNames[:], name) }

// ParseJoinMethod reads the spec's name of a join method; false if there is no such name.
func ParseJoinMethod(name string) (JoinMethod, bool) {
	return parseName[JoinMethod](joinMethodNames[:], name)
}

// ParseLeaveReason reads the spec's name of a leave reason; false if there is no such name.
func ParseLeaveReason(name string) (LeaveReason, bool) {
	return parseName[LeaveReason](leaveReasonNames[:], name)
}

// ParseApplicationType reads the spec's name of an application type; false if there is no such name.
func ParseApplicationType(name string) (ApplicationType, bool) {
	return parseName[ApplicationType](applicationTypeNames[:], name)
}

// ParseApplicationState reads the spec's name of an application state; false if there is no such name.
func ParseApplicationState(name string) (ApplicationState, bool) {
	return parseName[ApplicationState](applicationStateNames[:], name)
}

// ParseCloseReason reads the spec's name of a close reason; false if there is no such name.
func ParseCloseReason(name string) (CloseReason, bool) {
	return parseName[CloseReason](closeReasonNames[:], name)
}

// ParseDirection reads the spec's name of a direction; false if there is no such name.
func ParseDirection(name string) (Direction, bool) {
	return parseName[Direction](directionNames[:], name)
}

// ParseOutcome reads the spec's name of an outcome; false if there is no such name.
func ParseOutcome(name string) (Outcome, bool) { return parseName[Outcome](outcomeNames[:], name) }

// ParseField reads the spec's name of a field of tip 6; false if there is no such name.
func ParseField(name string) (Field, bool) { return parseName[Field](fieldNames[:], name) }

// ParseChangeNotices reads the spec's name of an answer to rows 18 and 19; false if there is no such name.
func ParseChangeNotices(name string) (ChangeNotices, bool) {
	return parseName[ChangeNotices](changeNoticesNames[:], name)
}

// ParseCircle reads the spec's name of a circle; false if there is no such name.
func ParseCircle(name string) (Circle, bool) { return parseName[Circle](circleNames[:], name) }

// String gives the name of owner, admin and member, the number of a custom role.
func (r Role) String() string {
	names := [...]string{"", "owner", "admin", "member"}
	return nameOf(names[:], uint8(r))
}

// ParseRole reads a role's name or a number from 1 to 255.
func ParseRole(name string) (Role, bool) {
	names := []string{"", "owner", "admin", "member"}
	if r, ok := parseName[Role](names, name); ok {
		return r, true
	}
	n, err := strconv.ParseUint(name, 10, 8)
	return Role(n), err == nil && n > 0
}
