package group_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

// roundTrip checks that names and values of an enumeration belong together.
func roundTrip[T interface {
	~uint8
	fmt.Stringer
}](t *testing.T, parse func(string) (T, bool), first, last T, names ...string) {
	t.Helper()
	require.Len(t, names, int(last-first)+1)
	for i, name := range names {
		v := first + T(i)
		require.Equal(t, name, v.String())
		got, ok := parse(name)
		require.True(t, ok)
		require.Equal(t, v, got)
	}
	_, ok := parse("")
	require.False(t, ok)
	_, ok = parse("nonsense")
	require.False(t, ok)
	require.Equal(t, fmt.Sprint(uint8(last+1)), (last + 1).String(), "unknown values show their number")
}

func TestNames(t *testing.T) {
	roundTrip(t, group.ParseKind, group.Work, group.Custom, "work", "public", "meeting", "community", "livestream", "custom")
	roundTrip(t, group.ParseJoinOption, group.Free, group.Closed, "free", "admin_approval", "owner_approval", "closed")
	roundTrip(t, group.ParseInviteMode, group.InviteAnyMember, group.InviteNobody, "any_member", "admins", "owner", "app_admin", "nobody")
	roundTrip(t, group.ParseConsent, group.ConsentNone, group.ConsentRequired, "none", "required")
	roundTrip(t, group.ParseInviteApproval, group.Bypass, group.Follow, "bypass", "follow")
	roundTrip(t, group.ParseRemindType, group.AcceptNotify, group.Discard, "accept_notify", "accept_silent", "discard")
	roundTrip(t, group.ParseMuteMode, group.MuteNone, group.MuteRoles, "none", "ordinary", "all", "roles")
	roundTrip(t, group.ParseJoinMethod, group.JoinSelf, group.JoinCreatedWith, "self", "invited", "approved", "created_with")
	roundTrip(t, group.ParseLeaveReason, group.LeaveOwnWill, group.LeaveAccountDeleted, "leave", "moved", "disconnected", "account_deleted")
	roundTrip(t, group.ParseApplicationType, group.TypeJoin, group.TypeInvite, "join", "invite")
	roundTrip(t, group.ParseApplicationState, group.AdminPending, group.StateClosed,
		"admin_pending", "admin_refused", "invitee_pending", "invitee_refused", "joined", "expired", "closed")
	roundTrip(t, group.ParseCloseReason, group.CloseAlreadyMember, group.CloseAccountDeleted,
		"already_member", "group_dismissed", "inviter_removed", "account_deleted")
	roundTrip(t, group.ParseDirection, group.ApplicationSent, group.ApplicationReceived,
		"application_sent", "invitation_sent", "invitation_received", "application_received")
	roundTrip(t, group.ParseOutcome, group.Entered, group.Failed,
		"joined", "wait_approval", "wait_invitee", "already_member", "removed", "muted", "failed")
	roundTrip(t, group.ParseField, group.FieldAvatar, group.FieldCustomFields,
		"avatar", "name", "owner", "announcement", "introduction", "join_option", "max_members", "mute_all", "custom_fields")
	roundTrip(t, group.ParseCircle, group.CircleAnyMember, group.CircleSender, "any_member", "owner_admin", "owner", "app_admin", "nobody", "sender")
}

func TestRoleNames(t *testing.T) {
	for name, role := range map[string]group.Role{"owner": group.Owner, "admin": group.Admin, "member": group.Member, "4": 4, "255": 255, "2": group.Admin} {
		got, ok := group.ParseRole(name)
		require.True(t, ok, name)
		require.Equal(t, role, got)
	}
	for _, name := range []string{"", "0", "256", "-1", "boss"} {
		_, ok := group.ParseRole(name)
		require.False(t, ok, name)
	}
	require.Equal(t, "7", group.Role(7).String())
	require.Empty(t, group.NoRole.String())
}

func TestTips(t *testing.T) {
	card := func(r group.Role) group.Card { return group.Card{User: "u", Role: r} }
	for want, body := range map[string]group.Body{
		"member_joined":       &group.Joined{},
		"member_left":         &group.Left{},
		"member_kicked":       &group.Kicked{},
		"admin_set":           &group.RoleChanged{User: card(group.Admin), From: group.Member},
		"admin_cancelled":     &group.RoleChanged{User: card(5), From: group.Admin},
		"group_info_changed":  &group.InfoChanged{},
		"member_info_changed": &group.RoleChanged{User: card(5), From: group.Member},
	} {
		require.Equal(t, want, (&group.Event{Seq: 1, Body: body}).TipEvent())
		require.Empty(t, (&group.Event{Body: body}).TipEvent(), "took no number")
	}
	require.Equal(t, group.TipMemberInfo, group.TipOf(&group.Event{Seq: 1, Body: &group.MembersMuted{}}))
	require.Equal(t, group.TipMemberInfo, group.TipOf(&group.Event{Seq: 1, Body: &group.MemberChanged{}}))
	require.Zero(t, group.TipOf(&group.Event{Seq: 1, Body: &group.Sent{}}))
}

func TestCodeNames(t *testing.T) {
	require.Equal(t, "join_closed", group.CodeJoinClosed.String())
	require.Equal(t, "99999", group.Code(99999).String())
	err := &group.Rejection{Code: group.CodeInvalidParameter, Field: "name"}
	require.EqualError(t, err, "group: rejected: invalid_parameter (name)")
}
