package group_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMemberEditRefused(t *testing.T) {
	runRefusals(t, []string{"ann create kind=public members=bob:admin,cat,dan:admin"}, []refusal{
		{"cat card name=" + long(51), "invalid_parameter field=name_card"},
		{"cat card dan name=x", "permission_denied"},
		{"eve card name=x", "not_member"},
		{"eve card cat name=x", "not_member"},
		{"root card name=x", "not_member"},
		{"ann card eve name=x", "target_not_member"},
		{"bob card dan name=x", "target_outranks_caller"},
		{"bob card ann name=x", "target_outranks_caller"},
		{"cat fields dan field.a=1", "permission_denied"},
		{"bob fields dan field.a=1", "target_outranks_caller"},
		{"cat fields field.a.b=1", "invalid_parameter field=custom_fields"},
		{"cat remind", "invalid_parameter field=remind_type"},
		{"eve remind type=discard", "not_member"},
		{"eve remind cat type=discard", "not_member"},
		{"ann remind cat type=discard", "permission_denied"},
		{"root remind eve type=discard", "target_not_member"},
	})
}

// TestMembershipEndsWithWhatItHad: name card, fields and remind type do not
// outlive it (spec 6.4).
func TestMembershipEndsWithWhatItHad(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=meeting members=bob")
	w.run("bob card name=B")
	w.run("bob fields field.a=1")
	w.run("bob remind type=discard")
	require.Contains(t, w.run("ann get bob"), "[bob member card=B a=1 discard]")
	w.run("bob leave")
	w.run("bob join")
	require.Contains(t, w.run("ann get bob"), "[bob member]")
}
