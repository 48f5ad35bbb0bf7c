package group

// DefaultTable gives the table of spec 4.
func DefaultTable() *Table {
	t := &Table{}
	t.policies = [len(Kinds)]Policy{
		Work - 1: work(), Public - 1: public(), Meeting - 1: meeting(),
		Community - 1: community(), Livestream - 1: livestream(), Custom - 1: custom(),
	}
	return t
}

// common holds the values on which most kinds agree.
func common() Policy {
	return Policy{
		InviteModeFixed: true,
		InviteeConsent:  ConsentNone, InviteeConsentFixed: true,
		InviteApproval: Bypass, InviteApprovalFixed: true,
		OwnerLeave: LeaveRefused, OnEmpty: EmptyDismisses, DismissBy: CircleOwner,
		Searchable: true, Transferable: true, MemberMute: true, GroupMute: true,
		InitialMembers: 500, CreatorJoins: true, InJoinedList: ListedYes,
		MaxMembersDefault: 6000, MaxMembersCeiling: 6000,
		History: true, MemberChangeNotices: NoticesOn, ProfileChangeNotices: NoticesOn,
		Membership: Persistent, KickBy: CircleOwnerAdmin, EditInfoBy: CircleOwnerAdmin,
		RemindTypes: true, NameMax: 30, AvatarMax: 100, NameRequired: true,
		RecallWindow: 120, RecallBy: CircleOwnerAdmin, EditWindow: 900,
		MentionAllBy: CircleOwnerAdmin, TypingMaxMembers: 200,
		Reactions: true, ReactionsFoldAbove: 200, PinBy: CircleOwnerAdmin,
		Replies: true, Readers: true, ReadProgressMax: 100,
	}
}

func work() Policy {
	p := common()
	p.JoinOption, p.JoinOptionFixed = Closed, true
	p.InviteMode = InviteAnyMember
	p.OwnerLeave, p.DismissBy = LeaveOwnerless, CircleAppAdmin
	p.Searchable, p.MemberMute, p.GroupMute = false, false, false
	p.EditInfoBy, p.MentionAllBy, p.PinBy = CircleAnyMember, CircleAnyMember, CircleAnyMember
	return p
}

func public() Policy {
	p := common()
	p.JoinOption = AdminApproval
	p.InviteMode = InviteAppAdmin
	return p
}

func meeting() Policy {
	p := common()
	p.JoinOption, p.JoinOptionFixed = Free, true
	p.InviteMode = InviteAppAdmin
	p.HistoryBeforeJoin = true
	p.TypingMaxMembers, p.ReadProgressMax = 0, 0
	return p
}

func community() Policy {
	p := common()
	p.JoinOption = Free
	p.InviteMode = InviteAnyMember
	p.InJoinedList, p.Topics = ListedUnlessTopics, true
	p.MaxMembersDefault, p.MaxMembersCeiling = 100_000, 100_000
	p.HistoryBeforeJoin = true
	p.TypingMaxMembers, p.ReadProgressMax = 0, 0
	return p
}

func livestream() Policy {
	p := common()
	p.JoinOption, p.JoinOptionFixed = Free, true
	p.InviteMode = InviteNobody
	p.InviteeConsent, p.InviteApproval = 0, 0
	p.OnEmpty, p.Transferable = EmptyKeeps, false
	p.InitialMembers, p.CreatorJoins, p.InJoinedList = 0, false, ListedNo
	p.MaxMembersDefault, p.MaxMembersCeiling = 0, 0
	p.History, p.MemberChangeNotices = false, NoticesBatched
	p.Guests, p.Exclusive, p.Membership = true, true, Connected
	p.RemindTypes = false
	p.EditWindow, p.TypingMaxMembers, p.ReadProgressMax = 0, 0, 0
	p.Reactions, p.ReactionsFoldAbove, p.Replies, p.Readers = false, 0, false, false
	p.PinBy, p.PriorityHighBy, p.Counters = CircleNobody, CircleOwnerAdmin, true
	return p
}

func custom() Policy {
	p := common()
	p.JoinOption = Free
	p.InviteMode, p.InviteModeFixed = InviteAnyMember, false
	p.InviteeConsentFixed = false
	p.InviteApproval, p.InviteApprovalFixed = Follow, false
	p.OwnerLeave = LeaveTransfers
	p.NameMax, p.AvatarMax, p.NameRequired, p.CustomRoles = 50, 500, false, true
	return p
}
