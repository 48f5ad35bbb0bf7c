package group

// Kind is one of the six kinds of group (spec 4). It selects a row of policy
// values and nothing else.
type Kind uint8

// The kinds; the digits stand in generated group ids (spec 2.1).
const (
	Work       Kind = 1
	Public     Kind = 2
	Meeting    Kind = 3
	Community  Kind = 4
	Livestream Kind = 5
	Custom     Kind = 6
)

// Kinds lists all kinds in the order of the policy table.
var Kinds = [...]Kind{Work, Public, Meeting, Community, Livestream, Custom}

// Role is a member's role. Numbers 4 to 255 are custom roles (spec 3).
type Role uint8

// The named roles; zero means: not a member.
const (
	NoRole Role = 0
	Owner  Role = 1
	Admin  Role = 2
	Member Role = 3
	// FirstCustomRole is the lowest number of a custom role.
	FirstCustomRole Role = 4
)

// JoinOption says what happens when a user asks to join (row 1).
type JoinOption uint8

// Join options; zero means: not given.
const (
	Free          JoinOption = 1
	AdminApproval JoinOption = 2
	OwnerApproval JoinOption = 3
	Closed        JoinOption = 4
)

// InviteMode says who may invite (row 2, table in spec 7.3).
type InviteMode uint8

// Invite modes; zero means: not given.
const (
	InviteAnyMember InviteMode = 1
	InviteAdmins    InviteMode = 2
	InviteOwner     InviteMode = 3
	InviteAppAdmin  InviteMode = 4
	InviteNobody    InviteMode = 5
)

// Consent says whether an invitee is asked (row 3).
type Consent uint8

// Consent values; zero means: not given.
const (
	ConsentNone     Consent = 1
	ConsentRequired Consent = 2
)

// InviteApproval says whether invitations obey the join option (row 4).
type InviteApproval uint8

// Invite approval values; zero means: not given.
const (
	Bypass InviteApproval = 1
	Follow InviteApproval = 2
)

// RemindType is a member's wish about messages of a group (spec 10.7).
type RemindType uint8

// Remind types; zero reads as AcceptNotify.
const (
	AcceptNotify RemindType = 1
	AcceptSilent RemindType = 2
	Discard      RemindType = 3
)

// MuteMode is a mode of the group mute (spec 8.2).
type MuteMode uint8

// Mute modes.
const (
	MuteNone     MuteMode = 0
	MuteOrdinary MuteMode = 1
	MuteAll      MuteMode = 2
	MuteRoles    MuteMode = 3
)

// JoinMethod says how somebody entered (spec 14.1).
type JoinMethod uint8

// Join methods.
const (
	JoinSelf        JoinMethod = 1
	JoinInvited     JoinMethod = 2
	JoinApproved    JoinMethod = 3
	JoinCreatedWith JoinMethod = 4
)

// LeaveReason says why somebody left by itself (spec 14.1).
type LeaveReason uint8

// Leave reasons.
const (
	LeaveOwnWill        LeaveReason = 1
	LeaveMoved          LeaveReason = 2 // livestream: joined another
	LeaveDisconnected   LeaveReason = 3 // livestream: no connection for 60 s, or last device logged out
	LeaveAccountDeleted LeaveReason = 4
)

// DismissReason says how a group ended.
type DismissReason uint8

// Dismiss reasons (spec 6.2, 13).
const (
	DismissedByCall   DismissReason = 1
	DismissedEmpty    DismissReason = 2
	DismissedInactive DismissReason = 3 // recycled
)

// ApplicationType tells the two sorts of record apart (spec 7.1).
type ApplicationType uint8

// Application types.
const (
	TypeJoin   ApplicationType = 1
	TypeInvite ApplicationType = 2
)

// ApplicationState is the state of a record (spec 7.1).
type ApplicationState uint8

// Application states.
const (
	AdminPending   ApplicationState = 1
	AdminRefused   ApplicationState = 2
	InviteePending ApplicationState = 3
	InviteeRefused ApplicationState = 4
	StateJoined    ApplicationState = 5
	StateExpired   ApplicationState = 6
	StateClosed    ApplicationState = 7
)

// Final reports whether a record in this state can no longer change.
func (s ApplicationState) Final() bool { return s != AdminPending && s != InviteePending }

// CloseReason says why a record was closed (spec 7.1).
type CloseReason uint8

// Close reasons.
const (
	CloseAlreadyMember  CloseReason = 1
	CloseGroupDismissed CloseReason = 2
	CloseInviterRemoved CloseReason = 3
	CloseAccountDeleted CloseReason = 4
)

// Direction is how the reader of a record stands to it (spec 7.1).
type Direction uint8

// Directions.
const (
	ApplicationSent     Direction = 1
	InvitationSent      Direction = 2
	InvitationReceived  Direction = 3
	ApplicationReceived Direction = 4
)

// Outcome is the result of a call for one user (spec 2.2).
type Outcome uint8

// Outcomes; Failed carries a code.
const (
	NoOutcome     Outcome = 0
	Entered       Outcome = 1 // "joined"
	WaitApproval  Outcome = 2
	WaitInvitee   Outcome = 3
	AlreadyMember Outcome = 4
	Removed       Outcome = 5
	Muted         Outcome = 6
	Failed        Outcome = 7
)

// NoticeType is the number of a system notice (spec 14.2).
type NoticeType uint8

// Notice types.
const (
	NoticeJoinRequest NoticeType = 1
	NoticeAccepted    NoticeType = 2
	NoticeRefused     NoticeType = 3
	NoticeKicked      NoticeType = 4
	NoticeDismissed   NoticeType = 5
	NoticeCreated     NoticeType = 6
	NoticeInvited     NoticeType = 7
	NoticeQuit        NoticeType = 8
	NoticeAdminSet    NoticeType = 9
	NoticeAdminUnset  NoticeType = 10
	NoticeRecycled    NoticeType = 11
	NoticeCustom      NoticeType = 255
)

// TipType is the number of a tip (spec 14.1).
type TipType uint8

// Tip types.
const (
	TipJoin       TipType = 1
	TipQuit       TipType = 2
	TipKick       TipType = 3
	TipSetAdmin   TipType = 4
	TipUnsetAdmin TipType = 5
	TipGroupInfo  TipType = 6
	TipMemberInfo TipType = 7
)

// Field names a changed part of a group profile in a tip 6 (spec 14.1).
type Field uint8

// Fields; 1 to 5 are the vendor's numbers.
const (
	FieldAvatar       Field = 1
	FieldName         Field = 2
	FieldOwner        Field = 3
	FieldAnnouncement Field = 4
	FieldIntroduction Field = 5
	FieldJoinOption   Field = 6
	FieldMaxMembers   Field = 7
	FieldMuteAll      Field = 8
	FieldCustomFields Field = 9
)

// ElementType is the kind of a message element (spec 10.1).
type ElementType uint8

// Element types.
const (
	ElementText   ElementType = 1
	ElementFace   ElementType = 2
	ElementCustom ElementType = 3
)
