package group

// UserResult is one entry of a call that acts on several users (spec 2.2).
type UserResult struct {
	User   UserID
	Status Outcome
	Code   Code // only with Failed
}

// Result is the content of an answer. Each command fills the fields that the
// spec names for it; the rest stay zero.
type Result struct {
	Code    Code // OK, CodeWaitApproval, CodeWaitInvitee or CodeMessageShed
	Outcome Outcome
	Users   []UserResult

	Seq    Seq
	Time   Millis
	Random uint32
	// Shed and RetryAfter (ms) say more about CodeMessageShed.
	Shed       ShedCause
	RetryAfter int64
	// Counted is how many likes of a call count; Likes, how many there are now.
	Counted uint32
	Likes   uint64
	// Receivers of a custom notice.
	Receivers uint32

	// Group, Member, Modes, Mute are read from the state when the answer is
	// made. Group and Member are not stored for repeats: a repeat shows the
	// present ones.
	Group  *Profile
	Member *MemberProfile
	Modes  *Modes
	Mute   *Mute

	// Members, Total and NextCursor answer ListMembers and GetMembers.
	Members    []MemberProfile
	Total      uint32
	NextCursor string

	// History answers GetHistory.
	History *Visibility
}

// Profile is a group as its readers see it (spec 6.11).
type Profile struct {
	Group         ID
	Kind          Kind
	Settings      Settings
	Owner         UserID // empty = none
	CreateTime    Millis
	LastInfoTime  Millis
	LastMessage   Millis
	NextSeq       Seq
	MemberCount   uint32
	AudienceCount uint32 // livestream
	Likes         uint64 // livestream
	// Public: only the public part may be shown (no mute, no custom fields).
	Public bool
	// Self is the caller's own membership; nil if it is none.
	Self *MemberProfile
}

// MemberProfile is a member as its readers see it (spec 6.12).
type MemberProfile struct {
	User         UserID
	Name, Avatar string
	Role         Role
	JoinTime     Millis
	LastSendTime Millis
	MuteUntil    Millis
	NameCard     string
	CustomFields []Pair
	Remind       RemindType
	// JoinSeq is the number of the tip of joining, or of what was newest then.
	JoinSeq Seq
	// VisibleFrom is the lowest number that the member may read (row 17). Only
	// Machine.Member and Profile.Self fill it.
	VisibleFrom Seq
}

// Visibility is what a caller may read of the history: numbers From to To. An
// app_admin reads like a member who was there from the start.
type Visibility struct {
	// Stored: the kind has history.
	Stored bool
	// Member: is one now. If false, the membership row says what a former
	// member may read.
	Member bool
	From   Seq
	To     Seq
}
