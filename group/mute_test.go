package group_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

func TestMuteRefused(t *testing.T) {
	runRefusals(t, []string{"ann create kind=public members=bob:admin,cat"}, []refusal{
		{"ann mute cat seconds=-1", "invalid_parameter field=duration"},
		{"ann mute cat seconds=31536001", "invalid_parameter field=duration"},
		{"ann mute", "invalid_parameter field=user_ids"},
		{"ann mute " + join(users("u", 301)) + " seconds=1", "too_many_users"},
		{"cat mute bob seconds=1", "permission_denied"},
		{"eve mute bob seconds=1", "permission_denied"},
		{"ann mute_group", "invalid_parameter field=mode"},
		{"ann mute_group all seconds=-2", "invalid_parameter field=duration"},
		{"ann mute_group all seconds=31536001", "invalid_parameter field=duration"},
		{"ann mute_group roles roles=3,4,5,6,7,8,9,10,11,12,13", "invalid_parameter field=roles"},
		{"cat mute_group all", "permission_denied"},
		{"eve mute_group off", "permission_denied"},
	})
	runRefusals(t, []string{"ann create kind=work members=bob"}, []refusal{
		{"ann mute bob seconds=1", "not_supported_for_kind"}, {"ann mute_group all", "not_supported_for_kind"},
	})
}

func TestMuteEnds(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=public members=bob")
	w.run("ann mute bob seconds=10")
	w.now += 9_999
	require.Equal(t, "  rejected muted scope=member until=10s\n", w.run("bob send hi"))
	w.now++
	require.NotContains(t, w.run("bob send hi"), "rejected", "over at the very millisecond")
	w.run("ann mute_group all seconds=5")
	require.True(t, w.m.Profile().Settings.Mute.Mode == group.MuteAll)
	w.now += 4_999
	require.Contains(t, w.run("ann send hi"), "scope=group")
	w.now++
	require.NotContains(t, w.run("ann send hi"), "rejected")
	require.Equal(t, group.MuteNone, w.m.Profile().Settings.Mute.Mode)
	require.Equal(t, "  ok mute[none]\n", w.run("ann mute_group off"), "it was off already")
	require.Zero(t, w.m.Due(), "mutes end silently")
}

// TestMuteOutlivesMembership: leaving, coming back and becoming admin do not
// lift a mute; then only the owner or an app_admin can (spec 8.1).
func TestMuteOutlivesMembership(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=meeting members=bob:admin,cat")
	w.run("bob mute cat seconds=1000")
	w.run("cat leave")
	w.run("restore")
	w.run("cat join")
	require.Contains(t, w.run("cat send hi"), "scope=member until=1000s")
	w.run("ann role cat to=admin")
	require.Contains(t, w.run("cat send hi"), "scope=member until=1000s")
	require.Contains(t, w.run("bob mute cat seconds=0"), "cat:failed(target_outranks_caller)")
	require.Contains(t, w.run("root mute cat seconds=0"), "cat:muted")
	require.NotContains(t, w.run("cat send hi"), "rejected")
}

// TestMutesAreSwept: what is over does not stay for ever.
func TestMutesAreSwept(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=meeting max=6000")
	for i, u := range users("u", 1000) {
		w.must(u, group.Join{})
		w.now += 1000
		w.must("ann", group.MuteMembers{Users: []group.UserID{u}, DurationSeconds: 10})
		if i == 0 {
			w.sameAfterRestore()
		}
	}
	require.LessOrEqual(t, len(w.snapshot().Head.Mutes), 10)
	w.sameAfterReplay()
}

// TestMutedMayDoTheRest: muted members leave, edit their name card, and an
// admin lifts a group mute that silences itself.
func TestMutedMayDoTheRest(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=custom members=bob:admin,cat")
	w.run("ann mute_group all")
	for _, line := range []string{"cat card name=x", "bob mute_group ordinary", "cat leave"} {
		require.NotContains(t, w.run(line), "rejected", line)
	}
}

// TestMuteInForce: a group mute that is over shows as none, to members and
// outsiders, and setting none then changes nothing.
func TestMuteInForce(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=meeting")
	w.run("ann mute_group ordinary seconds=60")
	w.run("wait 59999ms")
	mode := func(u group.UserID) group.MuteMode {
		return w.must(u, group.GetProfile{}).Result.Group.Settings.Mute.Mode
	}
	require.Equal(t, group.MuteOrdinary, mode("ann"))
	require.Equal(t, group.MuteOrdinary, mode("eve"), "outsiders see mute_all")
	w.run("wait 1ms")
	require.Equal(t, group.MuteNone, mode("ann"))
	require.Equal(t, group.MuteNone, mode("eve"))
	p := w.m.Profile()
	require.Equal(t, group.Mute{}, p.Settings.Mute)
	d := w.must("ann", group.MuteGroup{})
	require.Empty(t, d.Events)
	require.Equal(t, &group.Mute{}, d.Result.Mute)
}
