package group

import (
	"fmt"
	"slices"
)

// ExplainError says that Explain was asked about something it does not know.
type ExplainError struct{ What string }

// Error implements error.
func (e *ExplainError) Error() string { return "nothing is known of " + e.What }

// Explain says in English sentences who may do an operation in groups of a
// kind and which row of the table decides it. Operations have their neutral
// names ("join_group"); the error is an *ExplainError.
func (t *Table) Explain(kind Kind, operation string) ([]string, error) {
	p := t.Of(kind)
	if p == nil {
		return nil, &ExplainError{fmt.Sprintf("kind %d", kind)}
	}
	explain, ok := explanations()[operation]
	if !ok {
		return nil, &ExplainError{fmt.Sprintf("operation %q", operation)}
	}
	lines := explain(p)
	if p.Membership == Connected {
		if rule, ok := presenceRules[operation]; ok {
			lines = append(lines, rule)
		}
	}
	return lines, nil
}

// Operations lists the operations that Explain knows, sorted.
func Operations() []string {
	var list []string
	for name := range explanations() {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// presenceRules is what membership as presence adds (spec 6.3).
var presenceRules = map[string]string{
	"join_group":      "Membership is presence (membership connected): it ends with the last connection, and a user is in one such group at a time (exclusive yes).",
	"send_message":    "An owner or admin who is absent keeps the role but cannot send.",
	"kick_members":    "Only users who are present can be removed.",
	"mute_members":    "Only users who are present can be muted.",
	"set_member_role": "Only users who are present can be made admin; an admin can be unmade at any time.",
}

func explanations() map[string]func(*Policy) []string {
	all := map[string]func(*Policy) []string{}
	for _, part := range [...]map[string]func(*Policy) []string{lifeExplanations(), profileExplanations(), peopleExplanations(), talkExplanations()} {
		for name, explain := range part {
			all[name] = explain
		}
	}
	return all
}

func lifeExplanations() map[string]func(*Policy) []string {
	return map[string]func(*Policy) []string{
		"create_group": func(p *Policy) []string {
			return []string{
				"Any user may create one; only an app administrator may name somebody else as owner.",
				pick(p.InitialMembers > 0, fmt.Sprintf("Up to %d initial members enter at once, without invitation (initial_members).", p.InitialMembers), "No initial members can be named (initial_members 0)."),
				pick(p.CreatorJoins, "The owner is a member from the start (creator_joins yes).", "The owner is not a member before joining (creator_joins no)."),
			}
		},
		"dismiss_group": func(p *Policy) []string {
			if p.DismissBy == CircleAppAdmin {
				return []string{"Only an app administrator may dismiss it (dismiss_by app_admin); the owner is refused with not_supported_for_kind."}
			}
			return []string{"The owner and app administrators may dismiss it (dismiss_by owner)."}
		},
		"leave_group": func(p *Policy) []string {
			owner := map[OwnerLeave]string{
				LeaveRefused:   "The owner may not leave (owner_leave refuse); pass the group on or dismiss it.",
				LeaveOwnerless: "The owner may leave; the group then has no owner until an app administrator transfers it (owner_leave ownerless).",
				LeaveTransfers: "The owner may leave; the earliest member follows (owner_leave transfer_earliest).",
			}
			return []string{"Members and admins may leave at any time.", owner[p.OwnerLeave],
				pick(p.OnEmpty == EmptyDismisses, "When the last member is gone the group is dismissed (on_empty dismiss).", "The group stays when nobody is in it (on_empty keep).")}
		},
		"transfer_owner": func(p *Policy) []string {
			return []string{pick(p.Transferable, "The owner and app administrators may pass it on to a member (transferable yes).", "Nobody may (transferable no): not_supported_for_kind.")}
		},
	}
}

func profileExplanations() map[string]func(*Policy) []string {
	return map[string]func(*Policy) []string{
		"update_group_profile": func(p *Policy) []string {
			if p.EditInfoBy == CircleAnyMember {
				return []string{"Any member may change name, avatar, introduction, announcement and custom fields (edit_info_by any_member).",
					"Everything else needs the owner, an admin or an app administrator.", fixedSentence("join_option", p.JoinOptionFixed)}
			}
			return []string{"The owner, admins and app administrators may (edit_info_by owner_admin).", fixedSentence("join_option", p.JoinOptionFixed)}
		},
		"update_group_modes": func(p *Policy) []string {
			return []string{"The owner, admins and app administrators may, as far as the kind leaves it open.",
				fixedSentence("join_option", p.JoinOptionFixed), fixedSentence("invite_mode", p.InviteModeFixed),
				fixedSentence("invitee_consent", p.InviteeConsentFixed), fixedSentence("invite_approval", p.InviteApprovalFixed)}
		},
		"search_group": func(p *Policy) []string {
			return []string{pick(p.Searchable, "Anybody may see the public part (searchable yes).", "Nobody can find it (searchable no): group_not_searchable.")}
		},
		"get_group_profiles": func(p *Policy) []string {
			return []string{"Members and app administrators see everything.",
				pick(p.Searchable, "Others see the public part: no mute, no custom fields (searchable yes).", "Others get group_not_searchable (searchable no).")}
		},
	}
}

func fixedSentence(key string, fixed bool) string {
	return key + pick(fixed, " is fixed by the kind: option_fixed.", " can be changed for one group.")
}

func peopleExplanations() map[string]func(*Policy) []string {
	return map[string]func(*Policy) []string{
		"join_group":         explainJoin,
		"invite_members":     explainInvite,
		"accept_application": explainHandle,
		"refuse_application": explainHandle,
		"accept_invitation":  func(*Policy) []string { return []string{"The invitee alone, once the invitation has reached it."} },
		"refuse_invitation":  func(*Policy) []string { return []string{"The invitee alone, once the invitation has reached it."} },
		"kick_members": func(p *Policy) []string {
			return []string{pick(p.KickBy == CircleOwner, "The owner and app administrators may remove members (kick_by owner).", "The owner, admins and app administrators may remove members of lower rank (kick_by owner_admin)."),
				"Nobody removes the owner: owner_role_fixed. Only an app administrator removes silently."}
		},
		"set_member_role": func(p *Policy) []string {
			return []string{"The owner and app administrators make and unmake admins; nobody gives the owner another role.",
				pick(p.CustomRoles, "Roles 4 to 255 may be given (custom_roles yes).", "There are no custom roles (custom_roles no): not_supported_for_kind.")}
		},
		"mute_members": func(p *Policy) []string {
			if !p.MemberMute {
				return []string{"Nobody may (member_mute no): not_supported_for_kind."}
			}
			return []string{"The owner mutes admins and members, an admin members, an app administrator all but the owner (member_mute yes)."}
		},
		"mute_group": func(p *Policy) []string {
			return []string{pick(p.GroupMute, "The owner, admins and app administrators may (group_mute yes).", "Nobody may (group_mute no): not_supported_for_kind.")}
		},
		"set_name_card": func(*Policy) []string {
			return []string{"Everybody its own; the owner and app administrators everybody's; an admin those of ordinary members."}
		},
		"set_member_custom_fields": func(*Policy) []string {
			return []string{"Everybody its own; owner and admins also those of lower rank; app administrators everybody's."}
		},
		"set_remind_type": func(p *Policy) []string {
			return []string{pick(p.RemindTypes, "Every member its own; an app administrator that of a named user (remind_types yes).", "There are none (remind_types no): not_supported_for_kind.")}
		},
		"list_members":        func(*Policy) []string { return []string{"Members and app administrators."} },
		"get_member_profiles": func(*Policy) []string { return []string{"Members and app administrators."} },
	}
}

func explainJoin(p *Policy) []string {
	first := map[JoinOption]string{
		Free:          "Anybody may join at once",
		AdminApproval: "Joining files an application for the owner and admins",
		OwnerApproval: "Joining files an application for the owner",
		Closed:        "Nobody may join by itself (join_closed); members are invited",
	}[p.JoinOption]
	lines := []string{fmt.Sprintf("%s (join_option %s%s).", first, p.JoinOption, pick(p.JoinOptionFixed, ", fixed", ", unless the group chose otherwise"))}
	if p.MaxMembersCeiling > 0 {
		lines = append(lines, fmt.Sprintf("A group takes at most %d members (max_members).", p.MaxMembersCeiling))
	}
	if p.Guests {
		lines = append(lines, "Connections without login may listen as guests (guests yes).")
	}
	return lines
}

func explainInvite(p *Policy) []string {
	first := map[InviteMode]string{
		InviteAnyMember: "Any member and app administrators may invite",
		InviteAdmins:    "The owner, admins and app administrators may invite",
		InviteOwner:     "The owner and app administrators may invite",
		InviteAppAdmin:  "Only app administrators may bring users in",
		InviteNobody:    "Nobody may invite, app administrators included (invites_disabled)",
	}[p.InviteMode]
	lines := []string{fmt.Sprintf("%s (invite_mode %s%s).", first, p.InviteMode, pick(p.InviteModeFixed, ", fixed", ", unless the group chose otherwise"))}
	if p.InviteMode == InviteNobody {
		return lines
	}
	return append(lines,
		pick(p.InviteeConsent == ConsentRequired, "The invitee is asked (invitee_consent required).", "The invitee is not asked (invitee_consent none)."),
		pick(p.InviteApproval == Follow, "Where joining needs approval, invitations of ordinary members need it too (invite_approval follow).", "Invitations need no approval (invite_approval bypass)."))
}

func explainHandle(*Policy) []string {
	return []string{"The owner and admins, as they are when the call arrives; under owner_approval the owner alone, and admins if there is no owner. App administrators always."}
}

func talkExplanations() map[string]func(*Policy) []string {
	return map[string]func(*Policy) []string{
		"send_message": explainSend,
		"send_like": func(p *Policy) []string {
			return []string{pick(p.Counters, "Members, muted ones too (counters yes).", "Nobody (counters no): not_supported_for_kind.")}
		},
		"send_custom_notice": func(*Policy) []string { return []string{"App administrators alone."} },
		"get_group_history": func(p *Policy) []string {
			if !p.History {
				return []string{"There is none (history none): an empty, finished list."}
			}
			return []string{"Members and app administrators; former members up to their leaving.",
				pick(p.HistoryBeforeJoin, "Members also read what is older than their joining (history_before_join yes).", "Nothing before the latest joining is shown (history_before_join no).")}
		},
		"recall_message": func(p *Policy) []string {
			return []string{fmt.Sprintf("The sender within %d seconds (recall_window); %s (recall_by %s).", p.RecallWindow, pick(p.RecallBy == CircleOwnerAdmin, "owner, admins and app administrators those of lower rank at any time", "app administrators those of others at any time"), p.RecallBy)}
		},
		"edit_message": func(p *Policy) []string {
			return []string{pick(p.EditWindow > 0, fmt.Sprintf("The sender within %d seconds (edit_window), if not muted.", p.EditWindow), "Nobody (edit_window 0): not_supported_for_kind.")}
		},
		"pin_message":   explainPin,
		"unpin_message": explainPin,
		"add_reaction": func(p *Policy) []string {
			return []string{pick(p.Reactions, "Members who are not muted (reactions yes).", "Nobody (reactions no): not_supported_for_kind.")}
		},
		"send_typing": func(p *Policy) []string {
			return []string{pick(p.TypingMaxMembers > 0, fmt.Sprintf("Members who are not muted, in groups of at most %d members (typing_max_members).", p.TypingMaxMembers), "Nobody (typing_max_members 0): not_supported_for_kind.")}
		},
		"mention_all": func(p *Policy) []string {
			return []string{fmt.Sprintf("%s; app administrators always (mention_all_by %s).", p.MentionAllBy.who(), p.MentionAllBy)}
		},
		"get_message_readers": func(p *Policy) []string {
			return []string{pick(p.Readers, "The message's sender, the owner, admins and app administrators (readers yes).", "Nobody (readers no): not_supported_for_kind.")}
		},
	}
}

func explainSend(p *Policy) []string {
	lines := []string{"Members who are not muted; app administrators always."}
	switch p.PriorityHighBy {
	case 0:
	case CircleAppAdmin:
		lines = append(lines, "With priority high: app administrators alone (priority_high_by app_admin).")
	default:
		lines = append(lines, fmt.Sprintf("With priority high: %s; app administrators always (priority_high_by %s).", p.PriorityHighBy.who(), p.PriorityHighBy))
	}
	if b := p.RoomBudget; b != (RoomBudget{}) {
		lines = append(lines, fmt.Sprintf("What is over %d messages or %d bytes a second waits up to 1 s or is shed (room_budget).", b.Messages, b.Bytes))
	}
	return lines
}

func explainPin(p *Policy) []string {
	if p.PinBy == CircleNobody {
		return []string{"Nobody (pin_by nobody): not_supported_for_kind."}
	}
	return []string{fmt.Sprintf("%s; app administrators always (pin_by %s).", p.PinBy.who(), p.PinBy)}
}

// who says a circle in a sentence.
func (c Circle) who() string {
	return map[Circle]string{
		CircleAnyMember: "Any member", CircleOwnerAdmin: "The owner and admins", CircleOwner: "The owner",
		CircleAppAdmin: "App administrators", CircleNobody: "Nobody", CircleSender: "The sender",
	}[c]
}
