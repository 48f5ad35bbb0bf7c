package group

// Command is what somebody wants of a group. Commands carry parameters as the
// caller gave them; only their form (UTF-8, id syntax, lengths that need no
// policy) was checked at the door. Pointers are optional: nil = not given.
type Command interface{ command() }

// CustomField is one entry of the custom fields of a group or member. In
// commands an absent Value (nil) deletes the key.
type CustomField struct {
	Key   string
	Value *string
}

// InitialMember is one entry of Create's list (spec 6.1).
type InitialMember struct {
	User UserID
	// Role is Admin or NoRole; anything else is refused.
	Role         Role
	CustomFields []CustomField
}

// Create makes the group (spec 6.1).
type Create struct {
	Group  ID
	Stream StreamID // stamped by the shell
	Kind   Kind
	// OwnerID other than the caller needs an app_admin; empty = the caller.
	OwnerID        UserID
	Name           string
	Introduction   string
	Announcement   string
	Avatar         string
	MaxMembers     uint32 // 0 = ceiling
	JoinOption     JoinOption
	InviteMode     InviteMode
	InviteeConsent Consent
	InviteApproval InviteApproval
	InitialMembers []InitialMember
	CustomFields   []CustomField
	Topics         bool
}

// Dismiss ends the group (spec 6.2).
type Dismiss struct{}

// Join enters the group or files an application (spec 6.3).
type Join struct {
	Message          string // ≤ 300 bytes
	UserDefinedField string // ≤ 1000 bytes
	DirectOnly       bool
	// KindHint, if given, must be the group's kind.
	KindHint Kind
}

// Leave ends the caller's membership (spec 6.4). For livestreams the shell
// gives Reason LeaveMoved or LeaveDisconnected with Caller.System and User set
// to who leaves; otherwise User is empty and Reason zero.
type Leave struct {
	User   UserID
	Reason LeaveReason
}

// Kick removes members (spec 6.5).
type Kick struct {
	Users   []UserID
	Reason  string
	Silence bool
}

// Invite asks users in (spec 6.6, 7.3).
type Invite struct {
	Users    []UserID
	Message  string
	Explicit bool
}

// Handle decides a record: accept_application, refuse_application (Invitation
// false) or accept_invitation, refuse_invitation (Invitation true) (spec 7.4).
type Handle struct {
	Invitation bool
	Accept     bool
	// ID names the record; 0 = by Applicant and Inviter.
	ID ApplicationID
	// Applicant is who would enter; for invitations the shell sets the caller.
	Applicant UserID
	// Inviter is empty for an application.
	Inviter UserID
	// Message is the handle message or reason, ≤ 128 characters.
	Message        string
	Authentication string
	MsgKey         string
}

// TransferOwner passes the group on (spec 6.7).
type TransferOwner struct{ NewOwner UserID }

// SetRole changes a member's role (spec 6.8).
type SetRole struct {
	User UserID
	Role Role
}

// UpdateProfile changes the profile (spec 6.9).
type UpdateProfile struct {
	Name, Avatar, Introduction, Announcement *string
	MaxMembers                               *uint32
	JoinOption                               *JoinOption
	MuteAll                                  *bool
	CustomFields                             []CustomField
}

// UpdateModes changes the modes of joining and inviting (spec 6.10).
type UpdateModes struct {
	JoinOption     *JoinOption
	InviteMode     *InviteMode
	InviteeConsent *Consent
	InviteApproval *InviteApproval
}

// MuteMembers mutes members for a time; 0 lifts (spec 8.1).
type MuteMembers struct {
	Users           []UserID
	DurationSeconds int64
}

// MuteGroup sets or lifts the group mute (spec 8.2).
type MuteGroup struct {
	On   bool
	Mode MuteMode
	// DurationSeconds: 1 to 31 536 000; -1 or 0 = no expiry.
	DurationSeconds int64
	Roles           []Role
}

// SetNameCard changes a name card; User empty = the caller (spec 6.12).
type SetNameCard struct {
	User     UserID
	NameCard string
}

// SetMemberFields changes custom fields of a member; User empty = the caller (spec 6.12).
type SetMemberFields struct {
	User   UserID
	Fields []CustomField
}

// SetRemindType changes a remind type; User empty = the caller (spec 6.12).
type SetRemindType struct {
	User   UserID
	Remind RemindType
}

// Element is one element of a message (spec 10.1).
type Element struct {
	Type  ElementType
	Text  string // text
	Index int32  // face
	Data  string // face, custom
	Desc  string // custom
	Ext   string // custom
}

// Send sends a message (spec 10.3).
type Send struct {
	Elements []Element
	// Random is the client's number; RandomGiven false = the core makes one.
	Random      uint32
	RandomGiven bool
	// Priority: low, normal or high; zero = normal. Ignored where the kind has
	// no priorities (spec 19.9).
	Priority Priority
	// Shed, stamped by the shell, says that the room's budget does not cover
	// the message; RetryAfter is in ms.
	Shed       ShedCause
	RetryAfter int64
}

// SendLike gives likes to a livestream (spec 19.10).
type SendLike struct{ Count uint32 }

// SendNotice sends notice 255 (spec 10.9).
type SendNotice struct {
	Content []byte
	// To names members; empty = all.
	To []UserID
}

// GuestEnter and GuestExit keep the audience count of a livestream (spec 6.3).
// They come from the shell, never from a caller.
type GuestEnter struct{}

// GuestExit says that a guest connection is gone.
type GuestExit struct{}

// Tick lets due periods take effect: batches, expiry of records, recycling
// (spec 19.17 c). It comes from the shell at or after Machine.Due.
type Tick struct{}

// Reads. They change nothing; they stand in the queue like commands so that
// calls about one group are answered in the order sent.

// GetProfile reads the profile as the caller may see it (spec 6.11).
type GetProfile struct {
	// MemberFields adds the first 100 members.
	MemberFields bool
	// Search: the public part only, as search_group asks for it.
	Search bool
}

// ListMembers pages through the members in join order (spec 6.12).
type ListMembers struct {
	Offset int
	Limit  int  // 1–100, more is cut by the core
	Role   Role // filter; NoRole = all
	Cursor string
}

// GetMembers looks members up (spec 6.12).
type GetMembers struct{ Users []UserID }

// GetHistory asks what the caller may read of the history; the shell then
// reads it from the journal (spec 10.4).
type GetHistory struct{}

func (Create) command()          {}
func (Dismiss) command()         {}
func (Join) command()            {}
func (Leave) command()           {}
func (Kick) command()            {}
func (Invite) command()          {}
func (Handle) command()          {}
func (TransferOwner) command()   {}
func (SetRole) command()         {}
func (UpdateProfile) command()   {}
func (UpdateModes) command()     {}
func (MuteMembers) command()     {}
func (MuteGroup) command()       {}
func (SetNameCard) command()     {}
func (SetMemberFields) command() {}
func (SetRemindType) command()   {}
func (Send) command()            {}
func (SendLike) command()        {}
func (SendNotice) command()      {}
func (GuestEnter) command()      {}
func (GuestExit) command()       {}
func (Tick) command()            {}
func (GetProfile) command()      {}
func (ListMembers) command()     {}
func (GetMembers) command()      {}
func (GetHistory) command()      {}
