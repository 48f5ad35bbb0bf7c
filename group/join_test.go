package group_test

import "testing"

func TestJoin(t *testing.T) {
	runCases(t, []stepCase{
		{
			name:  "free",
			given: []string{"ann create kind=meeting"},
			when:  "bob join",
			then:  []string{"ok outcome=joined group[2 owner=ann self=member]", "#1 member_joined by bob bob self count=1 -> group +bob"},
		},
		{
			name:  "free and direct",
			given: []string{"ann create kind=meeting"},
			when:  "bob join direct kind=meeting",
			then:  []string{"ok outcome=joined group[2 owner=ann self=member]", "#1 member_joined by bob bob self count=1 -> group +bob"},
		},
		{
			name:  "already in, even of a closed group",
			given: []string{"ann create kind=work"},
			when:  "ann join",
			then:  []string{"ok outcome=already_member group[1 owner=ann self=owner]"},
		},
		{
			name:  "coming back enables the conversation",
			given: []string{"ann create kind=meeting members=bob", "bob leave", "fact bob former"},
			when:  "bob join",
			then: []string{
				"ok outcome=joined group[2 owner=ann self=member]", "#3 member_joined by bob bob self count=1 -> group +bob",
				"conversation_changed remind=accept_notify -> bob",
			},
		},
		{
			name:  "an app_admin joins like anybody",
			given: []string{"ann create kind=public"},
			when:  "root join message=hi",
			then: []string{
				"wait_approval outcome=wait_approval",
				`application_added 1 admin_pending of root message="hi" as application_sent -> root`,
				`application_added 1 admin_pending of root message="hi" +auth as application_received -> ann`,
				`notice 1 operator=root remark="hi" application=1 +auth -> ann`,
				"stored Filed",
			},
		},
		{
			name:  "nobody to ask: the application waits",
			given: []string{"policy owner_leave public ownerless", "ann create kind=public members=bob", "ann leave"},
			when:  "eve join",
			then:  []string{"wait_approval outcome=wait_approval", "application_added 1 admin_pending of eve as application_sent -> eve", "stored Filed"},
		},
		{
			name:  "ownerless under owner_approval: admins are told",
			given: []string{"policy owner_leave public ownerless", "ann create kind=public join_option=owner_approval members=bob:admin", "ann leave"},
			when:  "eve join",
			then: []string{
				"wait_approval outcome=wait_approval", "application_added 1 admin_pending of eve as application_sent -> eve",
				"application_added 1 admin_pending of eve +auth as application_received -> bob", "notice 1 operator=eve application=1 +auth -> bob", "stored Filed",
			},
		},
		{
			name:  "what is over is let expire first",
			given: []string{"ann create kind=public", "eve join", "wait 7d"},
			when:  "eve join",
			then: []string{
				"wait_approval outcome=wait_approval",
				"application_updated 1 expired of eve as application_sent -> eve", "application_updated 1 expired of eve +auth as application_received -> ann",
				"application_added 2 admin_pending of eve as application_sent -> eve", "application_added 2 admin_pending of eve +auth as application_received -> ann",
				"notice 1 operator=eve application=2 +auth -> ann", "stored RecordChanged", "stored Filed",
			},
		},
	})
}

func TestJoinRefused(t *testing.T) {
	runRefusals(t, []string{"ann create kind=work"}, []refusal{
		{"bob join", "join_closed"},
		{"bob join direct", "join_closed"},
		{"bob join kind=public", "group_kind_mismatch"},
		{"ann join kind=public", "group_kind_mismatch"},
		{"bob join message=" + long(301), "invalid_parameter field=message"},
		{"bob join field=" + long(1001), "invalid_parameter field=user_defined_field"},
	})
	runRefusals(t, []string{"ann create kind=public"}, []refusal{{"bob join direct", "approval_required"}})
	runRefusals(t, []string{"ann create kind=meeting max=2 members=bob", "fact cat groups=1000"}, []refusal{
		{"cat join", "group_full"},
	})
	runRefusals(t, []string{"ann create kind=meeting", "fact cat groups=1000"}, []refusal{{"cat join", "group_count_limit"}})
	runRefusals(t, []string{"ann create kind=public", "eve join", "ann update join_option=closed"}, []refusal{{"eve join", "join_closed"}})
}
