package group

import (
	"fmt"
	"strconv"
	"strings"
)

// Row is one row of the policy table as text, for people.
type Row struct {
	// Number is the row's number in spec 4, Key the name a deployment overrides it by.
	Number int
	Key    string
	// Values says what the row can be.
	Values string
	// Cells hold the value per kind, in the order of [Kinds]: as
	// Table.Override reads it, or "n/a".
	Cells [len(Kinds)]string
}

// policyRow tells how one row is shown and set.
type policyRow struct {
	number int
	key    string
	values string
	show   func(*Policy) string
	// set reports false if the text is no value of the row.
	set func(*Policy, string) bool
	// settled says why the row of a kind cannot be overridden; empty if it can.
	settled func(Kind) string
}

const (
	notApplicable = "n/a"
	wordFixed     = "fixed"
	wordGroup     = "group"
)

// policyRows lists all rows of spec 4 in order.
func policyRows() []policyRow {
	var rows []policyRow
	for _, part := range [...][]policyRow{modeRows(), lifeRows(), memberRows(), infoRows(), messageRows(), roomRows()} {
		rows = append(rows, part...)
	}
	return rows
}

func modeRows() []policyRow {
	return []policyRow{
		modeRow(1, "join_option", joinOptionNames[:], func(p *Policy) (*JoinOption, *bool) { return &p.JoinOption, &p.JoinOptionFixed }),
		modeRow(2, "invite_mode", inviteModeNames[:], func(p *Policy) (*InviteMode, *bool) { return &p.InviteMode, &p.InviteModeFixed }),
		modeRow(3, "invitee_consent", consentNames[:], func(p *Policy) (*Consent, *bool) { return &p.InviteeConsent, &p.InviteeConsentFixed }),
		modeRow(4, "invite_approval", inviteApprovalNames[:], func(p *Policy) (*InviteApproval, *bool) { return &p.InviteApproval, &p.InviteApprovalFixed }),
	}
}

func lifeRows() []policyRow {
	return []policyRow{
		enumRow(5, "owner_leave", ownerLeaveNames[:], func(p *Policy) *OwnerLeave { return &p.OwnerLeave }, presenceOnly),
		enumRow(6, "on_empty", onEmptyNames[:], func(p *Policy) *OnEmpty { return &p.OnEmpty }, presenceOnly),
		circleRow(7, "dismiss_by", "owner app_admin", func(p *Policy) *Circle { return &p.DismissBy }, nil),
		boolRow(8, "searchable", func(p *Policy) *bool { return &p.Searchable }, nil),
		boolRow(9, "transferable", func(p *Policy) *bool { return &p.Transferable }, presenceOnly),
		boolRow(10, "member_mute", func(p *Policy) *bool { return &p.MemberMute }, nil),
		boolRow(11, "group_mute", func(p *Policy) *bool { return &p.GroupMute }, nil),
		numberRow(12, "initial_members", 0, func(p *Policy) *int { return &p.InitialMembers }, presenceOnly),
		boolRow(13, "creator_joins", func(p *Policy) *bool { return &p.CreatorJoins }, ofTheKind),
		enumRow(14, "in_joined_list", joinedListNames[:], func(p *Policy) *JoinedList { return &p.InJoinedList }, presenceOnly),
		capacityRow(),
	}
}

func memberRows() []policyRow {
	return []policyRow{
		{
			number: 16, key: "history", values: "stored, none", settled: ofTheKind,
			show: func(p *Policy) string { return pick(p.History, "stored", "none") },
			set:  func(*Policy, string) bool { return false },
		},
		boolRow(17, "history_before_join", func(p *Policy) *bool { return &p.HistoryBeforeJoin }, noHistory),
		{
			number: 18, key: "member_change_notices", values: "on, off, batched", settled: notSwitchableLive,
			show: func(p *Policy) string { return p.MemberChangeNotices.String() },
			set: func(p *Policy, v string) bool {
				n, ok := ParseChangeNotices(v)
				p.MemberChangeNotices = n
				return ok && n != NoticesBatched
			},
		},
		{
			number: 19, key: "profile_change_notices", values: "on, off", settled: notSwitchableLive,
			show: func(p *Policy) string { return p.ProfileChangeNotices.String() },
			set: func(p *Policy, v string) bool {
				n, ok := ParseChangeNotices(v)
				p.ProfileChangeNotices = n
				return ok && n != NoticesBatched
			},
		},
		boolRow(20, "guests", func(p *Policy) *bool { return &p.Guests }, liveOnly),
		boolRow(21, "exclusive", func(p *Policy) *bool { return &p.Exclusive }, liveOnly),
		{
			number: 22, key: "membership", values: "persistent, connected", settled: ofTheKind,
			show: func(p *Policy) string { return p.Membership.String() },
			set:  func(*Policy, string) bool { return false },
		},
		circleRow(23, "kick_by", "owner owner_admin", func(p *Policy) *Circle { return &p.KickBy }, nil),
		circleRow(24, "edit_info_by", "owner_admin any_member", func(p *Policy) *Circle { return &p.EditInfoBy }, nil),
		boolRow(25, "remind_types", func(p *Policy) *bool { return &p.RemindTypes }, presenceOnly),
	}
}

func infoRows() []policyRow {
	return []policyRow{
		numberRow(26, "name_max", 1, func(p *Policy) *int { return &p.NameMax }, nil),
		numberRow(27, "avatar_max", 1, func(p *Policy) *int { return &p.AvatarMax }, nil),
		boolRow(28, "custom_roles", func(p *Policy) *bool { return &p.CustomRoles }, nil),
		offRow(29, "recycle_after", "days", func(p *Policy) *int { return &p.RecycleAfter }, nil),
	}
}

func messageRows() []policyRow {
	return []policyRow{
		numberRow(30, "recall_window", 0, func(p *Policy) *int { return &p.RecallWindow }, nil),
		circleRow(31, "recall_by", "sender owner_admin", func(p *Policy) *Circle { return &p.RecallBy }, nil),
		numberRow(32, "edit_window", 0, func(p *Policy) *int { return &p.EditWindow }, notSwitchableLive),
		circleRow(33, "mention_all_by", "any_member owner_admin nobody", func(p *Policy) *Circle { return &p.MentionAllBy }, nil),
		numberRow(34, "typing_max_members", 0, func(p *Policy) *int { return &p.TypingMaxMembers }, nil),
		boolRow(35, "reactions", func(p *Policy) *bool { return &p.Reactions }, notSwitchableLive),
		numberRow(36, "reactions_fold_above", 0, func(p *Policy) *int { return &p.ReactionsFoldAbove }, absentLive),
		circleRow(37, "pin_by", "any_member owner_admin nobody", func(p *Policy) *Circle { return &p.PinBy }, notSwitchableLive),
		boolRow(38, "replies", func(p *Policy) *bool { return &p.Replies }, notSwitchableLive),
		boolRow(39, "readers", func(p *Policy) *bool { return &p.Readers }, notSwitchableLive),
		numberRow(40, "read_progress_max", 0, func(p *Policy) *int { return &p.ReadProgressMax }, notSwitchableLive),
	}
}

func roomRows() []policyRow {
	return []policyRow{
		circleRow(41, "priority_high_by", "any_member owner_admin app_admin", func(p *Policy) *Circle { return &p.PriorityHighBy }, liveOnly),
		{
			number: 42, key: "room_budget", values: "off, or messages/s and bytes/s as 100/65536", settled: liveOnly,
			show: func(p *Policy) string {
				if p.RoomBudget == (RoomBudget{}) {
					return "off"
				}
				return fmt.Sprintf("%d/%d", p.RoomBudget.Messages, p.RoomBudget.Bytes)
			},
			set: setBudget,
		},
		boolRow(43, "counters", func(p *Policy) *bool { return &p.Counters }, liveOnly),
	}
}

func setBudget(p *Policy, v string) bool {
	p.RoomBudget = RoomBudget{}
	if v == "off" {
		return true
	}
	messages, bytes, _ := strings.Cut(v, "/")
	m, err1 := strconv.ParseUint(strings.TrimSpace(messages), 10, 32)
	b, err2 := strconv.ParseUint(strings.TrimSpace(bytes), 10, 32)
	p.RoomBudget = RoomBudget{uint32(m), uint32(b)}
	return err1 == nil && err2 == nil && m > 0 && b > 0
}

func pick(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}
