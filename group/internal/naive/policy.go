package naive

import "github.com/troupe-im/troupe/group"

// Policy is one column of the table in spec 4, as far as a group's own rules go.
type Policy struct {
	JoinOption    group.JoinOption     // row 1
	JoinFixed     bool                 // row 1
	InviteMode    group.InviteMode     // row 2
	InviteFixed   bool                 // row 2
	Consent       group.Consent        // row 3
	ConsentFixed  bool                 // row 3
	Approval      group.InviteApproval // row 4
	ApprovalFixed bool                 // row 4

	OwnerLeave     string // row 5: refuse, ownerless, transfer_earliest
	OnEmpty        string // row 6: dismiss, keep
	DismissBy      string // row 7: owner, app_admin
	Searchable     bool   // row 8
	Transferable   bool   // row 9
	MemberMute     bool   // row 10
	GroupMute      bool   // row 11
	InitialMembers int    // row 12
	CreatorJoins   bool   // row 13
	MaxDefault     uint32 // row 15; 0 = unlimited
	Ceiling        uint32 // row 15; 0 = unlimited
	History        bool   // row 16: stored
	BeforeJoin     bool   // row 17
	MemberTips     string // row 18: on, off, batched
	ProfileTips    bool   // row 19
	Guests         bool   // row 20
	Connected      bool   // row 22
	KickBy         string // row 23: owner, owner_admin
	EditBy         string // row 24: owner_admin, any_member
	RemindTypes    bool   // row 25
	NameMax        int    // row 26, bytes
	AvatarMax      int    // row 27, bytes
	CustomRoles    bool   // row 28
	RecycleDays    int    // row 29; 0 = off
	Counters       bool   // row 43
	HighBy         string // row 41: any_member, owner_admin, app_admin; empty = no priorities
}

// Defaults is the table of spec 4 as printed there.
func Defaults() map[group.Kind]Policy {
	return map[group.Kind]Policy{
		group.Work: {
			JoinOption: group.Closed, JoinFixed: true, InviteMode: group.InviteAnyMember, InviteFixed: true,
			Consent: group.ConsentNone, ConsentFixed: true, Approval: group.Bypass, ApprovalFixed: true,
			OwnerLeave: "ownerless", OnEmpty: "dismiss", DismissBy: "app_admin", Searchable: false,
			Transferable: true, MemberMute: false, GroupMute: false, InitialMembers: 500, CreatorJoins: true,
			MaxDefault: 6000, Ceiling: 6000, History: true, BeforeJoin: false, MemberTips: "on", ProfileTips: true,
			KickBy: "owner_admin", EditBy: "any_member", RemindTypes: true, NameMax: 30, AvatarMax: 100,
		},
		group.Public: {
			JoinOption: group.AdminApproval, JoinFixed: false, InviteMode: group.InviteAppAdmin, InviteFixed: true,
			Consent: group.ConsentNone, ConsentFixed: true, Approval: group.Bypass, ApprovalFixed: true,
			OwnerLeave: "refuse", OnEmpty: "dismiss", DismissBy: "owner", Searchable: true,
			Transferable: true, MemberMute: true, GroupMute: true, InitialMembers: 500, CreatorJoins: true,
			MaxDefault: 6000, Ceiling: 6000, History: true, BeforeJoin: false, MemberTips: "on", ProfileTips: true,
			KickBy: "owner_admin", EditBy: "owner_admin", RemindTypes: true, NameMax: 30, AvatarMax: 100,
		},
		group.Meeting: {
			JoinOption: group.Free, JoinFixed: true, InviteMode: group.InviteAppAdmin, InviteFixed: true,
			Consent: group.ConsentNone, ConsentFixed: true, Approval: group.Bypass, ApprovalFixed: true,
			OwnerLeave: "refuse", OnEmpty: "dismiss", DismissBy: "owner", Searchable: true,
			Transferable: true, MemberMute: true, GroupMute: true, InitialMembers: 500, CreatorJoins: true,
			MaxDefault: 6000, Ceiling: 6000, History: true, BeforeJoin: true, MemberTips: "on", ProfileTips: true,
			KickBy: "owner_admin", EditBy: "owner_admin", RemindTypes: true, NameMax: 30, AvatarMax: 100,
		},
		group.Community: {
			JoinOption: group.Free, JoinFixed: false, InviteMode: group.InviteAnyMember, InviteFixed: true,
			Consent: group.ConsentNone, ConsentFixed: true, Approval: group.Bypass, ApprovalFixed: true,
			OwnerLeave: "refuse", OnEmpty: "dismiss", DismissBy: "owner", Searchable: true,
			Transferable: true, MemberMute: true, GroupMute: true, InitialMembers: 500, CreatorJoins: true,
			MaxDefault: 100000, Ceiling: 100000, History: true, BeforeJoin: true, MemberTips: "on", ProfileTips: true,
			KickBy: "owner_admin", EditBy: "owner_admin", RemindTypes: true, NameMax: 30, AvatarMax: 100,
		},
		group.Livestream: {
			JoinOption: group.Free, JoinFixed: true, InviteMode: group.InviteNobody, InviteFixed: true,
			Consent: 0, ConsentFixed: true, Approval: 0, ApprovalFixed: true,
			OwnerLeave: "refuse", OnEmpty: "keep", DismissBy: "owner", Searchable: true,
			Transferable: false, MemberMute: true, GroupMute: true, InitialMembers: 0, CreatorJoins: false,
			MaxDefault: 0, Ceiling: 0, History: false, BeforeJoin: false, MemberTips: "batched", ProfileTips: true,
			Guests: true, Connected: true, HighBy: "owner_admin", Counters: true,
			KickBy: "owner_admin", EditBy: "owner_admin", RemindTypes: false, NameMax: 30, AvatarMax: 100,
		},
		group.Custom: {
			JoinOption: group.Free, JoinFixed: false, InviteMode: group.InviteAnyMember, InviteFixed: false,
			Consent: group.ConsentNone, ConsentFixed: false, Approval: group.Follow, ApprovalFixed: false,
			OwnerLeave: "transfer_earliest", OnEmpty: "dismiss", DismissBy: "owner", Searchable: true,
			Transferable: true, MemberMute: true, GroupMute: true, InitialMembers: 500, CreatorJoins: true,
			MaxDefault: 6000, Ceiling: 6000, History: true, BeforeJoin: false, MemberTips: "on", ProfileTips: true,
			KickBy: "owner_admin", EditBy: "owner_admin", RemindTypes: true, NameMax: 50, AvatarMax: 500,
			CustomRoles: true,
		},
	}
}

// Numbers of spec 16 that tests may want smaller.
type Numbers struct {
	Admins int // admins per group
	Groups int // groups one user may be in
}

// SpecNumbers are those printed in spec 16.
var SpecNumbers = Numbers{Admins: 10, Groups: 1000}

// Periods, in milliseconds.
const (
	second      = 1000
	minute      = 60 * second
	day         = 24 * 60 * minute
	pendingLife = 7 * day // spec 7.6
	finalLife   = 7 * day // spec 7.6
	batchWait   = 500     // spec 6.3
	yearSeconds = 31536000
)
