package naive

import "github.com/troupe-im/troupe/group"

// Override is one cell of the policy table that a deployment may set: as text
// for the core's table, as a change for the model's.
type Override struct {
	Key, Value string
	Set        func(*Policy)
}

// Overrides lists cells worth trying; a kind may not allow all of them.
func Overrides() []Override {
	var list []Override
	add := func(key, value string, set func(*Policy)) { list = append(list, Override{key, value, set}) }
	for i, name := range []string{"free", "admin_approval", "owner_approval", "closed"} {
		v := group.JoinOption(i + 1)
		add("join_option", name+", group", func(p *Policy) { p.JoinOption, p.JoinFixed = v, false })
		add("join_option", name+", fixed", func(p *Policy) { p.JoinOption, p.JoinFixed = v, true })
	}
	for i, name := range []string{"any_member", "admins", "owner", "app_admin", "nobody"} {
		v := group.InviteMode(i + 1)
		add("invite_mode", name+", group", func(p *Policy) { p.InviteMode, p.InviteFixed = v, false })
		add("invite_mode", name+", fixed", func(p *Policy) { p.InviteMode, p.InviteFixed = v, true })
	}
	add("invitee_consent", "required, group", func(p *Policy) { p.Consent, p.ConsentFixed = group.ConsentRequired, false })
	add("invitee_consent", "required, fixed", func(p *Policy) { p.Consent, p.ConsentFixed = group.ConsentRequired, true })
	add("invite_approval", "follow, group", func(p *Policy) { p.Approval, p.ApprovalFixed = group.Follow, false })
	add("invite_approval", "follow, fixed", func(p *Policy) { p.Approval, p.ApprovalFixed = group.Follow, true })
	for _, v := range []string{"refuse", "ownerless", "transfer_earliest"} {
		add("owner_leave", v, func(p *Policy) { p.OwnerLeave = v })
	}
	for _, v := range []string{"dismiss", "keep"} {
		add("on_empty", v, func(p *Policy) { p.OnEmpty = v })
	}
	for _, v := range []string{"owner", "app_admin"} {
		add("dismiss_by", v, func(p *Policy) { p.DismissBy = v })
	}
	for _, v := range []string{"on", "off"} {
		add("member_change_notices", v, func(p *Policy) { p.MemberTips = v })
		add("profile_change_notices", v, func(p *Policy) { p.ProfileTips = v == "on" })
	}
	for _, v := range []string{"owner", "owner_admin"} {
		add("kick_by", v, func(p *Policy) { p.KickBy = v })
	}
	for _, v := range []string{"owner_admin", "any_member"} {
		add("edit_info_by", v, func(p *Policy) { p.EditBy = v })
	}
	for _, v := range []string{"yes", "no"} {
		add("searchable", v, func(p *Policy) { p.Searchable = v == "yes" })
		add("transferable", v, func(p *Policy) { p.Transferable = v == "yes" })
		add("member_mute", v, func(p *Policy) { p.MemberMute = v == "yes" })
		add("group_mute", v, func(p *Policy) { p.GroupMute = v == "yes" })
		add("history_before_join", v, func(p *Policy) { p.BeforeJoin = v == "yes" })
		add("guests", v, func(p *Policy) { p.Guests = v == "yes" })
		add("remind_types", v, func(p *Policy) { p.RemindTypes = v == "yes" })
		add("counters", v, func(p *Policy) { p.Counters = v == "yes" })
		add("custom_roles", v, func(p *Policy) { p.CustomRoles = v == "yes" })
	}
	for _, v := range []string{"any_member", "owner_admin", "app_admin"} {
		add("priority_high_by", v, func(p *Policy) { p.HighBy = v })
	}
	add("initial_members", "0", func(p *Policy) { p.InitialMembers = 0 })
	add("initial_members", "1", func(p *Policy) { p.InitialMembers = 1 })
	add("max_members", "2 / 3", func(p *Policy) { p.MaxDefault, p.Ceiling = 2, 3 })
	add("max_members", "unlimited", func(p *Policy) { p.MaxDefault, p.Ceiling = 0, 0 })
	add("name_max", "1", func(p *Policy) { p.NameMax = 1 })
	add("avatar_max", "101", func(p *Policy) { p.AvatarMax = 101 })
	add("recycle_after", "1", func(p *Policy) { p.RecycleDays = 1 })
	add("recycle_after", "8", func(p *Policy) { p.RecycleDays = 8 })
	return list
}
