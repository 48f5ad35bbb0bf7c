package group_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKick(t *testing.T) {
	runCases(t, []stepCase{
		{
			name:  "silently: no tip, no notice",
			given: []string{"ann create kind=custom consent=required members=bob,cat", "bob invite eve"},
			when:  "root kick bob,cat silently reason=quiet",
			then: []string{
				"ok bob:removed cat:removed group[1 owner=ann]", "listeners -> group -bob -cat",
				"conversation_changed disabled remind=accept_notify -> bob", "conversation_changed disabled remind=accept_notify -> cat",
				"application_updated 1 closed close=inviter_removed of eve by bob as invitation_sent -> bob",
				"application_updated 1 closed close=inviter_removed of eve by bob as invitation_received -> eve",
				"stored Kicked", "stored RecordChanged",
			},
		},
		{
			name:  "silently in a livestream: nothing at all",
			given: []string{"ann create kind=livestream", "bob join"},
			when:  "root kick bob silently",
			then:  []string{"ok bob:removed group[0 owner=ann]", "listeners -> group -bob", "stored Kicked"},
		},
		{
			name:  "everybody failed: no event",
			given: []string{"ann create kind=meeting members=bob:admin,cat:admin"},
			when:  "bob kick ann,bob,cat,dan",
			then: []string{
				"ok ann:failed(owner_role_fixed) bob:failed(target_outranks_caller) cat:failed(target_outranks_caller) dan:failed(target_not_member) group[3 owner=ann self=admin]",
			},
		},
		{
			name:  "the last one of an ownerless group",
			given: []string{"ann create kind=work members=bob", "ann leave"},
			when:  "root kick bob",
			then: []string{
				"ok bob:removed group[0]", "#3 member_kicked by root bob -> group -bob", "notice 4 operator=root -> bob",
				"conversation_changed disabled remind=accept_notify -> bob", "listeners -> group closed", "stored Dismissed",
			},
		},
		{
			name:  "an app_admin outranks admins, not itself",
			given: []string{"ann create kind=meeting members=root:admin,bob:admin"},
			when:  "root kick root,bob",
			then: []string{
				"ok root:failed(target_outranks_caller) bob:removed group[2 owner=ann self=admin]",
				"#2 member_kicked by root bob:admin -> group -bob", "notice 4 operator=root -> bob", "conversation_changed disabled remind=accept_notify -> bob",
			},
		},
	})
}

func TestKickRefused(t *testing.T) {
	runRefusals(t, []string{"ann create kind=meeting members=bob,cat:admin"}, []refusal{
		{"bob kick cat", "permission_denied"},
		{"eve kick bob", "permission_denied"},
		{"cat kick bob silently", "permission_denied"},
		{"ann kick", "invalid_parameter field=user_ids"},
		{"ann kick bob reason=" + long(129), "invalid_parameter field=reason"},
		{"ann kick " + join(users("u", 301)), "too_many_users"},
	})
	runRefusals(t, []string{"policy kick_by public owner", "ann create kind=public members=cat:admin,bob"}, []refusal{{"cat kick bob", "permission_denied"}})
	w := newWorld(t)
	w.run("ann create kind=meeting members=bob")
	require.NotContains(t, w.run("ann kick bob reason="+string([]rune{'ä', 'ö'})), "rejected", "characters are counted, not bytes")
}

// TestKickingTheLast ends the group by row 6, whoever emptied it (spec 13).
func TestKickingTheLast(t *testing.T) {
	for policy, dismissed := range map[string]bool{"dismiss": true, "keep": false} {
		w := newWorld(t)
		w.run("policy on_empty work " + policy)
		w.run("ann create kind=work members=bob")
		w.run("ann leave")
		got := w.run("root kick bob")
		require.Equal(t, dismissed, w.m.Dismissed(), policy)
		require.Equal(t, dismissed, strings.Contains(got, "listeners -> group closed"), got)
	}
}
