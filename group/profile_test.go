package group_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

func TestUpdateProfileRefused(t *testing.T) {
	runRefusals(t, []string{"ann create kind=work members=bob,cat"}, []refusal{
		{"bob update name=" + long(31), "invalid_parameter field=name"},
		{`bob update name=""`, "invalid_parameter field=name"},
		{"bob update avatar=" + long(101), "invalid_parameter field=avatar"},
		{"bob update introduction=" + long(241), "invalid_parameter field=introduction"},
		{"bob update announcement=" + long(301), "invalid_parameter field=announcement"},
		{"bob update max=6001", "invalid_parameter field=max_members"},
		{"eve update join_option=free", "option_fixed"},
		{"root update mute_all=true", "not_supported_for_kind"},
		{"eve update name=x", "permission_denied"},
		{"bob update max=100", "permission_denied"},
		{"ann update max=2", "max_members_too_small"},
		{"ann update field.a-b=1", "invalid_parameter field=custom_fields"},
	})
	runRefusals(t, []string{"ann create kind=public members=bob,cat:admin"}, []refusal{
		{"bob update name=x", "permission_denied"},
		{"bob modes join_option=free", "permission_denied"},
		{"eve modes join_option=free", "permission_denied"},
		{"eve modes invite_mode=owner", "option_fixed"},
		{"cat modes consent=required", "option_fixed"},
		{"cat modes approval=follow", "option_fixed"},
	})
}

// TestUpdateEnums: numbers beyond the enumerations are refused.
func TestUpdateEnums(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=custom")
	for field, c := range map[string]group.Command{
		"join_option":     group.UpdateModes{JoinOption: ptr(group.JoinOption(5))},
		"invite_mode":     group.UpdateModes{InviteMode: ptr(group.InviteMode(0))},
		"invitee_consent": group.UpdateModes{InviteeConsent: ptr(group.Consent(3))},
		"invite_approval": group.UpdateModes{InviteApproval: ptr(group.InviteApproval(9))},
	} {
		require.Equal(t, &group.Rejection{Code: group.CodeInvalidParameter, Field: field}, w.do("ann", c).Reject)
	}
	d := w.do("ann", group.UpdateProfile{JoinOption: ptr(group.JoinOption(0))})
	require.Equal(t, "join_option", d.Reject.Field)
}

func TestCustomFieldsAreBounded(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=work")
	for i := range 20 {
		require.NotContains(t, w.run(fmt.Sprintf("ann update field.k%d=v", i)), "rejected")
		require.NotContains(t, w.run(fmt.Sprintf("ann fields field.k%d=v", i)), "rejected")
	}
	for _, op := range []string{"update", "fields"} {
		require.Equal(t, "  rejected invalid_parameter field=custom_fields\n", w.run("ann "+op+" field.more=v"))
		require.NotContains(t, w.run("ann "+op+" field.k3=- field.more=v"), "rejected")
	}
	require.Len(t, w.m.Profile().Settings.CustomFields, 20)
}

// TestLastInfoTime is set by every change of profile, modes, mute and owner.
func TestLastInfoTime(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=public members=bob")
	require.Equal(t, start, w.m.Profile().LastInfoTime)
	for _, line := range []string{"ann update name=New", "ann modes join_option=free", "ann mute_group all", "ann transfer bob"} {
		w.run("wait 1s")
		w.run(line)
		require.Equal(t, w.now, w.m.Profile().LastInfoTime, line)
	}
	w.run("wait 1s")
	w.run("bob update name=New")
	require.Less(t, w.m.Profile().LastInfoTime, w.now, "nothing changed")
}

// TestTipStampsTheNameThen: the tip of a renaming carries the name in force
// when that was decided (spec 19.17 d).
func TestTipStampsTheNameThen(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=work name=Old")
	d := w.must("ann", group.UpdateProfile{Name: ptr("New")})
	require.Equal(t, "Old", d.Events[0].GroupName)
	d = w.must("ann", group.UpdateProfile{Introduction: ptr("x")})
	require.Equal(t, "New", d.Events[0].GroupName)
}
