package group_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

func TestGuests(t *testing.T) {
	runRefusals(t, []string{"ann create kind=meeting"}, []refusal{{"server guest_enter", "guests_not_allowed"}})
	runRefusals(t, []string{"policy guests livestream no", "ann create kind=livestream"}, []refusal{{"server guest_enter", "guests_not_allowed"}})
	w := newWorld(t)
	w.run("ann create kind=livestream max=2 field.a=1")
	for range 3 {
		require.Contains(t, w.run("server guest_enter"), "public")
	}
	require.Equal(t, 3, w.m.Guests())
	w.run("bob join")
	require.Contains(t, w.run("cat join"), "group[2 owner=ann audience=5 self=member]", "guests take no place")
	require.Equal(t, "  rejected group_full\n", w.run("dan join"))
	for range 5 {
		w.run("server guest_exit")
	}
	require.Zero(t, w.m.Guests())
	w.run("ann dismiss")
	require.Equal(t, "  rejected group_not_found\n", w.run("server guest_enter"))
}

// TestFold: one tip over at most a hundred names, with the true number.
func TestFold(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=livestream")
	fans := users("u", 250)
	for _, u := range fans {
		w.must(u, group.Join{})
		w.now++
	}
	require.Equal(t, start+500, w.m.Due(), "counted from the first")
	w.must("u0", group.Leave{}) // in neither
	w.now = start + 499
	require.Empty(t, w.must("server", group.Tick{}).Events)
	w.now = w.m.Due()
	d := w.must("server", group.Tick{})
	require.Len(t, d.Events, 1)
	joined := d.Events[0].Body.(*group.Joined)
	require.Len(t, joined.Users, 100)
	require.Equal(t, group.UserID("u1"), joined.Users[0].User)
	require.Equal(t, uint32(249), joined.Count)
	require.True(t, joined.Folded)
	require.Empty(t, d.Events[0].Operator)
	require.Zero(t, w.m.Due())
	require.Equal(t, 249, w.m.MemberCount())
}

// TestFoldBackAndForth: who goes and comes back within one batch is in
// neither tip, however often.
func TestFoldBackAndForth(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=livestream")
	w.run("bob join")
	w.run("cat join")
	w.run("wait 500ms")
	w.run("server tick")
	for _, line := range []string{"bob leave", "bob join", "cat leave", "cat join", "cat leave", "dan join", "dan leave", "dan join"} {
		w.run(line)
	}
	w.run("wait 500ms")
	require.Equal(t, "  ok\n"+
		"  #2 member_joined by dan dan self count=1 -> group\n"+
		"  #3 member_left by cat cat leave count=1 -> group\n", w.run("server tick"))
}

// TestFoldKicked: who is removed within the batch of its arrival is told by
// tip 3 alone.
func TestFoldKicked(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=livestream")
	w.run("bob join")
	require.Contains(t, w.run("ann kick bob"), "#1 member_kicked")
	w.run("wait 500ms")
	require.Equal(t, "  ok\n", w.run("server tick"))
}

// TestRestorePresence: after a restart of its actor a room goes on with the
// audience and the numbers it had.
func TestRestorePresence(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=livestream")
	for _, line := range []string{"ann join", "bob join", "cat join", "ann role bob to=admin", "bob card name=B", "cat send one", "server guest_enter"} {
		w.run(line)
	}
	seq, ordinal := w.m.Seq(), w.m.Ordinal()
	before, _ := w.m.Member("bob")
	w.run("restart")
	require.Zero(t, w.m.MemberCount())
	require.Zero(t, w.m.Seq())
	w.m.RestorePresence(nil, 1, seq, ordinal)
	w.run("cat join")
	w.m.RestorePresence([]group.Card{{User: "bob", Name: "BOB"}, {User: "cat"}, {User: "ann"}}, 1, 0, 0)
	require.NoError(t, w.m.Check())
	require.Equal(t, 3, w.m.MemberCount())
	require.Equal(t, 1, w.m.Guests())
	after, _ := w.m.Member("bob")
	require.Equal(t, group.Admin, after.Role)
	require.Equal(t, before.NameCard, after.NameCard)
	require.Contains(t, w.run("cat send two"), "seq=4")
	require.Equal(t, ordinal+1, w.m.Ordinal())
	// Other kinds have no presence to restore.
	other := newWorld(t)
	other.run("ann create kind=meeting")
	other.m.RestorePresence([]group.Card{{User: "bob"}}, 1, 9, 9)
	require.Equal(t, 1, other.m.MemberCount())
	require.Zero(t, other.m.Seq())
}

// TestLiveIsNotJournalled: presence and talk have no position; all else has.
func TestLiveIsNotJournalled(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=livestream")
	for _, line := range []string{"ann join", "bob join", "bob send hi", "bob card name=B", "ann kick bob", "bob join", "bob leave"} {
		w.run(line)
	}
	require.Equal(t, group.Position(1), w.m.Position())
	for i, line := range []string{"bob join", "ann mute bob seconds=9", "ann role bob to=admin", "ann update name=N", "ann card name=A", "root notice hi", "ann mute_group all"} {
		w.run(line)
		require.Equal(t, group.Position(1+i), w.m.Position(), line)
	}
}

// TestLiveListsTheNewest thousand members (spec 6.12).
func TestLiveListsTheNewest(t *testing.T) {
	w := newWorld(t)
	w.limits.ListedLive = 30
	w.m = group.NewMachine(w.table, w.limits)
	w.run("ann create kind=livestream")
	for _, u := range users("u", 300) {
		w.must(u, group.Join{})
	}
	var listed []group.UserID
	cursor := ""
	for {
		d := w.must("ann", group.ListMembers{Limit: 20, Cursor: cursor})
		for _, m := range d.Result.Members {
			listed = append(listed, m.User)
		}
		if cursor = d.Result.NextCursor; cursor == "" {
			break
		}
	}
	require.Equal(t, users("u", 300)[270:], listed)
	d := w.must("ann", group.ListMembers{Offset: 25, Limit: 20})
	require.Len(t, d.Result.Members, 5)
	require.Equal(t, uint32(300), d.Result.Total)
}

func TestRecycling(t *testing.T) {
	for name, c := range map[string]struct {
		given []string
		ends  bool
	}{
		"off by default":              {[]string{"ann create kind=meeting", "wait 1000d"}, false},
		"quiet":                       {[]string{"policy recycle_after meeting 2", "ann create kind=meeting", "wait 2d"}, true},
		"too young":                   {[]string{"policy recycle_after meeting 2", "ann create kind=meeting", "wait 47h"}, false},
		"a message":                   {[]string{"policy recycle_after meeting 2", "ann create kind=meeting", "wait 1d", "ann send hi", "wait 1d"}, false},
		"a change of membership":      {[]string{"policy recycle_after meeting 2", "ann create kind=meeting", "wait 1d", "bob join", "wait 1d"}, false},
		"a change of profile is none": {[]string{"policy recycle_after meeting 2", "ann create kind=meeting", "wait 1d", "ann update name=x", "wait 1d"}, true},
		"an audience":                 {[]string{"policy recycle_after livestream 2", "ann create kind=livestream", "server guest_enter", "wait 9d"}, false},
		"an audience until now":       {[]string{"policy recycle_after livestream 2", "ann create kind=livestream", "server guest_enter", "wait 9d", "server guest_exit", "wait 47h"}, false},
		"an audience long ago":        {[]string{"policy recycle_after livestream 2", "ann create kind=livestream", "server guest_enter", "wait 9d", "server guest_exit", "wait 1d", "server guest_exit", "wait 1d"}, true},
		"no audience":                 {[]string{"policy recycle_after livestream 2", "ann create kind=livestream", "wait 9d"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for _, line := range c.given {
				w.run(line)
			}
			require.Equal(t, c.ends, w.m.Due() != 0 && w.m.Due() <= w.now)
			d := w.must("server", group.Tick{})
			require.Equal(t, c.ends, w.m.Dismissed())
			if c.ends {
				require.Equal(t, group.DismissedInactive, d.Events[0].Body.(*group.Dismissed).Reason)
				require.Empty(t, d.Events[0].Operator)
			}
		})
	}
}

// TestStandingProfile: card and fields of who was made admin outlive presence
// and the process alike.
func TestStandingProfile(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=livestream")
	for _, line := range []string{"bob join", "bob card name=B", "bob fields field.a=1 field.b=2", "ann role bob to=admin", "bob leave"} {
		require.NotContains(t, w.run(line), "rejected", line)
	}
	same := func() {
		w.run("bob join")
		m, ok := w.m.Member("bob")
		require.True(t, ok)
		require.Equal(t, "B", m.NameCard)
		require.Equal(t, []group.Pair{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}}, m.CustomFields)
	}
	same()
	w.run("bob fields field.a=-")
	w.run("bob fields field.a=1")
	w.run("bob leave")
	same()
	w.run("restart")
	same()
	w.run("restore")
	same()
}

// TestDeletedStanding: with an account its standing in a livestream ends,
// present or not (spec 19.14).
func TestDeletedStanding(t *testing.T) {
	present := []string{"ann create kind=livestream", "ann join", "bob join", "cat join", "cat fields field.a=1", "ann role bob to=admin"}
	for name, c := range map[string]struct {
		given  []string
		when   string
		owner  group.UserID
		admins []group.UserID
		tip    string
	}{
		"an absent owner":           {append(present, "server leave ann reason=disconnected"), "ann", "bob", nil, `owner="bob"`},
		"a present owner":           {present, "ann", "bob", nil, `owner="bob"`},
		"the heir is absent":        {append(present, "bob leave"), "ann", "bob", nil, `owner="bob"`},
		"no admin":                  {append(present, "ann role bob to=member"), "ann", "bob", nil, `owner="bob"`},
		"no admin, earliest there":  {append(present, "ann role bob to=member", "bob leave"), "ann", "cat", nil, `owner="cat"`},
		"nobody":                    {[]string{"ann create kind=livestream"}, "ann", "", nil, ""},
		"an admin":                  {present, "bob", "ann", nil, ""},
		"an absent admin":           {append(present, "bob leave"), "bob", "ann", nil, ""},
		"an ordinary member":        {present, "cat", "ann", []group.UserID{"bob"}, ""},
		"somebody who is not there": {present, "dan", "ann", []group.UserID{"bob"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for _, line := range c.given {
				require.NotContains(t, w.run(line), "rejected", line)
			}
			got := w.run("server leave " + c.when + " reason=account_deleted")
			require.Equal(t, c.owner, w.m.Owner())
			require.ElementsMatch(t, c.admins, w.m.Admins())
			require.Equal(t, c.tip != "", strings.Contains(got, "group_info_changed "+c.tip), got)
			require.Equal(t, group.NoRole, w.m.Role(group.UserID(c.when)))
			if c.owner == "cat" {
				w.run("cat leave")
				w.run("cat join")
				m, _ := w.m.Member("cat")
				require.Len(t, m.CustomFields, 1)
			}
			w.run(c.when + " join")
			require.Equal(t, group.Member, w.m.Role(group.UserID(c.when)))
		})
	}
}

// TestAbsentOwnerSpeaks: an app_admin who owns the room without being present
// is shown with its role (spec 6.3, 10.1).
func TestAbsentOwnerSpeaks(t *testing.T) {
	w := newWorld(t)
	w.run("root create kind=livestream")
	d := w.must("root", group.Send{Elements: text("hi")})
	require.Equal(t, group.Owner, d.Events[0].Body.(*group.Sent).Sender.Role)
}
