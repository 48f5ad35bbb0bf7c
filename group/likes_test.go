package group_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

func TestLikes(t *testing.T) {
	w := room(t, "")
	like := func(u group.UserID, n uint32) []uint64 {
		d := w.do(u, group.SendLike{Count: n})
		require.Nil(t, d.Reject)
		require.Empty(t, d.Effects)
		return []uint64{uint64(d.Result.Counted), d.Result.Likes}
	}
	require.Equal(t, []uint64{60, 60}, like("bob", 60))
	require.Equal(t, []uint64{40, 100}, like("bob", 60), "100 a second of one user")
	require.Equal(t, []uint64{0, 100}, like("bob", 1))
	require.Equal(t, []uint64{100, 200}, like("ann", 100), "of others as well")
	w.run("wait 999ms")
	require.Equal(t, []uint64{0, 200}, like("bob", 1))
	w.run("wait 1ms")
	require.Equal(t, []uint64{100, 300}, like("bob", 100))
	require.EqualValues(t, 300, w.m.Likes())
	require.EqualValues(t, 300, w.do("bob", group.GetProfile{}).Result.Group.Likes)
	w.run("ann mute bob seconds=60")
	w.run("wait 1s")
	require.Equal(t, []uint64{1, 301}, like("bob", 1), "muted ones may")
}

func TestLikesRefused(t *testing.T) {
	w := room(t, "")
	for _, n := range []uint32{0, 101} {
		require.Equal(t, &group.Rejection{Code: group.CodeInvalidParameter, Field: "count"}, w.do("bob", group.SendLike{Count: n}).Reject)
	}
	for _, u := range []group.UserID{"eve", "root"} {
		require.Equal(t, group.CodeNotMember, w.do(u, group.SendLike{Count: 1}).Reject.Code)
	}
	w.run("adam leave")
	require.Equal(t, group.CodeNotMember, w.do("adam", group.SendLike{Count: 1}).Reject.Code, "an admin who is absent")
	require.NoError(t, w.table.Override(group.Livestream, "counters", "no"))
	require.Equal(t, group.CodeNotSupported, w.do("bob", group.SendLike{Count: 1}).Reject.Code)
	w = newWorld(t)
	w.run("ann create kind=public")
	require.Equal(t, group.CodeNotSupported, w.do("ann", group.SendLike{Count: 1}).Reject.Code)
}

// A repeat gets the first answer and counts nothing; what the shell stored is
// gone on from; a dismissal ends it.
func TestLikesAgain(t *testing.T) {
	w := room(t, "")
	w.m.RestoreLikes(1000)
	w.req = 9
	require.EqualValues(t, 1007, w.do("bob", group.SendLike{Count: 7}).Result.Likes)
	w.do("ann", group.SendLike{Count: 1})
	w.req = 9
	d := w.do("bob", group.SendLike{Count: 7})
	require.Equal(t, []uint64{7, 1007}, []uint64{uint64(d.Result.Counted), d.Result.Likes})
	require.EqualValues(t, 1008, w.m.Likes())
	w.run("ann dismiss")
	require.Zero(t, w.m.Likes())
}
