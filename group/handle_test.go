package group_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

// TestHandleRefused goes through the order of checks of spec 7.4.
func TestHandleRefused(t *testing.T) {
	given := []string{
		"ann create kind=public max=4 members=bob:admin,cat,dan", "eve join", "wait 6d", "fay join", "gus join",
		"ann refuse gus", "fact fay unknown", "hal join", "fact hal deleted", "wait 1d",
	}
	runRefusals(t, given, []refusal{
		{"cat accept eve message=" + long(129), "invalid_parameter field=message"},
		{"ann accept", "invalid_parameter field=applicant_id"},
		{"cat accept nobody", "permission_denied"},
		{"eve accept eve", "permission_denied"},
		{"bob accept nobody auth=1-x", "application_not_found"},
		{"bob accept id=99", "application_not_found"},
		{"bob accept eve auth=1-forged", "bad_application_token"},
		{"bob accept eve key=forged", "bad_application_token"},
		{"bob accept eve auth_of=1 key=forged", "bad_application_token"},
		{"bob accept eve", "application_expired"},
		{"bob accept gus", "application_already_handled"},
		{"bob accept fay", "user_not_found"},
		{"bob accept hal", "account_deleted"},
		{"fay accept_invitation id=2", "application_not_found"},
		{"ann accept_invitation inviter=bob", "application_not_found"},
	})
	given = append(given, "fact fay groups=1000")
	runRefusals(t, given, []refusal{{"bob accept fay", "group_full"}})
	given = append(given, "ann kick dan")
	runRefusals(t, given, []refusal{{"bob accept fay", "group_count_limit"}})
}

func TestHandleStates(t *testing.T) {
	given := []string{"ann create kind=custom consent=required join_option=admin_approval members=bob", "bob invite eve", "ann invite fay"}
	runRefusals(t, given, []refusal{
		// The invitee cannot know of what waits for approval.
		{"eve accept_invitation inviter=bob", "application_not_found"},
		{"eve refuse_invitation id=1", "application_not_found"},
		{"bob accept_invitation id=2", "application_not_found"},
		// What waits for the invitee is out of the approvers' hands.
		{"ann accept fay inviter=ann", "application_already_handled"},
		{"ann refuse id=2", "application_already_handled"},
	})
	runRefusals(t, append(given, "ann refuse eve inviter=bob"), []refusal{
		// A refused invitation is never shown.
		{"eve accept_invitation inviter=bob", "application_not_found"},
		{"ann accept eve inviter=bob", "application_already_handled"},
	})
}

// TestHandleByAuthentication: who sends the authentication back need not know
// the inviter, nor the applicant (spec 14.2).
func TestHandleByAuthentication(t *testing.T) {
	for _, when := range []string{"ann accept auth_of=2", "ann accept eve auth_of=2", "ann accept eve inviter=bob auth_of=2 key_of=2"} {
		t.Run(when, func(t *testing.T) {
			w := newWorld(t)
			w.run("ann create kind=custom join_option=admin_approval members=bob")
			w.run("eve join")
			w.run("bob invite eve")
			require.Contains(t, w.run(when), "ok outcome=joined")
			r, _ := w.m.Record(2)
			require.Equal(t, group.StateJoined, r.State)
			r, _ = w.m.Record(1)
			require.Equal(t, group.CloseAlreadyMember, r.CloseReason)
		})
	}
	w := newWorld(t)
	w.run("ann create kind=custom join_option=admin_approval members=bob")
	w.run("eve join")
	w.run("fay join")
	require.Equal(t, "  rejected bad_application_token\n", w.run("ann accept eve auth_of=2"))
}

// TestTokens: no two records share a token, and tokens say nothing of each other.
func TestTokens(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=custom consent=required")
	w.must("ann", group.Invite{Users: users("u", 300)})
	seen := map[string]bool{}
	for _, r := range w.m.Records() {
		for _, secret := range []string{r.Authentication, r.MsgKey} {
			require.False(t, seen[secret])
			require.GreaterOrEqual(t, len(secret), 32)
			seen[secret] = true
		}
	}
	require.Len(t, seen, 600)
}

func TestHandleRights(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=custom join_option=admin_approval members=bob:admin,cat")
	w.run("eve join")
	w.run("ann role bob to=member")
	require.Equal(t, "  rejected permission_denied\n", w.run("bob accept eve"), "the right is that of the moment")
	w.run("ann role cat to=admin")
	require.Contains(t, w.run("cat accept eve"), "ok outcome=joined", "a new admin handles old records")
}

// TestRecordsAreKept: a final record answers for seven days, then it is gone (spec 7.6).
func TestRecordsAreKept(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=public")
	w.run("eve join")
	w.run("wait 1d")
	w.run("ann refuse eve")
	w.run("wait 167h")
	require.Equal(t, "  rejected application_already_handled\n", w.run("ann accept eve"))
	require.Len(t, w.m.Records(), 1)
	w.run("wait 1h")
	require.Equal(t, "  rejected application_not_found\n", w.run("ann accept eve"))
	require.Equal(t, "  rejected application_not_found\n", w.run("ann accept id=1"))
	require.Empty(t, w.m.Records())
	require.Zero(t, w.m.Due())
}

// TestExpiryMoment: to the very millisecond (spec 18.8).
func TestExpiryMoment(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=public")
	w.run("eve join")
	require.Equal(t, start+7*86_400_000, w.m.Due())
	w.now = w.m.Due() - 1
	require.Equal(t, "  ok\n", w.run("server tick"))
	require.NotContains(t, w.run("eve join message=renewed"), "rejected")
	require.Equal(t, w.now+7*86_400_000, w.m.Due(), "renewed")
	w.now = w.m.Due()
	require.Equal(t, "  rejected application_expired\n", w.run("ann accept eve"))
	require.Contains(t, w.run("server tick"), "expired")
	require.Zero(t, w.m.Due())
}

// TestExpiryInParts: one tick ends at most two hundred.
func TestExpiryInParts(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=public")
	for _, u := range users("u", 450) {
		w.must(u, group.Join{})
	}
	w.now = w.m.Due()
	for _, want := range []int{200, 200, 50, 0} {
		require.Len(t, w.must("server", group.Tick{}).Events, want)
	}
	require.Zero(t, w.m.Due())
}

// TestForgottenToken: what is past its keeping is gone, whether it was removed
// already or not (spec 7.6, 19.17 c).
func TestForgottenToken(t *testing.T) {
	for _, removed := range []bool{false, true} {
		w := newWorld(t)
		w.run("ann create kind=public")
		w.run("eve join")
		old, _ := w.m.Record(1)
		w.run("wait 7d")
		w.run("eve join")
		w.run("wait 7d")
		if removed {
			w.run("ann update name=x")
		}
		d := w.do("root", group.Handle{Accept: true, Applicant: "eve", Authentication: old.Authentication, MsgKey: old.MsgKey})
		require.NotNil(t, d.Reject)
		require.Equal(t, group.CodeBadApplToken, d.Reject.Code)
	}
}
