package protocol

import (
	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Commands that make, change and end groups (spec 6.1, 6.7 to 6.10, 8.2).

func createGroup(r *troupev1.CreateGroup) (group.Command, *Error) {
	err := firstError(
		checkKind("kind", r.GetKind()),
		optionalUser("owner_id", r.GetOwnerId()),
		checkName("name", r.GetName()),
		checkText("introduction", r.GetIntroduction(), MaxIntroduction),
		checkText("announcement", r.GetAnnouncement(), MaxAnnouncement),
		checkUTF8("avatar", r.GetAvatar()),
		checkModes(r.GetJoinOption(), r.GetInviteMode(), r.GetInviteeConsent(), r.GetInviteApproval()),
	)
	if err != nil {
		return nil, err
	}
	fields, err := customFields("custom_fields", r.GetCustomFields(), false)
	if err != nil {
		return nil, err
	}
	members, err := initialMembers(r.GetInitialMembers())
	if err != nil {
		return nil, err
	}
	kind := group.Kind(r.GetKind())
	if kind == 0 {
		kind = group.Work
	}
	return group.Create{
		Group: group.ID(r.GetGroupId()), Kind: kind, OwnerID: group.UserID(r.GetOwnerId()),
		Name: r.GetName(), Introduction: r.GetIntroduction(), Announcement: r.GetAnnouncement(),
		Avatar: r.GetAvatar(), MaxMembers: r.GetMaxMembers(),
		JoinOption: group.JoinOption(r.GetJoinOption()), InviteMode: group.InviteMode(r.GetInviteMode()),
		InviteeConsent: group.Consent(r.GetInviteeConsent()), InviteApproval: group.InviteApproval(r.GetInviteApproval()),
		InitialMembers: members, CustomFields: fields, Topics: r.GetTopics(),
	}, nil
}

// initialMembers drops who is named again; the first entry counts.
func initialMembers(in []*troupev1.InitialMember) ([]group.InitialMember, *Error) {
	const field = "initial_members"
	var out []group.InitialMember
	seen := make(map[string]struct{}, len(in))
	for _, m := range in {
		if _, twice := seen[m.GetUserId()]; twice {
			continue
		}
		seen[m.GetUserId()] = struct{}{}
		if err := CheckUserID(field, m.GetUserId()); err != nil {
			return nil, err
		}
		role := group.NoRole
		switch m.GetRole() {
		case troupev1.Role_ROLE_ADMIN:
			role = group.Admin
		case troupev1.Role_ROLE_UNSPECIFIED:
		default:
			return nil, InvalidParameter(field, "role must be admin or left out")
		}
		fields, err := customFields(field, m.GetCustomFields(), false)
		if err != nil {
			return nil, err
		}
		out = append(out, group.InitialMember{User: group.UserID(m.GetUserId()), Role: role, CustomFields: fields})
	}
	return out, nil
}

func transferOwner(r *troupev1.TransferOwner) (group.Command, *Error) {
	return group.TransferOwner{NewOwner: group.UserID(r.GetNewOwnerId())}, CheckUserID("new_owner_id", r.GetNewOwnerId())
}

func updateGroupProfile(r *troupev1.UpdateGroupProfile) (group.Command, *Error) {
	err := firstError(
		checkName("name", r.GetName()),
		checkUTF8("avatar", r.GetAvatar()),
		checkText("introduction", r.GetIntroduction(), MaxIntroduction),
		checkText("announcement", r.GetAnnouncement(), MaxAnnouncement),
		checkModes(r.GetJoinOption(), 0, 0, 0),
	)
	if err != nil {
		return nil, err
	}
	fields, err := customFields("custom_fields", r.GetCustomFields(), true)
	if err != nil {
		return nil, err
	}
	return group.UpdateProfile{
		Name: r.Name, Avatar: r.Avatar, Introduction: r.Introduction, Announcement: r.Announcement,
		MaxMembers: r.MaxMembers, JoinOption: given[group.JoinOption](r.GetJoinOption()),
		MuteAll: r.MuteAll, CustomFields: fields,
	}, nil
}

func updateGroupModes(r *troupev1.UpdateGroupModes) (group.Command, *Error) {
	err := checkModes(r.GetJoinOption(), r.GetInviteMode(), r.GetInviteeConsent(), r.GetInviteApproval())
	if err != nil {
		return nil, err
	}
	return group.UpdateModes{
		JoinOption:     given[group.JoinOption](r.GetJoinOption()),
		InviteMode:     given[group.InviteMode](r.GetInviteMode()),
		InviteeConsent: given[group.Consent](r.GetInviteeConsent()),
		InviteApproval: given[group.InviteApproval](r.GetInviteApproval()),
	}, nil
}

// muteGroup: with on false all else is ignored, even if it is wrong (spec 8.2).
func muteGroup(r *troupev1.MuteGroup) (group.Command, *Error) {
	if !r.GetOn() {
		return group.MuteGroup{}, nil
	}
	if m := r.GetMode(); m < troupev1.MuteMode_MUTE_MODE_ORDINARY || m > troupev1.MuteMode_MUTE_MODE_ROLES {
		return nil, InvalidParameter("mode", "must be ordinary, all or roles")
	}
	cmd := group.MuteGroup{On: true, Mode: group.MuteMode(r.GetMode()), DurationSeconds: -1}
	if r.Duration != nil {
		cmd.DurationSeconds = r.GetDuration()
	}
	if d := cmd.DurationSeconds; d != -1 && (d < 1 || d > MaxMuteSeconds) {
		return nil, InvalidParameter("duration", "must be 1 to 31536000 seconds, or -1")
	}
	if cmd.Mode != group.MuteRoles {
		return cmd, nil
	}
	for _, n := range r.GetRoles() {
		if n < 1 || n > 255 {
			return nil, InvalidParameter("roles", "must be numbers from 1 to 255")
		}
		if !hasRole(cmd.Roles, group.Role(n)) {
			cmd.Roles = append(cmd.Roles, group.Role(n))
		}
	}
	if len(cmd.Roles) < 1 || len(cmd.Roles) > MaxMuteRoles {
		return nil, InvalidParameter("roles", "must be 1 to 10 roles")
	}
	return cmd, nil
}

func hasRole(roles []group.Role, role group.Role) bool {
	for _, r := range roles {
		if r == role {
			return true
		}
	}
	return false
}

func checkKind(field string, k troupev1.Kind) *Error {
	return checkRange(field, k, troupev1.Kind_KIND_WORK, troupev1.Kind_KIND_CUSTOM)
}

func checkModes(j troupev1.JoinOption, m troupev1.InviteMode, c troupev1.InviteeConsent, a troupev1.InviteApproval) *Error {
	return firstError(
		checkRange("join_option", j, troupev1.JoinOption_JOIN_OPTION_FREE, troupev1.JoinOption_JOIN_OPTION_CLOSED),
		checkRange("invite_mode", m, troupev1.InviteMode_INVITE_MODE_ANY_MEMBER, troupev1.InviteMode_INVITE_MODE_NOBODY),
		checkRange("invitee_consent", c, troupev1.InviteeConsent_INVITEE_CONSENT_NONE, troupev1.InviteeConsent_INVITEE_CONSENT_REQUIRED),
		checkRange("invite_approval", a, troupev1.InviteApproval_INVITE_APPROVAL_BYPASS, troupev1.InviteApproval_INVITE_APPROVAL_FOLLOW),
	)
}

// given makes the pointer of an optional enum: nil if it is 0.
func given[T ~uint8, W ~int32](w W) *T {
	if w == 0 {
		return nil
	}
	v := T(w)
	return &v
}

// optionalUser checks an id that may be left out.
func optionalUser(field, id string) *Error {
	if id == "" {
		return nil
	}
	return CheckUserID(field, id)
}
