package group

// Event is one thing that was decided. A command yields one or more events
// that are stored together or not at all. Everything that a receiver is shown
// later (names, roles, the group's name) is stamped in (spec 19.17 d).
type Event struct {
	// Position is 0 for volatile events of a livestream, which are not journalled.
	Position Position
	// Seq is 0 for events that take no number. In kinds without history it is
	// valid only until the server restarts.
	Seq Seq
	// Ordinal is the number of messages among the numbers up to Seq; 0 if Seq is.
	Ordinal uint64
	Time    Millis
	// Operator caused it; empty = the server.
	Operator UserID
	// Request is Input.Request, on the first event of a command only.
	Request uint64
	// Result is what a repeated request is answered with, on the first event
	// only. Nil for messages, whose answer follows from the event.
	Result *Result
	// GroupName is the group's name then, for tips.
	GroupName string
	Body      Body
}

// Volatile reports whether the event is of presence or of a livestream's
// talk and so is not journalled.
func (e *Event) Volatile() bool { return e.Position == 0 }

// Body is what an event says.
type Body interface{ body() }

// Card is a user as shown to receivers: stamped facts (spec 19.17 d).
type Card struct {
	User         UserID
	Name, Avatar string
	NameCard     string
	Role         Role
}

// Pair is one custom field that is set. Lists of pairs are sorted by key.
type Pair struct{ Key, Value string }

// Modes are the four values that govern joining and inviting.
type Modes struct {
	JoinOption     JoinOption
	InviteMode     InviteMode
	InviteeConsent Consent
	InviteApproval InviteApproval
}

// Mute is a group mute (spec 8.2). ExpiresAt: NoEnd, a moment, or 0 with MuteNone.
type Mute struct {
	Mode      MuteMode
	Roles     []Role
	ExpiresAt Millis
}

// Settings are the values a group carries itself (spec 4.2).
type Settings struct {
	Name, Avatar, Introduction, Announcement string
	MaxMembers                               uint32 // 0 = unlimited
	Modes                                    Modes
	Mute                                     Mute
	CustomFields                             []Pair
	Topics                                   bool
}

// Entrant is one user who entered.
type Entrant struct {
	Card
	CustomFields []Pair
}

// Created says that the group exists.
type Created struct {
	Group    ID
	Stream   StreamID
	Kind     Kind
	Creator  UserID
	Owner    Card
	Settings Settings
	// OwnerJoins: the owner is a member from the start (row 13).
	OwnerJoins bool
}

// Joined says that users entered. A tip 1 if numbered.
type Joined struct {
	Users  []Entrant
	Method JoinMethod
	// Count is the true number of users; more than len(Users) only in folded tips.
	Count uint32
	// Folded: a tip over a batch of arrivals that are in force already (livestream).
	Folded bool
}

// Left says that a user left by itself. A tip 2 if numbered.
type Left struct {
	Users  []Card
	Reason LeaveReason
	Count  uint32
	// Folded as in Joined.
	Folded bool
}

// Kicked says that members were removed. A tip 3 if numbered.
type Kicked struct {
	Users  []Card
	Reason string
	Silent bool
}

// RoleChanged says that one member's role changed. A tip 4, 5 or 7 if numbered.
type RoleChanged struct {
	User Card // with the new role
	From Role
}

// Change is one changed field of tip 6; Value in its wire text (numbers in
// decimal, mute_all "true" or "false", join options by their names), Fields
// for FieldCustomFields (an absent Value = deleted).
type Change struct {
	Field  Field
	Value  string
	Fields []CustomField
}

// InfoChanged says that profile, owner, modes or group mute changed. A tip 6
// if numbered. Modes and Mute carry the complete new values if they changed,
// shown by group_modes_changed and group_muted.
type InfoChanged struct {
	Changes []Change
	Modes   *Modes
	Mute    *Mute
	// MaxMembers is the new value if FieldMaxMembers is among the changes.
	MaxMembers uint32
	// Owner is set if FieldOwner is among the changes; OldOwner too if the old
	// one is still a member.
	Owner    Card
	OldOwner UserID
}

// MutedUser is one entry of MembersMuted.
type MutedUser struct {
	User    UserID
	Until   Millis // 0 = lifted
	Seconds int64
}

// MembersMuted says that individual mutes changed. A tip 7 if numbered.
type MembersMuted struct{ Users []MutedUser }

// MemberChanged says that a name card or custom fields changed. A tip 7 if numbered.
type MemberChanged struct {
	User     UserID
	NameCard *string
	// Fields as given; an absent Value = deleted.
	Fields []CustomField
}

// RemindChanged says that a member's remind type changed. Never numbered.
type RemindChanged struct {
	User   UserID
	Remind RemindType
}

// Sent says that a message was accepted. Always numbered.
type Sent struct {
	Sender   Card
	Random   uint32
	Elements []Element
	// Priority is zero where the kind has none.
	Priority Priority
}

// Shed says that a message was given up for the room's budget: it took a
// number and nobody is shown it (spec 19.9). Always numbered and volatile.
type Shed struct {
	Sender   UserID
	Priority Priority
}

// Liked says that likes were counted. Never numbered, and volatile.
type Liked struct {
	User  UserID
	Count uint32
}

// Record is an application or invitation (spec 7.1).
type Record struct {
	ID               ApplicationID
	Group            ID
	Type             ApplicationType
	Applicant        UserID
	ApplicantName    string
	Inviter          UserID // empty for TypeJoin
	InviterRole      Role   // at the time of inviting
	Explicit         bool
	Message          string
	UserDefinedField string
	State            ApplicationState
	CloseReason      CloseReason
	Handler          UserID
	HandleMessage    string
	CreatedAt        Millis
	UpdatedAt        Millis
	ExpiresAt        Millis
	Authentication   string
	MsgKey           string
	// NeededApproval: it waits, or once waited, for an approver.
	NeededApproval bool
	// ReachedInvitee: an invitation that its invitee may see.
	ReachedInvitee bool
	// ToldAt is when those it waits for were last told (spec 7.5).
	ToldAt Millis
}

// Filed says that a record was made.
type Filed struct{ Record Record }

// RecordChanged says that a record was renewed, passed on to the invitee,
// decided, closed or expired. It carries the complete new value.
type RecordChanged struct{ Record Record }

// NoticeSent says that an app_admin sent notice 255. To empty = all members.
type NoticeSent struct {
	Content []byte
	To      []UserID
}

// Dismissed says that the group is no more. Its pending records end by it.
type Dismissed struct{ Reason DismissReason }

func (*Created) body()       {}
func (*Joined) body()        {}
func (*Left) body()          {}
func (*Kicked) body()        {}
func (*RoleChanged) body()   {}
func (*InfoChanged) body()   {}
func (*MembersMuted) body()  {}
func (*MemberChanged) body() {}
func (*RemindChanged) body() {}
func (*Sent) body()          {}
func (*Shed) body()          {}
func (*Liked) body()         {}
func (*Filed) body()         {}
func (*RecordChanged) body() {}
func (*NoticeSent) body()    {}
func (*Dismissed) body()     {}
