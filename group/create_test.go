package group_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

func TestCreate(t *testing.T) {
	runCases(t, []stepCase{
		{
			name: "alone",
			when: "ann create kind=work",
			then: []string{"ok group[1 owner=ann self=owner]", "listeners -> group +ann", "notice 6 operator=ann -> ann", "stored Created"},
		},
		{
			name: "initial members enter whatever the modes say",
			when: "ann create kind=custom join_option=closed invite_mode=nobody consent=required members=bob,cat:admin",
			then: []string{
				"ok bob:joined cat:joined group[3 owner=ann self=owner]", "listeners -> group +ann",
				"#1 member_joined by ann bob,cat:admin created_with count=2 -> group +bob +cat", "notice 6 operator=ann -> ann", "stored Created",
			},
		},
		{
			name:  "failures are per user, the owner and doubles are ignored",
			given: []string{"fact dan unknown", "fact eve groups=1000", "fact gus deleted"},
			when:  "ann create kind=public max=3 members=ann,bob,bob,dan,gus,eve,cat,fay",
			then: []string{
				"ok bob:joined dan:failed(user_not_found) gus:failed(account_deleted) eve:failed(group_count_limit) cat:joined fay:failed(group_full) group[3 owner=ann self=owner]",
				"listeners -> group +ann",
				"#1 member_joined by ann bob,cat created_with count=2 -> group +bob +cat", "notice 6 operator=ann -> ann", "stored Created",
			},
		},
		{
			name: "an app_admin names the owner and stays outside",
			when: "root create kind=meeting owner=ann",
			then: []string{"ok group[1 owner=ann]", "listeners -> group +ann", "notice 6 operator=ann -> ann", "stored Created"},
		},
		{
			name: "the creator of a livestream is not a member",
			when: "ann create kind=livestream",
			then: []string{"ok group[0 owner=ann]", "notice 6 operator=ann -> ann", "stored Created"},
		},
		{
			name: "the group count does not matter for livestreams",
			given: []string{
				"fact ann groups=1000",
			},
			when: "ann create kind=livestream",
			then: []string{"ok group[0 owner=ann]", "notice 6 operator=ann -> ann", "stored Created"},
		},
		{
			name: "a custom group may be nameless",
			when: `ann create kind=custom name=""`,
			then: []string{"ok group[1 owner=ann self=owner]", "listeners -> group +ann", "notice 6 operator=ann -> ann", "stored Created"},
		},
	})
}

func TestCreateRefused(t *testing.T) {
	runRefusals(t, []string{"fact zoe unknown", "fact yan deleted", "fact max groups=1000"}, []refusal{
		{"ann create", "invalid_parameter field=kind"},
		{"ann create kind_number=7", "invalid_parameter field=kind"},
		{`ann create kind=custom name="  "`, "invalid_parameter field=name"},
		{`ann create kind=work name=""`, "invalid_parameter field=name"},
		{"ann create kind=work name=" + long(31), "invalid_parameter field=name"},
		{"ann create kind=custom name=" + long(51), "invalid_parameter field=name"},
		{"ann create kind=work avatar=" + long(101), "invalid_parameter field=avatar"},
		{"ann create kind=work introduction=" + long(241), "invalid_parameter field=introduction"},
		{"ann create kind=work announcement=" + long(301), "invalid_parameter field=announcement"},
		{"ann create kind=work max=6001", "invalid_parameter field=max_members"},
		{"ann create kind=work field.bad-key=1", "invalid_parameter field=custom_fields"},
		{"ann create kind=work field." + long(33) + "=1", "invalid_parameter field=custom_fields"},
		{"ann create kind=work field.a=" + long(513), "invalid_parameter field=custom_fields"},
		{"ann create kind=work members=bob:owner", "invalid_parameter field=initial_members"},
		{"ann create kind=work members=" + joined(users("u", 501)), "too_many_users"},
		{"ann create kind=livestream members=bob", "not_supported_for_kind"},
		{"ann create kind=public topics", "not_supported_for_kind"},
		{"ann create kind=work join_option=closed", "option_fixed"},
		{"ann create kind=public invite_mode=admins", "option_fixed"},
		{"ann create kind=public consent=required", "option_fixed"},
		{"ann create kind=livestream approval=follow", "option_fixed"},
		{"ann create kind=work owner=bob", "permission_denied"},
		{"root create kind=work owner=zoe", "user_not_found"},
		{"root create kind=work owner=yan", "account_deleted"},
		{"max create kind=work", "group_count_limit"},
		{"root create kind=work owner=max", "group_count_limit"},
		// No group yet: everything else finds none, but bad parameters go first.
		{"ann join", "group_not_found"},
		{"ann join message=" + long(301), "invalid_parameter field=message"},
		{"server tick", "group_not_found"},
	})
}

func TestCreateTwice(t *testing.T) {
	runRefusals(t, []string{"ann create kind=work"}, []refusal{
		{"ann create kind=work", "group_id_taken"},
		{"bob create kind=livestream", "group_id_taken"},
		// Parameters go first, also those that hang on the kind.
		{"ann create kind=work name=" + long(31), "invalid_parameter field=name"},
		{"ann create kind=custom avatar=" + long(501), "invalid_parameter field=avatar"},
		{"ann create kind=public max=6001", "invalid_parameter field=max_members"},
		{"ann create kind=public members=" + joined(users("u", 501)), "too_many_users"},
		// What the kind does not support comes after it.
		{"ann create kind=livestream members=bob", "group_id_taken"},
		{"ann create kind=work join_option=free", "group_id_taken"},
	})
	runRefusals(t, []string{"ann create kind=public", "ann dismiss"}, []refusal{{"ann create kind=work", "group_id_taken"}})
}

func TestCreateAdminLimit(t *testing.T) {
	w := newWorld(t)
	var members []string
	for i := range 12 {
		members = append(members, fmt.Sprintf("u%d:admin", i))
	}
	got := w.run("ann create kind=custom members=" + strings.Join(members, ","))
	require.Contains(t, got, "u9:joined u10:failed(admin_limit) u11:failed(admin_limit)")
	require.Len(t, w.m.Admins(), 10)
	w.run("ann invite bob")
	require.Equal(t, "  rejected admin_limit\n", w.run("ann role bob to=admin"))
	require.NotContains(t, w.run("ann role u9 to=member"), "rejected")
	require.NotContains(t, w.run("ann role bob to=admin"), "rejected")
}

// TestCreateSettings: what is left out comes from the kind.
func TestCreateSettings(t *testing.T) {
	for _, kind := range group.Kinds {
		t.Run(kind.String(), func(t *testing.T) {
			w := newWorld(t)
			w.must("ann", group.Create{Group: "g", Stream: 7, Kind: kind, Name: "Talk"})
			p := w.table.Of(kind)
			got := w.m.Profile()
			require.Equal(t, group.Settings{
				Name: "Talk", MaxMembers: p.MaxMembersCeiling,
				Modes: group.Modes{JoinOption: p.JoinOption, InviteMode: p.InviteMode, InviteeConsent: p.InviteeConsent, InviteApproval: p.InviteApproval},
			}, got.Settings)
			require.Equal(t, group.UserID("ann"), got.Owner)
			require.Equal(t, group.StreamID(7), w.m.Stream())
			require.Equal(t, start, got.CreateTime)
			require.Equal(t, group.Seq(1), got.NextSeq)
		})
	}
}

// TestDuplicatesAreDroppedFirst: the limit counts users, not entries (spec 2.1).
func TestDuplicatesAreDroppedFirst(t *testing.T) {
	w := newWorld(t)
	got := w.run("ann create kind=work members=" + joined(append(users("u", 500), users("u", 500)...)))
	require.Contains(t, got, "  ok u0:joined")
	require.Equal(t, 501, w.m.MemberCount())
}

// TestKindsOwnFields: what has no row is not moved by overriding one (spec 6.1).
func TestKindsOwnFields(t *testing.T) {
	runRefusals(t, []string{"policy custom_roles meeting yes", "policy in_joined_list public unless_topics"}, []refusal{
		{`ann create kind=meeting name=""`, "invalid_parameter field=name"},
		{"ann create kind=public topics", "not_supported_for_kind"},
	})
	for _, line := range []string{`ann create kind=custom name=""`, "ann create kind=community topics"} {
		w := newWorld(t)
		w.run("policy custom_roles custom no")
		w.run("policy in_joined_list community yes")
		require.Contains(t, w.run(line), "  ok group[")
	}
}

func joined(list []group.UserID) string {
	var b strings.Builder
	for i, u := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(string(u))
	}
	return b.String()
}
