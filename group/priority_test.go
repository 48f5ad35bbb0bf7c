package group_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

func message(p group.Priority, texts ...string) group.Send {
	c := group.Send{Priority: p, Random: 7, RandomGiven: true}
	for _, text := range texts {
		c.Elements = append(c.Elements, group.Element{Type: group.ElementText, Text: text})
	}
	return c
}

// room is a livestream of ann with an admin and two others in it.
func room(t *testing.T, highBy string) *world {
	w := newWorld(t)
	if highBy != "" {
		require.NoError(t, w.table.Override(group.Livestream, "priority_high_by", highBy))
	}
	for _, line := range []string{"ann create kind=livestream", "ann join", "adam join", "bob join", "ann role adam to=admin"} {
		w.run(line)
	}
	return w
}

func TestHighPriority(t *testing.T) {
	for highBy, may := range map[string][]group.UserID{
		"":            {"ann", "adam", "root"},
		"any_member":  {"ann", "adam", "bob", "root"},
		"owner_admin": {"ann", "adam", "root"},
		"app_admin":   {"root"},
	} {
		w := room(t, highBy)
		for _, u := range []group.UserID{"ann", "adam", "bob", "root"} {
			for _, p := range []group.Priority{group.PriorityLow, group.PriorityNormal} {
				require.Nil(t, w.do(u, group.Send{Elements: message(p, "x").Elements, Priority: p}).Reject)
			}
			d := w.do(u, message(group.PriorityHigh, "x"))
			if !contains(may, u) {
				require.Equal(t, &group.Rejection{Code: group.CodePermissionDenied, Field: "priority"}, d.Reject, "%s %s", highBy, u)
				continue
			}
			require.Nil(t, d.Reject, "%s %s", highBy, u)
			require.Equal(t, group.PriorityHigh, d.Events[0].Body.(*group.Sent).Priority)
		}
		require.Equal(t, group.CodeNotMember, w.do("eve", message(group.PriorityHigh, "x")).Reject.Code)
	}
}

func contains(list []group.UserID, u group.UserID) bool {
	for _, v := range list {
		if u == v {
			return true
		}
	}
	return false
}

func TestPriorityIsNormalUnlessGiven(t *testing.T) {
	w := room(t, "")
	require.Equal(t, group.PriorityNormal, w.do("bob", message(0, "x")).Events[0].Body.(*group.Sent).Priority)
	require.Equal(t, "priority", w.do("ann", message(group.PrioritySystem, "x")).Reject.Field)
}

func TestPriorityOnlyInLivestreams(t *testing.T) {
	for _, kind := range group.Kinds {
		if kind.IsConnected() {
			continue
		}
		w := newWorld(t)
		w.run("ann create kind=" + kind.String() + " members=bob")
		d := w.do("bob", message(group.PriorityHigh, "x"))
		require.Nil(t, d.Reject, "%s", kind)
		require.Zero(t, d.Events[0].Body.(*group.Sent).Priority, "%s", kind)
	}
}

// What is shed takes a number and is not remembered; a later try with the same
// request and random is decided anew.
func TestShedIsNotRemembered(t *testing.T) {
	w := room(t, "")
	c := message(group.PriorityLow, "x")
	c.Shed, c.RetryAfter = group.ShedBytes, 12
	w.req = 5
	seq := w.m.Seq()
	d := w.do("bob", c)
	require.Equal(t, group.Result{Code: group.CodeMessageShed, Seq: seq + 1, Shed: group.ShedBytes, RetryAfter: 12}, d.Result)
	require.Equal(t, &group.Shed{Sender: "bob", Priority: group.PriorityLow}, d.Events[0].Body)
	require.True(t, d.Events[0].Volatile())
	require.Zero(t, d.Events[0].Ordinal)
	w.req = 5
	d = w.do("bob", message(group.PriorityLow, "x"))
	require.Equal(t, seq+2, d.Result.Seq)
	require.Len(t, d.Events, 1)

	c.RandomGiven, c.Random = true, 7
	d = w.do("bob", c)
	require.Empty(t, d.Events, "met before, so the budget has no say")
	require.Equal(t, seq+2, d.Result.Seq)
	require.Equal(t, group.CodeNotMember, w.do("eve", c).Reject.Code)
}

// The budget is asked only about what would be accepted.
func TestOffer(t *testing.T) {
	w := room(t, "")
	ask := func(u group.UserID, c group.Command) (group.Priority, int, bool) {
		before := w.m.Digest()
		p, n, ok := w.m.Offer(&group.Input{Caller: w.caller(u), Now: w.now, Command: c})
		require.Equal(t, before, w.m.Digest())
		return p, n, ok
	}
	p, n, ok := ask("bob", message(group.PriorityLow, "abc", "de"))
	require.True(t, ok)
	require.Equal(t, group.PriorityLow, p)
	require.Equal(t, 5, n)
	for name, c := range map[string]struct {
		user group.UserID
		cmd  group.Command
	}{
		"no message":   {"ann", group.GetProfile{}},
		"no member":    {"eve", message(0, "x")},
		"too hasty":    {"bob", message(group.PriorityHigh, "x")},
		"no elements":  {"ann", message(0)},
		"met before":   {"adam", message(0, "x")},
		"not possible": {"ann", message(9, "x")},
	} {
		if name == "met before" {
			w.do(c.user, c.cmd)
		}
		_, _, ok := ask(c.user, c.cmd)
		require.False(t, ok, name)
	}
	w.run("ann mute_group all")
	_, _, ok = ask("bob", message(0, "x"))
	require.False(t, ok)
	w.run("ann dismiss")
	_, _, ok = ask("root", message(0, "x"))
	require.False(t, ok)
}
