package group_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

// TestInviteFlows is the full table of spec 7.3.
func TestInviteFlows(t *testing.T) {
	flow := func(approval, option, inviter, consent string) string {
		waits := approval == "follow" && strings.HasSuffix(option, "_approval") && inviter == "bob"
		switch {
		case waits && consent == "required":
			return "A"
		case waits:
			return "B"
		case consent == "required":
			return "C"
		}
		return "D"
	}
	want := map[string]string{
		"A": "wait_approval eve:wait_approval", "B": "wait_approval eve:wait_approval",
		"C": "wait_invitee eve:wait_invitee", "D": "ok eve:joined",
	}
	for _, approval := range []string{"follow", "bypass"} {
		for _, option := range []string{"free", "admin_approval", "owner_approval", "closed"} {
			for _, inviter := range []string{"ann", "cat", "bob", "root"} {
				for _, consent := range []string{"none", "required"} {
					name := strings.Join([]string{approval, option, inviter, consent}, "_")
					t.Run(name, func(t *testing.T) {
						w := newWorld(t)
						w.run(fmt.Sprintf("ann create kind=custom members=bob,cat:admin approval=%s join_option=%s consent=%s", approval, option, consent))
						got := w.run(inviter + " invite eve")
						require.Contains(t, got, want[flow(approval, option, inviter, consent)])
						record, filed := w.m.Record(1)
						switch flow(approval, option, inviter, consent) {
						case "A", "B":
							require.Equal(t, group.AdminPending, record.State)
						case "C":
							require.Equal(t, group.InviteePending, record.State)
						default:
							require.False(t, filed)
						}
					})
				}
			}
		}
	}
}

// TestInviteRight is the table of invite modes in spec 7.3.
func TestInviteRight(t *testing.T) {
	const yes, no = "ok eve:joined", "rejected no_invite_permission"
	rights := map[string]map[string]string{
		"any_member": {"ann": yes, "cat": yes, "bob": yes, "root": yes},
		"admins":     {"ann": yes, "cat": yes, "bob": no, "root": yes},
		"owner":      {"ann": yes, "cat": no, "bob": no, "root": yes},
		"app_admin":  {"ann": no, "cat": no, "bob": no, "root": yes},
		"nobody": {
			"ann": "rejected invites_disabled", "cat": "rejected invites_disabled", "bob": "rejected invites_disabled", "root": "rejected invites_disabled",
		},
	}
	for mode, byInviter := range rights {
		for inviter, want := range byInviter {
			t.Run(mode+"_"+inviter, func(t *testing.T) {
				w := newWorld(t)
				w.run("ann create kind=custom members=bob,cat:admin invite_mode=" + mode)
				require.Contains(t, w.run(inviter+" invite eve"), want)
				require.Equal(t, "  rejected not_member\n", w.run("dan invite eve"))
			})
		}
	}
}

func TestInvite(t *testing.T) {
	runCases(t, []stepCase{
		{
			name:  "an app_admin forces somebody into a public group",
			given: []string{"ann create kind=public"},
			when:  "root invite bob",
			then: []string{
				"ok bob:joined group[2 owner=ann]", "#1 member_joined by root bob invited count=1 -> group +bob",
				"notice 7 operator=root needs_consent=false -> bob",
			},
		},
		{
			name:  "everybody failed: success without event",
			given: []string{"ann create kind=work", "fact bob unknown", "fact dan deleted"},
			when:  "ann invite bob,ann,dan",
			then:  []string{"ok bob:failed(user_not_found) ann:already_member dan:failed(account_deleted) group[1 owner=ann self=owner]"},
		},
		{
			name:  "a full group can be asked, not entered",
			given: []string{"ann create kind=custom max=1 consent=required", "fact eve groups=1000"},
			when:  "ann invite eve",
			then: []string{
				"wait_invitee eve:wait_invitee group[1 owner=ann self=owner]", "application_added 1 invitee_pending of eve by ann as invitation_sent -> ann",
				"application_added 1 invitee_pending of eve by ann as invitation_received -> eve", "notice 7 operator=ann needs_consent=true application=1 -> eve", "stored Filed",
			},
		},
		{
			name:  "an approval given is kept when the same inviter asks again",
			given: []string{"ann create kind=custom consent=required join_option=admin_approval members=bob", "bob invite eve", "ann accept eve inviter=bob", "wait 2m"},
			when:  "bob invite eve,fay",
			then: []string{
				"wait_approval eve:wait_invitee fay:wait_approval group[2 owner=ann self=member]",
				"application_added 1 invitee_pending of eve by bob handler=ann as invitation_received -> eve",
				"notice 7 operator=bob needs_consent=true application=1 -> eve",
				"application_added 2 admin_pending of fay by bob as invitation_sent -> bob", "application_added 2 admin_pending of fay by bob +auth as application_received -> ann",
				"notice 1 operator=fay inviter=bob application=2 +auth -> ann", "stored RecordChanged", "stored Filed",
			},
		},
		{
			name:  "a custom role invites like an ordinary member",
			given: []string{"ann create kind=custom join_option=admin_approval members=bob", "ann role bob to=9"},
			when:  "bob invite eve",
			then: []string{
				"wait_approval eve:wait_approval group[2 owner=ann self=9]", "application_added 1 admin_pending of eve by bob as invitation_sent -> bob",
				"application_added 1 admin_pending of eve by bob +auth as application_received -> ann", "notice 1 operator=eve inviter=bob application=1 +auth -> ann", "stored Filed",
			},
		},
	})
}

func TestInviteRefused(t *testing.T) {
	runRefusals(t, []string{"ann create kind=work"}, []refusal{
		{"bob invite eve", "not_member"},
		{"ann invite", "invalid_parameter field=user_ids"},
		{"ann invite eve message=" + long(301), "invalid_parameter field=message"},
		{"bob invite " + join(users("u", 301)), "too_many_users"},
	})
	runRefusals(t, []string{"ann create kind=livestream"}, []refusal{{"root invite eve", "invites_disabled"}, {"eve invite bob", "invites_disabled"}})
	runRefusals(t, []string{"ann create kind=public members=bob"}, []refusal{{"ann invite eve", "no_invite_permission"}, {"bob invite eve", "no_invite_permission"}})
}

// TestInviteRecord: the record carries what the call said, and who called.
func TestInviteRecord(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=custom consent=required members=bob:admin")
	w.run("bob invite eve explicit message=come")
	r, ok := w.m.Record(1)
	require.True(t, ok)
	require.Equal(t, group.Record{
		ID: 1, Group: "g", Type: group.TypeInvite, Applicant: "eve", ApplicantName: "EVE", Inviter: "bob", InviterRole: group.Admin,
		Explicit: true, Message: "come", State: group.InviteePending, CreatedAt: start, UpdatedAt: start,
		ExpiresAt: start + 7*86_400_000, Authentication: r.Authentication, MsgKey: r.MsgKey, ReachedInvitee: true, ToldAt: start,
	}, r)
	require.NotEmpty(t, r.Authentication)
	require.NotEmpty(t, r.MsgKey)
	w.run("ann role bob to=member")
	r, _ = w.m.Record(1)
	require.Equal(t, group.Admin, r.InviterRole, "the role is that of inviting")
}

// TestInvitingOneself: whoever it is, oneself counts as in already (spec 6.6).
func TestInvitingOneself(t *testing.T) {
	for _, consent := range []string{"none", "required"} {
		w := newWorld(t)
		w.run("ann create kind=custom consent=" + consent)
		require.Equal(t, "  ok root:already_member group[1 owner=ann]\n", w.run("root invite root"))
		require.Empty(t, w.m.Records())
	}
}

// An inviter who became an approver meanwhile is told like one when it asks
// again (spec 7.5).
func TestInviterWhoApproves(t *testing.T) {
	w := newWorld(t)
	for _, line := range []string{
		"ann create kind=custom members=bob approval=follow join_option=admin_approval consent=required", "bob invite eve", "ann role bob to=admin", "wait 2m",
	} {
		w.run(line)
	}
	told := map[group.UserID]group.Direction{}
	for _, e := range w.do("bob", group.Invite{Users: []group.UserID{"eve"}}).Effects {
		if c, ok := e.Frame.(*group.ApplicationChange); ok && c.Added {
			for _, u := range e.Users {
				require.Zero(t, told[u])
				told[u] = c.Direction
			}
		}
	}
	require.Equal(t, map[group.UserID]group.Direction{"ann": group.ApplicationReceived, "bob": group.InvitationSent}, told)
}
