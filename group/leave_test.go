package group_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

func TestLeave(t *testing.T) {
	runCases(t, []stepCase{
		{
			name:  "what is pending dies with the last member",
			given: []string{"ann create kind=custom join_option=admin_approval", "eve join"},
			when:  "ann leave",
			then: []string{
				"ok", "#1 member_left by ann ann:owner leave count=1 -> group -ann", "notice 8 operator=ann -> ann",
				"conversation_changed disabled remind=accept_notify -> ann",
				"application_updated 1 closed close=group_dismissed of eve as application_sent -> eve", "listeners -> group closed", "stored Dismissed",
			},
		},
		{
			name:  "a livestream stays when it is empty",
			given: []string{"ann create kind=livestream", "bob join"},
			when:  "bob leave",
			then:  []string{"ok", "listeners -> group -bob", "notice 8 operator=bob -> bob", "stored Left"},
		},
		{
			name:  "on_empty keep",
			given: []string{"policy on_empty work keep", "ann create kind=work"},
			when:  "ann leave",
			then: []string{
				"ok", "#1 member_left by ann ann:owner leave count=1 -> group -ann", "notice 8 operator=ann -> ann",
				"conversation_changed disabled remind=accept_notify -> ann",
			},
		},
		{
			name:  "the remind type is told once more",
			given: []string{"ann create kind=meeting members=bob", "bob remind type=discard"},
			when:  "bob leave",
			then: []string{
				"ok", "#2 member_left by bob bob leave count=1 -> group -bob", "notice 8 operator=bob -> bob",
				"conversation_changed disabled remind=discard -> bob",
			},
		},
		{
			name:  "a deleted account takes its records along",
			given: []string{"ann create kind=custom consent=required members=bob", "bob invite eve"},
			when:  "server leave bob reason=account_deleted",
			then: []string{
				"ok", "application_updated 1 closed close=account_deleted of eve by bob as invitation_sent -> bob",
				"application_updated 1 closed close=account_deleted of eve by bob as invitation_received -> eve",
				"#2 member_left by bob bob account_deleted count=1 -> group -bob", "stored RecordChanged",
			},
		},
		{
			name:  "a deleted account is muted no longer",
			given: []string{"ann create kind=meeting members=bob", "ann mute bob seconds=600"},
			when:  "server leave bob reason=account_deleted",
			then:  []string{"ok", "#3 member_left by bob bob account_deleted count=1 -> group -bob", "stored MembersMuted"},
		},
		{
			name:  "a deleted account that left muted",
			given: []string{"ann create kind=meeting members=bob", "ann mute bob seconds=600", "bob leave"},
			when:  "server leave bob reason=account_deleted",
			then:  []string{"ok", "stored MembersMuted"},
		},
		{
			name:  "a deleted account that left long ago",
			given: []string{"ann create kind=meeting members=bob", "bob leave"},
			when:  "server leave bob reason=account_deleted",
			then:  []string{"ok"},
		},
		{
			name:  "a deleted account that only applied",
			given: []string{"ann create kind=public", "eve join"},
			when:  "server leave eve reason=account_deleted",
			then: []string{
				"ok", "application_updated 1 closed close=account_deleted of eve as application_sent -> eve",
				"application_updated 1 closed close=account_deleted of eve +auth as application_received -> ann", "stored RecordChanged",
			},
		},
	})
}

func TestLeaveRefused(t *testing.T) {
	for _, kind := range []string{"public", "meeting", "community", "livestream"} {
		runRefusals(t, []string{"ann create kind=" + kind}, []refusal{{"ann leave", "owner_cannot_leave"}, {"bob leave", "not_member"}})
	}
	// Only the server speaks for others.
	w := newWorld(t)
	w.run("ann create kind=meeting members=bob")
	d := w.do("eve", group.Leave{User: "bob", Reason: group.LeaveMoved})
	require.Equal(t, group.CodeNotMember, d.Reject.Code)
}

// TestSuccession: the earliest member follows; who came back counts from then.
func TestSuccession(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=custom members=bob,cat")
	w.run("bob leave")
	w.run("bob join")
	w.run("cat role bob to=admin")
	w.run("ann leave")
	require.Equal(t, group.UserID("cat"), w.m.Owner())
	w.run("cat leave")
	require.Equal(t, group.UserID("bob"), w.m.Owner())
}

func TestDismissRights(t *testing.T) {
	runRefusals(t, []string{"ann create kind=work members=bob:admin"}, []refusal{
		{"ann dismiss", "not_supported_for_kind"}, {"bob dismiss", "permission_denied"}, {"eve dismiss", "permission_denied"},
	})
	runCases(t, []stepCase{
		{
			name:  "an app_admin ends a work group",
			given: []string{"ann create kind=work"},
			when:  "root dismiss",
			then: []string{
				"ok", "notice 5 operator=root -> all members", "conversation_changed disabled -> all members",
				"listeners -> group closed", "stored Dismissed",
			},
		},
		{
			name:  "what is over expires, the rest is closed",
			given: []string{"ann create kind=public", "eve join", "wait 1d", "fay join", "wait 6d"},
			when:  "ann dismiss",
			then: []string{
				"ok", "notice 5 operator=ann -> all members", "conversation_changed disabled -> all members",
				"application_updated 1 expired of eve as application_sent -> eve",
				"application_updated 2 closed close=group_dismissed of fay as application_sent -> fay",
				"listeners -> group closed", "stored Dismissed",
			},
		},
	})
}
