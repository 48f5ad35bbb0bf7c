package group_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

func TestTransferRefused(t *testing.T) {
	runRefusals(t, []string{"ann create kind=public members=bob:admin,cat"}, []refusal{
		{"ann transfer", "invalid_parameter field=new_owner_id"},
		{"bob transfer bob", "permission_denied"},
		{"cat transfer cat", "permission_denied"},
		{"eve transfer eve", "permission_denied"},
		{"ann transfer eve", "target_not_member"},
		{"root transfer root", "target_not_member"},
	})
	runRefusals(t, []string{"ann create kind=livestream", "bob join"}, []refusal{{"ann transfer bob", "not_supported_for_kind"}})
}

// TestTransfer: roles change hands, and the new owner's mute ends.
func TestTransfer(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=public members=bob:admin,cat")
	w.run("ann mute bob seconds=100")
	require.Contains(t, w.run("root transfer bob"), `group_info_changed by root owner="bob"`)
	require.Equal(t, group.UserID("bob"), w.m.Owner())
	require.Empty(t, w.m.Admins())
	require.Equal(t, group.Member, w.m.Role("ann"))
	bob, _ := w.m.Member("bob")
	require.Zero(t, bob.MuteUntil)
	require.Equal(t, group.Owner, bob.Role)
	require.Equal(t, "  ok group[3 owner=bob]\n", w.run("root transfer bob"))
}

func TestSetRoleRefused(t *testing.T) {
	runRefusals(t, []string{"ann create kind=public members=bob:admin,cat"}, []refusal{
		{"ann role to=admin", "invalid_parameter field=user_id"},
		{"ann role cat to=owner", "invalid_parameter field=role"},
		{"ann role cat", "invalid_parameter field=role"},
		{"ann role cat to=4", "not_supported_for_kind"},
		{"eve role cat to=4", "not_supported_for_kind"},
		{"bob role cat to=admin", "permission_denied"},
		{"eve role cat to=admin", "permission_denied"},
		{"root role ann to=admin", "owner_role_fixed"},
		{"ann role eve to=admin", "target_not_member"},
	})
	runRefusals(t, []string{"ann create kind=livestream", "bob join", "bob leave"}, []refusal{{"ann role bob to=admin", "target_not_member"}})
}

// TestLiveAdmin: an admin keeps its role and card while absent, and loses
// them when unmade (spec 6.3).
func TestLiveAdmin(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=livestream")
	w.run("bob join")
	w.run("bob card name=Bobby")
	w.run("ann role bob to=admin")
	w.run("bob leave")
	require.Equal(t, []group.UserID{"bob"}, w.m.Admins())
	require.Contains(t, w.run("bob card name=B"), `card="B"`)
	require.Contains(t, w.run("ann fields bob field.a=1"), "a=1")
	w.run("restore")
	w.run("bob join")
	require.Contains(t, w.run("ann get bob"), "[bob admin card=B a=1]")
	require.Contains(t, w.run("bob kick ann"), "ann:failed(owner_role_fixed)")
	w.run("ann role bob to=member")
	require.Contains(t, w.run("ann get bob"), "[bob member card=B a=1]")
	w.run("bob leave")
	w.run("bob join")
	require.Contains(t, w.run("ann get bob"), "[bob member]")
}
