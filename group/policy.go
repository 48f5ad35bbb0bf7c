package group

// Policy is one kind's row of answers to every question on which products
// differ (spec 4). It is data: nothing here is behaviour. A deployment has one
// [Table]; a group carries only its [Settings].
//
// The comment of each field names its row in spec 4 and the values it takes.
type Policy struct {
	// JoinOption (row 1) is what a new group starts with; Fixed: its own owner
	// and admins cannot change it.
	JoinOption      JoinOption
	JoinOptionFixed bool
	// InviteMode (row 2): who may invite.
	InviteMode      InviteMode
	InviteModeFixed bool
	// InviteeConsent (row 3): whether an invitee is asked. Zero where nobody is
	// ever invited.
	InviteeConsent      Consent
	InviteeConsentFixed bool
	// InviteApproval (row 4): whether invitations obey the join option. Zero
	// where nobody is ever invited.
	InviteApproval      InviteApproval
	InviteApprovalFixed bool
	// OwnerLeave (row 5): what happens when the owner leaves.
	OwnerLeave OwnerLeave
	// OnEmpty (row 6): what happens when the last member is gone.
	OnEmpty OnEmpty
	// DismissBy (row 7): CircleOwner or CircleAppAdmin; an app_admin always may.
	DismissBy Circle
	// Searchable (row 8): outsiders may see the public part.
	Searchable bool
	// Transferable (row 9): the owner may pass the group on.
	Transferable bool
	// MemberMute (row 10): members may be muted one by one.
	MemberMute bool
	// GroupMute (row 11): the whole group may be muted.
	GroupMute bool
	// InitialMembers (row 12): most users that create_group may name; 0 = none.
	InitialMembers int
	// CreatorJoins (row 13): the owner is a member from the start.
	CreatorJoins bool
	// InJoinedList (row 14): whether list_joined_groups shows the group.
	InJoinedList JoinedList
	// MaxMembersDefault and MaxMembersCeiling (row 15); 0 = unlimited. A group
	// that names no number gets the ceiling (spec 6.1).
	MaxMembersDefault uint32
	MaxMembersCeiling uint32
	// History (row 16): messages and tips are stored.
	History bool
	// HistoryBeforeJoin (row 17): members may read what is older than their joining.
	HistoryBeforeJoin bool
	// MemberChangeNotices (row 18) governs tips 1 to 5.
	MemberChangeNotices ChangeNotices
	// ProfileChangeNotices (row 19) governs tips 6 and above: NoticesOn or NoticesOff.
	ProfileChangeNotices ChangeNotices
	// Guests (row 20): connections without login may listen.
	Guests bool
	// Exclusive (row 21): a user is in at most one such group.
	Exclusive bool
	// Membership (row 22): lasting, or presence.
	Membership Membership
	// KickBy (row 23): CircleOwner or CircleOwnerAdmin.
	KickBy Circle
	// EditInfoBy (row 24): CircleOwnerAdmin or CircleAnyMember.
	EditInfoBy Circle
	// RemindTypes (row 25): members may set a remind type.
	RemindTypes bool
	// NameMax and AvatarMax (rows 26, 27) in bytes.
	NameMax   int
	AvatarMax int
	// NameRequired belongs to the kind and has no row: only custom groups may be
	// nameless (spec 6.1).
	NameRequired bool
	// Topics belongs to the kind and has no row: only communities may be created
	// with topics (spec 4.2, 6.1).
	Topics bool
	// CustomRoles (row 28): roles 4 to 255 may be given.
	CustomRoles bool
	// RecycleAfter (row 29) in days without activity; 0 = off.
	RecycleAfter int
	// RecallWindow (row 30) in seconds; 0 = off.
	RecallWindow int
	// RecallBy (row 31), others' messages: CircleSender or CircleOwnerAdmin.
	RecallBy Circle
	// EditWindow (row 32) in seconds; 0 = off.
	EditWindow int
	// MentionAllBy (row 33): CircleAnyMember, CircleOwnerAdmin or CircleNobody.
	MentionAllBy Circle
	// TypingMaxMembers (row 34); 0 = off.
	TypingMaxMembers int
	// Reactions (row 35).
	Reactions bool
	// ReactionsFoldAbove (row 36) in members.
	ReactionsFoldAbove int
	// PinBy (row 37): CircleAnyMember, CircleOwnerAdmin or CircleNobody.
	PinBy Circle
	// Replies (row 38).
	Replies bool
	// Readers (row 39).
	Readers bool
	// ReadProgressMax (row 40) in members; 0 = off.
	ReadProgressMax int
	// PriorityHighBy (row 41): CircleAnyMember, CircleOwnerAdmin or CircleAppAdmin.
	PriorityHighBy Circle
	// RoomBudget (row 42); zero = off.
	RoomBudget RoomBudget
	// Counters (row 43).
	Counters bool
}

// OwnerLeave says what happens when the owner leaves (row 5).
type OwnerLeave uint8

// Values of OwnerLeave.
const (
	LeaveRefused   OwnerLeave = 1
	LeaveOwnerless OwnerLeave = 2
	LeaveTransfers OwnerLeave = 3
)

// OnEmpty says what happens when the last member is gone (row 6).
type OnEmpty uint8

// Values of OnEmpty.
const (
	EmptyDismisses OnEmpty = 1
	EmptyKeeps     OnEmpty = 2
)

// JoinedList says whether joined lists show a group (row 14).
type JoinedList uint8

// Values of JoinedList.
const (
	ListedYes          JoinedList = 1
	ListedNo           JoinedList = 2
	ListedUnlessTopics JoinedList = 3
)

// ChangeNotices says whether tips of a sort are made (rows 18, 19).
type ChangeNotices uint8

// Values of ChangeNotices.
const (
	NoticesOn      ChangeNotices = 1
	NoticesOff     ChangeNotices = 2
	NoticesBatched ChangeNotices = 3
)

// Membership says how long somebody is in (row 22).
type Membership uint8

// Values of Membership.
const (
	Persistent Membership = 1
	Connected  Membership = 2
)

// Circle is a set of people who may do something.
type Circle uint8

// The circles, by what the table calls them.
const (
	CircleAnyMember  Circle = 1
	CircleOwnerAdmin Circle = 2
	CircleOwner      Circle = 3
	CircleAppAdmin   Circle = 4
	CircleNobody     Circle = 5
	CircleSender     Circle = 6
)

// has reports whether a member of the role stands in the circle. An app_admin
// is asked elsewhere.
func (c Circle) has(r Role) bool {
	switch c {
	case CircleAnyMember:
		return r != NoRole
	case CircleOwnerAdmin:
		return r == Owner || r == Admin
	case CircleOwner:
		return r == Owner
	}
	return false
}

// RoomBudget bounds what a livestream delivers (row 42); zero = no bound.
type RoomBudget struct {
	Messages uint32 // per second
	Bytes    uint32 // per second
}

// Table holds the policies of all kinds. It is filled at start-up and read-only
// afterwards; then it may be read concurrently.
type Table struct {
	policies [len(Kinds)]Policy
}

// Of returns the policy of a kind, nil if there is no such kind.
func (t *Table) Of(k Kind) *Policy {
	if k < Work || k > Custom {
		return nil
	}
	return &t.policies[k-1]
}

// IsConnected reports whether membership is presence and so is not stored
// (row 22). It belongs to the kind itself and cannot be overridden: what was
// journalled must mean the same under every table.
func (k Kind) IsConnected() bool { return k == Livestream }
